"""Recognises what is added to a list by the way ("I forgot, I also take Z"), and what is taken out of one."""

from __future__ import annotations

from typing import Any

from clinic.intake.kinds import Accepted, kind_of
from clinic.intake.kinds.asserted import Said
from clinic.intake.kinds.findings import counts
from clinic.intake.model.decisions import Change, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.text import normalise
from clinic.intake.model.turn import Turn
from clinic.intake.reading.facts import offered

_ILLNESS = frozenset({"condition", "symptom"})


def find_addition(interview: Interview, turn: Turn) -> Correction | None:
    """Return what a message adds to medicines or treatments while something else is asked, or None.

    Where an illness or an allergy is asked in free text, a message that names one is the answer.
    """
    opened = interview.open
    if opened is None or opened.questions_as_answers == "always":
        return None
    if opened.codes and not _belongs_to_the_present(interview, turn):
        return None
    if not interview.language.patterns["addition"].search(normalise(turn.text)):
        return None
    context = interview.context(turn.entities)
    if kind_of(opened).is_free and any(e.get("entity") in _ILLNESS and counts(e, context) for e in turn.entities):
        return None
    told = offered(interview, turn, opened.id)
    changes = tuple(change for change in told.changes if _is_of_medicines(interview, change)) if told else ()
    return Correction(changes, offered=True) if changes else None


def _belongs_to_the_present(interview: Interview, turn: Turn) -> bool:
    """Tell whether a message to the treatments of before names a medicine that was forgotten and is taken now."""
    opened, context = interview.open, interview.context(turn.entities)
    forgot = interview.language.patterns["forgotten"].search(normalise(turn.text))
    medicines = [Said.of(e).when(context) for e in turn.entities if e.get("entity") == "medication"]
    return (
        bool(forgot and medicines) and set(medicines) == {"now"} and opened is not None and opened.codes == "treatment"
    )


def _is_of_medicines(interview: Interview, change: Change) -> bool:
    return interview.questionnaire.get(change.question).codes in ("medication", "treatment")


def find_removal(interview: Interview, turn: Turn) -> Correction | None:
    """Return the lists without what a message takes out of them: "remove Plaquenil from my medicines"."""
    if not interview.language.patterns["removal"].match(normalise(turn.text)):
        return None
    named = {str(entity.get("value")) for entity in turn.entities}
    changes = []
    for question in interview.questionnaire.questions:
        stored: Any = interview.answers.get(question.id)
        if question.codes is None or not isinstance(stored, list) or question.id == interview.state.open_question:
            continue
        left = [finding for finding in stored if finding.get("code") not in named]
        if left != stored:
            changes.append(Change(question.id, Accepted(left, exact=False)))
    # "From my medicines" names one list; without it, the first that holds it.
    return Correction(tuple(changes[:1])) if changes else None
