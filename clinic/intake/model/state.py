"""The state of one intake: immutable, and a round trip through JSON loses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal, Self

from clinic.intake.model.pending import Pending

# The id that is open while the answers are looked over.
REVIEW = "review"

Stage = Literal["asking", "paused", "confirmed", "declined", "cancelled"]


def new_intake_id() -> str:
    """Return a new intake id (uuid4, hex)."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class IntakeState:
    """Everything needed to go on with an intake.

    answers: question id -> stored value. open_question: the id that is asked now, "review", or None.
    skipped: optional questions left out. attempts: failed answers to the open question. prefilled: ids
    understood
    from other messages. revisit: answered questions to be asked once more. pending: what has to be settled
    before the
    next question. consents: id -> {version, given_at, answer}. history: ids in the
    order they were last answered. read: how many messages of the conversation were read for facts; what was said
    since then was left to something else, and is read with the next answer. alarm: the kind of an alarm that is not
    settled yet, and whether it left open that it is happening now. unconfirmed: answers that raised an alarm and were
    not given again yet. told: the words of such an answer. signs: danger signs told that were no
    alarm ({rule, kind, why, question}). words: question id -> the patient's own words for its answer, and for what was
    asked back of the open question. wants_code: a code for another device was asked for before there could be one.
    """

    intake_id: str = field(default_factory=new_intake_id)
    answers: Mapping[str, Any] = field(default_factory=dict)
    open_question: str | None = None
    skipped: tuple[str, ...] = ()
    attempts: int = 0
    prefilled: tuple[str, ...] = ()
    revisit: tuple[str, ...] = ()
    pending: Pending | None = None
    consents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    stage: Stage = "asking"
    questionnaire_version: str | None = None
    read: int = 0
    alarm: Mapping[str, Any] | None = None
    unconfirmed: tuple[str, ...] = ()
    signs: tuple[Mapping[str, str], ...] = ()
    told: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    wants_code: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", MappingProxyType(dict(self.answers)))
        # Words never outlive the answer that they were said for.
        kept = {key: said for key, said in self.words.items() if key in self.answers or key == self.open_question}
        object.__setattr__(self, "words", MappingProxyType(kept))

    def with_changes(self, **changes: Any) -> Self:
        """Return a copy with these fields replaced."""
        return replace(self, **changes)

    def control(self) -> dict[str, Any]:
        """Return all but the answers, ready for JSON."""
        return {item.name: plain(getattr(self, item.name)) for item in fields(self) if item.name != "answers"}


def plain(value: Any) -> Any:
    """Return a value in the form it has in JSON: lists and dictionaries."""
    if isinstance(value, Pending):
        return value.plain()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
