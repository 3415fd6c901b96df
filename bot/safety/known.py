"""Remembers, for this process only, in which country the patients of the last conversations are."""

from __future__ import annotations

from collections import OrderedDict

MOST_CONVERSATIONS = 20_000
_countries: OrderedDict[str, str] = OrderedDict()


def remember_country(sender_id: str, country: object) -> None:
    """Keeps the country of a conversation, or forgets it when there is none any more."""
    _countries.pop(sender_id, None)
    if isinstance(country, str) and country:
        _countries[sender_id] = country
        while len(_countries) > MOST_CONVERSATIONS:
            _countries.popitem(last=False)


def country_of(sender_id: str) -> str | None:
    """The country of a conversation, if this process knows it."""
    return _countries.get(sender_id)
