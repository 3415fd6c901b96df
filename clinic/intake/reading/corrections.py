"""Recognises changes of earlier answers in plain words ("sorry, my e-mail is ...", "I'm in Spain, not
Mexico")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from clinic.intake.kinds import Accepted, Option, Parsed, Refused, Unclear, parse
from clinic.intake.kinds.dates import show_date
from clinic.intake.model.decisions import Change, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.text import latin_digits, looks_like_question, normalise

_LEAD = (
    r"(?:(?:no|sorry|actually|oops|wait|hey|hi|hello|please|ok|okay|so|oh|well|um|and|but|correction|one "
    r"moment|excuse me|by the way|btw|also|"
    r"i(?:'d| would) like to|i (?:want|need|have) to|can i|could i|can you|could you|can we|let me|let's|i "
    r"made a mistake|i made an error|that'?s wrong|"
    r"that is wrong|my mistake|my bad)[\s,.!:;-]+)*"
)
_VERB = (
    r"(?:change|changing|update|edit|fix|correct|modify|replace|redo|amend|go back to|return to|"
    r"re-?enter|re-?do)"
)
_WHOSE = (
    r"(?:(?:my|the|her|his|our|their|your|patient'?s|the patient'?s|my answer (?:to|about|for|on)|the "
    r"answer (?:to|about|for|on)|answer (?:to|about|for)|question (?:about|on))\s+)*"
)
_TO = (
    r"(?:\s+(?:number|address|answer|field|question)?\s*(?:to be|to|into|with|as|:|=|->|is|it'?s|should "
    r"be)\s*|\s*[:=,]\s*|\s+)"
)
_IS = (
    r"\s*(?:number|address)?\s*(?:is actually|is now|is really|is|was|should be|should have been|should "
    r"read|must be|'s|=|:|has changed to|changed to)\s+"
)
_CUE = re.compile(
    r"\b(?:sorry|actually|oops|correction|i meant|i mean|mistake|mistyped|misspelled|typo|wrong|incorrect|"
    r"not right|not correct|should be|should have been|"
    r"wait|in fact|rather|my bad|change|update|correct|fix|edit)\b",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"^(?:no[\s,.]+)?(?:(?:sorry|oops|wait)[\s,.!]+)*(?:i meant(?: to (?:say|write|type))?|i mean|that'?s "
    r"(?:wrong|not right|not correct|incorrect|a mistake|a typo)|that is (?:wrong|not right|not correct|"
    r"incorrect)|"
    r"that was (?:wrong|a mistake|a typo|incorrect)|wrong|correction|it should be|it should have been|not "
    r"right|i made a (?:mistake|typo)|typo|i mistyped|i misspelled it)\b"
    r"[\s,.:;!-]*(?:(?:it'?s|it is|it was|it should be|should be|i meant|make it|make that|the right one "
    r"is|the correct one is|the answer is|i am|i'm)\s+)*(?P<value>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_WEAK = re.compile(
    r"^(?:no[\s,.]+)?(?:(?:sorry|oops|wait|actually|in fact|hm+|oh)[\s,.!:]+)+(?:(?:it'?s|it is|it should "
    r"be|make it|make that)\s+)?(?P<value>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_WITHOUT_VALUE = re.compile(
    r"^(?:wrong|incorrect|not right|not correct|not (?:my )?(?:right|correct|real) one|a typo|a mistake|"
    r"false|outdated|old|changed|misspelled|mistyped|spelled wrong|"
    r"has changed|not up to date|something else|different|another one|wrongly spelled)\b[\s.!]*$",
    re.IGNORECASE,
)
_IT_IS = (
    r"(?:it should (?:be|say|read|have been)|that should be|should be|it'?s(?: really| actually)?|"
    r"it is(?: really| actually)?|it must be|make it|change it to|(?:please )?(?:change|correct) (?:it|that) to|"
    r"the (?:right|correct|real|new) (?:one|answer|\w+) is|i meant|i mean|i(?:'m| am) in|i live in|we live in)"
)
_SHOULD_BE = re.compile(rf"^{_IT_IS}\s+(?=\S)", re.IGNORECASE)
# "the country is wrong, it should be Chile": what is wrong, and what is right.
_WRONG_THEN_RIGHT = re.compile(
    rf"^(?P<wrong>.*?\b(?:wrong|incorrect|mistake|error|typo|not right|not correct|mistyped|misspelled|misspelt|"
    rf"outdated)\b[^,.;:!-]*)[\s,.;:!-]+(?:(?:and|but|sorry|please)[\s,]+)*(?P<cue>{_IT_IS}\s+)?(?P<right>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_SOMETHING = re.compile(
    r"^(?:change|edit|correct(?:ion)?|fix|update|change (?:something|it|an answer|my answers?|one answer|"
    r"one of my answers|answers|that)|edit (?:something|an answer|my answers?)|"
    r"correct (?:something|an answer|my answers?|it)|fix (?:something|an answer|it)|make (?:a|some) "
    r"(?:change|changes|correction|corrections)|"
    r"that (?:is|was) (?:wrong|not right|not correct|incorrect|a mistake)|this is wrong|wrong|something is "
    r"wrong|i made a mistake|i made an error|i made a typo|"
    r"i got something wrong|i made a mistake (?:earlier|before)|one of my answers is wrong|i answered "
    r"wrong|there is a mistake|there is an error)$"
)  # fmt: skip
_BORN = re.compile(r"\b(?:born)\s+(?:(?:on|in)\s+)?(?:the\s+)?(?P<value>.+)$", re.IGNORECASE | re.DOTALL)
_INSTEAD = re.compile(
    r"^(?P<new>.+?)[\s,;]+(?:and |but )?(?:not|instead of|rather than)\s+(?:in\s+|from\s+|"
    r"the\s+)?(?P<old>[^,;]+?)[\s.!]*$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_BUT = re.compile(
    r"^(?:.*?\b)?not\s+(?:in\s+|from\s+)?(?P<old>[^,;]+?)[\s,;]+(?:but|it'?s|it is|i'm in|i am "
    r"in)?\s*(?P<new>[^,;]+?)[\s.!]*$",
    re.IGNORECASE | re.DOTALL,
)
_MOVED = re.compile(
    r"\b(?:i|we|she|he)(?:'m| am|'re| are|'s| is)?\s+(?:now |actually |currently )?(?:live|living|lives|"
    r"moved|based|in|from|reside)\b\s*(?:in|to)?\s*(?P<value>.+)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"^{_LEAD}(?:{_VERB}|item|number|no\.?|question|#)\s*(?:{_WHOSE}(?:item|number|no\.?|question|answer|"
    rf"#)?\s*)(?P<number>\d{{1,2}})(?:\s+(?:please|to\s+(?P<value>.+)))?[\s.!]*$",
    re.IGNORECASE,
)


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
            rf"^{_LEAD}{_VERB}\s+{_WHOSE}{alias}(?:\s+(?:number|address|answer|please|again|"
            rf"question))*(?:{_TO}(?P<value>\S.*))?[\s.!?]*$",
            flags,
        ),
        re.compile(rf"^{_LEAD}{_WHOSE}{alias}{_IS}(?P<value>.+)$", flags),
        re.compile(
            rf"\b(?:wrong|incorrect|mistake in|mistake with|error in|error with|typo in|mistyped|"
            rf"misspelled|misspelt|mixed up)\s+(?:with\s+)?{_WHOSE}{alias}\b(?P<value>)",
            flags,
        ),
        re.compile(
            rf"^{_LEAD}{_WHOSE}{alias}\s+(?P<value>(?:is |was |has )?(?:wrong|incorrect|changed|not right|"
            rf"not correct|misspelled|mistyped))[\s.!]*$",
            flags,
        ),
        re.compile(
            rf"^{_LEAD}(?:i (?:got|gave|typed|wrote|entered|"
            rf"put))\s+(?:you\s+)?{_WHOSE}(?:wrong\s+)?{alias}\s*(?P<value>wrong|incorrectly)?[\s.!]*$",
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


def find_correction(interview: Interview, text: str) -> Correction | None:
    """Return the correction a message is, or None. The open question itself is never a correction."""
    finder = _Finder(interview, text)
    return finder.by_number() or finder.by_name() or finder.by_contrast() or finder.by_statement() or finder.of_last()


class _Finder:
    def __init__(self, interview: Interview, text: str) -> None:
        self.interview, self.text = interview, text
        self.questionnaire, self.state = interview.questionnaire, interview.state
        self.context = interview.context()
        self.has_cue = bool(_CUE.search(text))
        self.in_free_text = interview.open is not None and interview.open.is_free_text
        self.asks = looks_like_question(text) and not re.match(rf"{_LEAD}{_VERB}\b", text, re.IGNORECASE)

    def _parse(self, question_id: str, value: str) -> Parsed:
        question = self.questionnaire.get(question_id)
        value = value.strip(" .!,:;\"'") if question.format != "free" else value.strip()
        if question.kind == "date":
            partial = _same_day_in(value, self.state.answers.get(question_id), self.interview.today)
            if partial is not None:
                return partial
        return parse(question, value, self.context)

    def _usable(self, question_id: str) -> bool:
        question = self.questionnaire.get(question_id)
        return question_id != self.state.open_question and self.interview.applies(question)

    def by_number(self) -> Correction | None:
        """ "change 4" or "change 4 to ...", numbered as in the review."""
        match = _NUMBERED.match(self.text)
        if match is None or not 1 <= int(match.group("number")) <= len(self.interview.answered):
            return None
        item = self.interview.answered[int(match.group("number")) - 1]
        value = match.group("value")
        return Correction((self._change(item, value),))

    def _change(self, item: str, value: str | None) -> Change:
        if not value or self.questionnaire.get(item).consent or _WITHOUT_VALUE.match(value.strip()):
            return Change(item)
        return Change(item, self._parse(item, _SHOULD_BE.sub("", value.strip())))

    def _put_right(self, patterns: Sequence[re.Pattern[str]]) -> Correction | None:
        """An item said to be wrong, and then what is right: "the country is wrong, it should be Chile"."""
        said = _WRONG_THEN_RIGHT.match(self.text)
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
            loose = question.format == "name" or question.codes or question.is_free_text
            if said.group("cue") is None and (loose or not isinstance(made.result, Accepted | Unclear)):
                made = Change(item)
            return Correction((made,))
        return None

    def by_name(self) -> Correction | None:
        """An item named, with or without a new value."""
        change, *others = _patterns(self.questionnaire)
        match = change.match(self.text)
        if match is not None:
            item = _items(self.questionnaire).by_alias.get(normalise(match.group("item")))
            if item is not None and self._usable(item):
                return Correction((self._change(item, match.group("value")),))
        if self.asks or (self.in_free_text and not self.has_cue):
            return None
        put_right = self._put_right(others)
        if put_right is not None:
            return put_right
        for pattern in others:
            match = pattern.search(self.text)
            item = _items(self.questionnaire).by_alias.get(normalise(match.group("item"))) if match else None
            if match is None or item is None or not self._usable(item):
                continue
            made = self._change(item, match.group("value"))
            if made.result is None:
                return Correction((made,)) if item in self.state.answers or self.has_cue else None
            question = self.questionnaire.get(item)
            vague = question.codes or question.is_free_text or question.kind == "multi"
            if self.has_cue or (isinstance(made.result, Accepted | Unclear) and not vague):
                return Correction((made,), offered=item not in self.state.answers)
        return None

    def by_contrast(self) -> Correction | None:
        """ "Spain, not Mexico": the old value says which item it is."""
        if self.asks or self.in_free_text:
            return None
        for pattern in (_INSTEAD, _NOT_BUT):
            match = pattern.match(self.text)
            if match is None:
                continue
            for item, stored in self.state.answers.items():
                if item not in self.questionnaire or not self._usable(item):
                    continue
                question = self.questionnaire.get(item)
                if question.consent or question.codes or question.is_free_text or question.kind in ("multi", "yesno"):
                    continue
                old = parse(question, match.group("old").strip(), self.context)
                if not isinstance(old, Accepted) or old.value != stored:
                    continue
                new = self._parse(
                    item,
                    re.sub(
                        r"^(?:sorry|actually|no|oops|it'?s|it is)[\s,]+",
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
        for item, pattern in (("date_of_birth", _BORN), ("country", _MOVED)):
            if item not in self.questionnaire or item not in self.state.answers or not self._usable(item):
                continue
            match = pattern.search(self.text)
            if match is None or (
                item == "country" and not self.has_cue and "now" not in self.text and "moved" not in self.text
            ):
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
        if _SOMETHING.match(norm):
            return Correction()
        if self.in_free_text or self.asks:
            return None
        strong, weak = _STRONG.match(self.text), _WEAK.match(self.text)
        match = strong or weak
        if match is None or not match.group("value").strip():
            return Correction() if strong and not match.group("value").strip() else None  # type: ignore[union-attr]
        value = match.group("value")
        opened = self.interview.open
        if not strong and opened is not None and isinstance(parse(opened, value, self.context), Accepted):
            return None
        last = [item for item in reversed(self.state.history) if item in self.questionnaire and self._usable(item)][:1]
        for item in (*last, *(i for i in ("email", "phone") if i in self.state.answers)):
            question = self.questionnaire.get(item)
            result = self._parse(item, value) if not question.consent and not question.is_free_text else Refused("")
            if isinstance(result, Accepted | Unclear):
                return Correction((Change(item, result),))
        return None


def _same_day_in(value: str, stored: object, today: date) -> Parsed | None:
    """Read a lone year as "the same day of another year", to be confirmed."""
    year = re.fullmatch(r"(?:in )?((?:19|20)\d\d)", latin_digits(value).strip())
    if year is None or not isinstance(stored, str):
        return None
    try:
        moved = date.fromisoformat(stored).replace(year=int(year.group(1)))
    except ValueError:
        return None
    if moved > today:
        return Refused(f"{show_date(moved)} is in the future.")
    options = (
        Option(moved.isoformat(), f"Yes, {show_date(moved)}"),
        Option(None, "No, I will type it again"),
    )
    return Unclear(f"Do you mean {show_date(moved)}?", options, yes_no=True)
