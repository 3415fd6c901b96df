"""Messages as the bot reads them, for tests of code that has no spaCy.

`readings.json` holds message -> entities and assertions; tests/bot/nlu/clinical/test_recorded_readings.py fails when
the bot reads one of them otherwise, and writes the file anew when it is run with MARROW_RECORD=1. A new message is
added by hand with null as its value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")
READINGS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def entities_of(text: str) -> tuple[dict[str, Any], ...]:
    """The entities of a recorded message, none of any other."""
    return tuple(READINGS.get(text, {}).get("entities", ()))


def assertions_of(text: str) -> tuple[dict[str, Any], ...]:
    """What a recorded message asserts, nothing of any other."""
    return tuple(READINGS.get(text, {}).get("assertions", ()))


def reading_of(text: str) -> dict[str, Any]:
    """Both, as the fields of a turn."""
    return {"entities": entities_of(text), "assertions": assertions_of(text)}
