"""Facts that are not clinical terms: year, age, date, duration, e-mail, phone, name, sex, relationship, reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.nlu.clinical.text import word_set

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "couple of": 2}
_UNIT = r"(?:second|minute|hour|day|night|week|month|year|decade|hr|min|wk|yr|mo)s?"
_NAME_WORD = r"(?:[^\W\d_a-zà-öø-ÿ][\w'’-]*|de|la|del|van|von|der|den|da|dos|bin|ibn|al|el|di|le)"
_NOT_NAMES = word_set(
    "i a the from in on at not so very just here writing looking having taking feeling suffering living based sle "
    "lupus ms currently also really still worried scared tired sick pregnant diabetic female male woman man american "
    "british mexican indian canadian german spanish french italian australian dr doctor mr mrs ms hi hello thanks fine "
    "good ok okay and"
)


@dataclass(frozen=True)
class Fact:
    """A finding of a pattern: characters start..end of the message."""

    type: str
    start: int
    end: int
    value: Any


def facts_in(text: str) -> list[Fact]:
    """All facts in a message, none inside another (an e-mail address holds no name, a reference no year)."""
    taken: list[Fact] = []
    for read in _READERS:
        for fact in read(text):
            if all(fact.end <= other.start or fact.start >= other.end for other in taken):
                taken.append(fact)
    return sorted(taken, key=lambda fact: fact.start)


_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_REFERENCE = re.compile(r"\bMR[\s_–-]?([0-9A-Z]{4})[\s_–-]?([0-9A-Z]{4})\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w-])(?:\+|00)?\(?\d[\d\s().\-/]{6,18}\d(?![\w-])")
_ISO = re.compile(r"\b((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b")
_DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+({_MONTH})[\s,-]+((?:19|20)\d\d)\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b", re.IGNORECASE)
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-]((?:19|20)\d\d)\b")
_YEAR = re.compile(
    r"(?<![\d.,/$€£])(?:19[2-9]\d|20[0-4]\d)(?![\d/%]|[.,]\d|-\d\d-|\s*(?:mg|mcg|ml|steps|calories|dollars|usd|euros|people))"
)
_SHORT_YEAR = re.compile(r"(?:\b(?:since|in|back in|from)\s+)['’](\d\d)\b", re.IGNORECASE)
_AGES = (
    re.compile(r"\b(\d{1,3})\s*(?:-|\s)?\s*(?:years?|yrs?|yr)[\s-]*(?:old|of age)\b", re.IGNORECASE),
    re.compile(r"\b(\d{1,3})\s*(?:y/?o|yo|y\.o\.)(?![a-z])", re.IGNORECASE),
    re.compile(r"\b(?:age|aged|age of|age is|my age's)[\s:=]+(\d{1,3})\b", re.IGNORECASE),
    re.compile(
        r"\b(?:i\s*['’]?\s*a?m|she['’]?s|he['’]?s|she is|he is|who is|turning|turned|just turned)\s+"
        r"(?:now\s+|only\s+|almost\s+)?"
        r"(\d{1,3})(?!\d|[.,]\d|\s*(?:%|weeks?|months?|days?|hours?|minutes?|mg|kg|lbs?|pounds?|cm|feet|ft|st|stone|"
        r"miles|percent|"
        r"wks?|mos?|years? (?:in|into|post|after|since|sober)|['’]))\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:my|our)\s+(?:mother|mum|mom|mam|father|dad|sister|brother|wife|husband|son|daughter|partner|aunt|uncle|"
        r"niece|nephew|nan|gran\w*)\s+is\s+(?:now\s+|only\s+)?(\d{1,2})(?=\s*(?:,|\.|and\b|with\b|but\b|$))",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w.])(\d{2})\s*[/,-]?\s*(?:female|male|woman|man|[fm])(?!\w)", re.IGNORECASE),
    re.compile(r"(?<![\w'’])(?:female|male|[fFmM])\s*[/,-]?\s*(\d{2})(?![\w%/.-])"),
    re.compile(r"(?:^|,\s*)(?:[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+){0,3}),\s*(\d{1,2})(?=\s*(?:,|\.|and\b|from\b|in\b|$))"),
    re.compile(r"\b(\d{1,2})\s*years?\s*young\b", re.IGNORECASE),
)
_DURATION = re.compile(
    rf"\b(?:(?:about|over|almost|nearly|around)\s+)?(\d+(?:\.\d+)?|{'|'.join(_NUMBER_WORDS)}|few|several|many|couple)"
    rf"(?:\s+of)?[\s-]+({_UNIT})\b(?![\s-]+(?:old|of age|young|ago))",
    re.IGNORECASE,
)
_BEFORE_A_UNIT = re.compile(r"\b(?:for|about|over|almost|nearly|around|in|after|than|within)\s+$", re.IGNORECASE)
_NAMES = re.compile(
    r"(?:\b(?i:my name is|my full name is|my name['’]s|name is|name's|name:|full name:|i am called|call me|"
    r"this is|i['’]m|i am|im))"
    rf"\s+((?:{_NAME_WORD})(?:\s+(?:{_NAME_WORD})){{0,4}})"
)
_NAME_ANY_CASE = re.compile(
    r"\b(?:my|the|her|his|full)\s+(?:full\s+)?name\s*(?:is|['’]s|:)\s+([^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’-]*){0,3})",
    re.IGNORECASE,
)
_SEX_WORDS = {"female": "female", "woman": "female", "girl": "female", "lady": "female", "male": "male", "man": "male",
              "boy": "male", "guy": "male", "intersex": "intersex", "f": "female", "m": "male"}  # fmt: skip
_SEXES = (
    re.compile(
        r"\b(?:i['’]?\s*a?m|i am|as)\s+(?:an?\s+)?(?:\w+[\s-]+){0,4}?(female|woman|male|man|girl|lady|guy|intersex)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:sex|gender)\s*(?:is|:)?\s*(female|male|woman|man|intersex)\b", re.IGNORECASE),
    re.compile(
        r"(?<![\w.])\d{2}\s*(?:y/?o|yo|years? old|year[- ]old)?\s*[/,-]?\s*(female|male|woman|man|[fm])(?!\w)",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w'’])([fFmM]|female|male)\s*[/,-]?\s*\d{2}(?![\w%/.-])"),
    re.compile(r"^\W*(female|male|woman|man|intersex)\W*$", re.IGNORECASE),
)


def _emails(text: str) -> Iterator[Fact]:
    for match in _EMAIL.finditer(text):
        yield Fact("email", *match.span(), match.group().rstrip("."))


def _references(text: str) -> Iterator[Fact]:
    for match in _REFERENCE.finditer(text):
        if any(letter.isdigit() for letter in match.group()):
            yield Fact("reference", *match.span(), f"MR-{match.group(1)}-{match.group(2)}".upper())


def _dates(text: str) -> Iterator[Fact]:
    for pattern, order in ((_ISO, "ymd"), (_DAY_FIRST, "dmy"), (_MONTH_FIRST, "mdy"), (_NUMERIC_DATE, "")):
        for match in pattern.finditer(text):
            value = _iso_date(match.groups(), order)
            if value:
                yield Fact("date", *match.span(), value)


def _iso_date(parts: tuple[str, ...], order: str) -> str | None:
    """ISO date of the parts; a numeric date that can be read two ways has none."""
    if not order:
        first, second = int(parts[0]), int(parts[1])
        if first != second and first <= 12 and second <= 12:
            return None
        order, parts = ("mdy", parts) if second > 12 else ("dmy", parts)
    found = dict(zip(order, parts, strict=True))
    month = found["m"].lower().rstrip(".")
    try:
        return date(int(found["y"]), int(month) if month.isdigit() else _MONTHS[month], int(found["d"])).isoformat()
    except (ValueError, KeyError):
        return None


def _phones(text: str) -> Iterator[Fact]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        years = re.fullmatch(r"(?:19|20)\d\d\s*[-/.]\s*(?:19|20)\d\d", match.group().strip())
        dated = _NUMERIC_DATE.fullmatch(match.group().strip()) or _ISO.fullmatch(match.group().strip())
        if 7 <= len(digits) <= 15 and not years and not dated:
            yield Fact("phone", *match.span(), match.group())


def _ages(text: str) -> Iterator[Fact]:
    for pattern in _AGES:
        for match in pattern.finditer(text):
            if 0 < int(match.group(1)) < 120:
                yield Fact("age", *match.span(1), int(match.group(1)))


def _years(text: str) -> Iterator[Fact]:
    for match in _YEAR.finditer(text):
        yield Fact("year", *match.span(), int(match.group()))
    for match in _SHORT_YEAR.finditer(text):
        short = int(match.group(1))
        yield Fact("year", *match.span(1), 2000 + short if short <= 40 else 1900 + short)


def _durations(text: str) -> Iterator[Fact]:
    for match in _DURATION.finditer(text):
        amount = match.group(1).lower()
        if amount in ("a", "an") and not _BEFORE_A_UNIT.search(text[: match.start(1)]):
            continue
        number = amount if amount[0].isdigit() else str(_NUMBER_WORDS.get(amount, amount))
        unit = {"hr": "hour", "min": "minute", "wk": "week", "yr": "year", "mo": "month"}.get(
            match.group(2).lower().rstrip("s"), match.group(2).lower().rstrip("s")
        )
        yield Fact("duration", *match.span(), f"{number} {unit}{'' if number == '1' else 's'}")


def _names(text: str) -> Iterator[Fact]:
    for match in _NAMES.finditer(text):
        words = match.group(1).split()
        while words and words[-1].islower():
            words.pop()
        name = " ".join(words).rstrip(".,'’")
        informal = not re.search(r"name", match.group(0)[: match.start(1) - match.start()], re.IGNORECASE)
        if not words or words[0].lower() in _NOT_NAMES or (informal and words[0].isupper() and len(words[0]) > 1):
            continue
        if len(words) == 1 and match.group(0).lower().startswith("this is"):
            continue
        if informal and len(words) == 1 and re.match(r"\s+(?:and\s+)?[a-z]+ing\b", text[match.end() :]):
            continue
        yield Fact("person_name", match.start(1), match.start(1) + len(name), name)


def _names_in_any_case(text: str) -> Iterator[Fact]:
    for match in _NAME_ANY_CASE.finditer(text):
        words = re.split(
            r"\s+(?:and|i|im|i'm|from|my|but|with|age|aged)\b", match.group(1), maxsplit=1, flags=re.IGNORECASE
        )[0]
        name = words.rstrip(".,'’")
        if name and name.split()[0].lower() not in _NOT_NAMES:
            yield Fact("person_name", match.start(1), match.start(1) + len(name), name)


def _sexes(text: str) -> Iterator[Fact]:
    for pattern in _SEXES:
        for match in pattern.finditer(text):
            yield Fact("sex", *match.span(1), _SEX_WORDS[match.group(1).lower()])


_READERS: tuple[Callable[[str], Iterator[Fact]], ...] = (
    _emails, _references, _dates, _phones, _ages, _years, _durations, _names, _names_in_any_case, _sexes,
)  # fmt: skip
