"""One question of the questionnaire, its choices, and the sections that questions stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from clinic.intake.model.conditions import Condition, holds
from clinic.intake.model.text import normalise

# What the engine asks for whatever the question is called; every questionnaire needs each of them once.
Role = Literal["who", "birth_date", "residence", "privacy_consent", "contact_consent", "offers_more"]
# A questionnaire without `offers_more` asks all its questions in one go.
ROLES: Mapping[Role, str] = {
    "who": "who the patient is",
    "birth_date": "the patient's date of birth",
    "residence": "the country in which the patient lives",
    "privacy_consent": "whether the answers may be kept",
    "contact_consent": "whether the clinic may contact the patient",
}
SOMEONE_ELSE, SELF = "someone_else", "self"
RESERVED_IDS = frozenset({"review", "cancel", "restart", "change", "safety_check"})


@dataclass(frozen=True)
class Choice:
    """One answer that can be picked; `exclusive` answers ("none") stand alone in a multi question.

    may_be: "emergency" or "crisis" where the answer leaves open that it is one, so that it is asked whether it is now.
    months: how far ahead a time frame reaches, or how far back what is asked for may lie; undecided: the time frame of
    somebody who has not decided. relations: the relatives (ids of the lexicon) one of whom the patient then is.
    """

    value: str
    label: str
    synonyms: tuple[str, ...] = ()
    exclusive: bool = False
    may_be: str | None = None
    months: float | None = None
    undecided: bool = False
    relations: tuple[str, ...] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """Every normalised wording that means this choice."""
        return frozenset(normalise(name) for name in (self.value, self.label, *self.synonyms)) - {""}


@dataclass(frozen=True)
class ConsentText:
    """The text somebody agrees to, with its version."""

    version: str
    text: str


@dataclass(frozen=True)
class Section:
    """One part of the questionnaire, asked only where `asked_if` holds; what is told for it otherwise is kept."""

    id: str
    label: str
    label_other: str | None = None
    asked_if: Condition | None = None


@dataclass(frozen=True)
class Question:
    """One item of the questionnaire, as written in `intake.yml`."""

    id: str
    label: str
    kind: str
    prompt: str
    help: str
    section: str | None = None
    moves: Mapping[str, Any] | None = None
    role: Role | None = None
    required: bool = False
    format: str | None = None
    codes: str | None = None
    codes_except: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    prompt_other: str | None = None
    why: str | None = None
    none: str | None = None
    only: str | None = None
    only_why: str | None = None
    questions_as_answers: str | None = None
    choices: tuple[Choice, ...] = ()
    required_if: Condition | None = None
    ask_if: Condition | None = None
    validation: Mapping[str, Any] = field(default_factory=dict)
    prefill_from: tuple[str, ...] = ()
    prescreen: tuple[str, ...] = ()
    fhir: Mapping[str, str] = field(default_factory=dict)
    consent: ConsentText | None = None

    @property
    def tells_who(self) -> bool:
        """True for an item about who the patient is to the person typing."""
        return self.role == "who" or "relationship" in self.prefill_from

    def applies(self, answers: Mapping[str, Any], today: date) -> bool:
        """Tell whether the question is to be asked, given the answers so far."""
        return holds(self.ask_if, answers, today)

    def is_required(self, answers: Mapping[str, Any], today: date) -> bool:
        """Tell whether the question cannot be skipped, given the answers so far."""
        return self.required or (self.required_if is not None and holds(self.required_if, answers, today))

    def choice(self, value: Any) -> Choice | None:
        """Return the choice with this stored value, or None."""
        return next((choice for choice in self.choices if choice.value == value), None)
