"""What has to be settled before the next question, as the rest of the intake knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from clinic.intake.model.decisions import Decision
    from clinic.intake.model.interview import Interview
    from clinic.intake.model.messages import Message, Outcome
    from clinic.intake.model.questionnaire import Question


class Pending:
    """One thing to settle. Its kinds are frozen dataclasses in `clinic/intake/moves/pending/`.

    to_confirm: asks whether to delete everything. left_by_back: "back" takes the question itself back.
    stays: an answer that fails leaves it open. detour: the open question was opened for its sake only.
    """

    type: ClassVar[str]
    to_confirm: ClassVar[bool] = False
    left_by_back: ClassVar[bool] = False
    stays: ClassVar[bool] = False
    detour: ClassVar[bool] = False

    def plain(self) -> dict[str, Any]:
        """Return what is stored, ready for JSON; `type` says which kind it is."""
        return {"type": self.type}

    @classmethod
    def stored(cls, plain: Mapping[str, Any], then: Pending | None = None) -> Pending | None:
        """Return what `plain` gave; None unless it has the shape this kind needs. `then`: one that waits behind it."""
        return cls()

    def read(self, interview: Interview, text: str) -> Decision | None:
        """Read a reply; None when the message is about something else."""
        return None

    def prompt(self, interview: Interview) -> Message | None:
        """Return what to ask; None when the open question is asked as usual."""
        return None

    def settle(self, interview: Interview, reply: Any) -> Outcome:
        """Carry out a reply that `read` returned as the answer to this kind of pending (see `Answer.question`)."""
        raise NotImplementedError

    def comes_with(self, interview: Interview, question: Question, value: Any) -> Mapping[str, Any]:
        """Return what was held back and is stored together with this answer."""
        return {}
