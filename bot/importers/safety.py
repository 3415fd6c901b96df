"""Turns data/safety.yml and data/clinic.yml into the responses that must work without any other process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.importers.content_files import ContentFile, load_schema, read_yaml

KINDS = ("emergency", "crisis")
EMERGENCY_SERVICES = "Emergency services"


def read_safety(path: Path, schema_path: Path) -> ContentFile:
    """The safety settings; raises ContentError when they break their schema."""
    return read_yaml(path).check(load_schema(schema_path))


def safety_responses(settings: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """`utter_emergency` and `utter_crisis`: one variation a country, and one for a country not known yet.

    The numbers stand in the responses themselves, so that the answer to an emergency needs neither
    the action server nor a database.
    """
    countries = sorted({*settings["emergency_numbers"], *settings["crisis_lines"]})
    return {
        f"utter_{kind}": [
            _response(settings, kind, None),
            *(
                _response(settings, kind, country)
                for country in countries
                if kind == "emergency" or country in settings["crisis_lines"]
            ),
        ]
        for kind in KINDS
    }


def _numbers(settings: dict[str, Any], kind: str, country: str | None) -> list[dict[str, str]]:
    emergency = [
        {"name": EMERGENCY_SERVICES, "number": str(number), "how": "call"}
        for number in settings["emergency_numbers"].get(country, settings["default"])
    ]
    if kind == "emergency":
        return emergency
    lines = settings["crisis_lines"].get(country, settings.get("default_crisis_lines", []))
    crisis = [{key: str(line[key]) for key in ("name", "number", "how")} for line in lines]
    return [*crisis, *emergency]


def _spoken(kind: str, country: str | None, numbers: list[dict[str, str]]) -> str:
    """The numbers as they stand in a sentence, e.g. "911" or "116 123 (Samaritans, call)".

    In a crisis only the crisis lines are spoken, where there are any: a long list is no help.
    """
    if kind == "emergency":
        joined = " or ".join(number["number"] for number in numbers)
        return joined if country else f"{joined} (or your local emergency number)"
    lines = [number for number in numbers if number["name"] != EMERGENCY_SERVICES] or numbers
    return " or ".join(f"{number['number']} ({number['name']}, {number['how']})" for number in lines)


def _response(settings: dict[str, Any], kind: str, country: str | None) -> dict[str, Any]:
    numbers = _numbers(settings, kind, country)
    text = str(settings[f"{kind}_text"]).strip()
    response: dict[str, Any] = {
        "text": text.replace("{numbers}", _spoken(kind, country, numbers)),
        "custom": {"safety": {"kind": kind, "numbers": numbers}},
    }
    if country:
        response["condition"] = [{"type": "slot", "name": "country", "value": country}]
    return response


def handoff_responses(clinic: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """`utter_human_handoff`: how to reach a person at the clinic."""
    contact = {key: str(value) for key, value in clinic["contact"].items()}
    contact["name"] = str(clinic["name"])
    contact["hours"] = str(clinic["hours_text"])
    ways = [f"call {contact['phone']}" if "phone" in contact else "", f"write to {contact['email']}"]
    text = (
        f"Of course. To reach a person at {contact['name']}, {' or '.join(way for way in ways if way)}. "
        f"Opening hours: {contact['hours']}. Nobody reads this chat live. "
        "I can also take your details now, and a coordinator will get back to you."
    )
    return {"utter_human_handoff": [{"text": text, "custom": {"handoff": {"contact": contact}}}]}
