"""The way through an alarm: the answer that raised it is kept, and any of her words lead back to the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clinic.intake.model import interview as flow
from clinic.intake.model.decisions import Command, Decision, Digression
from clinic.intake.model.messages import Button, Message, Outcome
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.reading.after_alarm import (
    CRISIS,
    SAFETY_CHECK,
    Alarm,
    alarm_at,
    is_answer,
    kept,
    reply_to_check,
    words_after,
)
from clinic.intake.reading.commands import CommandName, find_command
from clinic.intake.reading.decide import SURE
from clinic.intake.saying import sentences

if TYPE_CHECKING:
    from clinic.intake.engine import IntakeEngine

GO_ON = Button("Go on with my request", "Go on with my request")
NOT_NOW = Button("It is not happening now", "It is not happening now")
SAFE = Button("I am safe now", "I am safe now")

_CONFIRMED_FIRST = frozenset({"cancel", "restart"})
_INTO_INTAKE = frozenset({"greet", "start_intake", "resume_intake"})
# What is said beside the alarm; where one of these is meant, the message says so in words of its own.
_BESIDE = frozenset({"greet", "goodbye", "thank", "chitchat"})


def alarmed(engine: IntakeEngine, state: IntakeState, kind: str, turn: Turn, *, in_form: bool) -> IntakeState:
    """The state of an intake in which `turn` raised an alarm: paused, and what she answered kept.

    in_form: whether the open question was waiting for this message. Without it nothing is taken from the message.
    """
    checking = (state.pending or {}).get("type") == SAFETY_CHECK
    before = _before_check(state)
    if (before.pending or {}).get("type") in _CONFIRMED_FIRST:
        before = before.with_changes(pending=None)
    asked = in_form and not checking and before.pending is None
    question = _question(engine, before) if asked else None
    alarm = alarm_at(kind, question, turn.text)
    if question is not None:
        before = _with_answer(engine, before, question, turn)
    return before.with_changes(stage="paused", alarm=alarm.plain())


def _with_answer(engine: IntakeEngine, state: IntakeState, question: Question, turn: Turn) -> IntakeState:
    # The alarm has the intent: what the words say beside it is for the parsers to tell.
    heard = replace(turn, intent="inform", confidence=0.0)
    result = kept(question, engine.decide(state, heard), turn.entities)
    if result is None:
        return state
    stored = engine.keep(state, question, result)
    revisit = tuple(dict.fromkeys((*stored.revisit, question.id)))
    unconfirmed = tuple(dict.fromkeys((*stored.unconfirmed, question.id)))
    return stored.with_changes(revisit=revisit, unconfirmed=unconfirmed, told=turn.text)


def come_back(engine: IntakeEngine, state: IntakeState, turn: Turn, earlier: Sequence[Turn]) -> Outcome:
    """Take a message that follows an alarm which is not settled yet."""
    alarm = Alarm.of(state.alarm or {})
    asked = (state.pending or {}).get("type") == SAFETY_CHECK
    state = _before_check(state).with_changes(stage="asking")
    confirming = (state.pending or {}).get("type") in _CONFIRMED_FIRST
    said = reply_to_check(turn.text) if asked else None if confirming else words_after(alarm.kind, turn.text)
    read = len(earlier) + 1
    if said == "now":
        urgent = Alarm(alarm.kind).plain()
        return Outcome(state.with_changes(stage="paused", alarm=urgent, read=read, told=None), (), "alarm")
    if said == "well":
        settled = state.with_changes(alarm=None, read=read)
        words = sentences.GOING_ON if asked else sentences.ALL_WELL[CRISIS if alarm.kind == CRISIS else "emergency"]
        return Outcome(settled, (Message(words),))
    if confirming:
        return _passed_on(engine, state, alarm, turn, earlier)
    decision = engine.decide(state.with_changes(alarm=None), turn)
    name = _command(turn, decision)
    if said == "on" or name in ("resume", "repeat", "underway") or _leads_back(turn):
        back = Outcome(state.with_changes(read=read), () if asked else engine.welcome_back(state))
        return _checked(back, alarm)
    if name in ("pause", "leave"):
        return _still_here(engine, state, alarm)
    if name == "person" or (isinstance(decision, Digression) and decision.reason not in _BESIDE):
        return Outcome(state, (), "digression")
    if name is not None or is_answer(_question(engine, state), decision, turn.entities):
        return _passed_on(engine, state, alarm, turn, earlier)
    if alarm.unclear:
        return _checked(Outcome(state, (Message(sentences.YES_OR_NO),) if asked else ()), alarm)
    return _still_here(engine, state, alarm)


def _command(turn: Turn, decision: Decision) -> CommandName | None:
    found = find_command(turn.text)
    if found is not None and found not in ("keep", "clear"):
        return found
    return decision.name if isinstance(decision, Command) else None


def _leads_back(turn: Turn) -> bool:
    return turn.intent in _INTO_INTAKE and turn.confidence >= SURE


def _passed_on(engine: IntakeEngine, state: IntakeState, alarm: Alarm, turn: Turn, earlier: Sequence[Turn]) -> Outcome:
    """Take the message as if nothing had come between, and ask whether it happens now before the next question."""
    outcome = engine.take(state.with_changes(alarm=None), turn, earlier)
    if outcome.status != "asking":
        return outcome
    if (outcome.state.pending or {}).get("type") in _CONFIRMED_FIRST:
        return replace(outcome, state=outcome.state.with_changes(alarm=alarm.plain()))
    return _checked(outcome, alarm)


def _checked(outcome: Outcome, alarm: Alarm) -> Outcome:
    if not alarm.unclear:
        # She has not said that it is not now: the same words would be an alarm again.
        return replace(outcome, state=outcome.state.with_changes(alarm=None, told=None))
    pending = {"type": SAFETY_CHECK, "then": outcome.state.pending}
    return replace(outcome, state=outcome.state.with_changes(alarm=alarm.plain(), pending=pending))


def _still_here(engine: IntakeEngine, state: IntakeState, alarm: Alarm) -> Outcome:
    words = sentences.still_here(alarm.kind, engine.number_to_call(state))
    buttons = (SAFE if alarm.kind == CRISIS else NOT_NOW, GO_ON)
    paused = state.with_changes(stage="paused", alarm=alarm.plain())
    return Outcome(paused, (Message(words, buttons=buttons),), "paused")


def _before_check(state: IntakeState) -> IntakeState:
    """The state without the question whether it is happening now."""
    pending = state.pending or {}
    return state.with_changes(pending=pending.get("then")) if pending.get("type") == SAFETY_CHECK else state


def _question(engine: IntakeEngine, state: IntakeState) -> Question | None:
    open_id = state.open_question
    return engine.questionnaire.get(open_id) if open_id is not None and open_id != flow.REVIEW else None
