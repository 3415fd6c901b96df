"""Builds what is asked: the question with its choices, progress and hints, and the review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clinic.intake.kinds import show
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Button, Message, Prompt
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.state import REVIEW
from clinic.intake.saying import sentences

SKIP = Button("Skip", "skip")
NONE = Button("None", "none")
KEEP = Button("Keep my answer", "keep")
PAUSE = Button("Pause", "pause")
PERSON = Button("Talk to a person", "talk to a person")


def question_object(
    id_: str,
    kind: str,
    choices: Sequence[tuple[Any, str]],
    *,
    required: bool,
    step: int,
    total: int,
    prefilled: Any = None,
) -> dict[str, Any]:
    """Return the wire-contract object of a question."""
    return {
        "question": {
            "id": id_,
            "kind": kind,
            "choices": [{"value": value, "label": label} for value, label in choices],
            "required": required,
            "step": step,
            "total": total,
            "prefilled": prefilled,
        }
    }


def build_prompt(interview: Interview) -> Prompt:
    """Return what to ask now; nothing when no question is open."""
    asked = interview.pending.prompt(interview) if interview.pending is not None else None
    if asked is not None:
        return (asked,)
    if interview.at_review:
        return _review(interview)
    return (question_message(interview, interview.open),) if interview.open is not None else ()


def wording(interview: Interview, question: Question) -> str:
    """Return the question's prompt, about "you" or about "the patient"."""
    return question.prompt_other if interview.for_other and question.prompt_other else question.prompt


def question_message(interview: Interview, question: Question, *, text: str | None = None) -> Message:
    """Return a question of the questionnaire; with `text` in other words, and without the answer so far."""
    step, total = interview.step
    required = interview.requires(question)
    current = interview.answers.get(question.id) if text is None and question.consent is None else None
    hints = []
    if current is not None:
        hints.append(sentences.answer_so_far(show(question, current, interview.context())))
    elif not required:
        hints.append(sentences.MAY_SKIP)
    hints.append(sentences.progress(step, total))
    choices = [(choice.value, choice.label) for choice in question.choices]
    custom = question_object(
        question.id, question.kind, choices, required=required, step=step, total=total, prefilled=current
    )
    buttons = [Button(label, value) for value, label in choices]
    if question.none in ("empty", "kept"):
        buttons.append(NONE)
    if current is not None:
        buttons.append(KEEP)
    elif not required:
        buttons.append(SKIP)
    return Message("\n".join([text or wording(interview, question), *hints]), custom, tuple(buttons))


def aside(
    interview: Interview, id_: str, kind: str, text: str, choices: Sequence[tuple[str, str]], *more: Button
) -> Message:
    """Return a question beside those of the questionnaire, at the step of the open one, with one button a choice."""
    step, total = interview.step
    custom = question_object(id_, kind, choices, required=True, step=step, total=total)
    return Message(text, custom, (*(Button(label, value) for value, label in choices), *more))


def summary_message(interview: Interview) -> Message:
    """Return the summary of the answers so far, numbered, with its wire-contract object."""
    answers, context = interview.answers, interview.context()
    questions = [interview.questionnaire.get(item) for item in interview.answered]
    items = [{"id": q.id, "label": q.label, "value": show(q, answers[q.id], context)} for q in questions]
    lines = [f"{number}. {item['label']}: {item['value']}" for number, item in enumerate(items, 1)]
    left_out = [q.label for q in interview.applicable if q.id in interview.state.skipped and q.id not in answers]
    if left_out:
        lines.append(sentences.left_out(left_out))
    text = "\n".join([sentences.SUMMARY, *lines]) if items else sentences.NO_ANSWERS
    return Message(text, {"summary": {"items": items}})


def _review(interview: Interview) -> Prompt:
    _, total = interview.step
    custom = question_object(REVIEW, "choice", sentences.REVIEW_CHOICES, required=True, step=total, total=total)
    buttons = tuple(Button(label, value) for value, label in sentences.REVIEW_CHOICES)
    return summary_message(interview), Message(sentences.ASK_TO_SEND, custom, buttons)
