"""What is wrong with a questionnaire that its schema cannot see: roles, sections, conditions, references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clinic.intake.model.conditions import Condition, questions_in
from clinic.intake.model.questions import RESERVED_IDS, ROLES, SELF, SOMEONE_ELSE, Question, Section


def inconsistencies(questions: Sequence[Question]) -> Iterator[tuple[int, str]]:
    """Yield (index of the question, problem) for what a schema cannot see."""
    known = {question.id: question for question in questions}
    seen: set[str] = set()
    for index, question in enumerate(questions):
        if question.id in seen:
            yield index, f"question '{question.id}' appears twice"
        seen.add(question.id)
        for problem in (
            *_wrong_conditions(question, known, seen),
            *_wrong_choices(question),
            *_wrong_references(question, known),
        ):
            yield index, f"question '{question.id}': {problem}"


def wrong_roles(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[list[str | int], str]]:
    """Yield (path below `questions`, problem) for a role that is missing or given twice."""
    given: dict[str, str] = {}
    for index, item in enumerate(items):
        role = item.get("role")
        if role in given:
            yield [index, "role"], f"question '{item['id']}': '{given[role]}' has the role '{role}' already"
        elif role is not None:
            given[role] = str(item["id"])
    for needed, asked in ROLES.items():
        if needed not in given:
            yield [], f"no question has the role '{needed}' ({asked}): add `role: {needed}` to the one that asks it"


def _wrong_conditions(question: Question, known: Mapping[str, Question], seen: set[str]) -> Iterator[str]:
    moved_if = question.moves["if"] if question.moves is not None else None
    for condition in (question.ask_if, question.required_if, moved_if):
        for other in questions_in(condition):
            if other == question.id:
                yield "its condition looks at the question itself"
            elif other not in known:
                yield f"its condition names an unknown question '{other}'"
        yield from _unknown_values(condition, known)
    later = [other for other in questions_in(question.ask_if) if other not in seen]
    if later:
        yield f"ask_if looks at '{later[0]}', which is asked later"


def _wrong_choices(question: Question) -> Iterator[str]:
    names: dict[str, str] = {}
    for choice in question.choices:
        for name in choice.names:
            if names.setdefault(name, choice.value) != choice.value:
                yield f"'{name}' means both '{names[name]}' and '{choice.value}'"
    if question.kind == "yesno" and not {"yes", "no"} <= {choice.value for choice in question.choices}:
        yield "a yesno question needs the choices 'yes' and 'no'"


def _wrong_references(question: Question, known: Mapping[str, Question]) -> Iterator[str]:
    if question.id in RESERVED_IDS:
        yield "this id is reserved"
    if question.only is not None and question.choice(question.only) is None:
        yield f"only names '{question.only}', which is none of its choices"
    if question.role == "who" and not {SELF, SOMEONE_ELSE} <= {choice.value for choice in question.choices}:
        yield f"the role 'who' needs the choices '{SELF}' and '{SOMEONE_ELSE}'"
    reference = question.validation.get("not_before")
    if reference is not None and reference not in known:
        yield f"not_before names an unknown question '{reference}'"


def _unknown_values(condition: Condition | None, known: Mapping[str, Question]) -> Iterator[str]:
    if condition is None:
        return
    for part in (*condition.get("all", ()), *condition.get("any", ()), *filter(None, [condition.get("not")])):
        yield from _unknown_values(part, known)
    target = known.get(condition.get("question", ""))
    if target is None or not target.choices or target.codes or target.format == "countries":
        return
    for value in condition.get("in", [condition.get("equals")]):
        if target.choice(value) is None:
            yield f"its condition compares '{target.id}' with '{value}', which is none of its choices"


def wrong_sections(sections: Sequence[Section], questions: Sequence[Question]) -> Iterator[tuple[list[str | int], str]]:
    """Yield (path, problem) for sections that stand twice or do not exist, and questions without one."""
    known = [section.id for section in sections]
    ids = {question.id: question for question in questions}
    for index, section in enumerate(sections):
        if section.id in known[:index]:
            yield ["sections", index], f"section '{section.id}' appears twice"
        for other in questions_in(section.asked_if):
            if other not in ids:
                yield ["sections", index], f"section '{section.id}': its condition names an unknown question '{other}'"
    for index, question in enumerate(questions):
        named = [question.section, *([question.moves["to"]] if question.moves is not None else [])]
        for name in filter(None, named):
            if name not in known:
                yield ["questions", index], f"question '{question.id}': there is no section '{name}'"
