"""A safety event is stored with the time it was told, and refused when it cannot be, so that the bot tries again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.safety import RecordSafetyEvent
from clinic.errors import StorageUnavailable

TOLD = 1_700_000_000.5


def call(services: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the action answers to the bot's call: events and messages."""
    parse = {"intent": {"name": "emergency"}, "safety": {"rule": "chest_pain"}}
    tracker = Tracker.from_dict(
        {
            "sender_id": "someone",
            "slots": {"intake_control": {"intake_id": "i1"}},
            "latest_message": {**parse, "text": "", "entities": []},
            "events": [{"event": "user", "timestamp": TOLD, "text": "", "parse_data": parse}],
        }
    )
    dispatcher = CollectingDispatcher()
    events = asyncio.run(RecordSafetyEvent(services).run(dispatcher, tracker, {}))
    return events, dispatcher.messages


def waiting(services: Any) -> list[Any]:
    with services.unit_of_work() as uow:
        return list(uow.safety_events.waiting("someone", "i1"))


def test_it_is_stored_with_the_time_it_was_told(services) -> None:
    events, messages = call(services)
    assert [event["value"] for event in events] == ["paused"]
    assert messages == []
    (event,) = waiting(services)
    assert (event.kind, event.rule, event.at) == ("emergency", "chest_pain", datetime.fromtimestamp(TOLD, UTC))


def test_a_second_report_has_the_same_time(services) -> None:
    call(services)
    call(services)
    assert len({event.at for event in waiting(services)}) == 1


def test_what_cannot_be_stored_is_refused_without_a_word_to_the_patient(services, monkeypatch) -> None:
    def down(*arguments: object) -> None:
        raise StorageUnavailable("down")

    monkeypatch.setattr("actions.safety.record_safety_event", down)
    with pytest.raises(ActionExecutionRejection):
        call(services)
