"""Picks the kind of a question by what the questionnaire says of it."""

from __future__ import annotations

from typing import Any

from clinic.intake.kinds.base import Kind, parsed
from clinic.intake.kinds.choice import ChoiceKind
from clinic.intake.kinds.contact import EmailKind, PhoneKind
from clinic.intake.kinds.country import CountriesKind, CountryKind
from clinic.intake.kinds.dates import DateKind
from clinic.intake.kinds.findings import FindingsKind
from clinic.intake.kinds.free import FreeKind
from clinic.intake.kinds.language import LanguageKind
from clinic.intake.kinds.multi import MultiKind
from clinic.intake.kinds.name import NameKind
from clinic.intake.kinds.number import NumberKind, YearKind
from clinic.intake.kinds.time_frame import TimeFrameKind
from clinic.intake.kinds.time_of_day import TimeOfDayKind
from clinic.intake.kinds.yesno import YesNoKind
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Assertions, Context, Parsed

_FINDINGS = FindingsKind()
_KINDS: dict[tuple[str, str | None], Kind] = {
    ("choice", None): ChoiceKind(),
    ("choice", "best_time"): TimeOfDayKind(),
    ("choice", "time_frame"): TimeFrameKind(),
    ("yesno", None): YesNoKind(),
    ("multi", None): MultiKind(),
    ("multi", "countries"): CountriesKind(),
    ("date", None): DateKind(),
    ("number", None): NumberKind(),
    ("number", "year"): YearKind(),
    ("text", None): FreeKind(),
    ("text", "name"): NameKind(),
    ("text", "country"): CountryKind(),
    ("text", "email"): EmailKind(),
    ("text", "phone"): PhoneKind(),
    ("text", "language"): LanguageKind(),
}


def kind_of(question: Question) -> Kind:
    """Return the kind of a question."""
    if question.codes:
        return _FINDINGS
    return _KINDS.get((question.kind, question.format)) or _KINDS[(question.kind, None)]


def parse(question: Question, text: str, context: Context, assertions: Assertions = ()) -> Parsed:
    """Read `text` as an answer to `question`.

    Returns Accepted (the value to store), Unclear (something to settle first) or Refused (what is wrong).
    """
    return parsed(kind_of(question), text, question, context, assertions)


def show(question: Question, value: Any, context: Context) -> str:
    """Return a stored value as a person would read it."""
    return kind_of(question).show(value, question, context)
