"""Reads when somebody thinks of a treatment: "3-6", "within two months", "next summer", "no hurry"."""

from __future__ import annotations

import re
from datetime import date

from clinic.intake.kinds.asserted import denied_places
from clinic.intake.kinds.choice import ChoiceKind, comes_down_to, exact_match
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import clean, latin_digits, looks_like_question, normalise

_NUMBERS = {
    "one": 1.0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "a": 1, "an": 1, "couple": 2, "few": 3, "half a": 0.5, "half an": 0.5,
}  # fmt: skip
_MONTHS_OF = {"d": 1 / 30, "w": 1 / 4.3, "m": 1.0, "y": 12.0}
_LONG = 13.0  # months: more than any choice but the last one reaches


def months_ahead(language: Language, text: str, today: date) -> float | None:
    """Return in how many months something is, at the latest that is told; None where nothing is told of it."""
    norm = _normal(text)
    patterns = language.patterns
    if patterns["some_day"].search(norm):
        return _LONG
    span = patterns["span"].search(norm) or patterns["bare_span"].search(norm)
    if span is not None:
        unit = (span.groupdict().get("unit") or "m")[:1].lower()
        most = max(_number(span["low"]), _number(span["high"])) * _MONTHS_OF[unit]
        return most + 0.5 if patterns["more_than"].search(norm[: span.start()]) else most
    named = patterns["calendar"].search(norm)
    if named is not None:
        return _until(named, today)
    return 0.0 if patterns["soon"].search(norm) else None


def _normal(text: str) -> str:
    """Return a text in small letters with the dash of "3-6" kept as a blank."""
    return normalise(re.sub(r"(?<=\d)\s*[-–—/]\s*(?=\d)", " to ", latin_digits(clean(text))))


def _number(word: str | None) -> float:
    return 0.0 if word is None else float(word) if word.isdigit() else _NUMBERS[re.sub(r"\s+", " ", word.lower())]


def _until(named: re.Match[str], today: date) -> float:
    """Return the months until a part of the calendar; the groups m1 to m12 name months, and seasons by one of them."""
    following = bool(named["next"])
    if named["month"]:
        return 1.0
    if named["year"]:
        return _LONG if following else 12.0 - today.month
    month = next(number for number in range(1, 13) if named[f"m{number}"])
    return float((month - today.month) % 12) or (12.0 if following else 0.0)


def _within(choices: tuple[Choice, ...], months: float) -> Choice | None:
    """Return the choice that reaches as far, the last that says so where none does."""
    timed = sorted((c for c in choices if c.months is not None), key=lambda c: c.months or 0)
    return next((c for c in timed if months <= (c.months or 0)), timed[-1] if timed else None)


class TimeFrameKind(ChoiceKind):
    """One of several spans of time, each with the `months` it reaches."""

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a choice by its names, by a span of time, or by what says that nothing is decided."""
        language, choices = context.language, question.choices
        plain = exact_match(choices, text) or comes_down_to(
            language, question, text, denied_places(text, assertions, context)
        )
        if plain is not None:
            return Accepted(plain.value, exact=exact_match(choices, text) is not None)
        norm = _normal(text)
        if looks_like_question(text) or len(norm.split()) > 25:
            return context.refuse("no_choice")
        undecided = next((c for c in choices if c.undecided), None)
        if undecided is not None and language.patterns["exploring"].search(norm):
            return Accepted(undecided.value, exact=False)
        months = months_ahead(language, text, context.today)
        if months is not None and (found := _within(choices, months)) is not None:
            return Accepted(found.value, exact=False)
        return super().parse(text, question, context, assertions)
