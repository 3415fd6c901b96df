"""Whatever is typed, the engine never crashes, loses no answer and stores only valid ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.intake.engine import IntakeEngine
from clinic.intake.model.conversation import Conversation
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.reading.commands import find_command
from clinic.intake.stored import restored

DATA = Path(__file__).resolve().parents[3] / "data"
QUESTIONNAIRE = Questionnaire.load(DATA / "intake.yml")
LANGUAGE = Language.load(DATA / "language" / "en")
ENGINE = IntakeEngine(
    QUESTIONNAIRE,
    now=lambda: datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    language=LANGUAGE,
    conversation=Conversation.load(DATA / "conversation.yml"),
)
IDS = [question.id for question in QUESTIONNAIRE.questions]
INTENTS = [
    "nlu_fallback",
    "faq",
    "affirm",
    "deny",
    "inform",
    "greet",
    "chitchat",
    "correct_answer",
    "skip",
    "stop_intake",
    "human_handoff",
]
PHRASES = [
    "yes", "no", "me", "someone else", "my daughter", "Ana Ruiz", "5 March 1985", "03/04/1985",
    "5 March 2012", "female", "Mexico", "Korea", "email", "phone",
    "ana@example.org", "ana@gmial.com", "+52 55 1234 5678", "morning", "Spanish", "confirmed",
    "not diagnosed", "SLE", "2015", "fatigue and rash", "kidneys",
    "Plaquenil", "I stopped methotrexate", "none", "not sure", "MSC", "anywhere", "later", "labs", "back",
    "skip", "keep", "remove it", "change my email",
    "change 3", "change", "that's wrong", "review", "why?", "help", "actually I was born in 1986",
    "I'm in Spain, not Mexico", "sorry, my name is Eva Ruiz",
    "change sex to male", "send", "pause", "1", "2", "the second one", "how much does it cost?", "👍",
    "/affirm", "",
]  # fmt: skip
ENTITY = st.fixed_dictionaries(
    {
        "entity": st.sampled_from(
            ["symptom", "medication", "country", "year", "date", "email", "person_name", "organ", "sex"]
        )
    },
    optional={
        "value": st.one_of(st.text(max_size=8), st.integers(), st.none()),
        "start": st.integers(0, 30),
        "end": st.integers(0, 40),
        "text": st.text(max_size=8),
        "negated": st.booleans(),
        "experiencer": st.sampled_from(["patient", "family", "other"]),
        "temporality": st.sampled_from(["current", "past", "hypothetical"]),
    },
)
TURNS = st.builds(
    Turn,
    text=st.one_of(
        st.sampled_from(PHRASES), st.text(max_size=60), st.from_regex(r"[\w /@.+,'-]{0,40}", fullmatch=True)
    ),
    intent=st.sampled_from(INTENTS),
    confidence=st.floats(0, 1),
    topic=st.sampled_from([None, "faq/cost_general"]),
    topic_confidence=st.floats(0, 1),
    entities=st.lists(ENTITY, max_size=3).map(tuple),
)
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def through_json(state: IntakeState) -> IntakeState:
    answers, control = json.loads(json.dumps([dict(state.answers), state.control()]))
    return restored(answers, control)


@QUIET
@given(st.lists(TURNS, max_size=25))
def test_any_conversation_keeps_the_state_sound(turns: list[Turn]) -> None:
    state = ENGINE.take(ENGINE.begin(None).state, Turn("yes")).state
    for turn in turns:
        outcome = ENGINE.take(state, turn)
        state = outcome.state
        assert through_json(state) == state
        assert set(state.answers) <= set(IDS)
        if outcome.status == "asking":
            prompt = ENGINE.prompt(state)
            assert prompt
            assert prompt[-1].custom is not None
            assert prompt[-1].custom["question"]["step"] <= prompt[-1].custom["question"]["total"]
        if outcome.status in ("cancelled", "declined", "confirmed"):
            return


@QUIET
@given(st.sampled_from(IDS[3:]), st.text(max_size=80), st.sampled_from(INTENTS), st.floats(0, 1))
def test_random_text_loses_no_earlier_answer(at: Any, question: str, text: str, intent: str, sure: float) -> None:
    state = at(question)
    if find_command(LANGUAGE, text) or QUESTIONNAIRE.get(question).consent:
        return
    after = ENGINE.take(state, Turn(text, intent=intent, confidence=sure)).state
    for item, value in state.answers.items():
        if item not in ("past_treatments", "pregnancy"):
            assert after.answers.get(item) == value, (item, text)


@QUIET
@given(
    st.dictionaries(st.text(max_size=12), st.one_of(st.none(), st.text(max_size=5), st.integers(),
    st.lists(st.text(max_size=3)))),
    st.one_of(st.none(), st.dictionaries(st.sampled_from(["open_question", "skipped", "attempts", "pending",
    "consents", "stage", "revisit", "x"]),
                                         st.one_of(st.none(), st.text(max_size=5), st.integers(),
                                         st.lists(st.integers()), st.dictionaries(st.text(),
                                         st.integers())))),
)  # fmt: skip
def test_restore_never_fails_and_the_engine_goes_on(answers: dict[str, Any], control: Any) -> None:
    state = restored(answers, control)
    assert through_json(state) == state
    outcome = ENGINE.take(state, Turn("hello"))
    assert ENGINE.prompt(outcome.state) or outcome.status != "asking"
