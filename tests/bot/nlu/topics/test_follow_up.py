"""A follow-up is read in the light of the topic answered last."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.scope.subjects import Subjects
from bot.nlu.topics.follow_up import REACH, blend, last_topic, leans

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
    ("events", "topic"),
    [
        ([], None),
        ([asked("ahsct_therapy")], "ahsct_therapy"),
        ([asked("lupus_cure"), asked("ahsct_therapy"), ActionExecuted("utter_faq"), said("thank")], "ahsct_therapy"),
        ([asked("lupus_cure"), *[said("inform")] * REACH], None),
    ],
)
def test_last_topic(events, topic):
    assert last_topic(DialogueStateTracker.from_events("patient", events)) == topic


def test_outside_a_conversation_there_is_no_last_topic():
    assert last_topic(None) is None


def test_context_settles_between_siblings():
    alone = np.array([0.3, 0.05, 0.6, 0.05])
    context = np.array([0.55, 0.4, 0.04, 0.01])
    joined = blend(LABELS, alone, context, "ahsct_therapy")
    assert LABELS[int(joined.argmax())] == "faq/ahsct_risks"
    assert joined.sum() == pytest.approx(1.0)


def test_what_is_surely_no_question_stays_so():
    alone = np.array([0.1, 0.05, 0.05, 0.8])
    assert blend(LABELS, alone, np.array([0.9, 0.05, 0.04, 0.01]), "ahsct_therapy") is alone
