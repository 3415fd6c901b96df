"""The format of the conversation files: what a patient types and what must come back (see README.md here)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

FOLDER = Path(__file__).resolve().parent
PATIENTS = FOLDER / "patients.yml"
_USE = re.compile(r"^(?P<name>[a-z_]+)(?:\((?P<argument>[a-z_]+)\))?$")
# Name -> whether it takes a question id.
_SNIPPETS = {
    "start_intake": False,
    "answers_until": True,
    "answers_and_sends": False,
    "an_earlier_request": False,
    "a_new_chat": False,
    "the_chat_before": False,
}
_CONVERSATION_KEYS = frozenset({"turns", "request", "no_request"})
_TURN_KEYS = frozenset({"user", "bot"})
_USE_KEYS = frozenset({"use", "with", "patient"})
# Expectation -> the types its value may have.
EXPECTATIONS: dict[str, tuple[type, ...]] = {
    "faq": (str, list, type(None)),
    "question": (str, list, type(None)),
    "offers": (list,),
    "says": (str, list),
    "not_says": (str, list),
    "safety": (str,),
    "summary": (dict,),
    "request": (bool, str),
    "fallback": (bool,),
    "suggests": (list,),
    "handoff": (bool,),
}
# What is checked in the stored request -> the types its value may have.
REQUEST_CHECKS: dict[str, tuple[type, ...]] = {
    "status": (str,),
    "channel": (str,),
    "answers": (dict,),
    "unanswered": (list,),
    "consents": (dict,),
    "notes": (list,),
    "safety_events": (list,),
}


class FormatError(ValueError):
    """A conversation file says something the format does not know."""


@dataclass(frozen=True)
class Turn:
    """One message of the patient and what must come back."""

    user: str
    bot: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Use:
    """A stretch of an intake that the file does not spell out.

    `name` is one of _SNIPPETS; `until` the question at which answers_until stops; `changed` what this patient
    answers differently from `patient` of patients.yml.
    """

    name: str
    until: str | None
    patient: str
    changed: dict[str, str]


@dataclass(frozen=True)
class Conversation:
    """A whole file. `request` holds the checks of the one stored request; None: there must be none."""

    path: Path
    steps: tuple[Turn | Use, ...]
    request: dict[str, Any] | None


def load_yaml(path: Path) -> Any:
    """The content of a YAML 1.2 file ("yes" and "no" stay words); raises FormatError for what is no YAML."""
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise FormatError(f"{path.name}: {error}") from error


@cache
def load_patients() -> dict[str, dict[str, str]]:
    """For each made-up patient what he or she answers to each question."""
    return {
        patient: {question: str(answer) for question, answer in answers.items()}
        for patient, answers in load_yaml(PATIENTS).items()
    }


def load_conversation(path: Path) -> Conversation:
    """Reads one file; raises FormatError (file, turn, problem) for an unknown key or a wrong type."""
    data = load_yaml(path)
    if not isinstance(data, dict) or not data.get("turns"):
        raise FormatError(f"{path.name}: 'turns' is missing")
    _refuse_unknown(path.name, data, _CONVERSATION_KEYS)
    if "request" in data and "no_request" in data:
        raise FormatError(f"{path.name}: either 'request' or 'no_request', not both")
    request = data.get("request")
    if request is not None:
        _check_types(f"{path.name}, request", request, REQUEST_CHECKS)
    steps = tuple(_step(f"{path.name}, turn {number}", turn) for number, turn in enumerate(data["turns"], 1))
    return Conversation(path, steps, request)


def _step(where: str, turn: Any) -> Turn | Use:
    if not isinstance(turn, dict):
        raise FormatError(f"{where}: must be a mapping with 'user' or 'use'")
    if "use" in turn:
        return _use(where, turn)
    _refuse_unknown(where, turn, _TURN_KEYS)
    if not isinstance(turn.get("user"), str):
        raise FormatError(f"{where}: 'user' must be a text (put numbers in quotes)")
    expected = turn.get("bot") or {}
    _check_types(where, expected, EXPECTATIONS)
    return Turn(turn["user"], expected)


def _use(where: str, turn: dict[str, Any]) -> Use:
    _refuse_unknown(where, turn, _USE_KEYS)
    match = _USE.match(str(turn["use"]))
    if match is None or match["name"] not in _SNIPPETS:
        raise FormatError(f"{where}: 'use' knows {', '.join(sorted(_SNIPPETS))}, not '{turn['use']}'")
    if _SNIPPETS[match["name"]] != bool(match["argument"]):
        raise FormatError(f"{where}: answers_until needs a question id in brackets, the others take none")
    changed = {question: str(answer) for question, answer in (turn.get("with") or {}).items()}
    return Use(match["name"], match["argument"], str(turn.get("patient", "ana")), changed)


def _refuse_unknown(where: str, data: dict[str, Any], known: frozenset[str]) -> None:
    if unknown := set(data) - known:
        named = ", ".join(sorted(map(repr, unknown)))
        raise FormatError(f"{where}: unknown {named}; known: {', '.join(sorted(known))}")


def _check_types(where: str, data: Any, types: dict[str, tuple[type, ...]]) -> None:
    if not isinstance(data, dict):
        raise FormatError(f"{where}: must be a mapping")
    _refuse_unknown(where, data, frozenset(types))
    for key, value in data.items():
        if not isinstance(value, types[key]):
            expected = " or ".join(kind.__name__ for kind in types[key])
            raise FormatError(f"{where}: '{key}' must be {expected}, not {type(value).__name__}")
    if wrong := [name for name, item in (data.get("summary") or {}).items() if not isinstance(item, str | None)]:
        raise FormatError(f"{where}: the patterns for {', '.join(wrong)} must be texts (put numbers in quotes)")
