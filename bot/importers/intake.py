"""Turns the questionnaire (data/intake.yml) into the slots, the form and the ask actions Rasa needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.importers.content_files import ContentError, ContentFile, load_schema, raise_all, read_yaml

INTAKE_FORM = "intake_form"
REVIEW = "review"
CONTROL_SLOT = "intake_control"
# What the clinic's engine asks for, whatever the question is called.
ROLES = ("who", "birth_date", "residence", "privacy_consent", "contact_consent")


def read_question_ids(path: Path, schema_path: Path) -> list[str]:
    """The ids of the questionnaire's questions, in order.

    Raises ContentError (file, line, problem) for a questionnaire that breaks its schema, an id that
    stands twice, one that is reserved for the review, or a role that no question or more than one has.
    """
    file = read_yaml(path).check(load_schema(schema_path))
    ids: list[str] = []
    faults = []
    for index, question in enumerate(file.data["questions"]):
        question_id = str(question["id"])
        if question_id in ids:
            faults.append(file.error(f"two questions have the id '{question_id}'", "questions", index, "id"))
        if question_id == REVIEW:
            faults.append(file.error(f"'{REVIEW}' is reserved for the last step", "questions", index, "id"))
        ids.append(question_id)
    faults += _role_faults(file)
    raise_all(faults)
    return ids


def question_with_role(path: Path, role: str) -> str:
    """The id of the question that has `role` in the questionnaire at `path`; raises ContentError when none has."""
    file = read_yaml(path)
    found = [str(question["id"]) for question in file.data["questions"] if question.get("role") == role]
    if not found:
        raise file.error(f"no question has the role '{role}'", "questions")
    return found[0]


def _role_faults(file: ContentFile) -> Iterator[ContentError]:
    """Roles that two questions have, and those that none has."""
    given: dict[str, str] = {}
    for index, question in enumerate(file.data["questions"]):
        role = question.get("role")
        if role in given:
            yield file.error(f"'{given[role]}' has the role '{role}' already", "questions", index, "role")
        elif role is not None:
            given[role] = str(question["id"])
    for role in ROLES:
        if role not in given:
            yield file.error(f"no question has the role '{role}'", "questions")


def intake_domain(question_ids: list[str]) -> dict[str, Any]:
    """The part of Rasa's domain that follows from the questionnaire.

    Every slot is filled by the validation action alone (`type: custom`): a classified aside or an
    entity never fills one behind its back.
    """
    slots = [*question_ids, REVIEW, CONTROL_SLOT]
    return {
        "slots": {
            name: {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]} for name in slots
        },
        "forms": {INTAKE_FORM: {"required_slots": [*question_ids, REVIEW]}},
        "actions": [
            f"validate_{INTAKE_FORM}",
            *(f"action_ask_{INTAKE_FORM}_{name}" for name in [*question_ids, REVIEW]),
        ],
    }
