"""What a message names decides whether a lupus answer is in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.scope.component import AMOUNTS, STATEMENT_AMOUNTS, scope_examples
from bot.nlu.scope.subjects import Scope, plain_words
from bot.nlu.topics.flags import message_flags

LEXICON = Path(__file__).resolve().parents[4] / "data" / "lexicon"


@pytest.fixture(scope="module")
def scope():
    return Scope.from_lexicon(LEXICON)


@pytest.mark.parametrize(
    "text",
    [
        "what is fibromyalgia",
        "is MS hereditary",
        "Crohn's disease diet",
        "can stem cells help my knee osteoarthritis",
        "life expectancy with Lemierre syndrome",
        "signs of brucellosis",
        "how does metformin work",
        "Sjögren's treatment",
        "What are the treatments for holocarboxylase synthetase deficiency?",
        "Is Nager acrofacial dysplasia inherited?",
        "who is at risk for congenital hyperinsulinism",
        "Dandy-Walker malformation in babies",
        "what is familial dyskinesia",
        "argininosuccinic aciduria diet",
        "my son has oligodactyly",
        "two broken ribs and a hairline fracture",
        "what are trisomy 9 and trisomy 22",
        "ADD in adults",
        "price of zolgensma",
    ],
)
def test_other_diseases_and_medicines_lie_elsewhere(scope, text):
    assert scope.subjects(text).elsewhere


@pytest.mark.parametrize(
    "text",
    [
        "can lupus cause diabetes",
        "SLE or rheumatoid arthritis, what is the difference",
        "CNS lupus and psychosis",
        "does prednisone cause weight gain",
        "is my disease active",
        "what is the prognosis",
        "does it harm the kidneys",
        "how much is it",
        "MS JONES PLEASE CALL ME",
        "is my nephritis getting worse",
        "does it cause cancer",
        "is it an infectious disease",
        "how long does a terminal disease take",
        "a low-grade fever every evening",
        "can a complement deficiency be the reason",
        "is it congenital or does it come later",
        "my mother's disease is active again",
        "can you add exosomes",
        "is there a risk of birth defects",
        "I live in Ethiopia",
    ],
)
def test_lupus_and_its_story_do_not(scope, text):
    assert not scope.subjects(text).elsewhere


def test_lupus_medicines_are_known_as_such(scope):
    subjects = scope.subjects("can prednisone bring on type 2 diabetes")
    assert subjects.lupus_medicines
    assert subjects.other_conditions


def test_scope_survives_saving(scope, tmp_path):
    scope.save(tmp_path)
    loaded = Scope.load(tmp_path)
    for text in ("is MS hereditary", "CNS lupus", "signs of brucellosis", "is my disease active"):
        assert loaded.subjects(text) == scope.subjects(text)


def test_words_lose_case_accents_and_apostrophes():
    assert plain_words("Sjögren’s, Ménière's") == ["sjogrens", "menieres"]


def test_examples_are_repeatable_and_broad():
    examples = scope_examples(LEXICON)
    assert examples == scope_examples(LEXICON)
    assert len(examples) > 0.9 * (sum(AMOUNTS.values()) + sum(STATEMENT_AMOUNTS.values()))
    assert {intent for _, intent in examples} == {"out_of_scope", "inform"}
    assert not any("{" in text for text, _ in examples)


def test_flags_tell_a_question_from_a_statement(scope):
    question, statement = "Is it safe?", "I have had lupus since 2015"
    assert message_flags(question, scope.subjects(question))[6] == 1.0
    assert message_flags(statement, scope.subjects(statement))[6] == 0.0
