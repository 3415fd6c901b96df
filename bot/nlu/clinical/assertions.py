"""What a message says of one finding, and how that stands on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.nlu.clinical.cues import Rule

# What is said twice of a time keeps the stronger: "was never on", "used to have".
_STRENGTH = ("now", "past", "planned", "never")
_TAKEN = frozenset({"medication", "procedure", "therapy"})
ENDURES = "endures"
_PLAIN = frozenset({None, "has", "over", "history", "denied"})


@dataclass(frozen=True)
class Assertion:
    """A finding as it was said.

    polarity: present, absent or unsure; time: now, past, planned or never; whose: patient, family or other, with the
    id of the relation where one was named; governor: the word it stands under (data/lexicon/assertions.yml);
    onset: whether that word tells a beginning; since, until: as said
    """

    polarity: str = "present"
    time: str = "now"
    whose: str = "patient"
    relative: str | None = None
    governor: str | None = None
    onset: bool = False
    since: str | None = None
    until: str | None = None

    def wire(self, kind: str) -> dict[str, Any]:
        """`negated`, `experiencer` and `temporality` of an entity of this kind."""
        return {
            "negated": self.polarity == "absent",
            "experiencer": self.whose,
            "temporality": self._temporality(kind),
        }

    def _temporality(self, kind: str) -> str:
        if self.polarity == "unsure" or self.time == "planned":
            return "hypothetical"
        if self.time == "past" and (self.polarity == "present" or kind in _TAKEN):
            return "past"
        if self.time == "never" and kind in _TAKEN:
            return "past"
        return "current"

    def as_dict(self) -> dict[str, Any]:
        """The finer values, as they stand in `assertion` of an entity."""
        return {
            "polarity": self.polarity, "time": self.time, "whose": self.whose, "relative": self.relative,
            "governor": self.governor, "since": self.since, "until": self.until,
        }  # fmt: skip


def said(frame: Iterable[Rule], behind: Iterable[Rule], kind: str) -> Assertion:
    """The assertion that follows from the rules of a frame, in order, and of the words behind the finding.

    Takes the rules that reach the finding, and its kind.
    """
    result = Assertion()
    for rule in frame:
        if rule.allows(kind):
            result = _with(result, rule)
    for rule in behind:
        if rule.allows(kind) and not _says_nothing_new(rule, result):
            changed = {name: getattr(rule, name) for name in ("polarity", "time") if getattr(rule, name)}
            onset = result.onset or rule.onset
            result = replace(result, governor=_governor(result, rule), onset=onset, **changed)
            if rule.whose and not (rule.whose == "other" and result.whose != "patient"):
                result = replace(result, whose=rule.whose, relative=rule.relative)
    return result


def _says_nothing_new(rule: Rule, before: Assertion) -> bool:
    """ "Diagnosed two years ago" is no end; "I used to have it, but no longer" is as past as before.

    Nor is it over that somebody "can't stand any longer".
    """
    if rule.governor == "no_longer":
        return before.time == "past" or before.governor == ENDURES
    return before.onset and rule.time == "past" and rule.polarity is None and rule.governor in _PLAIN


def _with(before: Assertion, rule: Rule) -> Assertion:
    whose, relative = (rule.whose, rule.relative) if rule.whose else (before.whose, before.relative)
    time = before.time
    if rule.time and (rule.governor is None or _STRENGTH.index(rule.time) > _STRENGTH.index(time)):
        time = rule.time
    return Assertion(
        rule.polarity or before.polarity, time, whose, relative, _governor(before, rule), before.onset or rule.onset
    )


def _governor(before: Assertion, rule: Rule) -> str | None:
    if rule.governor in _PLAIN and before.governor not in _PLAIN:
        return before.governor
    return rule.governor or before.governor
