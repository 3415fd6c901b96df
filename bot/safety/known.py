"""Remembers, for this process only, in which country the patients of the last conversations are."""

from __future__ import annotations

from collections import OrderedDict

from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.importers.intake import slot_of_role
from bot.safety import current

RESIDENCE = "residence"

MOST_CONVERSATIONS = 20_000
_countries: OrderedDict[str, str] = OrderedDict()


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
    slot = slot_of_role(tracker.slots, RESIDENCE)
    answered = tracker.get_slot(slot) if slot is not None else None
    if isinstance(answered, str) and answered:
        return answered
    return next(filter(None, map(texts.country_told, told[1:])), None) if texts is not None else None


def country_of(sender_id: str) -> str | None:
    """The country of a conversation, if this process knows it."""
    return _countries.get(sender_id)
