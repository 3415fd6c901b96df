"""A correction that names the old answer and the new one, in any order: "phone instead of e-mail, my boss lets me"."""

from __future__ import annotations

import re
from typing import Any

from clinic.intake.kinds import kind_of
from clinic.intake.kinds.choice import mentions
from clinic.intake.model.decisions import Change, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted
from clinic.intake.model.text import normalise

_LEAST = 3  # letters of a name
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def both_named(interview: Interview, text: str) -> Correction | None:
    """Return the change of one answer whose stored choice (or year) and one other stand together in a message, or None.

    The message has to say that something changes; of several such answers none is meant for certain.
    """
    norm = normalise(text)
    patterns = interview.language.patterns
    freely = interview.open is not None and kind_of(interview.open).is_free
    if not patterns["takes_an_answer_back" if freely else "swaps"].search(norm):
        return None
    changes = []
    for question in interview.questionnaire.questions:
        stored, named = interview.answers.get(question.id), _named(question, norm)
        if question.id != interview.state.open_question and len(named) == 2 and stored in named:
            changes.append(Change(question.id, Accepted((named - {stored}).pop(), exact=False)))
    return Correction(tuple(changes)) if len(changes) == 1 else None


def _named(question: Question, norm: str) -> set[Any]:
    """Return the choices of a question, or the years, that a message in its normal form names; none of a consent."""
    if question.format == "year":
        return {int(year) for year in _YEAR.findall(norm)}
    if question.kind != "choice" or question.consent:
        return set()
    return {m.choice.value for m in mentions(question.choices, norm) if m.end - m.start >= _LEAST}
