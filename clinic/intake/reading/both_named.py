"""A correction that names the old answer and the new one, in any order: "phone instead of e-mail, my boss lets me"."""

from __future__ import annotations

from clinic.intake.kinds.choice import mentions
from clinic.intake.model.decisions import Change, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.result import Accepted
from clinic.intake.model.text import normalise

_LEAST = 3  # letters of a name


def both_named(interview: Interview, text: str) -> Correction | None:
    """Return the change of one answer whose stored choice and one other choice stand together in a message, or None.

    The message has to say that something changes; of several such answers none is meant for certain.
    """
    norm = normalise(text)
    if not interview.language.patterns["swaps"].search(norm):
        return None
    changes = []
    for question in interview.questionnaire.questions:
        stored = interview.answers.get(question.id)
        if question.kind != "choice" or question.consent or question.id == interview.state.open_question:
            continue
        named = {m.choice.value for m in mentions(question.choices, norm) if m.end - m.start >= _LEAST}
        if stored in named and len(named) == 2:
            changes.append(Change(question.id, Accepted((named - {stored}).pop(), exact=False)))
    return Correction(tuple(changes)) if len(changes) == 1 else None
