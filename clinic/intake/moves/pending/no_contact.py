"""Contact was refused: change that, or finish without sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from clinic.intake.kinds.yesno import YES_NO, strict_yesno
from clinic.intake.model.decisions import Answer, Decision
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.pending import Pending
from clinic.intake.model.result import Accepted
from clinic.intake.saying.prompts import aside


@dataclass(frozen=True)
class NoContact(Pending):
    """Contact was refused: change that, or finish without sending."""

    type: ClassVar[str] = "no_contact"

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read "change" or "finish"."""
        reply = strict_yesno(interview.language, YES_NO, text)
        if interview.language.means("change_consent", text) or reply == "yes":
            return Answer(self.type, text, Accepted("change"))
        if interview.language.means("finish", text) or reply == "no":
            return Answer(self.type, text, Accepted("finish"))
        return None

    def prompt(self, interview: Interview) -> Message | None:
        """Say what cannot be done without the permission, and ask."""
        question = interview.open
        if question is None:
            return None
        choices = [
            ("change", interview.say("change_my_answer")),
            ("finish", interview.say("finish_without_sending")),
        ]
        return aside(interview, question.id, "choice", interview.say("no_contact"), choices)

    def settle(self, interview: Interview, reply: Any) -> Outcome:
        """End without sending, or ask for the permission again."""
        if reply == "finish":
            ended = interview.ended("declined", keep_consents=True)
            return Outcome(ended.state, (Message(interview.say("not_sent")),), "declined")
        return Outcome(interview.opened(interview.questionnaire.with_role("contact_consent").id).state)
