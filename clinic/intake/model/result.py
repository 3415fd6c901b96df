"""What a parser is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from clinic.intake.model.language import Language
from clinic.intake.model.turn import Entity

# What a message asserts: what, present or absent, when, of whom, and the words it stands on.
Assertions = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Context:
    """What a parser may look at beside the text.

    today; the answers so far; the entities of this message. for_other: whether the person typing is not the patient.
    relatives: ids of the relatives that the patient can be, empty where that is not known.
    residence: ISO 3166 alpha-2. born: ISO date. phone: E.164. Each None where it is not known.
    """

    today: date
    answers: Mapping[str, Any] = field(default_factory=dict)
    entities: tuple[Entity, ...] = ()
    language: Language = field(kw_only=True)
    for_other: bool = False
    relatives: frozenset[str] = frozenset()
    residence: str | None = None
    born: str | None = None
    phone: str | None = None

    def say(self, key: str, **values: object) -> str:
        """Return a sentence in the language of the chat."""
        return self.language.say(key, **values)

    def refuse(self, key: str, **values: object) -> Refused:
        """Return that there is no valid answer, with what to do."""
        return Refused(self.say(key, **values))


@dataclass(frozen=True)
class Accepted:
    """A valid answer. `exact` is False when it was inferred, so that it is said back to the patient.

    A value of None means "nothing to store": the item counts as skipped. `also` holds findings of the same
    message that belong to other lists, by what these list (a stopped drug among the current ones: "treatment").
    """

    value: Any
    exact: bool = True
    also: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """No valid answer; `problem` says in plain words what to do. `retype`: no suggestion is left to choose from."""

    problem: str
    retype: bool = False


@dataclass(frozen=True)
class Option:
    """One way to settle an unclear answer; a value of None means "I will type it again"."""

    value: Any
    label: str


@dataclass(frozen=True)
class Unclear:
    """A likely answer that has to be settled: `problem` asks, `options` are the answers.

    With `yes_no`, "yes" means the first option and "no" the second.
    """

    problem: str
    options: tuple[Option, ...]
    yes_no: bool = False


Parsed = Accepted | Refused | Unclear
