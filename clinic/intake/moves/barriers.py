"""What keeps an answer from being stored as it is: a patient under age, and a consent that is refused."""

from __future__ import annotations

from typing import Any

from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.questionnaire import SELF, Question, Role
from clinic.intake.moves.pending import Minor, NoContact
from clinic.intake.saying.prompts import button

_ROLES: tuple[Role, Role] = ("who", "birth_date")


def barrier(interview: Interview, question: Question, value: Any) -> Outcome | None:
    """Return what comes of a valid answer that needs another word first; None for everything else."""
    who, born = (interview.questionnaire.with_role(role).id for role in _ROLES)
    if question.role == "birth_date" and interview.answers.get(who) == SELF and interview.is_minor(value):
        asking = interview.opened(who).changed(pending=Minor(value))
        return Outcome(asking.state, (Message(interview.say("minor")),))
    if question.role == "who" and value == SELF:
        held_back = isinstance(interview.pending, Minor)
        if held_back or interview.is_minor(interview.answer_to("birth_date")):
            return Outcome(interview.opened(born).state, (Message(interview.say("minor_alone")),))
    if question.only is not None and value != question.only:
        ways_out = (button(interview, "person"), button(interview, "pause"))
        opened = interview.opened(question.id)
        return Outcome(opened.state, (Message(question.only_why or question.help, buttons=ways_out),))
    if question.consent is not None and value != "yes":
        return _consent_refused(interview, question, value)
    return None


def _consent_refused(interview: Interview, question: Question, value: Any) -> Outcome:
    stored = interview.stored(question, value).interview
    if question.role == "contact_consent":
        return Outcome(stored.opened(question.id).changed(pending=NoContact()).state)
    ended = stored.ended("declined", keep_consents=True)
    return Outcome(ended.state, (Message(interview.say("declined")),), "declined")
