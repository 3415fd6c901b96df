"""Whatever is typed, every parser of the intake gives an answer, in time, and the engine goes on (tests/hostile.py)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.reference import find_reference
from clinic.intake.engine import IntakeEngine
from clinic.intake.kinds.registry import parse, show
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.result import Accepted, Context, Refused, Unclear
from clinic.intake.model.turn import Turn
from tests.clinic.intake.test_properties import IDS, INTENTS
from tests.hostile import inputs, quick, scalars, texts

ASSERTION = st.dictionaries(
    st.sampled_from(["concept", "kind", "present", "temporality", "experiencer", "text", "start", "end", "code"]),
    scalars,
    max_size=6,
)


@pytest.fixture(scope="module", autouse=True)
def warm(questionnaire: Questionnaire, language: Language) -> None:
    """Libraries read their tables at the first use."""
    context = Context(date(2026, 11, 21), language=language)
    for question in questionnaire.questions:
        parse(question, "5 March 1985 in Mexico", context)


@inputs(0.4)
@given(st.sampled_from(IDS), texts, st.booleans())
def test_every_question_answers_every_text(
    questionnaire: Questionnaire, language: Language, of: str, text: str, for_other: bool
) -> None:
    question = questionnaire.get(of)
    context = Context(date(2026, 11, 21), for_other=for_other, residence="MX", born="1985-03-05", language=language)
    with quick(f"{of}: {text!r}"):
        found = parse(question, text, context)
        assert isinstance(found, Accepted | Refused | Unclear)
        if isinstance(found, Accepted):
            assert json.loads(json.dumps(found.value)) == found.value
            assert isinstance(show(question, found.value, context), str)
        else:
            assert found.problem.strip()


@inputs(0.2)
@given(st.sampled_from(IDS[2:]), texts, st.sampled_from(INTENTS))
def test_the_engine_takes_every_text_at_every_question(
    engine: IntakeEngine, at: Any, of: str, text: str, intent: str
) -> None:
    state = at(of)
    with quick(f"{of}: {text!r}"):
        outcome = engine.take(state, Turn(text, intent=intent, confidence=0.5))
        if outcome.status == "asking":
            assert engine.prompt(outcome.state)


@inputs(0.1)
@given(texts)
def test_a_reference_is_found_in_any_text_or_not(text: str) -> None:
    with quick(repr(text)):
        found = find_reference(text)
        assert found is None or find_reference(found) == found
