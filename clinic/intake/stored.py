"""Reads a stored interview back; what has a wrong shape is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from clinic.intake.model.state import IntakeState, Stage, plain
from clinic.intake.moves.pending import pending_of

STAGES = frozenset(get_args(Stage))


def restored(answers: Mapping[str, Any], control: Mapping[str, Any] | None) -> IntakeState:
    """Build the state from its stored parts: the answers, and what `IntakeState.control` gave.

    Unknown keys are left out, whatever version of Marrow wrote them.
    """
    known = {key: value for key, value in (control or {}).items() if key in _READERS}
    read = {key: _READERS[key](value) for key, value in known.items()}
    values = {key: value for key, value in read.items() if value is not None}
    return IntakeState(answers={key: value for key, value in answers.items() if value is not None}, **values)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _ids(value: Any) -> tuple[str, ...] | None:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else None


def _mapping(value: Any) -> dict[str, Any] | None:
    return cast("dict[str, Any]", plain(value)) if isinstance(value, Mapping) else None


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


def _words(value: Any) -> dict[str, str] | None:
    found = _mapping(value)
    return {key: said for key, said in found.items() if isinstance(said, str)} if found is not None else None


_READERS: dict[str, Any] = {
    "intake_id": _text,
    "open_question": _text,
    "skipped": _ids,
    "attempts": lambda value: value if isinstance(value, int) and value >= 0 else None,
    "read": lambda value: value if isinstance(value, int) and value >= 0 else None,
    "prefilled": _ids,
    "revisit": _ids,
    "pending": pending_of,
    "consents": _consents,
    "history": _ids,
    "stage": lambda value: value if isinstance(value, str) and value in STAGES else None,
    "questionnaire_version": _text,
    "alarm": _alarm,
    "unconfirmed": _ids,
    "signs": _signs,
    "told": _text,
    "words": _words,
    "wants_code": lambda value: value if isinstance(value, bool) else None,
}
