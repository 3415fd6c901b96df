"""The safety message without a tracker: the text that the model's own responses have for the country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from bot.safety.alarm import Alarm
from bot.safety.known import country_of

# Only where not even a model's domain is loaded.
LAST_RESORT = (
    "This sounds serious. Please call your emergency number now: 112, or your local emergency number. "
    "Do not wait for an answer here."
)
_NUMBERS = [{"name": "Emergency services", "number": "112", "how": "call"}]

RESPONSES = ("utter_emergency", "utter_crisis")

Reply = dict[str, Any]
_responses: dict[str, Sequence[Mapping[str, Any]]] = {}


def learn(responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Takes the safety responses out of a loaded model's `responses`."""
    _responses.clear()
    _responses.update(
        {name: list(responses[name]) for name in ("utter_emergency", "utter_crisis") if name in responses}
    )


def safety_reply(alarm: Alarm, sender_id: str) -> Reply:
    """The message that answers `alarm`: text and `custom.safety`, with the numbers of the patient's country."""
    return _reply(alarm, country_of(sender_id))


def _reply(alarm: Alarm, country: str | None) -> Reply:
    """The one place that knows where the texts come from."""
    variations = _responses.get(f"utter_{alarm.kind}", ())
    chosen = [variation for variation in variations if country and _is_for(variation, country)]
    chosen += [variation for variation in variations if not variation.get("condition")]
    if not chosen:
        return {"text": LAST_RESORT, "custom": {"safety": {"kind": alarm.kind, "numbers": deepcopy(_NUMBERS)}}}
    return {key: deepcopy(chosen[0][key]) for key in ("text", "buttons", "custom") if chosen[0].get(key)}


def _is_for(variation: Mapping[str, Any], country: str) -> bool:
    return any(
        condition.get("name") == "country" and condition.get("value") == country
        for condition in variation.get("condition") or ()
    )


def is_safety(reply: Mapping[str, Any]) -> bool:
    """Whether a reply is a safety message."""
    return "safety" in (reply.get("custom") or {})
