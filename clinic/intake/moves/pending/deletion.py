"""Shall everything be deleted: to stop for good, or to start over."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from clinic.intake.kinds.yesno import YES_NO, strict_yesno
from clinic.intake.model.decisions import Answer, Decision
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.pending import Pending
from clinic.intake.model.result import Accepted
from clinic.intake.model.state import IntakeState
from clinic.intake.reading.commands import find_command
from clinic.intake.saying.prompts import aside, button


@dataclass(frozen=True)
class Deletion(Pending):
    """Shall everything be deleted?"""

    to_confirm: ClassVar[bool] = True
    left_by_back: ClassVar[bool] = True

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read yes or no; the command once more is a yes."""
        reply = strict_yesno(interview.language, YES_NO, text)
        command = find_command(interview.language, text)
        if reply is None and (command == self.type or interview.language.means("delete", text)):
            reply = "yes"
        if reply is None and (command in ("resume", "keep") or interview.language.means("keep_going", text)):
            reply = "no"
        return Answer(self.type, text, Accepted(reply)) if reply is not None else None

    def prompt(self, interview: Interview) -> Message:
        """Ask whether to delete the answers."""
        choices = [("yes", interview.say("yes")), ("no", interview.say("no_go_on"))]
        return aside(
            interview, self.type, "yesno", interview.say(f"confirm_{self.type}"), choices, button(interview, "pause")
        )

    def settle(self, interview: Interview, reply: Any) -> Outcome:
        """Delete the answers, or go on."""
        if reply == "yes":
            return self.deleted(interview)
        return Outcome(interview.changed(pending=None).state, (Message(interview.say("going_on")),))

    @abstractmethod
    def deleted(self, interview: Interview) -> Outcome:
        """Delete the answers."""


@dataclass(frozen=True)
class Cancel(Deletion):
    """To stop for good."""

    type: ClassVar[str] = "cancel"

    def deleted(self, interview: Interview) -> Outcome:
        """End unsent."""
        return Outcome(interview.ended("cancelled").state, (Message(interview.say("cancelled")),), "cancelled")


@dataclass(frozen=True)
class Restart(Deletion):
    """To start over."""

    type: ClassVar[str] = "restart"

    def deleted(self, interview: Interview) -> Outcome:
        """Begin again under the same intake id."""
        version = interview.questionnaire.version
        fresh = IntakeState(intake_id=interview.state.intake_id, questionnaire_version=version)
        return Outcome(interview.at(fresh).moved_on().state, (Message(interview.say("restarted")),))
