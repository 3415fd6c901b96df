"""Loads the questionnaire from `intake.yml` and says exactly where it is wrong when it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema.exceptions import ValidationError

from clinic.intake.model.conditions import holds, with_birth_date
from clinic.intake.model.content import SCHEMAS, ContentError, first_violation, line_of, read_yaml
from clinic.intake.model.questionnaire_faults import inconsistencies, wrong_roles, wrong_sections
from clinic.intake.model.questions import (
    RESERVED_IDS,
    ROLES,
    SELF,
    SOMEONE_ELSE,
    Choice,
    ConsentText,
    Question,
    Role,
    Section,
)

__all__ = [
    "RESERVED_IDS", "ROLES", "SCHEMA", "SELF", "SOMEONE_ELSE", "Choice", "ConsentText", "Question", "Questionnaire",
    "QuestionnaireError", "Role", "Section",
]  # fmt: skip

SCHEMA = SCHEMAS / "intake.schema.json"


class QuestionnaireError(ContentError):
    """The questionnaire file cannot be used."""


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """The questions in the order they are asked."""

    version: str
    questions: tuple[Question, ...]
    title: str = "Intake"
    sections: tuple[Section, ...] = ()
    seconds_a_question: int = 20

    @cached_property
    def _by_id(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    def get(self, question_id: str) -> Question:
        """Return the question with this id; raises KeyError when there is none."""
        return self._by_id[question_id]

    @cached_property
    def _by_role(self) -> dict[Role, Question]:
        return {question.role: question for question in self.questions if question.role is not None}

    def with_role(self, role: Role) -> Question:
        """Return the question that has this role; every loaded questionnaire has one for each of `ROLES`."""
        return self._by_role[role]

    def patients_among_relatives(self, answers: Mapping[str, Any]) -> frozenset[str]:
        """Return the relatives (ids of the lexicon) of whom the patient can be one; none where that is not known."""
        chosen = (question.choice(answers.get(question.id)) for question in self.questions if question.tells_who)
        return frozenset(relation for choice in chosen if choice is not None for relation in choice.relations)

    @property
    def offers_more(self) -> Question | None:
        """The question whether to go on with what is not needed (role `offers_more`), if there is one."""
        return self._by_role.get("offers_more")

    @cached_property
    def prescreened(self) -> dict[str, tuple[str, ...]]:
        """The ids of the questions that tell of each point of the pre-screen."""
        points = dict.fromkeys(point for question in self.questions for point in question.prescreen)
        return {point: tuple(q.id for q in self.questions if point in q.prescreen) for point in points}

    def __contains__(self, question_id: object) -> bool:
        return question_id in self._by_id

    def applicable(self, answers: Mapping[str, Any], today: date) -> tuple[Question, ...]:
        """Return the questions that apply to these answers, in the order in which they are asked."""
        applying = [question for question in self.questions if question.applies(answers, today)]
        if not self.sections:
            return tuple(applying)
        place = {section.id: index for index, section in enumerate(self.sections)}
        return tuple(sorted(applying, key=lambda question: place[self._section_id(question, answers, today)]))

    def section_of(self, question: Question, answers: Mapping[str, Any], today: date) -> Section | None:
        """Return the section in which the question is asked; None when the questionnaire has no sections."""
        if not self.sections:
            return None
        found = self._section_id(question, answers, today)
        return next(section for section in self.sections if section.id == found)

    def asks(self, question: Question, answers: Mapping[str, Any], today: date) -> bool:
        """Tell whether the section of the question is asked, given the answers so far."""
        section = self.section_of(question, answers, today)
        return section is None or holds(section.asked_if, answers, today)

    @staticmethod
    def _section_id(question: Question, answers: Mapping[str, Any], today: date) -> str:
        moved = question.moves is not None and holds(question.moves["if"], answers, today)
        return str(question.moves["to"] if moved and question.moves is not None else question.section)

    @classmethod
    def load(cls, path: Path, schema: Path | None = None) -> Questionnaire:
        """Read and check the questionnaire at `path`.

        `schema` defaults to `schemas/intake.schema.json` beside the file, else the one shipped with Marrow.
        Raises QuestionnaireError (file, line, what is wrong).
        """
        path = Path(path)
        data = read_yaml(path, QuestionnaireError)
        beside = path.parent / "schemas" / "intake.schema.json"
        wrong = first_violation(data, schema or (beside if beside.exists() else SCHEMA))
        if wrong is not None:
            raise QuestionnaireError(path, line_of(data, list(wrong.absolute_path)), _problem(data, wrong))
        for keys, problem in wrong_roles(data["questions"]):
            raise QuestionnaireError(path, line_of(data, ["questions", *keys]), problem)
        born = next(str(item["id"]) for item in data["questions"] if item.get("role") == "birth_date")
        sections = tuple(_section(item, born) for item in data.get("sections", ()))
        questions = _in_sections(sections, [_question(item, born) for item in data["questions"]])
        for index, problem in inconsistencies(questions):
            raise QuestionnaireError(path, line_of(data, ["questions", index]), problem)
        for keys, problem in wrong_sections(sections, questions):
            raise QuestionnaireError(path, line_of(data, keys), problem)
        return cls(
            version=str(data["version"]),
            questions=questions,
            title=str(data.get("title", "Intake")),
            sections=sections,
            seconds_a_question=int(data.get("seconds_a_question", 20)),
        )


def _plain(value: Any) -> Any:
    """Turn the loader's annotated values into plain Python ones."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool | type(None)):
        return value
    return str(value) if isinstance(value, str) else int(value) if isinstance(value, int) else float(value)


def _question(item: Mapping[str, Any], born: str) -> Question:
    data = _plain(item)
    choices = tuple(
        Choice(
            c["value"],
            c["label"],
            tuple(c.get("synonyms", ())),
            bool(c.get("exclusive", False)),
            c.get("may_be"),
            c.get("months"),
            bool(c.get("undecided", False)),
            tuple(c.get("relations", ())),
        )
        for c in data.pop("choices", ())
    )
    consent = data.pop("consent", None)
    for key in ("ask_if", "required_if"):
        if key in data:
            data[key] = with_birth_date(data[key], born)
    for key in ("aliases", "codes_except", "prefill_from", "prescreen"):
        data[key] = tuple(data.get(key, ()))
    if "moves" in data:
        data["moves"]["if"] = with_birth_date(data["moves"]["if"], born)
    for key in ("prompt", "prompt_other", "help", "why", "only_why"):
        if key in data:
            data[key] = data[key].strip()
    return Question(choices=choices, consent=ConsentText(**consent) if consent else None, **data)


def _in_sections(sections: Sequence[Section], questions: Sequence[Question]) -> tuple[Question, ...]:
    """A question that names no section stands in that of the question above it."""
    here = sections[0].id if sections else None
    placed = []
    for question in questions:
        here = question.section or here
        placed.append(replace(question, section=here))
    return tuple(placed)


def _section(item: Mapping[str, Any], born: str) -> Section:
    data = _plain(item)
    if "asked_if" in data:
        data["asked_if"] = with_birth_date(data["asked_if"], born)
    return Section(**data)


def _problem(data: Any, error: ValidationError) -> str:
    path = list(error.absolute_path)
    where = ""
    if len(path) >= 2 and path[0] == "questions" and isinstance(data["questions"][path[1]], Mapping):
        where = f"question '{data['questions'][path[1]].get('id', path[1])}'"
        path = path[2:]
    where = ", ".join(part for part in (where, ".".join(str(key) for key in path)) if part)
    message = error.message if len(error.message) < 200 else f"not allowed here ({error.validator})"
    return f"{where}: {message}" if where else message
