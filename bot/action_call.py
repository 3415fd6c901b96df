"""What of a conversation travels to the action server with each call.

Rasa sends every event whole, and a message's event holds two rankings and the text of the topic that came first: two
thirds of what was sent, written and read anew at each turn. The actions read them of the latest message only.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.core.events import UserUttered
from rasa.shared.nlu.constants import INTENT_RANKING_KEY

SELECTOR = "response_selector"


def _without_rankings(parsed: dict[str, Any]) -> dict[str, Any]:
    """A message's `parse_data` with the topic that came first, and without what else might have been meant."""
    slim = {key: value for key, value in parsed.items() if key not in (INTENT_RANKING_KEY, SELECTOR)}
    faq = (parsed.get(SELECTOR) or {}).get("faq")
    if faq:
        best = faq.get("response") or {}
        kept = {key: best[key] for key in ("intent_response_key", "confidence") if key in best}
        slim[SELECTOR] = {"faq": {"response": kept}}
    return slim


def slim_events(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events, oldest first, as Rasa writes them as JSON; those of earlier messages without rankings and answers."""
    messages = [index for index, event in enumerate(events) if event.get("event") == UserUttered.type_name]
    earlier = set(messages[:-1])
    return [
        {**event, "parse_data": _without_rankings(event.get("parse_data") or {})} if index in earlier else event
        for index, event in enumerate(events)
    ]
