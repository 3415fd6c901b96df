"""The four things a message can be while a question is open."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.intake.model.commands import CommandName
from clinic.intake.model.result import Parsed


@dataclass(frozen=True)
class Answer:
    """An answer to the open question (or to "review"); `result` says whether it is valid."""

    question: str
    text: str
    result: Parsed


@dataclass(frozen=True)
class Digression:
    """Not for the intake: something else answers, and the same question is asked again."""

    reason: str


@dataclass(frozen=True)
class Change:
    """A change of one item: with the value read, or None when the item has to be asked again."""

    question: str
    result: Parsed | None = None


@dataclass(frozen=True)
class Correction:
    """Changes of other items; empty when it is not said which. `offered`: facts named by the way."""

    changes: tuple[Change, ...] = ()
    offered: bool = False


@dataclass(frozen=True)
class Command:
    """A command to the intake."""

    name: CommandName


Decision = Answer | Digression | Correction | Command
