"""Is it happening right now: asked before the intake goes on after an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message
from clinic.intake.model.pending import Pending
from clinic.intake.reading.after_alarm import check
from clinic.intake.saying.prompts import aside


@dataclass(frozen=True)
class SafetyCheck(Pending):
    """Is it happening right now: asked before `then`, the pending that an alarm came between.

    about: the label of the answer that may be an emergency; empty after an alarm.
    """

    then: Pending | None = None
    about: str = ""
    type: ClassVar[str] = "safety_check"

    @classmethod
    def stored(cls, plain: Mapping[str, Any], then: Pending | None = None) -> SafetyCheck:
        """Read the stored form."""
        about = plain.get("about")
        return cls(then, about if isinstance(about, str) else "")

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        stored: dict[str, Any] = {"type": self.type, "then": self.then.plain() if self.then is not None else None}
        return {**stored, "about": self.about} if self.about else stored

    def prompt(self, interview: Interview) -> Message:
        """Ask; the reply is read where the alarm is known (`moves/alarm.py`)."""
        question = check(interview.language)
        choices = [(choice.value, choice.label) for choice in question.choices]
        asked = interview.say("happening_now_about", label=self.about) if self.about else question.prompt
        return aside(interview, self.type, "yesno", f"{asked} {interview.say('yes_or_no')}", choices)
