"""What the intake tests share: the real questionnaire, a fixed day, and a patient to talk with."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.intake.engine import IntakeEngine
from clinic.intake.model.conversation import Conversation
from clinic.intake.model.language import Language
from clinic.intake.model.messages import Outcome
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.stored import restored
from tests.patient import STORED
from tests.readings import reading_of

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

FULL = STORED
CONSENTS = {
    key: {"version": "2026-11", "given_at": NOW.isoformat(), "answer": "yes"}
    for key in ("consent_privacy", "consent_contact")
}


@pytest.fixture(scope="session")
def questionnaire() -> Questionnaire:
    return Questionnaire.load(ROOT / "data" / "intake.yml")


@pytest.fixture(scope="session")
def language() -> Language:
    return Language.load(ROOT / "data" / "language" / "en")


@pytest.fixture(scope="session")
def conversation() -> Conversation:
    return Conversation.load(ROOT / "data" / "conversation.yml")


@pytest.fixture(scope="session")
def engine(questionnaire: Questionnaire, language: Language, conversation: Conversation) -> IntakeEngine:
    return IntakeEngine(questionnaire, now=lambda: NOW, language=language, conversation=conversation)


def entity(text: str, span: str, kind: str, value: Any, **more: Any) -> dict[str, Any]:
    """An entity as the bot sends it, for `span` inside `text`."""
    start = text.index(span)
    return {
        "entity": kind,
        "start": start,
        "end": start + len(span),
        "value": value,
        "text": span,
        "label": span,
        "code": None,
        "negated": False,
        "experiencer": "patient",
        "temporality": "current",
        "extractor": "lexicon",
        **more,
    }


@pytest.fixture(scope="session")
def mention() -> Callable[..., dict[str, Any]]:
    return entity


def before(questionnaire: Questionnaire, question_id: str, **changes: Any) -> IntakeState:
    """The state in which `question_id` is open and everything before it was answered ("review":
    everything)."""
    ids = [question.id for question in questionnaire.questions]
    wanted = ids if question_id == "review" else ids[: ids.index(question_id)]
    answers = {key: FULL[key] for key in wanted if key in FULL}
    answers.update(changes.pop("answers", {}))
    consents = {key: CONSENTS[key] for key in CONSENTS if key in answers}
    history = tuple(key for key in ids if key in answers)
    values = {"open_question": question_id, "consents": consents, "history": history, **changes}
    return IntakeState(answers={key: value for key, value in answers.items() if value is not None}, **values)


@pytest.fixture(scope="session")
def at(questionnaire: Questionnaire) -> Callable[..., IntakeState]:
    return lambda question_id, **changes: before(questionnaire, question_id, **changes)


class Patient:
    """Talks with the engine; every state goes through JSON as it does between two requests."""

    def __init__(self, engine: IntakeEngine, state: IntakeState | None = None) -> None:
        self.engine = engine
        self.outcome: Outcome = engine.begin(None) if state is None else Outcome(state)

    @property
    def state(self) -> IntakeState:
        return self.outcome.state

    @property
    def open(self) -> str | None:
        return self.state.open_question

    @property
    def said(self) -> str:
        return "\n".join(message.text for message in self.outcome.messages)

    @property
    def asked(self) -> dict[str, Any]:
        custom = self.engine.prompt(self.state)[-1].custom
        assert custom is not None
        return dict(custom["question"])

    def says(self, text: str, *earlier: Turn, **turn: Any) -> Outcome:
        stored = json.loads(json.dumps([dict(self.state.answers), self.state.control()]))
        state = restored(stored[0], stored[1])
        assert state == self.state
        self.outcome = self.engine.take(state, Turn(text, **{**reading_of(text), **turn}), earlier)
        return self.outcome


@pytest.fixture
def patient(engine: IntakeEngine) -> Callable[..., Patient]:
    return lambda state=None: Patient(engine, state)
