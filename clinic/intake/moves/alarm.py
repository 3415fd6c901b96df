"""The way through an alarm: the answer that raised it is kept, and any of her words lead back to the question."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from clinic.intake.model.commands import CommandName
from clinic.intake.model.decisions import Command, Decision, Digression
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Button, Message, Outcome
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted
from clinic.intake.model.turn import Turn
from clinic.intake.moves.answers import accepted
from clinic.intake.moves.barriers import barrier
from clinic.intake.moves.pending import SafetyCheck
from clinic.intake.reading.after_alarm import (
    CRISIS,
    Alarm,
    Words,
    alarm_at,
    is_answer,
    kept,
    reply_to_check,
    words_after,
)
from clinic.intake.reading.commands import find_command
from clinic.intake.reading.decide import decide
from clinic.intake.reading.intents import SURE
from clinic.intake.saying import sentences

_INTO_INTAKE = frozenset({"greet", "start_intake", "resume_intake"})

# What a message after an alarm is: it happens now, all is well, for the intake as usual, back to the open
# question, not yet, for something else to answer, or nothing that says whether it happens now.
Heard = Literal["now", "well", "through", "back", "wait", "aside", "unclear"]


def alarmed(interview: Interview, kind: str, turn: Turn, *, in_form: bool) -> Interview:
    """The interview in which `turn` raised an alarm: paused, and what she answered kept.

    in_form: whether the open question was waiting for this message. Without it nothing is taken from the message.
    """
    checking = _is_checked(interview)
    before = _before_check(interview)
    if _confirms(before):
        before = before.changed(pending=None)
    asked = in_form and not checking and before.pending is None
    question = before.open if asked else None
    alarm = alarm_at(kind, question, turn.text)
    if question is not None:
        before = _with_answer(before, question, turn)
    return before.changed(stage="paused", alarm=alarm.plain())


def _with_answer(interview: Interview, question: Question, turn: Turn) -> Interview:
    # The alarm has the intent: what the words say beside it is for the parsers to tell.
    heard = replace(turn, intent="inform", confidence=0.0)
    result = kept(question, decide(interview, heard), turn.entities)
    if result is None:
        return interview
    stored = _keep(interview, question, result)
    revisit = tuple(dict.fromkeys((*stored.state.revisit, question.id)))
    unconfirmed = tuple(dict.fromkeys((*stored.state.unconfirmed, question.id)))
    return stored.changed(revisit=revisit, unconfirmed=unconfirmed, told=turn.text)


def _keep(interview: Interview, question: Question, result: Accepted) -> Interview:
    """Store an answer and leave its question open; what needs another word of hers is not stored."""
    if barrier(interview, question, result.value) is not None:
        return interview
    return interview.at(accepted(interview, question, result, {}).state).opened(question.id)


def heard_after(interview: Interview, turn: Turn) -> Heard:
    """Say what a message is that follows an alarm which is not settled yet."""
    alarm = Alarm.of(interview.state.alarm or {})
    asked = _is_checked(interview)
    before = before_alarm(interview)
    confirming = _confirms(before)
    if confirming and not asked:
        return "through"
    if asked:
        said = reply_to_check(interview.language, turn.text)
    else:
        said = words_after(interview.language, alarm.kind, turn.text)
    if said == "now" or said == "well":
        return said
    if confirming:
        return "through"
    return _heard_beside(interview, before, turn, said)


def _heard_beside(interview: Interview, before: Interview, turn: Turn, said: Words | None) -> Heard:
    """Say what a message is that does not tell how she is; `before`: the interview that the alarm interrupted."""
    decision = decide(before.changed(alarm=None), turn)
    name = _command(interview, turn, decision)
    if said == "on" or name in ("resume", "repeat", "underway") or _leads_back(turn):
        return "back"
    if name in ("pause", "leave"):
        return "wait"
    # Small talk is said beside the alarm; where it is meant, the message says so in words of its own.
    beside = interview.conversation.small_talk
    if name == "person" or (isinstance(decision, Digression) and decision.reason not in beside):
        return "aside"
    if name is not None or is_answer(interview.language, before.open, decision, turn.entities):
        return "through"
    return "unclear"


def come_back(interview: Interview, heard: Heard, read: int, number: str, back: tuple[Message, ...]) -> Outcome:
    """Answer a message after an alarm that is not for the intake as usual.

    read: how many messages of the conversation have been read with it; back: what is said to who comes back.
    """
    alarm = Alarm.of(interview.state.alarm or {})
    asked = _is_checked(interview)
    before = before_alarm(interview)
    if heard == "now":
        urgent = Alarm(alarm.kind).plain()
        paused = before.changed(stage="paused", alarm=urgent, read=read, told=None)
        return Outcome(paused.state, (), "alarm")
    if heard == "well":
        words = interview.say("going_on") if asked else sentences.all_well(interview.language, alarm.kind)
        return Outcome(before.changed(alarm=None, read=read).state, (Message(words),))
    if heard == "back":
        return checked(Outcome(before.changed(read=read).state, () if asked else back), alarm)
    if heard == "aside":
        return Outcome(before.state, (), "digression")
    if heard == "unclear" and alarm.unclear:
        return checked(Outcome(before.state, (Message(interview.say("yes_or_no")),) if asked else ()), alarm)
    return _still_here(before, alarm, number)


def passed_on(outcome: Outcome, alarm: Alarm) -> Outcome:
    """A message was taken as if nothing had come between: ask whether it happens now before the next question."""
    if outcome.status != "asking":
        return outcome
    if outcome.state.pending is not None and outcome.state.pending.to_confirm:
        return replace(outcome, state=outcome.state.with_changes(alarm=alarm.plain()))
    return checked(outcome, alarm)


def checked(outcome: Outcome, alarm: Alarm) -> Outcome:
    """Ask first whether it happens now, where the alarm left that open."""
    if not alarm.unclear:
        # She has not said that it is not now: the same words would be an alarm again.
        return replace(outcome, state=outcome.state.with_changes(alarm=None, told=None))
    pending = SafetyCheck(then=outcome.state.pending)
    return replace(outcome, state=outcome.state.with_changes(alarm=alarm.plain(), pending=pending))


def before_alarm(interview: Interview) -> Interview:
    """The interview as it was before the alarm came between."""
    return _before_check(interview).changed(stage="asking")


def _command(interview: Interview, turn: Turn, decision: Decision) -> CommandName | None:
    found = find_command(interview.language, turn.text)
    if found is not None and found not in ("keep", "clear"):
        return found
    return decision.name if isinstance(decision, Command) else None


def _leads_back(turn: Turn) -> bool:
    return turn.intent in _INTO_INTAKE and turn.confidence >= SURE


def _still_here(interview: Interview, alarm: Alarm, number: str) -> Outcome:
    words = sentences.still_here(interview.language, alarm.kind, number)
    # What these say is typed when they are pressed.
    titles = (interview.say("button_safe" if alarm.kind == CRISIS else "button_not_now"), interview.say("button_go_on"))
    buttons = tuple(Button(title, title) for title in titles)
    paused = interview.changed(stage="paused", alarm=alarm.plain())
    return Outcome(paused.state, (Message(words, buttons=buttons),), "paused")


def _is_checked(interview: Interview) -> bool:
    return isinstance(interview.pending, SafetyCheck)


def _confirms(interview: Interview) -> bool:
    return interview.pending is not None and interview.pending.to_confirm


def _before_check(interview: Interview) -> Interview:
    """The interview without the question whether it is happening now."""
    pending = interview.pending
    return interview.changed(pending=pending.then) if isinstance(pending, SafetyCheck) else interview
