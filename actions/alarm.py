"""What an alarm does to the intake: what is kept of it, and the note for the clinic."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker

from actions.services import Services
from actions.tracker import CONTROL_SLOT, INTAKE_FORM, SAFETY_INTENTS, turn_of
from clinic.errors import StorageUnavailable
from clinic.intake.model.state import IntakeState
from clinic.logs import log_event
from clinic.service.submission import record_safety_event

logger = logging.getLogger(__name__)

# Said by the bot itself; the numbers of every country stand in them.
RESPONSES = {"emergency": "utter_emergency", "crisis": "utter_crisis"}
# The rule of an event that the patient confirmed when asked whether it is happening.
ASKED = "safety_check"


def kind_of(message: Mapping[str, Any]) -> str | None:
    """ "emergency", "crisis" or None for a parsed message."""
    name = (message.get("intent") or {}).get("name")
    return str(name) if name in SAFETY_INTENTS else None


def rule_of(message: Mapping[str, Any]) -> str:
    """The name of the safety rule that fired for a parsed message; "classifier" when none is named."""
    return str((message.get("safety") or {}).get("rule") or "classifier")


def time_of(event: Mapping[str, Any]) -> datetime:
    """When an event of the tracker happened."""
    return datetime.fromtimestamp(float(event.get("timestamp") or 0), UTC)


def unseen_alarm(events: Sequence[Mapping[str, Any]]) -> int | None:
    """The place of an alarm before the latest message that the intake has not heard of."""
    latest = max((index for index, event in enumerate(events) if event.get("event") == "user"), default=0)
    return last_alarm(events[:latest], unseen=True)


def last_alarm(events: Sequence[Mapping[str, Any]], *, unseen: bool = False) -> int | None:
    """The place of the last message that raised an alarm; `unseen`: only one after the intake's state was written."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if unseen and event.get("event") == "slot" and event.get("name") == CONTROL_SLOT:
            return None
        if event.get("event") == "user" and kind_of(event.get("parse_data") or {}):
            return index
    return None


def form_was_open(events: Sequence[Mapping[str, Any]], index: int) -> bool:
    """Whether the intake's question was waiting for the message at `index`."""
    loops = (event.get("name") for event in reversed(events[:index]) if event.get("event") == "active_loop")
    return next(loops, None) == INTAKE_FORM


def alarmed_state(services: Services, state: IntakeState, tracker: Tracker, index: int) -> IntakeState:
    """The intake after the alarm at `index` of the tracker's events."""
    message = tracker.events[index].get("parse_data") or {}
    kind = kind_of(message)
    if kind is None:
        return state
    in_form = form_was_open(tracker.events, index)
    return services.engine.alarmed(state, kind, turn_of(message), in_form=in_form)


def note_for_clinic(
    services: Services, tracker: Tracker, kind: str, rule: str, at: datetime, intake_id: str | None
) -> None:
    """Marks the draft and the request, if there is one; a database that is down changes nothing."""
    try:
        record_safety_event(services.unit_of_work(), tracker.sender_id, kind, rule, at, intake_id)
    except StorageUnavailable:
        # It is in the conversation too, and travels with the request when that is sent.
        log_event(logger, "safety_event_not_stored", logging.WARNING, kind=kind)
