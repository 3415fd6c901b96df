"""Recognises changes of earlier answers in plain words ("sorry, my e-mail is ...", "I'm in Spain, not Mexico")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from clinic.intake.kinds import Accepted, Parsed, Refused, Unclear, kind_of, parse
from clinic.intake.model.decisions import Change, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.questionnaire import Questionnaire, Role
from clinic.intake.model.text import looks_like_question, normalise
from clinic.intake.reading import correction_patterns as said_as
from clinic.intake.reading.both_named import both_named

# What is told of an item without its name: "I was born in 1986", "I live in Spain now".
_TOLD: tuple[tuple[Role, re.Pattern[str]], ...] = (("birth_date", said_as.BORN), ("residence", said_as.MOVED))


@dataclass(frozen=True)
class _Items:
    by_alias: dict[str, str]
    pattern: str


@lru_cache(maxsize=8)
def _items(questionnaire: Questionnaire) -> _Items:
    """Return the names people use for the items, and one pattern that finds any of them (longest first)."""
    names: dict[str, str] = {}
    for question in questionnaire.questions:
        for alias in (*question.aliases, question.id.replace("_", " "), question.label):
            names.setdefault(normalise(alias), question.id)
    flexible = [
        re.escape(name).replace(r"\ ", r"[\s-]+").replace("e[\\s-]+mail", "e[\\s-]?mail")
        for name in sorted(names, key=len, reverse=True)
    ]
    return _Items(names, "|".join(flexible))


@lru_cache(maxsize=8)
def _patterns(questionnaire: Questionnaire) -> tuple[re.Pattern[str], ...]:
    alias = rf"(?P<item>{_items(questionnaire).pattern})"
    flags = re.IGNORECASE | re.DOTALL
    return (
        re.compile(
            rf"^{said_as.LEAD}{said_as.VERB}\s+{said_as.WHOSE}{alias}(?:\s+(?:number|address|answer|please|again|"
            rf"question))*(?:{said_as.TO}(?P<value>\S.*))?[\s.!?]*$",
            flags,
        ),
        re.compile(rf"^{said_as.LEAD}{said_as.WHOSE}{alias}{said_as.IS}(?P<value>.+)$", flags),
        re.compile(
            rf"\b(?:wrong|incorrect|mistake in|mistake with|error in|error with|typo in|mistyped|"
            rf"misspelled|misspelt|mixed up)\s+(?:with\s+)?{said_as.WHOSE}{alias}\b(?P<value>)",
            flags,
        ),
        re.compile(
            rf"^{said_as.LEAD}{said_as.WHOSE}{alias}\s+(?P<value>(?:is |was |has )?(?:wrong|incorrect|changed|"
            rf"not right|not correct|misspelled|mistyped))[\s.!]*$",
            flags,
        ),
        re.compile(
            rf"^{said_as.LEAD}(?:i (?:got|gave|typed|wrote|entered|"
            rf"put))\s+(?:you\s+)?{said_as.WHOSE}(?:wrong\s+)?{alias}\s*(?P<value>wrong|incorrectly)?[\s.!]*$",
            flags,
        ),
    )


def named_item(questionnaire: Questionnaire, text: str) -> str | None:
    """Return the id of the item a text names and nothing else ("the e-mail", "my phone number"), or None."""
    norm = re.sub(
        r"^(?:(?:the|my|her|his|about|change|please|edit|fix|correct|update|item|answer) )+|(?: (?:please|"
        r"again|one|answer))+$",
        "",
        normalise(text),
    )
    return _items(questionnaire).by_alias.get(norm)


def find_correction(interview: Interview, text: str, *, answers: bool = False) -> Correction | None:
    """Return the correction a message is, or None. The open question itself is never a correction.

    answers: whether the message answers the open question; then "not me, my mother" contrasts nothing.
    """
    finder = _Finder(interview, text)
    return (
        finder.by_number()
        or finder.by_name()
        or (None if finder.asks or (answers and not finder.in_free_text) else both_named(interview, text))
        or (None if answers else finder.by_contrast())
        or finder.by_statement()
        or finder.by_mention()
        or finder.of_last()
    )


class _Finder:
    def __init__(self, interview: Interview, text: str) -> None:
        self.interview, self.text = interview, text
        self.questionnaire, self.state = interview.questionnaire, interview.state
        self.context = interview.context()
        self.has_cue = bool(said_as.CUE.search(text))
        self.in_free_text = interview.open is not None and kind_of(interview.open).is_free
        self.asks = looks_like_question(text) and not re.match(rf"{said_as.LEAD}{said_as.VERB}\b", text, re.IGNORECASE)

    def _parse(self, question_id: str, value: str) -> Parsed:
        question = self.questionnaire.get(question_id)
        stored = self.state.answers.get(question_id)
        return kind_of(question).reread(value, stored, question, self.context)

    def _usable(self, question_id: str) -> bool:
        question = self.questionnaire.get(question_id)
        return question_id != self.state.open_question and self.interview.applies(question)

    def by_number(self) -> Correction | None:
        """ "change 4" or "change 4 to ...", numbered as in the review."""
        match = said_as.NUMBERED.match(self.text)
        if match is None or not 1 <= int(match.group("number")) <= len(self.interview.answered):
            return None
        item = self.interview.answered[int(match.group("number")) - 1]
        value = match.group("value")
        return Correction((self._change(item, value),))

    def _change(self, item: str, value: str | None) -> Change:
        if not value or self.questionnaire.get(item).consent or said_as.WITHOUT_VALUE.match(value.strip()):
            return Change(item)
        return Change(item, self._parse(item, said_as.SHOULD_BE.sub("", value.strip())))

    def _put_right(self, patterns: Sequence[re.Pattern[str]]) -> Correction | None:
        """An item said to be wrong, and then what is right: "the country is wrong, it should be Chile"."""
        said = said_as.WRONG_THEN_RIGHT.match(self.text)
        if said is None:
            return None
        for pattern in patterns:
            match = pattern.search(said.group("wrong"))
            item = _items(self.questionnaire).by_alias.get(normalise(match.group("item"))) if match else None
            if item is None or not self._usable(item):
                continue
            made = self._change(item, said.group("right"))
            question = self.questionnaire.get(item)
            # Without "it should be" the rest may be anything ("sorry about that"), and any words can be a name.
            loose = kind_of(question).is_loose
            if said.group("cue") is None and (loose or not isinstance(made.result, Accepted | Unclear)):
                made = Change(item)
            return Correction((made,))
        return None

    def by_name(self) -> Correction | None:
        """An item named, with or without a new value."""
        change, *others = _patterns(self.questionnaire)
        named = self._item_in(change.match(self.text))
        if named is not None:
            return Correction((self._change(*named),))
        if self.asks or (self.in_free_text and not self.has_cue):
            return None
        return self._put_right(others) or self._stated(others)

    def _item_in(self, match: re.Match[str] | None) -> tuple[str, str | None] | None:
        """The item that a pattern found, if it can be changed, and the value beside it."""
        item = _items(self.questionnaire).by_alias.get(normalise(match.group("item"))) if match else None
        if match is None or item is None or not self._usable(item):
            return None
        return item, match.group("value")

    def _stated(self, patterns: Sequence[re.Pattern[str]]) -> Correction | None:
        """An item and what it is or is not: "my e-mail is ...", "the phone number is wrong"."""
        for named in map(self._item_in, (pattern.search(self.text) for pattern in patterns)):
            if named is None:
                continue
            item, made = named[0], self._change(*named)
            if made.result is None:
                return Correction((made,)) if item in self.state.answers or self.has_cue else None
            kind = kind_of(self.questionnaire.get(item))
            vague = kind.is_list or kind.is_free
            if self.has_cue or (isinstance(made.result, Accepted | Unclear) and not vague):
                return Correction((made,), offered=item not in self.state.answers)
        return None

    def by_mention(self) -> Correction | None:
        """One item named anywhere while the answers are looked over, or beside a word such as "typo".

        What stands behind the name is the new value where it can be read as one; otherwise the item is asked again.
        """
        spoken = not self.text.startswith("/") and not self.asks and not self.in_free_text
        if not spoken or not (self.interview.open is None or said_as.MISTAKEN.search(self.text)):
            return None
        ends = self._mentioned()
        if len(ends) != 1:
            return None
        item, end = ends.popitem()
        value = said_as.UP_TO_VALUE.sub("", self.text[end:])
        result = self._parse(item, value) if value.strip() else None
        told = isinstance(result, Unclear) or (
            isinstance(result, Accepted) and result.value != self.state.answers[item]
        )
        return Correction((Change(item, result) if told else Change(item),))

    def _mentioned(self) -> dict[str, int]:
        """The answered items that are named in the text, no consents, and where their names end."""
        items = _items(self.questionnaire)
        named = re.finditer(rf"(?<![\w/])(?P<item>{items.pattern})\b", self.text, re.IGNORECASE)
        ends = {items.by_alias.get(normalise(match.group("item")), ""): match.end() for match in named}
        return {
            item: end
            for item, end in ends.items()
            if item in self.state.answers and self._usable(item) and not self.questionnaire.get(item).consent
        }

    def by_contrast(self) -> Correction | None:
        """ "Spain, not Mexico": the old value says which item it is."""
        if self.asks or self.in_free_text:
            return None
        for pattern in (said_as.INSTEAD, said_as.BETTER, said_as.NOT_BUT):
            match = pattern.match(self.text)
            if match is None:
                continue
            for item, stored in self.state.answers.items():
                if item not in self.questionnaire or not self._usable(item):
                    continue
                question = self.questionnaire.get(item)
                if question.consent or not kind_of(question).contrasts:
                    continue
                old = parse(question, match.group("old").strip(), self.context)
                if not isinstance(old, Accepted) or old.value != stored:
                    continue
                new = self._parse(
                    item,
                    re.sub(
                        r"^(?:(?:sorry|actually|no|oops|wait|please|it'?s|it is|make it|make that|change it to|use|"
                        r"rather|by|on|via|i prefer|i(?:'d| would) (?:rather|prefer))[\s,]+)+",
                        "",
                        match.group("new"),
                        flags=re.IGNORECASE,
                    ),
                )
                if isinstance(new, Accepted | Unclear) and not (isinstance(new, Accepted) and new.value == stored):
                    return Correction((Change(item, new),))
        return None

    def by_statement(self) -> Correction | None:
        """ "actually I was born in 1986", "I live in Spain now" for items that are answered."""
        if self.asks or self.in_free_text:
            return None
        for role, pattern in _TOLD:
            item = self.questionnaire.with_role(role).id
            if item not in self.state.answers or not self._usable(item):
                continue
            match = pattern.search(self.text)
            moved = self.has_cue or "now" in self.text or "moved" in self.text
            if match is None or (role == "residence" and not moved):
                continue
            result = self._parse(item, match.group("value"))
            if isinstance(result, Accepted | Unclear):
                same = isinstance(result, Accepted) and result.value == self.state.answers[item]
                return None if same else Correction((Change(item, result),))
        return None

    def of_last(self) -> Correction | None:
        """ "that's wrong, it's ..." and "I meant ..." change the answer given last."""
        norm = re.sub(
            r"^(?:(?:no|sorry|oops|wait|please|i (?:want|need|would like) to|can i|let me|hey|actually|ok) "
            r")+|(?: (?:please|sorry|thanks))+$",
            "",
            normalise(self.text),
        )
        if said_as.SOMETHING.match(norm):
            return Correction()
        if self.in_free_text or self.asks:
            return None
        strong = said_as.STRONG.match(self.text)
        match = strong or said_as.WEAK.match(self.text)
        if match is None:
            return None
        value = match.group("value")
        if not value.strip():
            return Correction() if strong else None
        opened = self.interview.open
        if not strong and opened is not None and isinstance(parse(opened, value, self.context), Accepted):
            return None
        return self._of_last(value)

    def _of_last(self, value: str) -> Correction | None:
        """A value that fits the answer given last, or an address, which is told by its form."""
        last = [item for item in reversed(self.state.history) if item in self.questionnaire and self._usable(item)][:1]
        addresses = [q.id for q in self.questionnaire.questions if kind_of(q).is_address and q.id in self.state.answers]
        for item in (*last, *addresses):
            question = self.questionnaire.get(item)
            result = self._parse(item, value) if not question.consent and not kind_of(question).is_free else Refused("")
            # A "yes" or a name of a choice somewhere in a longer sentence may be about anything.
            by_the_way = (
                isinstance(result, Accepted) and question.choices and not result.exact and len(value.split()) > 3
            )
            if isinstance(result, Accepted | Unclear) and not by_the_way:
                return Correction((Change(item, result),))
        return None
