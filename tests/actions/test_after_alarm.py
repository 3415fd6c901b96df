"""The actions around an alarm: what is kept, what is recorded, and what is said after it."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.drafts import store_draft
from actions.intake import ValidateIntakeForm
from actions.safety import AfterAlarm, RecordSafetyEvent
from actions.submission import told_signs
from clinic.intake.model.state import IntakeState
from clinic.service.submission import load_draft

ANSWERS = {"consent_privacy": "yes", "for_whom": "self"}
ALARM = "I cannot breathe, it is my penicillin allergy"
FORM_OPENED = {"event": "active_loop", "name": "intake_form", "timestamp": 1.0}
FORM_LEFT = {"event": "active_loop", "name": None, "timestamp": 3.0}


def said(text, intent, at=2.0, **parse):
    message = {"text": text, "intent": {"name": intent, "confidence": 0.99}, "entities": [], **parse}
    return {"event": "user", "text": text, "timestamp": at, "parse_data": message}


def written(control):
    return {"event": "slot", "name": "intake_control", "value": control, "timestamp": 1.5}


def tracker_of(state, *events):
    slots = {"intake_control": state.control(), **state.answers} if state is not None else {}
    latest = [event for event in events if event["event"] == "user"][-1]["parse_data"]
    return Tracker("someone", slots, latest, list(events), False, None, {}, "action_listen")


def run(action, tracker):
    dispatcher = CollectingDispatcher()
    events = action.act(dispatcher, tracker)
    return dispatcher.messages, {event["name"]: event["value"] for event in events if event["event"] == "slot"}


@pytest.fixture
def state():
    return IntakeState(answers=ANSWERS, open_question="allergies", questionnaire_version="1")


def test_an_alarm_pauses_the_intake(services, state):
    tracker = tracker_of(state, FORM_OPENED, written(state.control()), said(ALARM, "emergency"), FORM_LEFT)
    assert run(RecordSafetyEvent(services), tracker) == ([], {"intake_outcome": "paused"})


def test_an_alarm_while_the_intake_was_paused_keeps_nothing_of_the_message(services, state):
    left = {**FORM_LEFT, "timestamp": 1.7}
    events = (FORM_OPENED, written(state.control()), left, said(ALARM, "emergency"), said("go on", "affirm", 60.0))
    _, slots = run(ValidateIntakeForm(services), tracker_of(state, *events))
    assert "allergies" not in slots
    assert (slots["requested_slot"], slots["intake_control"]["pending"]) == ("allergies", None)


def test_without_an_intake_an_alarm_is_only_recorded(services):
    assert run(RecordSafetyEvent(services), tracker_of(None, said(ALARM, "emergency"))) == ([], {})


def test_the_answer_that_raised_an_alarm_is_kept_and_recorded_once_with_the_next_message(services, state):
    events = (FORM_OPENED, written(state.control()), said(ALARM, "emergency"), FORM_LEFT, said("go on", "affirm", 60.0))
    run(RecordSafetyEvent(services), tracker_of(state, *events[:-1]))
    messages, slots = run(ValidateIntakeForm(services), tracker_of(state, *events))
    assert "Welcome back" in messages[0]["text"]
    assert (slots["requested_slot"], slots["allergies"]) == ("allergies", ALARM)
    assert slots["intake_control"]["pending"]["type"] == "safety_check"
    draft = load_draft(services.unit_of_work(), state.intake_id)
    assert [event.kind for event in draft.safety_events] == ["emergency"]


def alarmed(state, **alarm):
    return state.with_changes(stage="paused", alarm={"kind": "emergency", "unclear": False, **alarm})


def test_who_says_that_it_is_happening_gets_the_safety_text_alone_and_it_is_recorded(services, state):
    state = alarmed(state)
    tracker = tracker_of(state, written(state.control()), said("it is happening now", "deny"))
    assert store_draft(services, tracker, state)
    messages, slots = run(ValidateIntakeForm(services), tracker)
    assert [message["response"] for message in messages] == ["utter_emergency"]
    assert (slots["requested_slot"], slots["intake_outcome"]) == (None, "paused")
    draft = load_draft(services.unit_of_work(), state.intake_id)
    assert [event.rule for event in draft.safety_events] == ["safety_check"]


def test_a_question_after_an_alarm_is_left_to_the_rules_without_opening_the_form(services, state):
    state = alarmed(state.with_changes(open_question="email"))
    tracker = tracker_of(state, written(state.control()), said("what is lupus?", "faq"))
    with pytest.raises(ActionExecutionRejection):
        run(ValidateIntakeForm(services), tracker)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("I'm fine now", "emergency", "glad to hear"),
        ("go on", "emergency", "I am still here"),
        ("I am safe now", "crisis", "glad to hear"),
        ("bye", "crisis", "do not have to be alone"),
    ],
)
def test_outside_an_intake_a_warm_line_is_said(services, text, kind, words):
    messages, slots = run(AfterAlarm(services), tracker_of(None, said(ALARM, kind), said(text, "goodbye", 9.0)))
    assert (len(messages), slots) == (1, {})
    assert words in messages[0]["text"]
    assert "911" in messages[0]["text"]


def test_outside_an_intake_it_is_happening_brings_the_safety_text_again(services):
    messages, _ = run(AfterAlarm(services), tracker_of(None, said(ALARM, "crisis"), said("I am not ok", "deny", 9.0)))
    assert [message["response"] for message in messages] == ["utter_crisis"]


def test_signs_without_an_alarm_travel_with_the_request_under_the_name_of_their_question(services, state):
    noted = state.with_changes(signs=({"rule": "seizure", "kind": "emergency", "why": "past", "question": "symptoms"},))
    signs = told_signs(services, noted)
    assert [(sign.rule, sign.why, sign.question) for sign in signs] == [("seizure", "past", "Symptoms now")]


def test_the_same_words_once_more_are_the_answer_and_no_alarm_that_was_missed(services, state):
    state = state.with_changes(
        answers={**ANSWERS, "allergies": ALARM},
        told=ALARM,
        unconfirmed=("allergies",),
        revisit=("allergies",),
    )
    tracker = tracker_of(state, FORM_OPENED, written(state.control()), said(ALARM, "emergency"))
    tracker.slots["requested_slot"] = "allergies"
    _, slots = run(ValidateIntakeForm(services), tracker)
    assert slots["intake_control"]["unconfirmed"] == []
    assert slots["intake_control"]["alarm"] is None
