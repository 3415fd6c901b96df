"""Carries out the patient's commands: back, skip, pause, cancel, review, why and the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clinic.intake.model import interview as flow
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.questionnaire import Question, Questionnaire
from clinic.intake.model.state import IntakeState
from clinic.intake.reading.commands import CommandName
from clinic.intake.saying import sentences
from clinic.intake.saying.prompts import PAUSE, PERSON, summary_message


def dropped_message(questionnaire: Questionnaire, state: IntakeState, dropped: Sequence[str]) -> list[Message]:
    """Return what to say about answers that no longer apply: one message, or none."""
    gone = [questionnaire.get(item).label for item in dict.fromkeys(dropped) if item not in state.answers]
    return [Message(sentences.dropped(gone))] if gone else []


def obey(questionnaire: Questionnaire, state: IntakeState, name: CommandName, today: date) -> Outcome:
    """Carry out a command of the patient."""
    settled = state.with_changes(pending=None)
    if name in ("pause", "leave"):
        said = sentences.PAUSED if name == "pause" else sentences.LEFT
        return Outcome(settled.with_changes(stage="paused"), (Message(said),), "paused")
    if name == "underway":
        return Outcome(state, (Message(sentences.UNDERWAY),))
    if name == "person":
        return Outcome(state, (), "handoff")
    if name in ("cancel", "restart"):
        return Outcome(state.with_changes(pending={"type": name}))
    if name == "review":
        return Outcome(settled, (summary_message(questionnaire, settled, today),))
    if name == "back":
        return _back(questionnaire, state, today)
    if settled.open_question is None or settled.open_question not in questionnaire:
        return Outcome(settled, (Message(sentences.REVIEW_HELP),) if name in ("help", "why") else ())
    question = questionnaire.get(settled.open_question)
    if name == "skip":
        return skip(questionnaire, settled, question, today)
    if name == "keep":
        kept = settled.with_changes(**_confirmed(settled, question.id))
        return Outcome(flow.moved_on(questionnaire, kept, today), (Message(sentences.KEPT),))
    if name == "clear":
        return clear(questionnaire, settled, question, today)
    if name == "why":
        return Outcome(state, (Message(question.why or question.help),))
    if name == "help":
        return Outcome(state, (Message(f"{question.help} {sentences.COMMANDS}"),))
    return Outcome(settled if name == "resume" else state)


def _confirmed(state: IntakeState, question_id: str) -> dict[str, tuple[str, ...]]:
    """The lists of what is to be asked again, without this question."""
    return {
        name: tuple(item for item in getattr(state, name) if item != question_id) for name in ("revisit", "unconfirmed")
    }


def _back(questionnaire: Questionnaire, state: IntakeState, today: date) -> Outcome:
    if state.pending is not None and state.pending.get("type") in (
        "which",
        "cancel",
        "restart",
        "choose",
    ):
        return Outcome(state.with_changes(pending=None))
    before = flow.previous(questionnaire, state, today)
    if before is None:
        return Outcome(state, (Message(sentences.FIRST_QUESTION),))
    return Outcome(flow.opened(state, before))


def skip(questionnaire: Questionnaire, state: IntakeState, question: Question, today: date) -> Outcome:
    """Leave an optional question out; keep an answer already given; explain why a required one is needed."""
    optional = not question.is_required(state.answers, today)
    if question.id in state.unconfirmed and optional:
        # Words that raised an alarm stay only where she stands by them.
        left_out = flow.removed(questionnaire, state, question.id, today).state
        return Outcome(flow.moved_on(questionnaire, left_out, today))
    if question.id in state.answers and question.id == state.open_question:
        kept = state.with_changes(**_confirmed(state, question.id))
        return Outcome(flow.moved_on(questionnaire, kept, today), (Message(sentences.KEPT),))
    if not optional:
        why = f"{sentences.REQUIRED} {question.why or question.help}"
        return Outcome(state.with_changes(pending=None), (Message(why, buttons=(PERSON, PAUSE)),))
    skipped = state.with_changes(skipped=(*(item for item in state.skipped if item != question.id), question.id))
    return Outcome(flow.moved_on(questionnaire, skipped, today))


def clear(questionnaire: Questionnaire, state: IntakeState, question: Question, today: date) -> Outcome:
    """Take an optional answer out."""
    if question.is_required(state.answers, today):
        return Outcome(state, (Message(sentences.REQUIRED_TO_KEEP),))
    stored = flow.removed(questionnaire, state, question.id, today)
    messages = [
        Message(sentences.removed(question.label)),
        *dropped_message(questionnaire, stored.state, stored.dropped),
    ]
    return Outcome(flow.moved_on(questionnaire, stored.state, today), tuple(messages))
