"""Where somebody says to be: the country whose number she is told."""

from __future__ import annotations

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.safety import current
from bot.safety.known import country_in
from tests.bot.safety.test_nlg import DOMAIN, TEXTS


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("I live in Brazil, I want to die", "BR"),
        ("im in the uk and my chest hurts", "GB"),
        ("we are currently in Tijuana... no, we're here in Spain", "ES"),
        ("i'm from Georgia", "GE"),
        ("writing from Chicago", "US"),
        ("I live in the US", "US"),
        ("my country is New Zealand", "NZ"),
        ("I moved to Germany last year", "DE"),
        ("Kenya", "KE"),
        ("the netherlands.", "NL"),
        # Where somebody else is, where she was or wants to go, and words that are no country.
        ("my sister lives in Germany and I want to die", None),
        ("I was treated in Mexico last year", None),
        ("can I be treated in Panama?", None),
        ("I want to fly to Turkey", None),
        ("she lives with us in pain", None),
        ("I am in us all", None),
        ("I'm in Indiana", None),
        ("", None),
    ],
)
def test_only_where_the_writer_is_counts(text: str, country: str | None) -> None:
    assert TEXTS.country_told(text) == country


@pytest.fixture
def texts_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "_current", type(current._current)())
    current.install(TEXTS)


@pytest.mark.parametrize(
    ("answered", "said", "country"),
    [
        (None, ["I live in Brazil", "what is lupus?", "I want to die"], "BR"),
        (None, ["I live in Brazil", "now I live in Peru", "I want to die"], "PE"),
        ("DE", ["I live in Brazil", "I want to die"], "DE"),
        ("DE", ["I can't breathe, I'm in Spain"], "ES"),
        ("DE", [], "DE"),
        (None, ["I want to die"], None),
    ],
)
@pytest.mark.usefixtures("texts_installed")
def test_what_comes_with_the_alarm_counts_before_the_intake_and_that_before_older_words(
    answered: str | None, said: list[str], country: str | None
) -> None:
    events = [SlotSet("country", answered), *(UserUttered(text) for text in said)]
    assert country_in(DialogueStateTracker.from_events("patient", events, slots=DOMAIN.slots)) == country


def test_without_a_model_the_intakes_country_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "_current", type(current._current)())
    events = [SlotSet("country", "DE"), UserUttered("I live in Brazil")]
    assert country_in(DialogueStateTracker.from_events("patient", events, slots=DOMAIN.slots)) == "DE"
    assert country_in(DialogueStateTracker.from_events("other", [], slots=Domain.empty().slots)) is None
