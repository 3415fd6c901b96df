"""The parts a message is read into: targets, the items made of them, and the frame that holds for the next item."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.nlu.clinical.assertions import Assertion, said
from bot.nlu.clinical.cues import Rule


@dataclass(frozen=True)
class Target:
    """Something a message speaks of, in tokens start..end."""

    start: int
    end: int
    kind: str
    polarity: str | None = None  # where the finding itself says so: "my back doesn't hurt"


@dataclass(frozen=True)
class Place:
    """Where in a message something stands: its sentence, its clause, and the segment between two marks."""

    sentence: int = 0
    clause: int = 0
    segment: int = 0


@dataclass
class Item:
    """A target with the rules above it and those behind it."""

    target: Target
    frame: tuple[Rule, ...]
    place: Place
    behind: list[Rule] = field(default_factory=list)
    answered: bool = False

    def assertion(self) -> Assertion:
        """What is said of it."""
        own = (Rule(polarity=self.target.polarity),) if self.target.polarity else ()
        return said((*self.frame, *own), self.behind, self.target.kind)


@dataclass
class Frame:
    """What holds for the next item."""

    rules: list[Rule] = field(default_factory=list)
    filled: bool = False  # an item stands in it
    parted: bool = False  # a mark or "and" came after its last cue
    goes_on: bool = False  # ... and it was "or"
    closes: bool = False  # "and" or "nor" came after an item: the next comma ends the list
    last: int = -1  # the token after its last cue

    def people(self) -> list[Rule]:
        """The rules that say whose."""
        return [rule for rule in self.rules if rule.whose]

    def person(self) -> tuple[str, str | None]:
        """Whose the next item is, and which relative's."""
        people = self.people()
        return (people[-1].whose or "patient", people[-1].relative) if people else ("patient", None)

    def begins_anew(self, rules: list[Rule]) -> bool:
        """Whether these rules open a frame of their own: after an item, or after a mark, but not after "or"."""
        if not (self.filled or self.parted):
            return False
        if not self.goes_on or any(rule.whose for rule in rules):
            return True
        return self.filled and not (self.parted and all(rule.polarity is None for rule in rules))
