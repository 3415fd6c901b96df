"""Reads a year ("2015", "about 5 years ago") or another number."""

from __future__ import annotations

import re
from datetime import date
from typing import ClassVar

from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.concluding import beginning, conclusions
from clinic.intake.kinds.dates import full_year
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Option, Parsed, Refused, Unclear
from clinic.intake.model.text import latin_digits, normalise

_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "a couple of": 2,
    "couple of": 2,
    "a couple": 2, "couple": 2,
}  # fmt: skip
_COUNT = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
_AGO = re.compile(rf"\b(\d{{1,3}}|{_COUNT}) (years?|yrs?|months?|weeks?|days?) (?:ago|back|before|now)\b")
_FOR = re.compile(
    rf"\b(?:for|since|past|last) (?:about |around |over |almost |nearly |the past |the last )?(\d{{1,3}}|"
    rf"{_COUNT}) (years?|yrs?|months?)\b"
)
_YEAR = re.compile(r"(?<![\d])((?:18|19|20)\d\d)(?!\d)")
_SHORT = re.compile(r"(?:in |since |about |around )?'?(\d{2})")
_AT_AGE = re.compile(
    r"\b(?:when i was|when she was|when he was|at age|at the age of|aged|i was|at)(?: about| around| only| "
    r"just)? (\d{1,2})\b"
)
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


def _years(norm: str, context: Context) -> tuple[list[int], bool]:
    """Return the years a text may mean, and whether they are written there."""
    today = context.today
    written = [int(year) for year in dict.fromkeys(_YEAR.findall(norm))]
    if written:
        return written, True
    counted = _AGO.search(norm) or _FOR.search(norm)
    if counted:
        return [_back(counted.group(1), counted.group(2), today)], False
    if re.search(r"\blast year\b", norm):
        return [today.year - 1], False
    if re.search(r"\b(?:this (?:year|month|week)|last (?:month|week)|today|yesterday|just now)\b", norm):
        return [today.year if not re.search(r"\blast month\b", norm) or today.month > 1 else today.year - 1], False
    at_age = _AT_AGE.search(norm)
    born = _birth_year(context)
    if at_age and born is not None:
        return [born + int(at_age.group(1))], False
    short = _SHORT.fullmatch(norm)
    return ([full_year(short.group(1), today)], False) if short else ([], False)


def _back(count: str, unit: str, today: date) -> int:
    number = int(count) if count.isdigit() else _WORDS[count]
    if unit.startswith("y"):
        return today.year - number
    months = number if unit.startswith("m") else 0
    return (today.year * 12 + today.month - 1 - months) // 12


def _birth_year(context: Context) -> int | None:
    born = context.born
    return int(born[:4]) if born is not None and born[:4].isdigit() else None


def _outside(question: Question, year: int, context: Context) -> Refused | None:
    if year > context.today.year:
        return context.refuse("year_in_future", year=year)
    reference = question.validation.get("not_before")
    first = context.answers.get(reference) if reference else None
    if isinstance(first, str) and first[:4].isdigit() and year < int(first[:4]):
        return context.refuse("year_before_birth", year=year, born=first[:4])
    if context.today.year - year > int(question.validation.get("max_age", 119)):
        return context.refuse("year_long_ago", year=year)
    return None


def _comes_down_to(text: str, found: list[int], context: Context) -> list[int]:
    """Return the year of several that a message ends on ("2014 or 2015, put 2015") or begins with."""
    written = {str(year): year for year in found}
    first, _ = beginning(context.language, text)
    last = next((each for each in conclusions(context.language, text) if each in written), first)
    return [written[last]] if last in written else found


class YearKind(Kind):
    """A year."""

    is_closed: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a year, written out or counted back from today; it lies between the `not_before` year and now."""
        norm = normalise(text)
        found, exact = _years(norm, context)
        if not found:
            vague = re.search(
                r"\b(?:twenties|thirties|forties|fifties|teens|teenager|child|childhood|few years|several "
                r"years|many years|long (?:time )?ago|young)\b",
                norm,
            )
            return context.refuse("guess_the_year" if vague else "no_year")
        if len(found) > 1:
            found = _comes_down_to(text, found, context)
        if len(found) > 1:
            return Unclear(context.say("which_year"), tuple(Option(year, str(year)) for year in found[:4]))
        return _outside(question, found[0], context) or Accepted(found[0], exact=exact)


class NumberKind(Kind):
    """A plain number."""

    is_closed: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a plain number within the question's `minimum` and `maximum`."""
        match = _NUMBER.search(latin_digits(text))
        if match is None:
            return context.refuse("type_a_number")
        value = float(match.group().replace(",", "."))
        low, high = question.validation.get("minimum"), question.validation.get("maximum")
        if low is not None and value < low:
            return context.refuse("too_small", limit=f"{low:g}")
        if high is not None and value > high:
            return context.refuse("too_large", limit=f"{high:g}")
        return Accepted(int(value) if value.is_integer() else value)
