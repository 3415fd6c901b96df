"""The patient is under age: is a parent or guardian filling this in?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from clinic.intake.kinds import parse
from clinic.intake.kinds.yesno import YES_NO, strict_yesno
from clinic.intake.model.decisions import Answer, Change, Correction, Decision
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message
from clinic.intake.model.pending import Pending
from clinic.intake.model.questionnaire import SELF, SOMEONE_ELSE, Question
from clinic.intake.model.result import Accepted, Refused
from clinic.intake.saying.prompts import question_message


@dataclass(frozen=True)
class Minor(Pending):
    """By the date of birth `value` (ISO) the patient is a minor: is a parent or guardian filling this in?"""

    value: str
    type: ClassVar[str] = "minor"
    detour: ClassVar[bool] = True

    @classmethod
    def stored(cls, plain: Mapping[str, Any], then: Pending | None = None) -> Minor | None:
        """Read the stored form."""
        return cls(plain["value"]) if isinstance(plain.get("value"), str) else None

    def plain(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"type": self.type, "value": self.value}

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read yes or no, or another date of birth."""
        questionnaire = interview.questionnaire
        reply = strict_yesno(interview.language, YES_NO, text)
        if reply is not None:
            return Answer(questionnaire.with_role("who").id, text, Accepted(SOMEONE_ELSE if reply == "yes" else SELF))
        question = questionnaire.with_role("birth_date")
        typed = parse(question, text, interview.context())
        return None if isinstance(typed, Refused) else Correction((Change(question.id, typed),))

    def prompt(self, interview: Interview) -> Message | None:
        """Ask for whom it is, in other words."""
        question = interview.open
        return None if question is None else question_message(interview, question, text=interview.say("ask_guardian"))

    def comes_with(self, interview: Interview, question: Question, value: Any) -> Mapping[str, Any]:
        """Return the date of birth once a parent or guardian answers."""
        if question.role != "who" or value != SOMEONE_ELSE:
            return {}
        return {interview.questionnaire.with_role("birth_date").id: self.value}
