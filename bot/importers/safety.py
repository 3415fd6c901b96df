"""Turns the safety content and data/clinic.yml into the responses that must work without any other process."""

from __future__ import annotations

from typing import Any

from bot.language import Language
from bot.safety.texts import CRISIS, EMERGENCY, SafetyTexts


def safety_responses(texts: SafetyTexts) -> dict[str, list[dict[str, Any]]]:
    """`utter_emergency` and `utter_crisis` for a country and language nobody knows.

    They are what Rasa says by itself; bot.safety.nlg answers for the patient's own country and language.
    """
    return {f"utter_{kind}": [texts.reply(kind)] for kind in (EMERGENCY, CRISIS)}


def handoff_responses(clinic: dict[str, Any], language: Language) -> dict[str, list[dict[str, Any]]]:
    """`utter_human_handoff`: how to reach a person at the clinic."""
    contact = {key: str(value) for key, value in clinic["contact"].items()}
    contact["name"] = str(clinic["name"])
    contact["hours"] = str(clinic["hours_text"])
    ways = [language.say("handoff_call", phone=contact["phone"])] if "phone" in contact else []
    ways.append(language.say("handoff_write", email=contact["email"]))
    told = f" {language.say('or')} ".join(ways)
    text = language.say("handoff", name=contact["name"], ways=told, hours=contact["hours"])
    return {"utter_human_handoff": [{"text": text, "custom": {"handoff": {"contact": contact}}}]}
