"""What of a conversation travels to the action server with each call.

Rasa sends every event whole. A message's event holds two rankings and the text of the topic that came first, and the
slot of the intake its whole state, once a turn: most of what was sent, written and read anew at each call. The actions
read them of the latest message only; what the slots hold now travels beside the events.

Rasa also takes every action whose name begins with `validate_` for one that needs the whole domain, even with
`enable_selective_domain`: 0.9 MB at each turn of the intake. Ours reads no domain.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.nlu.constants import INTENT_RANKING_KEY

SELECTOR = "response_selector"
VALIDATES = "validate_"


class WithoutValidations:
    """What of a domain Rasa asks for a call, with the actions that validate a form among those that need no domain."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def does_custom_action_explicitly_need_domain(self, action_name: str) -> bool:
        """As Rasa's, but for those that it only guesses."""
        if action_name.startswith(VALIDATES):
            return False
        return bool(self._domain.does_custom_action_explicitly_need_domain(action_name))

    def as_dict(self) -> dict[str, Any]:
        """The domain."""
        written: dict[str, Any] = self._domain.as_dict()
        return written


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
    """The events, oldest first, as Rasa writes them as JSON; those before the latest message without what nobody reads.

    Of an earlier message that is all but the topic that came first, of a slot that was set its value then.
    """
    latest = max(
        (index for index, event in enumerate(events) if event.get("event") == UserUttered.type_name), default=0
    )
    return [*(_slim(event) for event in events[:latest]), *events[latest:]]


def _slim(event: dict[str, Any]) -> dict[str, Any]:
    kind = event.get("event")
    if kind == UserUttered.type_name:
        return {**event, "parse_data": _without_rankings(event.get("parse_data") or {})}
    # The intake's whole state is set at each turn.
    return {**event, "value": None} if kind == SlotSet.type_name else event
