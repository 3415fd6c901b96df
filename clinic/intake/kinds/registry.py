"""Picks the parser of a question by its kind and format."""

from __future__ import annotations

from collections.abc import Callable

from clinic.intake.kinds.choice import parse_choice
from clinic.intake.kinds.contact import parse_email, parse_phone
from clinic.intake.kinds.country import parse_countries, parse_country
from clinic.intake.kinds.dates import parse_birth_date
from clinic.intake.kinds.findings import parse_findings
from clinic.intake.kinds.freetext import parse_free, parse_language, parse_name
from clinic.intake.kinds.multi import parse_multi
from clinic.intake.kinds.number import parse_number, parse_year
from clinic.intake.kinds.yesno import parse_yesno
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Context, Parsed, Refused
from clinic.intake.model.text import clean

Parser = Callable[[Question, str, Context], Parsed]

_PARSERS: dict[tuple[str, str | None], Parser] = {
    ("choice", None): parse_choice,
    ("yesno", None): parse_yesno,
    ("multi", None): parse_multi,
    ("multi", "countries"): parse_countries,
    ("date", None): parse_birth_date,
    ("number", None): parse_number,
    ("number", "year"): parse_year,
    ("text", None): parse_free,
    ("text", "name"): parse_name,
    ("text", "country"): parse_country,
    ("text", "email"): parse_email,
    ("text", "phone"): parse_phone,
    ("text", "language"): parse_language,
}


def parse(question: Question, text: str, context: Context) -> Parsed:
    """Read `text` as an answer to `question`.

    Returns Accepted (the value to store), Unclear (something to settle first) or Refused (what is wrong).
    """
    body = clean(text)
    if not body:
        return Refused("I did not get any text.")
    if question.codes:
        return parse_findings(question, body, context)
    parser = _PARSERS.get((question.kind, question.format)) or _PARSERS[(question.kind, None)]
    return parser(question, body, context)
