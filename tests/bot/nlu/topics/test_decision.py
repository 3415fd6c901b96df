"""From probabilities to one decision."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.encoder.parts import Part
from bot.nlu.scope.subjects import Subjects
from bot.nlu.topics.decision import FALLBACK, Limits, decide, within_scope

LABELS = [
    "faq/cost_general",
    "faq/lupus_cure",
    "faq/therapy_safety",
    "greet",
    "inform",
    "medical_advice",
    "out_of_scope",
]
LIMITS = Limits(answer=0.3, second=0.5)
OTHER_DISEASE = Subjects(other_conditions=("diabetes",))


def row(**shares):
    values = {name.replace("__", "/"): share for name, share in shares.items()}
    rest = (1.0 - sum(values.values())) / (len(LABELS) - len(values))
    return np.array([values.get(label, rest) for label in LABELS])


def part(text):
    return Part(text, 0, len(text))


def test_a_clear_question_is_a_faq():
    understood = decide(LABELS, row(faq__lupus_cure=0.8), limits=LIMITS)
    assert understood.intent == "faq"
    assert understood.topics[0] == ("lupus_cure", pytest.approx(0.8))
    assert understood.confidence == pytest.approx(0.8 + 2 * 0.2 / 6)
    assert sum(share for _, share in understood.intents) == pytest.approx(1.0)


def test_nothing_sure_is_a_fallback_that_keeps_the_nearest_topics():
    understood = decide(LABELS, row(faq__lupus_cure=0.25, faq__cost_general=0.2), limits=LIMITS)
    assert understood.intent == FALLBACK
    assert understood.intents[0] == (FALLBACK, understood.confidence)
    assert [topic for topic, _ in understood.topics[:2]] == ["lupus_cure", "cost_general"]


def test_two_questions_give_two_topics():
    parts = [(part("is it safe"), row(faq__therapy_safety=0.9)), (part("how much is it"), row(faq__cost_general=0.9))]
    understood = decide(LABELS, row(faq__therapy_safety=0.7), parts, LIMITS)
    assert (understood.topics[0][0], understood.second.topic) == ("therapy_safety", "cost_general")


def test_a_second_question_may_be_of_the_same_topic_which_has_several_answers():
    parts = [(part("is it safe"), row(faq__therapy_safety=0.9)), (part("with own cells"), row(faq__therapy_safety=0.8))]
    understood = decide(LABELS, row(faq__therapy_safety=0.7), parts, LIMITS)
    assert (understood.second.topic, understood.second.part.text) == ("therapy_safety", "with own cells")


@pytest.mark.parametrize(
    ("whole", "first"),
    [(row(out_of_scope=0.9), "therapy_safety"), (row(faq__lupus_cure=0.9), "therapy_safety"), (row(greet=0.9), None)],
)
def test_a_mixture_that_looks_like_something_else_is_its_first_question(whole, first):
    parts = [(part("is it safe"), row(faq__therapy_safety=0.9)), (part("how much is it"), row(faq__cost_general=0.9))]
    understood = decide(LABELS, whole, parts, LIMITS)
    assert (understood.topics[0][0], understood.second.topic) == (first or "therapy_safety", "cost_general")


@pytest.mark.parametrize("second", [row(faq__cost_general=0.4), row(medical_advice=0.9)])
def test_no_second_topic_for_a_weak_or_no_question(second):
    parts = [(part("is it safe"), row(faq__therapy_safety=0.9)), (part("and then"), second)]
    assert decide(LABELS, row(faq__therapy_safety=0.7), parts, LIMITS).second is None


def test_a_question_after_a_greeting_is_the_question():
    parts = [(part("hi"), row(greet=0.95)), (part("can it be cured"), row(faq__lupus_cure=0.9))]
    understood = decide(LABELS, row(greet=0.6), parts, LIMITS)
    assert (understood.intent, understood.topics[0][0]) == ("faq", "lupus_cure")


def test_a_plea_for_advice_is_not_turned_into_a_question():
    parts = [(part("my dose is 5"), row(inform=0.9)), (part("is it safe"), row(faq__therapy_safety=0.9))]
    assert decide(LABELS, row(medical_advice=0.6), parts, LIMITS).intent == "medical_advice"


@pytest.mark.parametrize(
    ("subjects", "familiarity", "winner"),
    [
        (Subjects(), 0.9, "faq/lupus_cure"),
        (Subjects(), 0.2, "out_of_scope"),
        (OTHER_DISEASE, 0.9, "out_of_scope"),
        (Subjects(lupus=True, other_conditions=("diabetes",)), 0.9, "faq/lupus_cure"),
        (Subjects(stem_cells=True, other_conditions=("diabetes",)), 0.9, "faq/lupus_cure"),
    ],
)
def test_within_scope(subjects, familiarity, winner):
    kept = within_scope(LABELS, row(faq__lupus_cure=0.7), subjects, familiarity)
    assert LABELS[int(kept.argmax())] == winner
    assert kept.sum() == pytest.approx(1.0)


def test_another_disease_leaves_questions_on_the_clinic_answerable():
    kept = within_scope(LABELS, row(faq__cost_general=0.7), OTHER_DISEASE, 0.9)
    assert LABELS[int(kept.argmax())] == "faq/cost_general"
