"""In which country a patient is: the answer to the question with the role, whatever it is called."""

from __future__ import annotations

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.importers.intake import intake_domain
from bot.safety.known import country_in


def country(questions: dict[str, str | None]) -> str | None:
    told = [SlotSet("lives_in", "PE"), SlotSet("country", "US")]
    slots = Domain.from_dict(intake_domain({**questions, "sex": None})).slots
    return country_in(DialogueStateTracker.from_events("somebody", told, slots))


def test_the_residence_may_be_called_anything() -> None:
    assert country({"lives_in": "residence", "country": None}) == "PE"
    assert country({"lives_in": None, "country": "residence"}) == "US"


def test_a_domain_without_it_knows_no_country() -> None:
    assert country({"lives_in": None, "country": None}) is None
