"""The safety messages as Rasa makes them: from the endpoints files, for a conversation's country and language."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.safety import current
from bot.safety.files import read_safety_texts
from bot.safety.nlg import SafetyAwareNLG
from bot.safety.texts import SafetyTexts

ROOT = Path(__file__).resolve().parents[3]
ENDPOINTS = ("endpoints.yml", "endpoints.production.yml")
DOMAIN = Domain.from_dict(
    {
        "slots": {
            "country": {"type": "any", "mappings": [{"type": "custom", "role": "residence"}]},
            "intake_outcome": {"type": "any", "mappings": [{"type": "custom"}]},
        },
        "responses": {
            "utter_emergency": [{"text": "Call somebody now."}],
            "utter_greet": [{"text": "Hello from {country}"}],
        },
    }
)
TEXTS = read_safety_texts(ROOT / "data")


@pytest.fixture(autouse=True)
def a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "_current", type(current._current)())
    current.install(TEXTS)


def question(step: int) -> BotUttered:
    return BotUttered("What is your e-mail?", {"custom": {"question": {"id": "email", "step": step, "total": 20}}})


def conversation(*events: Event, safety: dict[str, Any] | None = None) -> DialogueStateTracker:
    parsed = {"intent": {"name": "emergency"}, "entities": [], **({"safety": safety} if safety else {})}
    heard = UserUttered("help", parse_data=parsed)
    return DialogueStateTracker.from_events("patient", [*events, heard], slots=DOMAIN.slots)


def generator(name: str = "endpoints.yml") -> NaturalLanguageGenerator:
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / name))
    return NaturalLanguageGenerator.create(endpoints.nlg, DOMAIN)


def answer(nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker, action: str = "utter_emergency") -> Any:
    return asyncio.run(nlg.generate(action, tracker, "rest"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ENDPOINTS:
        for variable in re.findall(r"\$\{(\w+)\}", (ROOT / name).read_text(encoding="utf-8")):
            monkeypatch.setenv(variable, "")
    return monkeypatch


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    ("default", "country", "number"),
    [("", None, "112"), ("DE", None, "112"), ("NO", None, "113"), ("jp", None, "119"), ("DE", "GB", "999")],
)
def test_both_endpoints_files_answer_with_the_countrys_number(
    environment: pytest.MonkeyPatch, name: str, default: str, country: str | None, number: str
) -> None:
    environment.setenv("MARROW_DEFAULT_COUNTRY", default)
    nlg = generator(name)
    assert isinstance(nlg, SafetyAwareNLG)
    reply = answer(nlg, conversation(SlotSet("country", country)))
    assert reply["text"].startswith(f"Call {number}")
    assert reply["custom"]["safety"]["numbers"][0]["number"] == number


def test_a_default_country_that_is_none_is_refused_by_name(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MARROW_DEFAULT_COUNTRY", "USA")
    with pytest.raises(RasaException, match="MARROW_DEFAULT_COUNTRY must be a country code of two letters"):
        generator()


@pytest.mark.parametrize("model_first", [True, False])
def test_a_production_start_counts_the_numbers_that_nobody_has_checked(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, model_first: bool
) -> None:
    if not model_first:
        environment.setattr(current, "_current", type(current._current)())
    with caplog.at_level(logging.WARNING):
        generator("endpoints.production.yml")
        if not model_first:
            current.install(TEXTS)
    warnings = [record.getMessage() for record in caplog.records if "Nobody has checked" in record.getMessage()]
    assert len(warnings) == 1
    assert f"{TEXTS.unchecked()[0]} of {TEXTS.unchecked()[1]}" in warnings[0]


def test_development_and_checked_numbers_need_no_warning(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    data = TEXTS.to_dict()
    entry = {"number": "112", "source": "a source", "checked": "2026-12-01 AB"}
    environment.setenv("MARROW_ENVIRONMENT", "development")
    generator()
    current.configure(None, production=True)
    caplog.clear()
    current.install(SafetyTexts({**data, "emergency_numbers": {"DE": [entry]}, "crisis_lines": {}, "default": [entry]}))
    assert not caplog.records


def test_language_and_form_come_from_what_was_understood(environment: pytest.MonkeyPatch) -> None:
    tracker = conversation(SlotSet("country", "ES"), safety={"language": "es", "form": "already_taken"})
    reply = answer(generator(), tracker, "utter_crisis")
    assert reply["text"].startswith("Llame al 112 ahora")
    assert "024" in reply["text"]
    assert [button["title"] for button in reply["buttons"]] == ["Ahora estoy a salvo"]


def test_in_the_intake_the_message_brings_the_way_back(environment: pytest.MonkeyPatch) -> None:
    tracker = conversation(ActiveLoop("intake_form"), question(3), question(4), BotUttered("An aside", {}))
    assert answer(generator(), tracker)["buttons"] == [
        {"title": "It is not happening now", "payload": "It is not happening now"},
        {"title": "Go on with my request (question 4)", "payload": "Go on with my request"},
    ]


def test_a_second_alarm_in_a_row_keeps_the_way_back(environment: pytest.MonkeyPatch) -> None:
    tracker = conversation(question(4), ActiveLoop(None), SlotSet("intake_outcome", "paused"))
    assert [button["payload"] for button in answer(generator(), tracker, "utter_crisis")["buttons"]] == [
        "I am safe now",
        "Go on with my request",
    ]


def test_outside_the_intake_there_is_nothing_to_go_on_with(environment: pytest.MonkeyPatch) -> None:
    assert len(answer(generator(), conversation())["buttons"]) == 1


@pytest.mark.parametrize("country", [None, "", "ZZ", 7, ["DE"]])
def test_an_odd_country_never_keeps_the_message_back(environment: pytest.MonkeyPatch, country: Any) -> None:
    assert answer(generator(), conversation(SlotSet("country", country)))["text"].startswith("Call 112 or 911 now")


def test_every_other_response_is_rasas_own(environment: pytest.MonkeyPatch) -> None:
    assert answer(generator(), conversation(SlotSet("country", "Chile")), "utter_greet")["text"] == "Hello from Chile"


def test_without_a_models_texts_the_domains_own_response_answers(environment: pytest.MonkeyPatch) -> None:
    environment.setattr(current, "_current", type(current._current)())
    assert answer(generator(), conversation())["text"] == "Call somebody now."


def test_without_settings_it_stands_in_for_rasas_generator() -> None:
    nlg = SafetyAwareNLG(EndpointConfig(type="bot.safety.nlg.SafetyAwareNLG"), DOMAIN)
    assert answer(nlg, conversation())["text"].startswith("Call 112 or 911 now")


@pytest.mark.parametrize("action", ["utter_out_of_scope", "utter_only_english"])
@pytest.mark.usefixtures("environment")
def test_who_writes_in_another_language_is_answered_in_it(action: str) -> None:
    parsed = {"intent": {"name": "out_of_scope"}, "entities": [], "other_language": "de"}
    events = [SlotSet("country", "DE"), UserUttered("Wo ist die Klinik?", parse_data=parsed)]
    tracker = DialogueStateTracker.from_events("patient", events, slots=DOMAIN.slots)
    text = answer(generator(), tracker, action)["text"]
    assert text.startswith("Leider kann ich Ihnen nicht in Ihrer Sprache antworten")
    assert "112" in text
