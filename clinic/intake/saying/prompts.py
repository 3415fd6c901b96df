"""Builds what is asked: the question with its choices, progress and hints, and the review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clinic.intake.kinds import show
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Button, Message, Prompt
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.state import REVIEW
from clinic.intake.saying.progress import may_send, place_of, progress, what_more_takes

# What is sent back when a button is pressed, where it is not the button's own name.
_TYPED = {"person": "typed_person", "enough": "typed_enough"}


def button(interview: Interview, name: str) -> Button:
    """Return a button of the intake's own: skip, none, keep, pause, person or enough."""
    return Button(interview.say(f"button_{name}"), interview.say(_TYPED[name]) if name in _TYPED else name)


def question_object(
    interview: Interview,
    id_: str,
    kind: str,
    choices: Sequence[tuple[Any, str]],
    *,
    required: bool,
    prefilled: Any = None,
) -> dict[str, Any]:
    """Return the wire-contract object of a question, at the step of the open one; the review is the last step."""
    step, total = interview.step
    if id_ == REVIEW:
        step = total
    place = place_of(interview) if id_ != REVIEW else None
    asked = {
        "id": id_,
        "kind": kind,
        "choices": [{"value": value, "label": label} for value, label in choices],
        "required": required,
        "step": step,
        "total": total,
        "section": place.plain() if place is not None else None,
        "can_send": may_send(interview),
        "prefilled": prefilled,
    }
    return {"question": asked}


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
    text = question.prompt_other if interview.for_other and question.prompt_other else question.prompt
    if question.role != "offers_more":
        return text
    count, minutes = what_more_takes(interview)
    return text.replace("{questions}", str(count)).replace("{minutes}", str(minutes))


def question_message(interview: Interview, question: Question, *, text: str | None = None) -> Message:
    """Return a question of the questionnaire; with `text` in other words, and without the answer so far."""
    required = interview.requires(question)
    current = interview.answers.get(question.id) if text is None and question.consent is None else None
    hints = []
    if current is not None:
        hints.append(interview.say("answer_so_far", shown=show(question, current, interview.context())))
    elif not required:
        hints.append(interview.say("may_skip"))
    hints.append(progress(interview))
    if may_send(interview):
        hints.append(interview.say("may_send"))
    choices = [(choice.value, choice.label) for choice in question.choices]
    custom = question_object(interview, question.id, question.kind, choices, required=required, prefilled=current)
    buttons = [Button(label, value) for value, label in choices]
    if question.none in ("empty", "kept"):
        buttons.append(button(interview, "none"))
    if current is not None:
        buttons.append(button(interview, "keep"))
    elif not required:
        buttons.append(button(interview, "skip"))
    if may_send(interview):
        buttons.append(button(interview, "enough"))
    return Message("\n".join([text or wording(interview, question), *hints]), custom, tuple(buttons))


def aside(
    interview: Interview, id_: str, kind: str, text: str, choices: Sequence[tuple[str, str]], *more: Button
) -> Message:
    """Return a question beside those of the questionnaire, at the step of the open one, with one button a choice."""
    custom = question_object(interview, id_, kind, choices, required=True)
    return Message(text, custom, (*(Button(label, value) for value, label in choices), *more))


def summary_message(interview: Interview) -> Message:
    """Return the summary of the answers so far, numbered, with its wire-contract object."""
    answers, context = interview.answers, interview.context()
    questions = [interview.questionnaire.get(item) for item in interview.answered]
    items = [{"id": q.id, "label": q.label, "value": show(q, answers[q.id], context)} for q in questions]
    lines = [f"{number}. {item['label']}: {item['value']}" for number, item in enumerate(items, 1)]
    left_out = [q.label for q in interview.applicable if q.id in interview.state.skipped and q.id not in answers]
    if left_out:
        lines.append(interview.say("left_out", labels=", ".join(left_out)))
    not_asked = [interview.questionnaire.get(item) for item in interview.not_asked] if interview.at_review else []
    if not_asked:
        lines.append(interview.say("not_asked", labels=", ".join(q.label for q in not_asked)))
    text = "\n".join([interview.say("summary"), *lines]) if items else interview.say("no_answers")
    unasked = [{"id": q.id, "label": q.label} for q in not_asked]
    return Message(text, {"summary": {"items": items, "not_asked": unasked}})


def _review(interview: Interview) -> Prompt:
    choices = [
        ("send", interview.say("send_my_request")),
        ("change", interview.say("change_something")),
        *([("more", interview.say("answer_more"))] if interview.not_asked else []),
        ("pause", interview.say("button_pause")),
    ]
    custom = question_object(interview, REVIEW, "choice", choices, required=True)
    buttons = tuple(Button(label, value) for value, label in choices)
    return summary_message(interview), Message(interview.say("ask_to_send"), custom, buttons)
