"""The form's action carries the engine's outcome over to Rasa: messages, slots, the open question."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.intake import ValidateIntakeForm
from actions.submission import SubmitConsultationRequest
from clinic.domain.actors import Actor, Role
from clinic.intake.model.state import IntakeState
from clinic.service.requests import list_requests

ANSWERS = {"consent_privacy": "yes", "for_whom": "self"}


def tracker_of(text, intent, open_question="full_name"):
    message = {"text": text, "intent": {"name": intent, "confidence": 0.97}, "entities": []}
    state = IntakeState(answers=ANSWERS, open_question=open_question, questionnaire_version="1")
    slots = {**ANSWERS, "intake_control": state.control(), "requested_slot": open_question}
    events = [{"event": "user", "text": text, "parse_data": message}, {"event": "action", "name": "intake_form"}]
    return Tracker("someone", slots, message, events, False, None, {"name": "intake_form"}, "action_listen")


def taken(services, text, intent):
    dispatcher = CollectingDispatcher()
    events = ValidateIntakeForm(services).act(dispatcher, tracker_of(text, intent))
    return dispatcher.messages, {event["name"]: event["value"] for event in events}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what is AHSCT?", "faq"),
        ("hello", "greet"),
        ("withdraw my request", "withdraw_request"),
        ("erase my data", "withdraw_request"),
        ("check my request MR-P5HY-N2RT", "check_status"),
    ],
)
def test_a_digression_has_no_events_so_that_the_rules_answer(services, text, intent):
    assert taken(services, text, intent) == ([], {})


@pytest.mark.parametrize(("text", "intent"), [("talk to a person", "human_handoff"), ("operator", "nlu_fallback")])
def test_who_asks_for_a_person_in_the_intake_sees_the_contact_and_the_question_again(services, text, intent):
    messages, slots = taken(services, text, intent)
    assert [message["response"] for message in messages] == ["utter_human_handoff"]
    assert (slots["requested_slot"], slots["intake_outcome"]) == ("full_name", None)


@pytest.mark.parametrize("text", ["bye", "thanks, bye", "see you later"])
def test_a_farewell_pauses_and_says_how_to_come_back(services, text):
    messages, slots = taken(services, text, "goodbye")
    assert "resume" in messages[0]["text"]
    assert (slots["requested_slot"], slots["intake_outcome"]) == (None, "paused")
    assert slots["intake_control"]["open_question"] == "full_name"


@pytest.mark.parametrize("text", ["stop", "cancel", "quit"])
def test_stopping_asks_once_before_anything_is_deleted(services, text):
    _, slots = taken(services, text, "stop_intake")
    assert (slots["requested_slot"], slots["intake_outcome"]) == ("full_name", None)
    assert slots["intake_control"]["pending"] == {"type": "cancel"}


@pytest.mark.parametrize("text", ["I want to start a consultation request", "start intake", "continue my intake"])
def test_starting_again_in_the_intake_changes_nothing(services, text):
    _, slots = taken(services, text, "resume_intake" if "continue" in text else "start_intake")
    assert (slots["requested_slot"], slots["intake_outcome"]) == ("full_name", None)
    assert "full_name" not in slots


@pytest.mark.parametrize("text", ["she is 8", "I am 34"])
def test_an_age_is_no_name(services, text):
    messages, slots = taken(services, text, "inform")
    assert "name" in messages[0]["text"]
    assert "full_name" not in slots


def test_an_intake_that_was_not_confirmed_sends_nothing(services):
    dispatcher = CollectingDispatcher()
    assert SubmitConsultationRequest(services).act(dispatcher, tracker_of("bye", "goodbye")) == []
    assert dispatcher.messages == []


def test_the_request_keeps_the_language_of_the_chat(services):
    given = {"version": "2026-11", "given_at": "2026-11-21T12:00:00+00:00", "answer": "yes"}
    state = IntakeState(answers=ANSWERS, consents={"consent_privacy": given}, questionnaire_version="1")
    told = {"event": "user", "text": "send", "parse_data": {}, "metadata": {"locale": "es-MX"}}
    slots = {**ANSWERS, "intake_control": state.control(), "intake_outcome": "confirmed"}
    dispatcher = CollectingDispatcher()
    tracker = Tracker("someone", slots, {"text": "send"}, [told], False, None, {}, None)
    SubmitConsultationRequest(services).act(dispatcher, tracker)
    [stored] = list_requests(Actor("rosa", Role.LEAD), services.unit_of_work(), services.now())
    assert stored.reference in dispatcher.messages[0]["text"]
    assert stored.locale == "es-MX"
