"""Reads a date of birth in many formats; an unclear day and month is asked back, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar

import dateparser

from clinic.intake.kinds.base import EDGES, Kind
from clinic.intake.model.conditions import age_on
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Option, Parsed, Refused, Unclear
from clinic.intake.model.text import latin_digits

_MONTHS = {
    "jan": 1, "january": 1, "feb": 2, "february": 2, "febuary": 2, "mar": 3, "march": 3, "apr": 4,
    "april": 4, "may": 5,
    "jun": 6, "june": 6, "jul": 7, "july": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9,
    "oct": 10,
    "october": 10, "nov": 11, "november": 11, "dec": 12, "december": 12,
}  # fmt: skip
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(\d{4}|'?\d{2})"
_ISO = re.compile(r"(?<!\d)(\d{4})\s?[-./年]\s?(\d{1,2})\s?[-./月]\s?(\d{1,2})日?(?!\d)")
_NUMERIC = re.compile(rf"(?<![\d-])(\d{{1,2}})\s?([-./ ])\s?(\d{{1,2}})\s?[-./ ]\s?{_YEAR}(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{8})(?!\d)")
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?[-./ ]?\s*({_NAMES})\b\.?,?[-./ ]?\s*{_YEAR}(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b({_NAMES})\b\.?[-./ ]?\s*(\d{{1,2}})(?:(?:st|nd|rd|th),?\s*|,\s*|\s*[-./ ]\s*){_YEAR}(?!\d)",
    re.IGNORECASE,
)
_YEAR_MONTH_DAY = re.compile(
    rf"(?<!\d)(\d{{4}})[-,. ]+({_NAMES})\b\.?[-,. ]+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)", re.IGNORECASE
)
_LANGUAGES = ["en", "es", "fr", "de", "pt", "it", "nl", "ru", "ar", "tr", "pl", "hi", "zh", "ja"]
_BARE_YEAR = re.compile(r"(?<!\d)(19\d\d|20\d\d)(?!\d)")


def show_date(value: date) -> str:
    """Return a date that reads the same everywhere: "5 March 1985"."""
    return f"{value.day} {value:%B} {value.year}"


def full_year(text: str, today: date) -> int:
    """Return the year of a two- or four-digit text; two digits mean the latest such year that is not in the future."""
    digits = text.lstrip("'")
    year = int(digits)
    if len(digits) > 2:
        return year
    century = today.year // 100 * 100
    return century + year if century + year <= today.year else century - 100 + year


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_dates(text: str, today: date) -> list[date] | None:
    """Return the dates a text may mean, two where day and month can be swapped.

    Empty when there is no such day (31 February), None when there is no full date in the text.
    """
    body = latin_digits(text)
    for pattern, order in (
        (_ISO, (0, 1, 2)),
        (_YEAR_MONTH_DAY, (0, 1, 2)),
        (_DAY_FIRST, (2, 1, 0)),
        (_MONTH_FIRST, (2, 0, 1)),
    ):
        match = pattern.search(body)
        if match:
            year, month, day = (match.groups()[index] for index in order)
            number = _MONTHS[month.lower()] if month.lower() in _MONTHS else int(month)
            found = _make(full_year(year, today), number, int(day))
            return [found] if found else []
    match = _NUMERIC.search(body)
    if match:
        first, separator, second, year = match.groups()
        return _both_orders(int(first), int(second), full_year(year, today), day_first=separator == ".")
    match = _COMPACT.search(body)
    if match:
        digits = match.group(1)
        if 1850 <= int(digits[:4]) <= today.year and (
            found := _make(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        ):
            return [found]
        return _both_orders(int(digits[:2]), int(digits[2:4]), int(digits[4:]), day_first=False)
    # "21 luglio 1955, it was a Thursday": the rest tells more of the day.
    return _in_other_words(body, today) or _in_other_words(body.split(",")[0], today)


def _both_orders(first: int, second: int, year: int, *, day_first: bool) -> list[date]:
    orders = [(second, first)] if day_first and second <= 12 else [(second, first), (first, second)]
    found = [made for month, day in orders if (made := _make(year, month, day))]
    return list(dict.fromkeys(found))


def _in_other_words(body: str, today: date) -> list[date] | None:
    """Month names in other languages, by dateparser; relative wordings ("yesterday") are not dates of birth."""
    if len(body) > 60 or not re.search(r"\d\D+\d{2}", body) or not re.search(r"[^\W\d_]{3,}|[年月]", body):
        return None
    stripped = re.sub(r"^(?:i was born|born|she was born|he was born|my (?:birthday|birth date|date of "
        r"birth) is|it is|it's|on)\b\s*(?:on|the)?\s*", "",
                      body.strip(), flags=re.IGNORECASE)  # fmt: skip
    parsed = dateparser.parse(
        stripped,
        languages=_LANGUAGES,
        settings={"REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": "DMY",
        "PARSERS": ["absolute-time"],
                  "RELATIVE_BASE": datetime(today.year, today.month, today.day)},
    )  # fmt: skip
    if parsed is None:
        return None
    found: date | None = parsed.date()
    if found and found > today and not re.search(r"\d{4}", stripped):
        found = _make(found.year - 100, found.month, found.day)
    return [found] if found else []


def _from_entities(context: Context) -> Iterator[date]:
    for entity in context.entities:
        if entity.get("entity") == "date" and not entity.get("negated"):
            try:
                yield date.fromisoformat(str(entity.get("value")))
            except ValueError:
                continue
            return


def _explain(text: str, context: Context) -> Refused:
    if read_dates(text, context.today) == []:
        return context.refuse("no_such_day")
    year = _BARE_YEAR.search(latin_digits(text))
    if year:
        return context.refuse("only_a_year", year=year.group(1))
    return context.refuse("no_date")


def _same_day_in(value: str, stored: object, context: Context) -> Parsed | None:
    """Read a lone year as "the same day of another year", to be confirmed."""
    year = re.fullmatch(r"(?:in )?((?:19|20)\d\d)", latin_digits(value).strip())
    if year is None or not isinstance(stored, str):
        return None
    try:
        moved = date.fromisoformat(stored).replace(year=int(year.group(1)))
    except ValueError:
        return None
    if moved > context.today:
        return context.refuse("date_in_future", date=show_date(moved))
    options = (
        Option(moved.isoformat(), context.say("yes_value", value=show_date(moved))),
        Option(None, context.say("no_type_again")),
    )
    return Unclear(context.say("do_you_mean", value=show_date(moved)), options, yes_no=True)


class DateKind(Kind):
    """A date of birth."""

    is_closed: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a date of birth: not in the future, age within the question's `max_age`."""
        found = read_dates(text, context.today)
        if found is None:
            found = list(_from_entities(context))
        if not found:
            return _explain(text, context)
        max_age = int(question.validation.get("max_age", 119))
        possible = [day for day in found if day <= context.today and age_on(day, context.today) <= max_age]
        if not possible:
            if found[0] > context.today:
                return context.refuse("date_in_future", date=show_date(found[0]))
            return context.refuse("date_long_ago", date=show_date(found[0]), years=max_age)
        if len(possible) == 2:
            options = tuple(Option(day.isoformat(), show_date(day)) for day in possible)
            return Unclear(context.say("which_date"), options)
        return Accepted(possible[0].isoformat(), exact=text.strip() == possible[0].isoformat())

    def reread(self, text: str, stored: Any, question: Question, context: Context) -> Parsed:
        """Read a lone year as the same day of another year."""
        return _same_day_in(text.strip(EDGES), stored, context) or super().reread(text, stored, question, context)

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return the date with the month as a word."""
        try:
            return show_date(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
