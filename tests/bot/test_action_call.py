"""The action server gets all that was said, and the rankings of the latest message only."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.action_call import slim_events
from bot.safety.record import ServerAction


def parsed(text: str) -> dict[str, object]:
    best = {"intent_response_key": "faq/lupus_cure", "confidence": 0.9, "responses": [{"text": "No cure is known."}]}
    return {
        "text": text,
        "intent": {"name": "faq", "confidence": 0.9},
        "entities": [{"entity": "symptom", "value": "fatigue"}],
        "intent_ranking": [{"name": "faq", "confidence": 0.9}],
        "response_selector": {"all_retrieval_intents": ["faq"], "faq": {"response": best, "ranking": [best]}},
        "assertions": [{"value": "fatigue"}],
        "safety_note": [],
    }


def said(text: str) -> UserUttered:
    return UserUttered(text, {"name": "faq", "confidence": 0.9}, [], parsed(text), metadata={"locale": "es"})


@pytest.fixture
def tracker() -> DialogueStateTracker:
    told = [said("is there a cure"), ActionExecuted("utter_faq"), BotUttered("No cure is known."), SlotSet("a", 1)]
    return DialogueStateTracker.from_events("me", [*told, said("are you sure"), SlotSet("b", 2)])


def test_what_the_actions_read_of_an_earlier_message_is_there(tracker):
    first = slim_events([event.as_dict() for event in tracker.events])[0]
    whole = parsed("is there a cure")
    for key in ("text", "intent", "entities", "assertions", "safety_note"):
        assert first["parse_data"][key] == whole[key]
    kept = {"intent_response_key": "faq/lupus_cure", "confidence": 0.9}
    assert first["parse_data"]["response_selector"] == {"faq": {"response": kept}}
    assert "intent_ranking" not in first["parse_data"]
    assert first["metadata"] == {"locale": "es"}


def test_the_latest_message_and_what_came_after_it_travel_whole(tracker):
    events = [event.as_dict() for event in tracker.events]
    before = json.dumps(events)
    slim = slim_events(events)
    assert slim[1:3] == events[1:3]
    assert slim[3] == {**events[3], "value": None}
    assert slim[4:] == events[4:]
    assert json.dumps(events) == before


def test_a_conversation_without_messages_is_as_it_was():
    assert slim_events([]) == []
    assert slim_events([{"event": "session_started"}]) == [{"event": "session_started"}]


DOMAIN = """
version: "3.1"
actions: [validate_intake_form, action_plain, {action_curious: {send_domain: true}}]
"""


@pytest.mark.parametrize(
    ("name", "selective", "sent"),
    [
        ("validate_intake_form", True, False),
        ("action_plain", True, False),
        ("action_curious", True, True),
        ("validate_intake_form", False, True),
    ],
)
def test_the_domain_travels_only_with_actions_that_ask_for_it(tracker, name, selective, sent):
    domain = Domain.from_yaml(DOMAIN)
    assert domain.does_custom_action_explicitly_need_domain("validate_intake_form"), "Rasa sends it by itself"
    endpoint = EndpointConfig("http://127.0.0.1:1/webhook", enable_selective_domain=selective)
    call = ServerAction(name, endpoint)._action_call_format(tracker, domain)
    assert ("domain" in call) == sent
    assert not sent or call["domain"] == domain.as_dict()


def test_the_call_that_is_sent_is_slim(tracker, monkeypatch):
    calls = []

    async def request(self, json, **more):
        calls.append(json)
        return {"events": [], "responses": []}

    monkeypatch.setattr(EndpointConfig, "request", request)
    action = ServerAction("action_anything", EndpointConfig("http://127.0.0.1:1/webhook"))
    asyncio.run(action.run(SimpleNamespace(), SimpleNamespace(), tracker, Domain.empty()))
    first, *_, last, slot = calls[0]["tracker"]["events"]
    assert "intent_ranking" not in first["parse_data"]
    assert last["parse_data"].items() >= parsed("are you sure").items()
    assert slot["value"] == 2
    assert calls[0]["tracker"]["slots"] == tracker.current_slot_values()
    assert tracker.events[0].parse_data["intent_ranking"], "the conversation itself keeps them"
