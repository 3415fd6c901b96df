"""Carries out what is said at the review: sends, pauses, or asks what to change."""

from __future__ import annotations

from clinic.intake.model.decisions import Answer
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.result import Accepted
from clinic.intake.moves.changes import ask_which
from clinic.intake.moves.commands import more, pause
from clinic.intake.saying.prompts import button


def take_review(interview: Interview, decision: Answer) -> Outcome:
    """Take a reply to the review; after three that say nothing, offer a way out."""
    result = decision.result
    if isinstance(result, Accepted):
        if result.value == "send":
            return send(interview)
        if result.value == "more":
            return more(interview)
        return pause(interview) if result.value == "pause" else ask_which(interview)
    attempts = interview.state.attempts + 1
    state = interview.changed(attempts=attempts, pending=None).state
    if attempts < 3:
        return Outcome(state, (Message(result.problem),))
    said = f"{result.problem} {interview.say('way_out')}"
    return Outcome(state, (Message(said, buttons=(button(interview, "person"), button(interview, "pause"))),))


def send(interview: Interview) -> Outcome:
    """Confirm, unless something required is missing or a consent is not a yes."""
    waiting = interview.needed or interview.refused_consents
    if waiting:
        return Outcome(interview.opened(waiting[0]).state, (Message(interview.say("still_needed")),))
    return Outcome(interview.changed(stage="confirmed", open_question=None, pending=None).state, (), "confirmed")
