"""The safety message without a tracker: the text of the loaded model for the country and language that are known."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from bot.safety import current
from bot.safety.alarm import Alarm
from bot.safety.known import country_of

# Only where not even a model is loaded.
LAST_RESORT = (
    "This sounds serious. Please call your emergency number now: 112, or your local emergency number. "
    "Do not wait for an answer here."
)
_NUMBERS = [{"name": "Emergency services", "number": "112", "how": "call"}]

Reply = dict[str, Any]


def safety_reply(alarm: Alarm, sender_id: str) -> Reply:
    """The message that answers `alarm`: text, buttons and `custom.safety`, with the patient's country's numbers."""
    texts = current.texts()
    if texts is None:
        return {"text": LAST_RESORT, "custom": {"safety": {"kind": alarm.kind, "numbers": deepcopy(_NUMBERS)}}}
    said = texts.reply(alarm.kind, alarm.country or country_of(sender_id), alarm.language, alarm.form)
    return {**said, "buttons": texts.buttons(alarm.kind, alarm.language)}


def is_safety(reply: Mapping[str, Any]) -> bool:
    """Whether a reply is a safety message."""
    return "safety" in (reply.get("custom") or {})
