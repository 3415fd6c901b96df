"""Turns stored answers into words for the patient: labels, dates, names of countries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from clinic.intake.kinds.contact import show_phone
from clinic.intake.kinds.country import country_name
from clinic.intake.kinds.dates import show_date
from clinic.intake.kinds.timezones import time_zone_of
from clinic.intake.model.questionnaire import Question


def show(question: Question, value: Any, answers: Mapping[str, Any] | None = None) -> str:
    """Return a stored value as a person would read it; `answers` gives the time zone of a time of day."""
    if value is None:
        return "not answered"
    if isinstance(value, list):
        return ", ".join(_item(question, item) for item in value) or "None"
    if question.kind == "date":
        try:
            return show_date(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    if question.format == "country":
        return country_name(str(value))
    if question.format == "phone":
        return show_phone(str(value))
    choice = question.choice(value)
    if choice is None:
        return str(value)
    if question.format == "best_time":
        zone = time_zone_of(answers or {})
        place = zone.rpartition("/")[2].replace("_", " ") + " time" if zone else "local time"
        return f"{choice.label} ({place})"
    if question.kind == "yesno" and choice.value in ("yes", "no"):
        return choice.value.capitalize()
    return choice.label


def _item(question: Question, item: Any) -> str:
    if isinstance(item, Mapping):
        choice = question.choice(item.get("code"))
        text = str(item.get("text") or "")
        if text:
            return text
        return choice.label if choice else str(item.get("code"))
    choice = question.choice(item)
    if choice is not None:
        return choice.label
    return country_name(str(item)) if question.format == "countries" else str(item)
