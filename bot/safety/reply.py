"""The safety message without a tracker: the text of the loaded model for the country and language that are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.language import language
from bot.safety import current
from bot.safety.alarm import Alarm
from bot.safety.known import country_of

Reply = dict[str, Any]


def safety_reply(alarm: Alarm, sender_id: str) -> Reply:
    """The message that answers `alarm`: text, buttons and `custom.safety`, with the patient's country's numbers."""
    texts = current.texts()
    if texts is None:
        # Only where not even a model is loaded.
        words = language()
        numbers = [{"name": words.say("emergency_services"), "number": "112", "how": "call"}]
        return {"text": words.say("last_resort"), "custom": {"safety": {"kind": alarm.kind, "numbers": numbers}}}
    said = texts.reply(alarm.kind, alarm.country or country_of(sender_id), alarm.language, alarm.form)
    return {**said, "buttons": texts.buttons(alarm.kind, alarm.language)}


def is_safety(reply: Mapping[str, Any]) -> bool:
    """Whether a reply is a safety message."""
    return "safety" in (reply.get("custom") or {})
