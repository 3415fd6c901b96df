"""The patient's own words are kept for every answer, and for no longer than the answer."""

from collections.abc import Callable
from typing import Any

import pytest

from clinic.intake.model.turn import Turn

SINCE = "lupus SLE since 2015, I live in Spain"


def test_an_answer_keeps_its_words(patient: Callable[..., Any], at: Callable[..., Any]) -> None:
    ana = patient(at("date_of_birth"))
    ana.says("I was born on 5 March 1985 in Mexico")
    assert ana.state.answers["date_of_birth"] == "1985-03-05"
    assert ana.state.words["date_of_birth"] == "I was born on 5 March 1985 in Mexico"


def test_a_button_says_its_label(patient: Callable[..., Any], at: Callable[..., Any]) -> None:
    ana = patient(at("for_whom"))
    ana.says("someone_else")
    assert ana.state.words["for_whom"] == ana.engine.questionnaire.get("for_whom").choice("someone_else").label


def test_what_was_asked_back_keeps_both(patient: Callable[..., Any], at: Callable[..., Any]) -> None:
    ana = patient(at("date_of_birth"))
    ana.says("03/05/85")
    assert "date_of_birth" not in ana.state.answers
    ana.says(ana.state.pending.options[0].value)
    assert ana.state.words["date_of_birth"].splitlines()[0] == "03/05/85"


def test_a_correction_has_words_of_its_own(patient: Callable[..., Any], at: Callable[..., Any]) -> None:
    ana = patient(at("email", words={"country": "mexico city"}))
    ana.says("sorry, I live in Spain now")
    assert ana.state.answers["country"] == "ES"
    assert ana.state.words["country"] == "sorry, I live in Spain now"


def test_what_was_told_before_consent_keeps_the_words_it_was_told_in(
    patient: Callable[..., Any], at: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    told = Turn(SINCE, intent="inform", entities=(mention(SINCE, "Spain", "country", "ES"),))
    ana = patient(at("consent_privacy"))
    ana.says("yes", told, Turn("what does it cost?"))
    assert ana.state.answers["country"] == "ES"
    assert ana.state.words["country"] == SINCE
    assert "consent_privacy" in ana.state.words


def test_a_list_that_grows_keeps_the_words_of_before(
    patient: Callable[..., Any], at: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    plaquenil = {"code": "hydroxychloroquine", "text": "Plaquenil"}
    ana = patient(at("sex", answers={"current_medications": [plaquenil]}, words={"current_medications": "Plaquenil"}))
    said = "I also take imuran"
    ana.says(said, intent="inform", confidence=0.99, entities=(mention(said, "imuran", "medication", "azathioprine"),))
    assert len(ana.state.answers["current_medications"]) == 2
    assert ana.state.words["current_medications"] == f"Plaquenil\n{said}"


@pytest.mark.parametrize("refusal", ["no", "I do not agree"])
def test_a_refusal_leaves_no_words(patient: Callable[..., Any], at: Callable[..., Any], refusal: str) -> None:
    ana = patient(at("consent_privacy"))
    ana.says(refusal)
    assert not ana.state.answers
    assert not ana.state.words


def test_words_go_with_their_answer(at: Callable[..., Any]) -> None:
    state = at("email", words={"country": "mexico city", "nothing": "else"})
    assert dict(state.words) == {"country": "mexico city"}
    without = {key: value for key, value in state.answers.items() if key != "country"}
    assert not state.with_changes(answers=without).words
