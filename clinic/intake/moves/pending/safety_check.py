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
    """Is it happening right now: asked before `then`, the pending that an alarm came between."""

    then: Pending | None = None
    type: ClassVar[str] = "safety_check"

    @classmethod
    def stored(cls, plain: Mapping[str, Any], then: Pending | None = None) -> SafetyCheck:
        """Read the stored form."""
        return cls(then)

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"type": self.type, "then": self.then.plain() if self.then is not None else None}

    def prompt(self, interview: Interview) -> Message:
        """Ask; the reply is read where the alarm is known (`moves/alarm.py`)."""
        question = check(interview.language)
        choices = [(choice.value, choice.label) for choice in question.choices]
        return aside(interview, self.type, "yesno", f"{question.prompt} {interview.say('yes_or_no')}", choices)
