"""Turns the questionnaire (data/intake.yml) into the slots, the form and the ask actions Rasa needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rasa.shared.core.slots import Slot

from bot.importers.content_files import ContentError, ContentFile, load_schema, raise_all, read_yaml

INTAKE_FORM = "intake_form"
REVIEW = "review"
CONTROL_SLOT = "intake_control"
# What the clinic's engine asks for, whatever the question is called.
ROLES = ("who", "birth_date", "residence", "privacy_consent", "contact_consent")


def read_questions(path: Path, schema_path: Path) -> dict[str, str | None]:
    """The questionnaire's questions in order: the id of each and its role, if it has one.

    Raises ContentError (file, line, problem) for a questionnaire that breaks its schema, an id that
    stands twice, one that is reserved for the review, or a role that no question or more than one has.
    """
    file = read_yaml(path).check(load_schema(schema_path))
    questions: dict[str, str | None] = {}
    faults = []
    for index, question in enumerate(file.data["questions"]):
        question_id = str(question["id"])
        if question_id in questions:
            faults.append(file.error(f"two questions have the id '{question_id}'", "questions", index, "id"))
        if question_id == REVIEW:
            faults.append(file.error(f"'{REVIEW}' is reserved for the last step", "questions", index, "id"))
        questions[question_id] = question.get("role")
    faults += _role_faults(file)
    raise_all(faults)
    return questions


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


def intake_domain(questions: Mapping[str, str | None]) -> dict[str, Any]:
    """The part of Rasa's domain that follows from the questionnaire, whose questions and roles these are.

    Every slot is filled by the validation action alone (`type: custom`): a classified aside or an
    entity never fills one behind its back. The mapping names the role of its question, if it has one, so that the
    bot finds where the patient lives whatever the question is called (`slot_of_role`).
    """
    names = [*questions, REVIEW]
    return {
        "slots": {
            name: {"type": "any", "influence_conversation": False, "mappings": [_mapping(questions.get(name))]}
            for name in [*names, CONTROL_SLOT]
        },
        "forms": {INTAKE_FORM: {"required_slots": names}},
        "actions": [f"validate_{INTAKE_FORM}", *(f"action_ask_{INTAKE_FORM}_{name}" for name in names)],
    }


def _mapping(role: str | None) -> dict[str, str]:
    return {"type": "custom"} if role is None else {"type": "custom", "role": role}


def slot_of_role(slots: Mapping[str, Slot], role: str) -> str | None:
    """The name of the slot whose question has this role; None where the domain has no intake."""
    return next((name for name, slot in slots.items() if any(m.get("role") == role for m in slot.mappings)), None)
