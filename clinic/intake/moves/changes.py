"""Changes answers given before, and asks which one where that was not said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clinic.intake.kinds import show
from clinic.intake.model.decisions import Change, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Refused, Unclear
from clinic.intake.moves.answers import asked_back, failed, shown_answer
from clinic.intake.moves.barriers import barrier
from clinic.intake.moves.commands import clear, dropped_message
from clinic.intake.moves.facts import as_understood, still_asked
from clinic.intake.moves.pending import Which
from clinic.intake.reading.facts import joined
from clinic.intake.saying import sentences


def correct(interview: Interview, correction: Correction) -> Outcome:
    """Carry out a correction; the first change that needs another word of the patient ends it."""
    if not correction.changes:
        return ask_which(interview)
    if interview.before_consent:
        return Outcome(interview.state, (Message(interview.say("consent_first")),))
    detour = interview.pending is not None and interview.pending.detour
    was_open = None if detour else interview.state.open_question
    messages: list[Message] = []
    noted: list[tuple[str, str]] = []
    for change in correction.changes:
        question = interview.questionnaire.get(change.question)
        if not isinstance(change.result, Accepted) or change.result.value is None:
            return _after(messages, _asked_again(interview, question, change))
        stopped = barrier(interview, question, change.result.value)
        if stopped is not None:
            return _after(messages, stopped)
        before = interview.answers.get(question.id)
        value = joined(question, before, change.result.value) if correction.offered else change.result.value
        stored = interview.stored(question, value)
        told = still_asked(interview, as_understood(stored.interview, question.id), question.id)
        interview = told if correction.offered else stored.interview
        if before is None or isinstance(value, list):
            noted.append((question.label, shown_answer(interview, question.id)))
        else:
            messages.append(_changed(interview, question, before))
        messages += dropped_message(interview, stored.dropped)
    if noted:
        messages.append(Message(sentences.noted(interview.language, noted)))
    return Outcome(interview.back_to(was_open).state, tuple(messages))


def ask_which(interview: Interview) -> Outcome:
    """Ask which answer is to be changed."""
    if not interview.answered:
        return Outcome(interview.state, (Message(interview.say("nothing_to_change")),))
    return Outcome(interview.changed(pending=Which(interview.answered)).state)


def _asked_again(interview: Interview, question: Question, change: Change) -> Outcome:
    """Open a question whose new answer is not known yet."""
    opened = interview.opened(question.id)
    result = change.result
    if result is None:
        return Outcome(opened.state, (Message(interview.say("changing", label=question.label)),))
    if isinstance(result, Unclear):
        return asked_back(interview, question, result)
    if isinstance(result, Refused):
        return failed(opened, question, result)
    return clear(opened, question)


def _changed(interview: Interview, question: Question, before: Any) -> Message:
    shown_before = show(question, before, interview.context())
    return Message(
        sentences.changed(interview.language, question.label, shown_before, shown_answer(interview, question.id))
    )


def _after(messages: list[Message], outcome: Outcome) -> Outcome:
    return replace(outcome, messages=(*messages, *outcome.messages))
