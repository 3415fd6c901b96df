"""Turns data/conversation.yml, what answers each intent, into Rasa's rules."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from rasa.shared.core.constants import DEFAULT_INTENTS

from bot.importers.content_files import ContentError, ContentFile, load_schema, read_yaml

OUTSIDE, INSIDE, GOES_ON = "outside_a_form", "in_a_form", "goes_on"
TABLE, SCHEMA = Path("data/conversation.yml"), Path("data/schemas/conversation.schema.json")


def read_conversation(path: Path, schema_path: Path) -> ContentFile:
    """The table of answers; raises ContentError (file, line, problem) where it breaks its schema."""
    return read_yaml(path).check(load_schema(schema_path))


def listed_intents() -> frozenset[str]:
    """Every intent of the project's own table; raises as `read_conversation` does."""
    return frozenset(map(str, read_conversation(TABLE, SCHEMA).data["intents"]))


def unknown_names(
    table: ContentFile, intents: Collection[str], answers: Collection[str], forms: Collection[str]
) -> list[ContentError]:
    """The faults of a table that names an intent, an answer or a form that does not exist, or leaves an intent out."""
    faults = [
        table.error(f"there is no form '{form}'", "forms", index)
        for index, form in enumerate(table.data["forms"])
        if form not in forms
    ]
    for intent, row in table.data["intents"].items():
        if intent not in intents:
            faults.append(table.error(f"domain.yml has no intent '{intent}'", "intents", intent))
        faults += [
            table.error(f"there is no response or action '{row[place]}'", "intents", intent, place)
            for place in (OUTSIDE, INSIDE)
            if place in row and row[place] not in answers
        ]
    # Rasa's own are known to every domain ("restart").
    return faults + [
        table.error(f"there is no row for the intent '{intent}' of domain.yml", "intents")
        for intent in sorted(set(intents) - set(table.data["intents"]) - set(DEFAULT_INTENTS))
    ]


def rules_of(table: ContentFile) -> list[dict[str, Any]]:
    """The rules, in the shape of Rasa's YAML: first what is answered outside a form, then form by form."""
    rows: dict[str, dict[str, Any]] = table.data["intents"]
    outside = [_rule_outside(intent, row) for intent, row in rows.items() if OUTSIDE in row]
    inside = [
        _rule_inside(intent, row[INSIDE], form)
        for form in table.data["forms"]
        for intent, row in rows.items()
        if INSIDE in row
    ]
    return [*outside, *inside]


def _rule_outside(intent: str, row: dict[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "rule": f"answer {intent} outside a form",
        "condition": [{"active_loop": None}],
        "steps": [{"intent": intent}, {"action": row[OUTSIDE]}],
    }
    # A rule ends by listening to the patient unless it says otherwise.
    return {**rule, "wait_for_user_input": False} if row.get(GOES_ON) else rule


def _rule_inside(intent: str, answer: str, form: str) -> dict[str, Any]:
    return {
        "rule": f"answer {intent} in the middle of {form}",
        "condition": [{"active_loop": form}],
        "steps": [{"intent": intent}, {"action": answer}, {"action": form}, {"active_loop": form}],
    }
