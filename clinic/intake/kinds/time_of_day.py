"""Reads the best time of the day, also from a clock, and shows it with the patient's time zone."""

from __future__ import annotations

import re
from typing import Any

from clinic.intake.kinds.choice import ChoiceKind, exact_match
from clinic.intake.kinds.timezones import time_zone_of
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import latin_digits, looks_like_question, normalise

_HOUR = re.compile(r"\b(\d{1,2})(?:[:.h](\d{2}))?\s*(a\.?m\.?|p\.?m\.?|o'?clock|h(?:ours|rs)?\b)?", re.IGNORECASE)


_PARTS = ("morning", "afternoon", "evening")


def _part_of_day(language: Language, text: str) -> Parsed | None:
    """Read words that tell one part of the day: "before work", "once the kids are asleep"."""
    norm = normalise(text)
    parts = {name for match in language.patterns["part_of_day"].finditer(norm) for name in _PARTS if match[name]}
    if len(parts) == 1:
        return Accepted(parts.pop(), exact=False)
    hour = language.patterns["day_hour"].search(norm) if not parts else None
    if hour is None or not 1 <= int(hour.group(1)) <= 23:
        return None
    number = int(hour.group(1))
    # Nobody wants to be called before seven in the morning: "after 4" is the afternoon.
    return Accepted(_at(number + 12 if number < 7 else number), exact=False)


def _at(hour: int) -> str:
    return "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 17 else "evening"


def _time_of_day(language: Language, text: str) -> Parsed | None:
    """Read a clock time as a part of the day; "any time" is no preference."""
    if language.means("any_time", text):
        return Accepted(None)
    match = _HOUR.search(latin_digits(text))
    if match is None or not (match.group(2) or match.group(3)):
        return None
    hour = int(match.group(1))
    half = (match.group(3) or "").lower().replace(".", "")
    if half == "pm" and hour < 12:
        hour += 12
    if hour == 12 and half == "am":
        hour = 0
    if hour > 23:
        return None
    return Accepted(_at(hour), exact=False)


class TimeOfDayKind(ChoiceKind):
    """A part of the day."""

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a choice, or a clock time as the part of the day."""
        timed = _time_of_day(context.language, text) if exact_match(question.choices, text) is None else None
        if timed is not None:
            return timed
        chosen = super().parse(text, question, context, assertions)
        if isinstance(chosen, Accepted):
            return chosen
        if looks_like_question(text):
            return chosen
        told = _part_of_day(context.language, text)
        if told is None and context.language.patterns["any_time"].search(normalise(text)):
            return Accepted(None)
        return told or chosen

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return the label with the place whose clock is meant."""
        choice = question.choice(value)
        if choice is None:
            return str(value)
        zone = time_zone_of(context.residence, context.phone)
        city = zone.rpartition("/")[2].replace("_", " ") if zone else None
        place = context.say("place_time", place=city) if city else context.say("local_time")
        return f"{choice.label} ({place})"
