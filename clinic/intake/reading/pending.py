"""Reads replies to what has to be settled before the next question: "did you mean", cancel, start over,
which item."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from clinic.intake.kinds import Accepted, Context, Refused, parse
from clinic.intake.kinds.choice import number_picked
from clinic.intake.kinds.yesno import strict_yesno
from clinic.intake.model.decisions import Answer, Change, Command, Correction, Decision
from clinic.intake.model.questionnaire import Choice, Question, Questionnaire
from clinic.intake.model.state import IntakeState
from clinic.intake.model.text import normalise
from clinic.intake.reading.commands import find_command
from clinic.intake.reading.corrections import named_item

YES_NO = Question(
    id="yes_or_no", label="", kind="yesno", prompt="", help="",
    choices=(Choice("yes", "Yes"), Choice("no", "No")),
)  # fmt: skip


def decide_pending(questionnaire: Questionnaire, state: IntakeState, text: str, today: date) -> Decision | None:
    """Return the decision for a reply to `state.pending`, or None when the message is about something else.

    A reply to "cancel" or "restart" comes back as Answer("cancel" | "restart", ..., Accepted("yes" | "no")).
    """
    pending = state.pending or {}
    kind = pending["type"]
    if kind in ("cancel", "restart"):
        return _confirmation(kind, text)
    if kind == "choose":
        return _chosen(pending, text)
    if kind == "which":
        return _which(questionnaire, state, pending, text, today)
    if kind == "no_contact":
        return _no_contact(text)
    if kind == "minor":
        reply = strict_yesno(YES_NO, text)
        if reply is not None:
            return Answer("for_whom", text, Accepted("someone_else" if reply == "yes" else "self"))
        question = questionnaire.get("date_of_birth")
        typed = parse(question, text, Context(today, state.answers))
        return None if isinstance(typed, Refused) else Correction((Change(question.id, typed),))
    return None


def _confirmation(kind: str, text: str) -> Decision | None:
    reply = strict_yesno(YES_NO, text)
    command = find_command(text)
    if reply is None and (
        command == kind
        or normalise(text)
        in (
            "delete",
            "delete them",
            "yes delete",
            "yes cancel",
            "yes stop",
            "yes delete them",
            "yes start over",
        )
    ):
        reply = "yes"
    if reply is None and (
        command in ("resume", "keep")
        or normalise(text) in ("no continue", "no go on", "no keep going", "do not cancel")
    ):
        reply = "no"
    return Answer(kind, text, Accepted(reply)) if reply is not None else None


def _chosen(pending: Mapping[str, Any], text: str) -> Decision | None:
    """A reply to "which one" or "did you mean": by number, label, value, or yes and no."""
    question, options = (
        str(pending.get("question")),
        [(option[0], str(option[1])) for option in pending.get("options", [])],
    )
    index = number_picked(text, len(options))
    norm = normalise(text)
    if index is None and pending.get("yes_no"):
        reply = strict_yesno(YES_NO, text)
        if reply is not None:
            index = 0 if reply == "yes" else 1
        elif re.match(r"^(?:yes|no) ", norm):
            exact = [
                i
                for i, (value, label) in enumerate(options)
                if norm in (normalise(label), f"yes {normalise(str(value))}")
            ]
            index = exact[0] if exact else None
    if index is None:
        same = [i for i, (value, label) in enumerate(options) if norm in (normalise(str(value)), normalise(label))]
        within = [
            i
            for i, (_, label) in enumerate(options)
            if len(norm) >= 3 and re.search(rf"\b{re.escape(norm)}", normalise(label))
        ]
        index = same[0] if same else within[0] if len(within) == 1 else None
    if index is None or index >= len(options):
        return None
    value = options[index][0]
    if value is None:
        return Answer(question, text, Refused("Please type it again.", retype=True))
    return Answer(question, text, Accepted(value))


def _which(
    questionnaire: Questionnaire, state: IntakeState, pending: Mapping[str, Any], text: str, today: date
) -> Decision | None:
    listed = [item for item in pending.get("options", []) if item in questionnaire]
    index = number_picked(text, len(listed))
    item = listed[index] if index is not None else named_item(questionnaire, text)
    if item is None and text.strip() in listed:
        item = text.strip()
    if item is None and (
        strict_yesno(YES_NO, text) == "no" or normalise(text) in ("nothing", "none", "never mind", "back", "go back")
    ):
        return Command("resume")
    if item is None or not questionnaire.get(item).applies(state.answers, today):
        return None
    return Correction((Change(item),))


def _no_contact(text: str) -> Decision | None:
    norm = normalise(text)
    reply = strict_yesno(YES_NO, text)
    if norm in ("change", "change my answer", "1", "change it", "change answer") or reply == "yes":
        return Answer("no_contact", text, Accepted("change"))
    if (
        norm in ("finish", "finish without sending", "2", "do not send", "end", "stop", "without sending")
        or reply == "no"
    ):
        return Answer("no_contact", text, Accepted("finish"))
    return None
