"""Remembers, for this process only, in which country the patients of the last conversations are."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.importers.intake import question_with_role
from bot.language import content_folder
from bot.safety import current

MOST_CONVERSATIONS = 20_000
_countries: OrderedDict[str, str] = OrderedDict()


@cache
def residence_slot() -> str:
    """The slot that holds the patient's country: the question of the questionnaire that has the role `residence`."""
    return question_with_role(content_folder() / "intake.yml", "residence")


def remember_country(sender_id: str, country: object) -> None:
    """Keeps the country of a conversation, or forgets it when there is none any more."""
    _countries.pop(sender_id, None)
    if isinstance(country, str) and country:
        _countries[sender_id] = country
        while len(_countries) > MOST_CONVERSATIONS:
            _countries.popitem(last=False)


def country_in(tracker: DialogueStateTracker) -> str | None:
    """The country of a conversation: the one that her last message names, else the intake's, else one named before.

    What she says with an alarm is where she is; what she said in passing long ago may be out of date.
    """
    texts = current.texts()
    told = [event.text for event in reversed(tracker.events) if isinstance(event, UserUttered) and event.text]
    if texts is not None and told and (now := texts.country_told(told[0])):
        return now
    answered = tracker.get_slot(residence_slot())
    if isinstance(answered, str) and answered:
        return answered
    return next(filter(None, map(texts.country_told, told[1:])), None) if texts is not None else None


def country_of(sender_id: str) -> str | None:
    """The country of a conversation, if this process knows it."""
    return _countries.get(sender_id)
