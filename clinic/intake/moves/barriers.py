"""What keeps an answer from being stored as it is: a patient under age, and a consent that is refused."""

from __future__ import annotations

from typing import Any

from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.questionnaire import Question
from clinic.intake.moves.pending import Minor, NoContact
from clinic.intake.saying import sentences


def barrier(interview: Interview, question: Question, value: Any) -> Outcome | None:
    """Return what comes of a valid answer that needs another word first; None for everything else."""
    if question.kind == "date" and interview.answers.get("for_whom") == "self" and interview.is_minor(value):
        asking = interview.opened("for_whom").changed(pending=Minor(value))
        return Outcome(asking.state, (Message(sentences.MINOR),))
    if question.id == "for_whom" and value == "self":
        held_back = isinstance(interview.pending, Minor)
        if held_back or interview.is_minor(interview.answers.get("date_of_birth")):
            return Outcome(interview.opened("date_of_birth").state, (Message(sentences.MINOR_ALONE),))
    if question.consent is not None and value != "yes":
        return _consent_refused(interview, question, value)
    return None


def _consent_refused(interview: Interview, question: Question, value: Any) -> Outcome:
    stored = interview.stored(question, value).interview
    if question.id == "consent_contact":
        return Outcome(stored.opened(question.id).changed(pending=NoContact()).state)
    ended = stored.ended("declined", keep_consents=True)
    return Outcome(ended.state, (Message(sentences.DECLINED),), "declined")
