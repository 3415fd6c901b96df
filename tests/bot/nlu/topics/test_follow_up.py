"""A follow-up is read in the light of the topic answered last."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.scope.subjects import Subjects
from bot.nlu.topics.conversation import REACH, Answered, last_answered, waiting_question
from bot.nlu.topics.follow_up import blend, continues, leans

LABELS = ["faq/ahsct_risks", "faq/ahsct_therapy", "faq/therapy_safety", "thank"]


def asked(topic):
    selected = {"faq": {"response": {"intent_response_key": f"faq/{topic}"}}}
    return UserUttered("?", {"name": "faq", "confidence": 0.9}, parse_data={"response_selector": selected})


def said(intent):
    return UserUttered("...", {"name": intent, "confidence": 0.9})


@pytest.mark.parametrize(
    ("text", "subjects", "expected"),
    [
        ("and how much is that?", Subjects(), True),
        ("what about the risks?", Subjects(), True),
        ("is it contagious", Subjects(), True),
        ("side effects?", Subjects(), True),
        ("is lupus contagious", Subjects(lupus=True), False),
        ("and stem cells?", Subjects(stem_cells=True), False),
        ("what about diabetes?", Subjects(other_conditions=("diabetes",)), False),
        ("how much does a stay in the clinic cost for a whole family", Subjects(), False),
        ("yes", Subjects(), False),
    ],
)
def test_leans(text, subjects, expected):
    assert leans(text, subjects) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and for MSC?", True),
        ("can it turn into SLE?", True),
        ("what about HIV", True),
        ("is lupus contagious", False),
        ("and then I would like to know all that there is to know about stem cells", False),
    ],
)
def test_continues(text, expected):
    assert continues(text) is expected


@pytest.mark.parametrize(
    ("events", "topic"),
    [
        ([], None),
        ([asked("ahsct_therapy")], "ahsct_therapy"),
        ([asked("lupus_cure"), asked("ahsct_therapy"), ActionExecuted("utter_faq"), said("thank")], "ahsct_therapy"),
        ([asked("lupus_cure"), *[said("inform")] * REACH], None),
    ],
)
def test_last_answered_topic(events, topic):
    answered = last_answered(DialogueStateTracker.from_events("patient", events))
    assert (answered.topic if answered else None) == topic


def test_the_direct_answer_that_led_is_known():
    event = asked("cost_general")
    event.parse_data["response_selector"]["faq"]["response"]["utter_action"] = "utter_faq/cost_general.swiss_medica"
    tracker = DialogueStateTracker.from_events("patient", [event])
    assert last_answered(tracker) == Answered("cost_general", "?", "swiss_medica")


def test_outside_a_conversation_nothing_was_answered():
    assert last_answered(None) is None
    assert waiting_question(None, "MSC therapy") is None


@pytest.mark.parametrize(
    ("text", "action", "question"),
    [
        ("MSC therapy", "utter_which_therapy", "?"),
        ("the transplant please", "utter_which_therapy", "?"),
        ("what is lupus?", "utter_which_therapy", None),
        ("I would rather talk to somebody about my own case now", "utter_which_therapy", None),
        ("MSC therapy", "utter_faq", None),
    ],
)
def test_what_follows_the_question_which_therapy_is_read_with_the_patients_question(text, action, question):
    events = [asked("recovery_msc"), ActionExecuted(action), ActionExecuted("action_listen")]
    assert waiting_question(DialogueStateTracker.from_events("patient", events), text) == question


def test_context_settles_between_siblings():
    alone = np.array([0.3, 0.05, 0.6, 0.05])
    context = np.array([0.55, 0.4, 0.04, 0.01])
    joined = blend(LABELS, alone, context, "ahsct_therapy")
    assert LABELS[int(joined.argmax())] == "faq/ahsct_risks"
    assert joined.sum() == pytest.approx(1.0)


def test_what_is_surely_no_question_stays_so():
    alone = np.array([0.1, 0.05, 0.05, 0.8])
    assert blend(LABELS, alone, np.array([0.9, 0.05, 0.04, 0.01]), "ahsct_therapy") is alone
