"""What the actions read out of a tracker."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker

from actions.tracker import consecutive, earlier_turns, is_first_action, latest_turn, locale_of, topic_ranking


def user(text, intent="inform", **parse):
    return {
        "event": "user",
        "text": text,
        "parse_data": {"text": text, "intent": {"name": intent, "confidence": 0.9}, **parse},
    }


def action(name):
    return {"event": "action", "name": name}


def tracker_of(*events):
    messages = [event for event in events if event["event"] == "user"]
    latest = messages[-1]["parse_data"] if messages else {}
    return Tracker("someone", {}, latest, list(events), False, None, {}, None)


SELECTOR = {
    "faq": {
        "response": {"intent_response_key": "faq/lupus_cure", "confidence": 0.8},
        "ranking": [
            {"confidence": 0.8, "intent_response_key": "faq/lupus_cure"},
            {"confidence": 0.1, "intent_response_key": "faq/lupus_prognosis"},
        ],
    }
}


def test_the_latest_turn_holds_intent_topic_and_entities():
    turn = latest_turn(tracker_of(user("cure?", "faq", response_selector=SELECTOR, entities=[{"entity": "organ"}])))
    assert (turn.text, turn.intent, turn.topic, turn.topic_confidence) == ("cure?", "faq", "lupus_cure", 0.8)
    assert turn.entities == ({"entity": "organ"},)


def test_earlier_turns_leave_out_the_latest_and_what_was_said_in_an_emergency():
    tracker = tracker_of(
        user("I am Ana"), user("my chest hurts", "emergency"), user("SLE since 2015"), user("yes", "affirm")
    )
    assert [turn.text for turn in earlier_turns(tracker)] == ["I am Ana", "SLE since 2015"]


def test_the_nearest_topics_come_without_the_retrieval_prefix():
    assert topic_ranking(tracker_of(user("cure?", "faq", response_selector=SELECTOR))) == [
        "lupus_cure",
        "lupus_prognosis",
    ]
    assert topic_ranking(tracker_of(user("hello"))) == []


def test_misses_in_a_row_are_counted_back_to_the_last_understood_message():
    events = [
        user("x", "nlu_fallback"),
        user("hi", "greet"),
        user("y", "nlu_fallback"),
        action("a"),
        user("z", "nlu_fallback"),
    ]
    assert consecutive(tracker_of(*events), "nlu_fallback") == 2


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([user("yes"), action("intake_form")], True),
        ([user("yes")], True),
        ([user("what is lupus"), action("utter_faq"), action("intake_form")], False),
        ([action("utter_greet"), user("yes"), action("intake_form")], True),
    ],
)
def test_a_form_that_comes_back_from_a_digression_is_told_from_one_that_hears_an_answer(events, expected):
    assert is_first_action(tracker_of(*events)) is expected


def said_in(locale):
    return {**user("hello"), "metadata": {"locale": locale}}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([said_in("es-MX")], "es-MX"),
        ([said_in("de"), said_in("es"), user("from an app that tells none")], "es"),
        ([user("hello")], "en"),
        ([said_in("no tag at all")], "en"),
        ([said_in("x" * 60)], "en"),
        ([said_in(7)], "en"),
        ([], "en"),
    ],
)
def test_the_language_of_the_chat_is_what_its_messages_tell(events, expected):
    assert locale_of(tracker_of(*events), "en") == expected
