"""Loads the questionnaire from `intake.yml` and says exactly where it is wrong when it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from jsonschema.exceptions import ValidationError

from clinic.intake.model.conditions import Condition, holds, questions_in, with_birth_date
from clinic.intake.model.content import SCHEMAS, ContentError, first_violation, line_of, read_yaml
from clinic.intake.model.text import normalise

SCHEMA = SCHEMAS / "intake.schema.json"
# What the engine asks for whatever the question is called; every questionnaire needs each of them once.
Role = Literal["who", "birth_date", "residence", "privacy_consent", "contact_consent"]
ROLES: Mapping[Role, str] = {
    "who": "who the patient is",
    "birth_date": "the patient's date of birth",
    "residence": "the country in which the patient lives",
    "privacy_consent": "whether the answers may be kept",
    "contact_consent": "whether the clinic may contact the patient",
}
SOMEONE_ELSE, SELF = "someone_else", "self"
RESERVED_IDS = frozenset({"review", "cancel", "restart", "change", "safety_check"})


class QuestionnaireError(ContentError):
    """The questionnaire file cannot be used."""


@dataclass(frozen=True)
class Choice:
    """One answer that can be picked; `exclusive` answers ("none") stand alone in a multi question."""

    value: str
    label: str
    synonyms: tuple[str, ...] = ()
    exclusive: bool = False

    @cached_property
    def names(self) -> frozenset[str]:
        """Every normalised wording that means this choice."""
        return frozenset(normalise(name) for name in (self.value, self.label, *self.synonyms)) - {""}


@dataclass(frozen=True)
class ConsentText:
    """The text somebody agrees to, with its version."""

    version: str
    text: str


@dataclass(frozen=True)
class Question:
    """One item of the questionnaire, as written in `intake.yml`."""

    id: str
    label: str
    kind: str
    prompt: str
    help: str
    role: Role | None = None
    required: bool = False
    format: str | None = None
    codes: str | None = None
    aliases: tuple[str, ...] = ()
    prompt_other: str | None = None
    why: str | None = None
    none: str | None = None
    questions_as_answers: str | None = None
    choices: tuple[Choice, ...] = ()
    required_if: Condition | None = None
    ask_if: Condition | None = None
    validation: Mapping[str, Any] = field(default_factory=dict)
    prefill_from: tuple[str, ...] = ()
    prescreen: tuple[str, ...] = ()
    fhir: Mapping[str, str] = field(default_factory=dict)
    consent: ConsentText | None = None

    @property
    def tells_who(self) -> bool:
        """True for an item about who the patient is to the person typing."""
        return self.role == "who" or "relationship" in self.prefill_from

    def applies(self, answers: Mapping[str, Any], today: date) -> bool:
        """Tell whether the question is to be asked, given the answers so far."""
        return holds(self.ask_if, answers, today)

    def is_required(self, answers: Mapping[str, Any], today: date) -> bool:
        """Tell whether the question cannot be skipped, given the answers so far."""
        return self.required or (self.required_if is not None and holds(self.required_if, answers, today))

    def choice(self, value: Any) -> Choice | None:
        """Return the choice with this stored value, or None."""
        return next((choice for choice in self.choices if choice.value == value), None)


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """The questions in the order they are asked."""

    version: str
    questions: tuple[Question, ...]
    title: str = "Intake"

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
        """Return the question that has this role; every loaded questionnaire has one."""
        return self._by_role[role]

    @cached_property
    def prescreened(self) -> dict[str, tuple[str, ...]]:
        """The ids of the questions that tell of each point of the pre-screen."""
        points = dict.fromkeys(point for question in self.questions for point in question.prescreen)
        return {point: tuple(q.id for q in self.questions if point in q.prescreen) for point in points}

    def __contains__(self, question_id: object) -> bool:
        return question_id in self._by_id

    def applicable(self, answers: Mapping[str, Any], today: date) -> tuple[Question, ...]:
        """Return the questions that apply to these answers, in order."""
        return tuple(question for question in self.questions if question.applies(answers, today))

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
        for keys, problem in _wrong_roles(data["questions"]):
            raise QuestionnaireError(path, line_of(data, ["questions", *keys]), problem)
        born = next(str(item["id"]) for item in data["questions"] if item.get("role") == "birth_date")
        questions = tuple(_question(item, born) for item in data["questions"])
        for index, problem in _inconsistencies(questions):
            raise QuestionnaireError(path, line_of(data, ["questions", index]), problem)
        return cls(version=str(data["version"]), questions=questions, title=str(data.get("title", "Intake")))


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
        Choice(c["value"], c["label"], tuple(c.get("synonyms", ())), bool(c.get("exclusive", False)))
        for c in data.pop("choices", ())
    )
    consent = data.pop("consent", None)
    for key in ("ask_if", "required_if"):
        if key in data:
            data[key] = with_birth_date(data[key], born)
    for key in ("aliases", "prefill_from", "prescreen"):
        data[key] = tuple(data.get(key, ()))
    for key in ("prompt", "prompt_other", "help", "why"):
        if key in data:
            data[key] = data[key].strip()
    return Question(choices=choices, consent=ConsentText(**consent) if consent else None, **data)


def _inconsistencies(questions: Sequence[Question]) -> Iterator[tuple[int, str]]:
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


def _wrong_roles(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[list[str | int], str]]:
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
    for condition in (question.ask_if, question.required_if):
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


def _problem(data: Any, error: ValidationError) -> str:
    path = list(error.absolute_path)
    where = ""
    if len(path) >= 2 and path[0] == "questions" and isinstance(data["questions"][path[1]], Mapping):
        where = f"question '{data['questions'][path[1]].get('id', path[1])}'"
        path = path[2:]
    where = ", ".join(part for part in (where, ".".join(str(key) for key in path)) if part)
    message = error.message if len(error.message) < 200 else f"not allowed here ({error.validator})"
    return f"{where}: {message}" if where else message
