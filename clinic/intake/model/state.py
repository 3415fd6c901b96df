"""The state of one intake: immutable, and a round trip through JSON loses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal, Self, cast

Stage = Literal["asking", "paused", "confirmed", "declined", "cancelled"]
_STAGES = frozenset({"asking", "paused", "confirmed", "declined", "cancelled"})


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
    next question (`type` and its data). consents: id -> {version, given_at, answer}. history: ids in the
    order they were last answered. read: how many messages of the conversation were read for facts; what was said
    since then was left to something else, and is read with the next answer. alarm: the kind of an alarm that is not
    settled yet, and whether it left open that it is happening now. unconfirmed: answers that raised an alarm and were
    not given again yet. told: the words of such an answer. signs: danger signs told that were no
    alarm ({rule, kind, why, question}).
    """

    intake_id: str = field(default_factory=new_intake_id)
    answers: Mapping[str, Any] = field(default_factory=dict)
    open_question: str | None = None
    skipped: tuple[str, ...] = ()
    attempts: int = 0
    prefilled: tuple[str, ...] = ()
    revisit: tuple[str, ...] = ()
    pending: Mapping[str, Any] | None = None
    consents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    stage: Stage = "asking"
    questionnaire_version: str | None = None
    read: int = 0
    alarm: Mapping[str, Any] | None = None
    unconfirmed: tuple[str, ...] = ()
    signs: tuple[Mapping[str, str], ...] = ()
    told: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", MappingProxyType(dict(self.answers)))

    def with_changes(self, **changes: Any) -> Self:
        """Return a copy with these fields replaced."""
        return replace(self, **changes)

    def control(self) -> dict[str, Any]:
        """Return all but the answers, ready for JSON."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self) if item.name != "answers"}

    @classmethod
    def restore(cls, answers: Mapping[str, Any], control: Mapping[str, Any] | None) -> IntakeState:
        """Build the state from its stored parts; unknown keys and values of a wrong shape are left out."""
        known = {key: value for key, value in (control or {}).items() if key in _READERS}
        read = {key: _READERS[key](value) for key, value in known.items()}
        values = {key: value for key, value in read.items() if value is not None}
        return cls(answers={key: value for key, value in answers.items() if value is not None}, **values)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _ids(value: Any) -> tuple[str, ...] | None:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else None


def _mapping(value: Any) -> dict[str, Any] | None:
    return cast("dict[str, Any]", _plain(value)) if isinstance(value, Mapping) else None


def _pending(value: Any) -> dict[str, Any] | None:
    """Read what is pending, or None unless it has the shape its type needs."""
    found = _mapping(value) or {}
    options = found.get("options")
    sound = {
        "cancel": True,
        "restart": True,
        "no_contact": True,
        "minor": isinstance(found.get("value"), str),
        "safety_check": found.get("then") is None or _pending(found["then"]) is not None,
        "which": isinstance(options, list) and all(isinstance(option, str) for option in options),
        "choose": isinstance(found.get("question"), str)
        and isinstance(options, list)
        and all(isinstance(option, list) and len(option) == 2 for option in options),
    }
    kind = found.get("type")
    return found if isinstance(kind, str) and sound.get(kind) else None


def _consents(value: Any) -> dict[str, Any] | None:
    found = _mapping(value)
    return {key: item for key, item in found.items() if isinstance(item, dict)} if found is not None else None


def _alarm(value: Any) -> dict[str, Any] | None:
    found = _mapping(value)
    return found if found is not None and isinstance(found.get("kind"), str) else None


def _signs(value: Any) -> tuple[dict[str, str], ...] | None:
    if not isinstance(value, list | tuple):
        return None
    found = (_mapping(item) for item in value)
    return tuple({key: str(text) for key, text in item.items()} for item in found if item and "rule" in item)


_READERS: dict[str, Any] = {
    "intake_id": _text,
    "open_question": _text,
    "skipped": _ids,
    "attempts": lambda value: value if isinstance(value, int) and value >= 0 else None,
    "read": lambda value: value if isinstance(value, int) and value >= 0 else None,
    "prefilled": _ids,
    "revisit": _ids,
    "pending": _pending,
    "consents": _consents,
    "history": _ids,
    "stage": lambda value: value if isinstance(value, str) and value in _STAGES else None,
    "questionnaire_version": _text,
    "alarm": _alarm,
    "unconfirmed": _ids,
    "signs": _signs,
    "told": _text,
}
