"""Builds what is asked: the question with its choices, progress and hints, and the review."""

from __future__ import annotations

from datetime import date
from typing import Any

from clinic.intake.kinds.display import show
from clinic.intake.model.interview import REVIEW, answered, step_of
from clinic.intake.model.messages import Button, Message, Prompt
from clinic.intake.model.questionnaire import Question, Questionnaire
from clinic.intake.model.state import IntakeState
from clinic.intake.reading.after_alarm import CHECK, SAFETY_CHECK
from clinic.intake.saying.sentences import YES_OR_NO

SKIP = Button("Skip", "skip")
NONE = Button("None", "none")
PAUSE = Button("Pause", "pause")
PERSON = Button("Talk to a person", "talk to a person")
REVIEW_CHOICES = (("send", "Send my request"), ("change", "Change something"), ("pause", "Pause"))
_CONFIRM = {
    "cancel": "Do you want to stop and delete the answers you gave here? Type “yes” to delete them, “no” "
    "to go on, or “pause” to keep them for later.",
    "restart": "Do you want to start over? Your answers so far will be deleted. Please answer yes or no.",
}


def question_object(
    id_: str,
    kind: str,
    choices: list[tuple[Any, str]],
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


def build_prompt(questionnaire: Questionnaire, state: IntakeState, today: date) -> Prompt:
    """Return what to ask now; nothing when no question is open."""
    pending = state.pending or {}
    if pending.get("type") in _CONFIRM:
        return (_confirmation(questionnaire, state, str(pending["type"]), today),)
    if pending.get("type") == "which":
        return (_which(questionnaire, state, [str(item) for item in pending.get("options", [])], today),)
    if pending.get("type") == SAFETY_CHECK:
        return (_safety_check(questionnaire, state, today),)
    if state.open_question == REVIEW:
        return _review(questionnaire, state, today)
    if state.open_question is None or state.open_question not in questionnaire:
        return ()
    question = questionnaire.get(state.open_question)
    if pending.get("type") == "choose":
        return (_settle(questionnaire, state, question, today),)
    if pending.get("type") == "no_contact":
        return (_no_contact(questionnaire, state, question, today),)
    return (_question(questionnaire, state, question, today),)


def wording(question: Question, state: IntakeState) -> str:
    """Return the question's prompt, about "you" or about "the patient"."""
    other = state.answers.get("for_whom") == "someone_else"
    return question.prompt_other if other and question.prompt_other else question.prompt


def _question(questionnaire: Questionnaire, state: IntakeState, question: Question, today: date) -> Message:
    step, total = step_of(questionnaire, state, today)
    required = question.is_required(state.answers, today)
    current = state.answers.get(question.id)
    text = wording(question, state)
    minor = (state.pending or {}).get("type") == "minor"
    if question.consent is not None:
        current = None
    if minor:
        text = (
            "Are you filling this in for the patient, as a parent or guardian? Then please answer “for someone else”."
        )
        current = None
    hints = []
    if current is not None:
        hints.append(f"Your answer so far: {show(question, current, state.answers)}. Type a new answer, or “keep”.")
    if not required and current is None:
        hints.append("You can skip this one: type “skip”.")
    hints.append(f"(Question {step} of {total})")
    buttons = [Button(choice.label, choice.value) for choice in question.choices]
    if question.none in ("empty", "kept"):
        buttons.append(NONE)
    if current is not None:
        buttons.append(Button("Keep my answer", "keep"))
    elif not required:
        buttons.append(SKIP)
    custom = question_object(
        question.id, question.kind, [(choice.value, choice.label) for choice in question.choices],
        required=required, step=step, total=total, prefilled=current,
    )  # fmt: skip
    return Message("\n".join([text, *hints]), custom, tuple(buttons))


def _settle(questionnaire: Questionnaire, state: IntakeState, question: Question, today: date) -> Message:
    """A suggestion ("did you mean ...?") or an ambiguity, as a choice with the question's own id."""
    pending = state.pending or {}
    step, total = step_of(questionnaire, state, today)
    options = [(_plain_option(value), str(label)) for value, label in pending.get("options", [])]
    text = str(pending.get("problem", "Which one do you mean?"))
    if not pending.get("yes_no"):
        text += " " + " or ".join(f"{index}) {label}" for index, (_, label) in enumerate(options, 1)) + "?"
    custom = question_object(
        question.id,
        "choice",
        options,
        required=question.is_required(state.answers, today),
        step=step,
        total=total,
    )
    return Message(text, custom, tuple(Button(label, value) for value, label in options))


def _plain_option(value: Any) -> str:
    """Return what a button sends back for an option: its value, or "no" for "I will type it again"."""
    if value is None:
        return "no"
    return str(value[0]) if isinstance(value, list) and value else str(value)


def _confirmation(questionnaire: Questionnaire, state: IntakeState, kind: str, today: date) -> Message:
    step, total = step_of(questionnaire, state, today)
    choices: list[tuple[Any, str]] = [("yes", "Yes"), ("no", "No, go on")]
    custom = question_object(kind, "yesno", choices, required=True, step=step, total=total)
    return Message(_CONFIRM[kind], custom, (*(Button(label, value) for value, label in choices), PAUSE))


def _safety_check(questionnaire: Questionnaire, state: IntakeState, today: date) -> Message:
    """Is it happening right now? Asked before the intake goes on."""
    step, total = step_of(questionnaire, state, today)
    choices: list[tuple[Any, str]] = [(choice.value, choice.label) for choice in CHECK.choices]
    custom = question_object(SAFETY_CHECK, "yesno", choices, required=True, step=step, total=total)
    text = f"{CHECK.prompt} {YES_OR_NO}"
    return Message(text, custom, tuple(Button(label, value) for value, label in choices))


def _which(questionnaire: Questionnaire, state: IntakeState, ids: list[str], today: date) -> Message:
    listed = [questionnaire.get(item) for item in ids if item in questionnaire]
    lines = [f"{number}. {question.label}" for number, question in enumerate(listed, 1)]
    _, total = step_of(questionnaire, state, today)
    custom = question_object(
        REVIEW, "choice", [(q.id, q.label) for q in listed], required=True, step=total, total=total
    )
    text = "Which answer would you like to change? Type its name or its number.\n" + "\n".join(lines)
    return Message(text, custom, tuple(Button(question.label, question.id) for question in listed))


def _no_contact(questionnaire: Questionnaire, state: IntakeState, question: Question, today: date) -> Message:
    step, total = step_of(questionnaire, state, today)
    choices: list[tuple[Any, str]] = [("change", "Change my answer"), ("finish", "Finish without sending")]
    text = (
        "Without this permission the clinic cannot reply to you, so I cannot send the request. Would you "
        "like to change your answer, or "
        "finish without sending? If you finish, your answers are deleted."
    )
    custom = question_object(question.id, "choice", choices, required=True, step=step, total=total)
    return Message(text, custom, tuple(Button(label, value) for value, label in choices))


def summary_message(questionnaire: Questionnaire, state: IntakeState, today: date) -> Message:
    """Return the summary of the answers so far, numbered, with its wire-contract object."""
    items = [
        {"id": q.id, "label": q.label, "value": show(q, state.answers[q.id], state.answers)}
        for q in (questionnaire.get(item) for item in answered(questionnaire, state, today))
    ]
    lines = [f"{number}. {item['label']}: {item['value']}" for number, item in enumerate(items, 1)]
    left_out = [
        q.label
        for q in questionnaire.applicable(state.answers, today)
        if q.id in state.skipped and q.id not in state.answers
    ]
    if left_out:
        lines.append(f"Left out: {', '.join(left_out)}. You can still add them.")
    text = "Here is what I have:\n" + "\n".join(lines) if items else "There are no answers yet."
    return Message(text, {"summary": {"items": items}})


def _review(questionnaire: Questionnaire, state: IntakeState, today: date) -> Prompt:
    _, total = step_of(questionnaire, state, today)
    custom = question_object(REVIEW, "choice", list(REVIEW_CHOICES), required=True, step=total, total=total)
    text = (
        "Is everything right? Type “send” to send it to the clinic, “change” and the name or number to "
        "change something, or “pause”."
    )
    buttons = tuple(Button(label, value) for value, label in REVIEW_CHOICES)
    return summary_message(questionnaire, state, today), Message(text, custom, buttons)
