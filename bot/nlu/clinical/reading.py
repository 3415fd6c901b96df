"""Reads a message once, from left to right, into what it says of each thing it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from bot.nlu.clinical.answers import MARKS
from bot.nlu.clinical.assertions import said
from bot.nlu.clinical.behind import LookingBack
from bot.nlu.clinical.cues import Cue, CueFinder, Rule
from bot.nlu.clinical.frames import Frame, Item, Place, Target
from bot.nlu.clinical.layout import Layout

_PATIENT = Rule(whose="patient")
# Marks that do not end what a cue began: "on (for two years) prednisone".
_SOFT = frozenset({"(", '"', "/", ":"})
# Under these a list ends with its "and": "stopped Imuran and CellCept, Plaquenil" takes Plaquenil.
_ENDED_BY_AND = frozenset(
    {"stopped", "switched_from", "cannot_tolerate", "refused", "never_took", "waiting_to_start", "planned"}
)


@dataclass(frozen=True)
class Reading:
    """The items in the order of the targets; of each token the clause and the person; and what is left over."""

    items: list[Item]
    clauses: list[int]
    people: list[tuple[str, str | None]]
    spare: list[Target]  # the words of segments without a target
    answers: dict[int, tuple[str, str]]  # token -> governor and polarity of a leading "yes" or "no"


class Reader:
    """Reads documents with one set of cues; build it once."""

    def __init__(self, cues: CueFinder) -> None:
        self._cues = cues

    def __call__(self, doc: Doc, targets: Sequence[Target]) -> Reading:
        """Reads one document.

        Takes a document with sentences, and its targets in the order of the text, which may stand inside one another.
        """
        return _Pass(Layout(doc, targets, self._cues)).run(targets)


class _Pass:
    """One way through a message; a cue opens a frame, and each item takes what its frame says."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._norms, self._words = layout.norms, layout.words
        self._back = LookingBack(layout)
        self._frame = Frame()
        self._sentence = self._clause = self._segment = 0
        self._named: Rule | None = None  # the last relative or friend named

    def run(self, targets: Sequence[Target]) -> Reading:
        layout = self._layout
        clauses, people = [], []
        for index in range(len(layout.doc)):
            if layout.doc[index].is_sent_start:
                self._new_sentence()
            self._saying(index)
            if index in layout.starts:
                self._item(layout.starts[index])
            if not layout.covered[index] or layout.is_mark(index):
                self._word(index)
            clauses.append(self._clause)
            people.append(self._frame.person())
        return Reading(self._in_order(targets), clauses, people, layout.spare(), layout.answers.first)

    def _in_order(self, targets: Sequence[Target]) -> list[Item]:
        """One item a target; a target inside another is said what that one is said."""
        by_target = {item.target: item for item in self._back.items}
        result = []
        for target in targets:
            item = by_target.get(target)
            if item is None:
                outer = next(i for i in self._back.items if i.target.start <= target.start < i.target.end)
                item = Item(target, outer.frame, outer.place, outer.behind)
            result.append(item)
        return result

    @property
    def _place(self) -> Place:
        return Place(self._sentence, self._clause, self._segment)

    # ---- the parts of a message

    def _new_sentence(self) -> None:
        self._sentence += 1
        self._segment += 1
        self._clause += 1
        self._frame = Frame()

    def _saying(self, index: int) -> None:
        """An answer or a cue that begins at a token."""
        answer = self._layout.answers.behind.get(index)
        if answer:
            self._behind([Rule(governor=answer[0], polarity=answer[1])], index, index + 1)
        elif index in self._layout.answers.ahead:
            self._open([Rule(polarity="present")], begins=True)
        elif index in self._layout.cues and index not in self._layout.answers.first:
            self._cue(self._layout.cues[index])

    def _word(self, index: int) -> None:
        norm, text = self._norms[index], self._layout.doc[index].text
        if norm in self._words["third"]:
            self._pronoun(index)
        elif norm in self._words["me"]:
            self._open([_PATIENT], begins=True)
        elif norm in self._words["mine"]:
            self._open([_PATIENT], begins=norm == "my")
        elif norm in self._words["joins"]:
            self._part(norm, index)
        elif text in MARKS or self._layout.is_dash(index):
            self._part(text, index)

    def _part(self, mark: str, index: int) -> None:
        """A mark or "and": the next segment."""
        self._segment += 1
        joined = mark in self._words["joins"]
        if joined and self._list_ends_with(mark, index):
            self._frame.closes = True
        elif self._frame.closes and mark == ",":
            self._frame = Frame(self._frame.people())
        if mark not in self._words["goes_on"]:
            self._frame.rules = [rule for rule in self._frame.rules if not rule.item]
        if not self._frame.filled and not joined and self._frame.last != index and mark not in _SOFT:
            self._frame = Frame(self._frame.people())
        self._frame.parted = True
        self._frame.goes_on = mark in self._words["goes_on"] or (joined and not self._frame.filled)

    def _list_ends_with(self, mark: str, index: int) -> bool:
        """Whether the item after "and", or "nor" after "neither", is the last of its list."""
        if mark == "nor":
            return "neither" in self._norms[self._layout.doc[index].sent.start : index]
        return self._frame.filled and mark not in self._words["goes_on"] and self._governor() in _ENDED_BY_AND

    def _pronoun(self, index: int) -> None:
        """ "She": the relative named, or else a stranger, or the doctor where she prescribes."""
        following = self._norms[index + 1 : index + 3]
        doctor = not self._words["doctors"].isdisjoint(following) and self._words["passive"].isdisjoint(following)
        person = self._named or self._layout.named
        rule = Rule(whose=person.whose, relative=person.relative) if person else Rule(whose="other")
        self._open([_PATIENT if doctor else rule], begins=self._norms[index] not in ("her", "his", "him"))

    def _item(self, target: Target) -> None:
        rules = tuple(self._frame.rules)
        if self._frame.parted and self._frame.filled and self._layout.begins_something_new(target):
            rules = tuple(rule for rule in rules if rule.polarity != "absent" or rule.heads)
        self._back.items.append(Item(target, rules, self._place))
        self._frame.filled = True
        self._frame.parted = self._frame.goes_on = False

    # ---- cues

    def _cue(self, cue: Cue) -> None:
        if cue.clause and self._only_begins_a_clause(cue):
            return
        following = self._layout.ahead(cue.end)
        behind, ahead = self._directions(cue, following)
        if behind and self._behind(behind, cue.start, cue.end):
            ahead = [rule for rule in ahead if following and rule.allows(following.kind)]
            if not ahead:
                return
        else:
            ahead += [rule for rule in behind if rule.whose and rule.reach == "either"]
        self._subject(cue)
        ahead = [rule for rule in ahead if rule.under in (None, self._governor())]
        if ahead:
            self._govern(cue, ahead)

    def _only_begins_a_clause(self, cue: Cue) -> bool:
        """Begins a clause; tells whether the cue says nothing else."""
        self._clause += 1
        self._segment += 1
        self._frame = Frame(self._frame.people())
        self._subject(cue)
        return not cue.rules

    def _governor(self) -> str | None:
        return said(self._frame.rules, (), "medication").governor

    def _behind(self, rules: Sequence[Rule], start: int, end: int, anywhere: bool = False) -> bool:
        return self._back.say(rules, start, end, self._place, self._frame, anywhere)

    def _directions(self, cue: Cue, following: Target | None) -> tuple[list[Rule], list[Rule]]:
        """The rules of a cue that look back, and those that look on."""
        last = self._back.items[-1] if self._back.items else None
        touches = last is not None and last.place.segment == self._segment and self._layout.inside[cue.start - 1]
        behind: list[Rule] = []
        ahead: list[Rule] = []
        for rule in cue.rules:
            near = following is not None and rule.allows(following.kind)
            looks_back = {"ahead": False, "behind": True, "either": not near, "around": touches or not near}
            (behind if looks_back[rule.reach] else ahead).append(rule)
        return self._fitting(cue, behind, last), self._not_begun(cue, ahead)

    def _fitting(self, cue: Cue, behind: list[Rule], last: Item | None) -> list[Rule]:
        """Of the rules that look back those that may: "my mother has asthma, but I don't have that" denies nothing."""
        if self._norms[cue.start] in self._words["me"] and last is not None and last.assertion().whose != "patient":
            return []
        return [rule for rule in behind if rule.time != "past" or rule.polarity] if self._begins(cue) else behind

    def _not_begun(self, cue: Cue, ahead: list[Rule]) -> list[Rule]:
        return [rule for rule in ahead if rule.reach != "around"] if self._begins(cue) else ahead

    def _begins(self, cue: Cue) -> bool:
        """Whether a cue tells since when: "since last winter"."""
        return bool(cue.start) and self._norms[cue.start - 1] in self._words["begins"]

    def _subject(self, cue: Cue) -> None:
        """A person within a cue: "think I might have", "she's on"."""
        norms = self._norms[cue.start : cue.end]
        named = next((rule for rule in cue.rules if rule.whose), None)
        if named:
            self._named = named
        elif norms[0] in self._words["begins"] and not self._layout.is_clause(cue.start):
            return  # "since I was a child"
        elif not self._words["me"].isdisjoint(norms):
            self._open([_PATIENT], begins=True)
        elif norms[0] in self._words["third"]:
            self._pronoun(cue.start)

    def _govern(self, cue: Cue, rules: list[Rule]) -> None:
        """Rules over what follows."""
        people = [rule for rule in rules if rule.whose]
        alone = people and self._frame.filled and self._layout.stands_alone(cue.start, cue.end)
        if alone and self._behind(people, cue.start, cue.end, anywhere=True):
            return
        rules = [self._flipped(rule, cue.start) if rule.flips else rule for rule in rules]
        if any(rule.opens for rule in rules):
            self._open(rules, begins=True)
        else:
            self._frame.rules += rules
        self._frame.last = cue.end
        self._frame.parted = False

    def _open(self, rules: list[Rule], begins: bool) -> None:
        """Adds rules to the frame, or to a new one."""
        frame = self._frame
        if not begins or not frame.begins_anew(rules):
            frame.rules += rules
            frame.parted = frame.parted and not begins
            return
        subject = any(rule.whose for rule in rules)
        if subject or frame.filled:
            self._clause += 1
        if subject and frame.goes_on and not frame.filled and any(rule.governor == "denied" for rule in frame.rules):
            # "Neither me nor my brother have psoriasis": what is said of both stands before the first.
            self._frame = Frame([*rules, *frame.rules])
            return
        self._frame = Frame([*([] if subject else frame.people()), *rules])

    def _flipped(self, rule: Rule, start: int) -> Rule:
        """ "Except" after what is denied tells what is there, and the other way round."""
        denied = said(self._frame.rules, (), "").polarity == "absent"
        if not denied and (self._frame.filled or self._of_all(start)):
            return Rule(governor=rule.governor, polarity="absent")
        return Rule(governor=rule.governor, polarity="present", time="now")

    def _of_all(self, start: int) -> bool:
        """Whether the sentence speaks of all or any before a token: "all of the above except"."""
        first = self._layout.doc[start].sent.start
        return not self._words["all"].isdisjoint(self._norms[first:start])
