"""Reads what the clinic's code needs out of Rasa's tracker."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rasa_sdk import Tracker

from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.stored import restored

CONTROL_SLOT = "intake_control"
SENT_SLOT = "sent_request"
INTAKE_FORM = "intake_form"
FAQ_PREFIX = "faq/"
SAFETY_INTENTS = ("emergency", "crisis")
# BCP 47 in its form, such as "es" or "es-MX".
LANGUAGE_TAG = re.compile(r"(?=.{2,35}$)[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def turn_of(message: dict[str, Any]) -> Turn:
    """The turn behind one parsed message (`latest_message` or the `parse_data` of a user event)."""
    intent = message.get("intent") or {}
    best = ((message.get("response_selector") or {}).get("faq") or {}).get("response") or {}
    key = best.get("intent_response_key")
    return Turn(
        text=message.get("text") or "",
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        topic=key.removeprefix(FAQ_PREFIX) if key else None,
        topic_confidence=float(best.get("confidence") or 0.0),
        entities=tuple(message.get("entities") or ()),
        assertions=tuple(message.get("assertions") or ()),
        quieted=tuple(message.get("safety_note") or ()),
    )


def latest_turn(tracker: Tracker) -> Turn:
    """The turn the patient has just taken."""
    return turn_of(tracker.latest_message)


def earlier_turns(tracker: Tracker) -> tuple[Turn, ...]:
    """The patient's turns before the latest, oldest first.

    What was said in an emergency is no intake answer: it is answered at once and noted as a safety event, and
    the question about symptoms is asked all the same.
    """
    messages = [event.get("parse_data") or {} for event in tracker.events if event.get("event") == "user"]
    turns = (turn_of(message) for message in messages[:-1] if message.get("text"))
    return tuple(turn for turn in turns if turn.intent not in SAFETY_INTENTS)


def topic_ranking(tracker: Tracker) -> list[str]:
    """The FAQ topics nearest to the latest message, best first."""
    ranking = ((tracker.latest_message.get("response_selector") or {}).get("faq") or {}).get("ranking") or []
    return [str(row["intent_response_key"]).removeprefix(FAQ_PREFIX) for row in ranking]


def intake_state(tracker: Tracker, question_ids: Iterable[str]) -> IntakeState | None:
    """The intake as the slots hold it; None when none was begun."""
    control = tracker.get_slot(CONTROL_SLOT)
    if not control:
        return None
    values = {question: tracker.get_slot(question) for question in question_ids}
    return restored({key: value for key, value in values.items() if value is not None}, control)


def channel_of(tracker: Tracker) -> str:
    """The channel the patient writes on."""
    return tracker.get_latest_input_channel() or "unknown"


def locale_of(tracker: Tracker, spoken: str) -> str:
    """The language tag of the chat as the patient's latest messages tell it; that of what is `spoken` where none does.

    A tag that is no tag, or longer than the database keeps, counts as none.
    """
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            tag = (event.get("metadata") or {}).get("locale")
            if isinstance(tag, str) and LANGUAGE_TAG.fullmatch(tag):
                return tag
    return spoken


def consecutive(tracker: Tracker, intent: str) -> int:
    """How many of the patient's latest messages in a row had `intent`, the newest included."""
    count = 0
    for event in reversed(tracker.events):
        if event.get("event") != "user":
            continue
        if ((event.get("parse_data") or {}).get("intent") or {}).get("name") != intent:
            break
        count += 1
    return count


def is_first_action(tracker: Tracker) -> bool:
    """Whether nothing has been done yet about the patient's latest message.

    Rasa adds the form itself to the events before it calls the form's validation, so one action does not count.
    """
    actions = 0
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        actions += event.get("event") == "action"
    return actions <= 1
