"""Reads a message once, from left to right, into what it says of each finding: clauses, items, and the words above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spacy.tokens import Doc

from bot.nlu.clinical.answers import Answers
from bot.nlu.clinical.assertions import Assertion, said
from bot.nlu.clinical.cues import Cue, CueFinder, Rule

MARKS = frozenset({",", "/", ";", "(", ")", ":", "-", "–", "—", "=", "|", "•", "*", "→", ">", "\n", "?", "[", "]", '"'})
SENTENCE_END = "end"


@dataclass(frozen=True)
class Target:
    """Something a message speaks of, in tokens start..end."""

    start: int
    end: int
    kind: str
    polarity: str | None = None  # where the finding itself says so: "my back doesn't hurt"


@dataclass
class Item:
    """A target, the rules above it and behind it, and the clause and the segment (between two marks) it stands in."""

    target: Target
    frame: tuple[Rule, ...]
    clause: int
    segment: int
    sentence: int
    behind: list[Rule] = field(default_factory=list)
    answered: bool = False

    def assertion(self) -> Assertion:
        """What is said of it."""
        own = (Rule(polarity=self.target.polarity),) if self.target.polarity else ()
        return said((*self.frame, *own), self.behind, self.target.kind)


@dataclass
class _Frame:
    """What holds for the next item."""

    rules: list[Rule] = field(default_factory=list)
    filled: bool = False  # an item stands in it
    parted: bool = False  # a mark or "and" came after its last cue
    goes_on: bool = False  # ... and it was "or"
    last: int = -1  # the token after its last cue
    segment: int = 0

    def people(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.whose]


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
        """in: a document with sentences, and its targets in the order of the text, which may stand inside one another."""
        return _Pass(doc, targets, self._cues).run()


class _Pass:
    def __init__(self, doc: Doc, targets: Sequence[Target], finder: CueFinder) -> None:
        self._doc = doc
        self._norms = [token.norm_ for token in doc]
        self._targets = targets
        self._words = finder.words
        self._light = finder.light
        self._inside = [False] * len(doc)
        self._starts: dict[int, Target] = {}
        for target in targets:
            self._inside[target.start : target.end] = [True] * (target.end - target.start)
            if target.start not in self._starts or target.end > self._starts[target.start].end:
                self._starts[target.start] = target
        self._found, self._named_anywhere = finder(doc, self._inside)
        self._covered = list(self._inside)
        for cue in self._found.values():
            self._covered[cue.start : cue.end] = [True] * (cue.end - cue.start)
        self._answers = Answers(doc, self._norms, self._starts, self._inside, self._found, finder.words)
        self._frame = _Frame()
        self._items: list[Item] = []
        self._segment = self._clause = self._sentence = 0
        self._clauses = [0] * len(doc)
        self._people: list[tuple[str, str | None]] = [("patient", None)] * len(doc)
        self._named: Rule | None = None  # the last relative or friend named

    def run(self) -> Reading:
        skip_cues_until = 0
        for index in range(len(self._doc)):
            if self._doc[index].is_sent_start:
                self._new_sentence()
            if index in self._answers.behind:
                self._behind(
                    [Rule(governor=self._answers.behind[index][0], polarity=self._answers.behind[index][1])],
                    index,
                    index + 1,
                )
            elif index in self._found and index not in self._answers.first and index >= skip_cues_until:
                skip_cues_until = self._found[index].end
                self._cue(self._found[index])
            if index in self._starts:
                self._item(self._starts[index])
            if not self._covered[index] or self._answers.is_mark(index):
                self._word(index)
            self._clauses[index] = self._clause
            self._people[index] = self._person()
        return Reading(self._in_order(), self._clauses, self._people, self._spare(), self._answers.first)

    def _spare(self) -> list[Target]:
        """The words of each segment that holds no target, without cues and words that say nothing."""
        spare: list[Target] = []
        start = 0
        for index in range(len(self._doc) + 1):
            if (
                index < len(self._doc)
                and not self._is_edge(index)
                and not (index > start and self._doc[index].is_sent_start)
            ):
                continue
            words = [
                i
                for i in range(start, index)
                if not self._covered[i] and self._norms[i] not in self._light and i not in self._answers.places
            ]
            if words and not any(self._inside[start:index]) and any(self._doc[i].is_alpha for i in words):
                spare.append(Target(words[0], words[-1] + 1, "words"))
            start = (
                index
                if index < len(self._doc) and self._doc[index].is_sent_start and not self._is_edge(index)
                else index + 1
            )
        return spare

    def _in_order(self) -> list[Item]:
        """One item a target; a target inside another is said what that one is said."""
        by_start = {item.target.start: item for item in self._items}
        result = []
        for target in self._targets:
            item = by_start.get(target.start)
            if item is None or item.target != target:
                outer = next(i for i in self._items if i.target.start <= target.start < i.target.end)
                item = Item(target, outer.frame, outer.clause, outer.segment, outer.sentence, outer.behind)
            result.append(item)
        return result

    # ---- the parts of a message

    def _new_sentence(self) -> None:
        self._sentence += 1
        self._segment += 1
        self._clause += 1
        self._frame = _Frame(segment=self._segment)

    def _word(self, index: int) -> None:
        norm = self._norms[index]
        if norm in self._words["third"]:
            self._pronoun(index)
        elif norm in self._words["me"] or norm in self._words["mine"]:
            self._open([Rule(whose="patient")], index, norm not in ("me", "myself", "mine"))
        elif norm in self._words["joins"]:
            self._part(norm, index)
        elif self._doc[index].text in MARKS or self._dash(index):
            self._part(self._doc[index].text, index)

    def _dash(self, index: int) -> bool:
        """A hyphen that hangs on to its word but parts it from the next: "kidneys- no"."""
        text = self._doc[index].text
        places = self._doc.user_data["places"]
        return (
            text.endswith("-") and len(text) > 1 and index + 1 < len(places) and places[index][1] < places[index + 1][0]
        )

    def _part(self, mark: str, index: int) -> None:
        """A mark or "and": the next segment."""
        self._segment += 1
        frame = self._frame
        joined = mark in self._words["joins"]
        if mark not in self._words["goes_on"]:
            frame.rules = [rule for rule in frame.rules if not rule.item]
        if not frame.filled and not joined and frame.last != index and mark not in ("(", '"', "/"):
            self._frame = _Frame(frame.people(), segment=self._segment)
        self._frame.parted = True
        self._frame.goes_on = mark in self._words["goes_on"] or (joined and not self._frame.filled)

    def _pronoun(self, index: int) -> None:
        following = self._norms[index + 1 : index + 4]
        doctor = not self._words["doctors"].isdisjoint(following[:2]) and self._words["passive"].isdisjoint(
            following[:2]
        )
        if doctor:
            rule = Rule(whose="patient")
        elif person := self._named or self._named_anywhere:
            rule = Rule(whose=person.whose, relative=person.relative)
        else:
            rule = Rule(whose="other")
        self._open([rule], index, self._norms[index] not in ("her", "his", "him"))

    # ---- cues

    def _cue(self, cue: Cue) -> None:
        if cue.clause and not cue.rules:
            self._clause += 1
            self._segment += 1
            self._frame = _Frame(self._frame.people(), segment=self._segment)
            self._subject(cue)
            return
        following = self._ahead(cue.end)
        behind, ahead = self._directions(cue, following)
        if behind and self._behind(behind, cue.start, cue.end):
            ahead = [rule for rule in ahead if following and rule.allows(following.kind)]
            if not ahead:
                return
        self._subject(cue)
        if ahead:
            self._ahead_of(cue, ahead)

    def _directions(self, cue: Cue, following: Target | None) -> tuple[list[Rule], list[Rule]]:
        """The rules of a cue that look back and those that look on."""
        before = self._items[-1] if self._items else None
        touches = before is not None and before.segment == self._segment and self._inside[cue.start - 1]
        behind, ahead = [], []
        for rule in cue.rules:
            near = following is not None and rule.allows(following.kind)
            back = (
                rule.reach == "behind"
                or (rule.reach == "around" and touches)
                or (rule.reach in ("either", "around") and not near)
            )
            (behind if back else ahead).append(rule)
        if self._norms[cue.start - 1] in self._words["begins"] and cue.start:
            behind = [rule for rule in behind if rule.time != "past" or rule.polarity]
            ahead = [rule for rule in ahead if rule.reach != "around"]
        return behind, ahead

    def _subject(self, cue: Cue) -> None:
        """A person within a cue: "think I might have", "she's on"."""
        norms = self._norms[cue.start : cue.end]
        if any(rule.whose for rule in cue.rules):
            named = next(rule for rule in cue.rules if rule.whose)
            if named.whose != "patient":
                self._named = named
        elif not self._words["me"].isdisjoint(norms):
            self._open([Rule(whose="patient")], cue.start, True)
        elif norms[0] in self._words["third"]:
            self._pronoun(cue.start)

    def _ahead_of(self, cue: Cue, rules: list[Rule]) -> None:
        if any(rule.under for rule in rules):
            above = said(self._frame.rules, (), "medication").governor
            rules = [rule for rule in rules if rule.under in (None, above)]
            if not rules:
                return
        people = [rule for rule in rules if rule.whose]
        if people:
            if self._alone(cue) and self._behind(people, cue.start, cue.end, anywhere=True):
                return
        rules = [self._flipped(rule) if rule.flips else rule for rule in rules]
        if any(rule.opens for rule in rules):
            self._open(rules, cue.start, True)
        else:
            self._frame.rules += rules
        self._frame.last = cue.end
        self._frame.parted = False

    def _alone(self, cue: Cue) -> bool:
        """A relative between two marks: "breast cancer (my aunt)"."""
        before = cue.start > 0 and (self._doc[cue.start - 1].text in MARKS or self._dash(cue.start - 1))
        after = cue.end == len(self._doc) or self._answers.is_mark(cue.end) or self._doc[cue.end].text == "."
        return before and after and self._frame.filled

    def _open(self, rules: list[Rule], index: int, begins: bool) -> None:
        """Adds rules to the frame, or to a new one where the old one holds an item or lies behind a mark."""
        frame = self._frame
        done = frame.filled or frame.parted
        subject = any(rule.whose for rule in rules)
        if frame.goes_on and not subject and not frame.filled:
            done = False
        if frame.goes_on and not subject and all(rule.polarity is None for rule in rules) and frame.parted:
            done = False
        if done and begins and not any(rule.heads for rule in frame.rules):
            self._clause += 1 if subject or frame.filled else 0
            kept = [] if subject else frame.people()
            self._frame = _Frame([*kept, *rules], segment=self._segment)
        else:
            frame.rules += rules
            frame.parted = frame.parted and not begins

    def _flipped(self, rule: Rule) -> Rule:
        """ "Except" after what is denied tells what is there, and the other way round."""
        before = said(self._frame.rules, (), "")
        stated = self._frame.filled or bool(self._frame.rules)
        polarity = "absent" if stated and before.polarity != "absent" else "present"
        return Rule(governor=rule.governor, polarity=polarity, time="now" if polarity == "present" else None)

    def _ahead(self, index: int) -> Target | None:
        """The next target of the same segment."""
        while index < len(self._doc) and not self._doc[index].is_sent_start:
            if index in self._starts:
                return self._starts[index]
            if index in self._found:
                if self._found[index].clause and not self._found[index].rules:
                    return None
                index = self._found[index].end
                continue
            if self._answers.is_mark(index) or self._norms[index] in self._words["me"]:
                return None
            index += 1
        return None

    # ---- items

    def _item(self, target: Target) -> None:
        frame = self._frame
        rules = tuple(frame.rules)
        if frame.parted and frame.filled and self._is_new(target):
            rules = tuple(rule for rule in rules if rule.polarity != "absent" or rule.heads)
        self._items.append(Item(target, rules, self._clause, self._segment, self._sentence))
        frame.filled = True
        frame.parted = frame.goes_on = False

    def _is_new(self, target: Target) -> bool:
        """ "no cough, my knees hurt": something new rather than the next of a list."""
        first = target.start
        while first > 0 and not self._answers.is_mark(first - 1) and not self._doc[first].is_sent_start:
            first -= 1
        if self._norms[first] in self._words["news"]:
            return True
        return target.end < len(self._doc) and self._norms[target.end] in self._words["copulas"]

    def _behind(self, rules: list[Rule], start: int, end: int, anywhere: bool = False) -> bool:
        """Says the rules of what was named before; whether there was anything."""
        clearing = [rule for rule in rules if rule.clears]
        if clearing:
            doubted = [
                item
                for item in self._items
                if item.assertion().polarity == "unsure" and clearing[0].allows(item.target.kind)
            ]
            if doubted:
                doubted[-1].behind += clearing
                return True
            rules = [rule for rule in rules if not rule.clears]
        fits = [item for item in self._items if any(rule.allows(item.target.kind) for rule in rules)]
        if not fits:
            return False
        last = fits[-1]
        here = last.segment == self._segment and last.clause == self._clause and last is self._items[-1]
        if (
            here
            and rules[0].reach == "either"
            and not self._words["determiners"].isdisjoint(self._norms[last.target.end : start])
        ):
            return False
        if not (here or anywhere or self._points_back(last, start, end)):
            return False
        if not here and self._person()[0] != last.assertion().whose and self._frame.people():
            return False
        group = self._together(last)
        for item in group:
            item.behind += rules
            item.answered = True
        return True

    def _points_back(self, item: Item, start: int, end: int) -> bool:
        """Whether a cue without a finding of its own speaks of one before it: "but I stopped that last week"."""
        if item.sentence != self._sentence:
            asked = item.sentence == self._sentence - 1 and item is self._items[-1]
            ends = self._doc[start].sent.start
            if not asked or not (self._doc[ends - 1].text == "?" or self._norms[ends] in self._words["pointers"]):
                return False
        first = start
        while first > 0 and first > item.target.end and not self._is_edge(first - 1):
            first -= 1
            if self._norms[first] not in self._light and not self._covered[first]:
                return False
        return (
            end >= len(self._doc)
            or self._is_edge(end)
            or end in self._found
            or self._norms[end] in self._words["pointers"] | self._words["trails"]
        )

    def _is_edge(self, index: int) -> bool:
        text = self._doc[index].text
        cue = self._found.get(index)
        return (
            text in MARKS
            or text in ".!?;…"
            or self._dash(index)
            or self._norms[index] in self._words["joins"]
            or (cue is not None and cue.clause)
        )

    def _together(self, last: Item) -> list[Item]:
        """The item and those coordinated with it: "rash, fever and cough went away"."""
        group = [last]
        crossed = False
        for item in reversed(self._items[: self._items.index(last)]):
            between = range(item.target.end, group[0].target.start)
            words = [index for index in between if not self._inside[index]]
            light = self._words["determiners"]
            if (
                item.answered
                or item.sentence != last.sentence
                or any(not self._answers.is_mark(index) and self._norms[index] not in light for index in words)
            ):
                break
            joined = any(self._norms[index] in self._words["joins"] for index in words)
            if not joined and not crossed:
                break
            crossed = crossed or joined
            group.insert(0, item)
        return group

    def _person(self) -> tuple[str, str | None]:
        people = self._frame.people()
        return (people[-1].whose or "patient", people[-1].relative) if people else ("patient", None)
