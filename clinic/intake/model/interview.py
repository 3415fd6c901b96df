"""Pure steps from one state to the next: what is asked now, what a new answer drops, what may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clinic.intake.model.conditions import age_on
from clinic.intake.model.questionnaire import Question, Questionnaire
from clinic.intake.model.state import IntakeState

REVIEW = "review"


def missing(questionnaire: Questionnaire, state: IntakeState, today: date) -> list[str]:
    """Return the ids still to be asked, in order: unanswered and not skipped, required though skipped, or
    to revisit."""
    waiting = []
    for question in questionnaire.applicable(state.answers, today):
        unanswered = question.id not in state.answers
        skipped = question.id in state.skipped and not question.is_required(state.answers, today)
        if (unanswered and not skipped) or question.id in state.revisit:
            waiting.append(question.id)
    return waiting


def next_open(questionnaire: Questionnaire, state: IntakeState, today: date) -> str:
    """Return the id of the question to ask now, or "review" when all is answered."""
    return next(iter(missing(questionnaire, state, today)), REVIEW)


def opened(state: IntakeState, question_id: str) -> IntakeState:
    """Return the state with this question open and nothing pending."""
    return state.with_changes(open_question=question_id, attempts=0, pending=None)


def moved_on(questionnaire: Questionnaire, state: IntakeState, today: date) -> IntakeState:
    """Return the state with the next question open."""
    return opened(state, next_open(questionnaire, state, today))


def step_of(questionnaire: Questionnaire, state: IntakeState, today: date) -> tuple[int, int]:
    """Return (step, total) over the questions that apply; the review counts as the last step."""
    ids = [question.id for question in questionnaire.applicable(state.answers, today)]
    total = len(ids)
    return (ids.index(state.open_question) + 1 if state.open_question in ids else total), total


def previous(questionnaire: Questionnaire, state: IntakeState, today: date) -> str | None:
    """Return the question before the open one that was answered or skipped, or None; consent is not gone
    back to."""
    ids = [question.id for question in questionnaire.applicable(state.answers, today)]
    end = ids.index(state.open_question) if state.open_question in ids else len(ids)
    seen = [
        item
        for item in ids[:end]
        if (item in state.answers or item in state.skipped) and not questionnaire.get(item).consent
    ]
    return seen[-1] if seen else None


def answered(questionnaire: Questionnaire, state: IntakeState, today: date) -> list[str]:
    """Return the answered questions in order, as they are numbered in the review."""
    return [question.id for question in questionnaire.applicable(state.answers, today) if question.id in state.answers]


@dataclass(frozen=True)
class Stored:
    """The state after an answer was stored, and the answers that no longer apply and were dropped."""

    state: IntakeState
    dropped: tuple[str, ...] = ()


def store(questionnaire: Questionnaire, state: IntakeState, question: Question, value: Any, now: datetime) -> Stored:
    """Store an answer (already validated) and drop what no longer applies; records consents with version
    and time."""
    answers = {**state.answers, question.id: value}
    consents = dict(state.consents)
    if question.consent is not None:
        consents[question.id] = {
            "version": question.consent.version,
            "given_at": now.isoformat(),
            "answer": value,
        }
    changed = state.with_changes(
        answers=answers,
        consents=consents,
        skipped=_without(state.skipped, question.id),
        prefilled=_without(state.prefilled, question.id),
        revisit=_without(state.revisit, question.id),
        unconfirmed=_without(state.unconfirmed, question.id),
        history=(*_without(state.history, question.id), question.id),
    )
    if question.id == "for_whom" and state.answers.get("for_whom") not in (None, value):
        changed = _for_another_person(questionnaire, changed)
    return prune(questionnaire, changed, now.date())


def _for_another_person(questionnaire: Questionnaire, state: IntakeState) -> IntakeState:
    """The details given so far were somebody else's, perhaps: who the patient is gets asked once more."""
    personal = tuple(
        question.id
        for question in questionnaire.questions
        if question.id in state.answers
        and (question.format == "name" or question.kind == "date" or "sex" in question.prefill_from)
    )
    return state.with_changes(revisit=tuple(dict.fromkeys((*state.revisit, *personal))))


def prune(questionnaire: Questionnaire, state: IntakeState, today: date) -> Stored:
    """Drop the answers whose question no longer applies, or that contradict a changed date."""
    answers, dropped = dict(state.answers), []
    changed = True
    while changed:
        changed = False
        for question in questionnaire.questions:
            if question.id in answers and not (question.applies(answers, today) and _consistent(question, answers)):
                del answers[question.id]
                dropped.append(question.id)
                changed = True
    gone = set(dropped)
    applying = {question.id for question in questionnaire.applicable(answers, today)}
    return Stored(
        state.with_changes(
            answers=answers,
            prefilled=tuple(item for item in state.prefilled if item not in gone),
            revisit=tuple(item for item in state.revisit if item not in gone),
            unconfirmed=tuple(item for item in state.unconfirmed if item not in gone),
            history=tuple(item for item in state.history if item not in gone),
            skipped=tuple(item for item in state.skipped if item in applying),
            consents={key: value for key, value in state.consents.items() if key not in gone},
        ),
        tuple(dropped),
    )


def _consistent(question: Question, answers: dict[str, Any]) -> bool:
    reference, value = question.validation.get("not_before"), answers.get(question.id)
    first = answers.get(reference) if reference else None
    return not (isinstance(first, str) and isinstance(value, int) and value < int(first[:4]))


def removed(questionnaire: Questionnaire, state: IntakeState, question_id: str, today: date) -> Stored:
    """Take an optional answer out; the question counts as skipped."""
    answers = {key: value for key, value in state.answers.items() if key != question_id}
    changed = state.with_changes(
        answers=answers,
        skipped=(*_without(state.skipped, question_id), question_id),
        prefilled=_without(state.prefilled, question_id),
        revisit=_without(state.revisit, question_id),
        unconfirmed=_without(state.unconfirmed, question_id),
        history=_without(state.history, question_id),
    )
    return prune(questionnaire, changed, today)


def is_minor(questionnaire: Questionnaire, born: Any, today: date) -> bool:
    """Tell whether somebody born on this ISO date is under the questionnaire's adult age."""
    if "date_of_birth" not in questionnaire or not isinstance(born, str):
        return False
    adult = int(questionnaire.get("date_of_birth").validation.get("adult_age", 0))
    try:
        return age_on(date.fromisoformat(born), today) < adult
    except ValueError:
        return False


def refused_consents(questionnaire: Questionnaire, state: IntakeState) -> list[str]:
    """Return the consents that are not a recorded yes."""
    return [
        question.id
        for question in questionnaire.questions
        if question.consent
        and (state.answers.get(question.id) != "yes" or state.consents.get(question.id, {}).get("answer") != "yes")
    ]


def _without(items: tuple[str, ...], item: str) -> tuple[str, ...]:
    return tuple(other for other in items if other != item)
