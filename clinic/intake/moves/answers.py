"""Takes an answer to a question: stored with what was said beside it, asked back, refused, or skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clinic.intake.kinds import show
from clinic.intake.model.decisions import Answer
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.questionnaire import SOMEONE_ELSE, Question
from clinic.intake.model.result import Accepted, Refused, Unclear
from clinic.intake.model.turn import Turn
from clinic.intake.moves.barriers import barrier
from clinic.intake.moves.commands import dropped_message, skip
from clinic.intake.moves.facts import facts_beside, with_facts, without_own_facts
from clinic.intake.moves.pending import Choose
from clinic.intake.reading.facts import Facts, joined
from clinic.intake.saying import sentences
from clinic.intake.saying.prompts import button


def take_answer(interview: Interview, decision: Answer, turn: Turn, unread: Sequence[Turn]) -> Outcome:
    """Take an answer to a question. `unread` are the earlier messages whose facts nobody took yet."""
    question, result = interview.questionnaire.get(decision.question), decision.result
    if isinstance(result, Refused):
        return failed(interview, question, result)
    if isinstance(result, Unclear):
        insisted = _said_again(interview, question, result)
        return accepted(interview, question, insisted, {}) if insisted else asked_back(interview, question, result)
    if result.value is None:
        return skip(interview, question)
    if (question.id in interview.state.unconfirmed and result.value) or _told_before(interview, question):
        # What raised the alarm, or was told by the way, is not lost when the rest of the list is told without it.
        result = replace(result, value=joined(question, interview.answers.get(question.id), result.value))
    stopped = barrier(interview, question, result.value)
    if stopped is not None:
        return stopped
    return accepted(interview, question, result, facts_beside(interview, question, result.value, turn, unread))


def _said_again(interview: Interview, question: Question, unclear: Unclear) -> Accepted | None:
    """Return an answer as it was written, where the doubt about it was voiced and the same is said again.

    What a list of telephone numbers or addresses does not know may exist all the same.
    """
    asked = interview.pending
    if not isinstance(asked, Choose) or asked.question != question.id or not (asked.yes_no and unclear.yes_no):
        return None
    values = [option.value for option in unclear.options if option.value is not None]
    before = [option.value for option in asked.options if option.value is not None]
    return Accepted(values[-1], exact=False) if values and values == before else None


def _told_before(interview: Interview, question: Question) -> bool:
    """Tell whether part of a list was told before it was asked for: "none" means none besides."""
    return question.codes is not None and question.id in interview.state.revisit and question.id in interview.answers


def accepted(interview: Interview, question: Question, result: Accepted, facts: Facts) -> Outcome:
    """Store a valid answer and the facts said beside it, and go on."""
    before, pending = interview.answers.get(question.id), interview.pending
    stored = interview.stored(question, result.value)
    now, dropped = stored.interview, list(stored.dropped)
    messages = _said_back(now, question, before, result)
    for key, value in (pending.comes_with(interview, question, result.value) if pending is not None else {}).items():
        stored = now.stored(now.questionnaire.get(key), value)
        now, dropped = stored.interview, [*dropped, *stored.dropped]
    if question.role == "who" and result.value == SOMEONE_ELSE and now.state.prefilled:
        now = without_own_facts(now)
    also = _by_list(now, result.also)
    beside = {key: value for key, value in facts.items() if key not in also and key != question.id}
    stored, understood = with_facts(now, also, beside)
    now, dropped = stored.interview, [*dropped, *stored.dropped]
    messages += _noted(now, [key for key in understood if key in now.answers])
    messages += dropped_message(now, dropped)
    return Outcome(now.moved_on().state, tuple(messages))


def _noted(interview: Interview, items: Sequence[str]) -> list[Message]:
    """Say what was understood by the way: what is not asked any more, and lists that are asked all the same."""
    messages = []
    for say, again in ((sentences.understood, False), (sentences.noted, True)):
        told = [item for item in items if (item in interview.state.revisit) is again]
        shown = [(interview.questionnaire.get(item).label, shown_answer(interview, item)) for item in told]
        messages += [Message(say(interview.language, shown))] if shown else []
    return messages


def _by_list(interview: Interview, findings: Mapping[str, Any]) -> Facts:
    """Return findings by the id of the question that lists them."""
    questions = interview.questionnaire.questions
    return {item.id: findings[item.codes] for item in questions if item.codes is not None and item.codes in findings}


def _said_back(interview: Interview, question: Question, before: Any, result: Accepted) -> list[Message]:
    if before == result.value:
        return []
    after = shown_answer(interview, question.id)
    if before is not None:
        return [
            Message(
                sentences.changed(
                    interview.language, question.label, show(question, before, interview.context()), after
                )
            )
        ]
    return [] if result.exact else [Message(sentences.noted(interview.language, [(question.label, after)]))]


def shown_answer(interview: Interview, question_id: str) -> str:
    """Return a stored answer as a person would read it."""
    question = interview.questionnaire.get(question_id)
    return show(question, interview.answers.get(question_id), interview.context())


def asked_back(interview: Interview, question: Question, unclear: Unclear) -> Outcome:
    """Ask what was meant."""
    return Outcome(interview.opened(question.id).changed(pending=Choose.between(question, unclear)).state)


def failed(interview: Interview, question: Question, refused: Refused) -> Outcome:
    """Say what was wrong; after two failures the help text, after three a way out."""
    state, pending = interview.state, interview.pending
    attempts = state.attempts + 1 if state.open_question == question.id else 1
    choosing = pending if pending is not None and pending.stays and not refused.retype else None
    state = state.with_changes(open_question=question.id, attempts=attempts, pending=choosing)
    problem = interview.say("choose_one") if choosing else refused.problem
    if attempts == 1:
        return Outcome(state, (Message(problem),))
    if attempts == 2:
        return Outcome(state, (Message(f"{problem} {question.help}"),))
    optional = not interview.requires(question)
    names = (*(("skip",) if optional else ()), "person", "pause")
    buttons = tuple(button(interview, name) for name in names)
    way_out = interview.say("way_out_or_skip" if optional else "way_out")
    return Outcome(state, (Message(f"{problem} {way_out}", buttons=buttons),))
