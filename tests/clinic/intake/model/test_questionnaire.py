"""The questionnaire file: what it holds, and errors that name file, line and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from clinic.intake.model.conditions import age_on, holds, questions_in
from clinic.intake.model.questionnaire import Questionnaire, QuestionnaireError

SOURCE = Path(__file__).resolve().parents[4] / "data" / "intake.yml"
TODAY = date(2026, 11, 21)
ORDER = [
    "consent_privacy",
    "for_whom",
    "relationship",
    "full_name",
    "date_of_birth",
    "sex",
    "country",
    "preferred_contact",
    "email",
    "phone",
    "best_time",
    "language",
    "diagnosis_status",
    "lupus_type",
    "diagnosis_year",
    "symptoms",
    "organ_involvement",
    "current_medications",
    "past_treatments",
    "allergies",
    "active_infection",
    "cancer_history",
    "pregnancy",
    "other_conditions",
    "therapy_interest",
    "destination",
    "timeframe",
    "records_available",
    "question_for_doctor",
    "consent_contact",
]
VALUES = {
    "for_whom": "self someone_else", "sex": "female male intersex undisclosed",
    "preferred_contact": "email phone whatsapp",
    "best_time": "morning afternoon evening", "diagnosis_status": "confirmed suspected not_diagnosed",
    "lupus_type": "sle discoid drug_induced neonatal not_sure",
    "organ_involvement": "kidneys heart lungs brain skin joints blood none not_sure",
    "therapy_interest": "msc ahsct either not_sure",
    "timeframe": "asap 1_3_months 3_6_months later exploring",
    "records_available": "labs imaging biopsy letters none",
    "active_infection": "yes no not_sure", "cancer_history": "yes no not_sure",
    "pregnancy": "yes no not_sure", "consent_contact": "yes no",
}  # fmt: skip


def test_the_questions_stand_in_the_designed_order(questionnaire: Questionnaire) -> None:
    assert [question.id for question in questionnaire.questions] == ORDER


@pytest.mark.parametrize(("question", "values"), VALUES.items())
def test_choices_store_the_designed_values(questionnaire: Questionnaire, question: str, values: str) -> None:
    assert [choice.value for choice in questionnaire.get(question).choices] == values.split()


def test_required_items_are_those_of_the_design(questionnaire: Questionnaire) -> None:
    optional = {question.id for question in questionnaire.questions if not question.required}
    assert optional == {
        "sex", "email", "phone", "best_time", "language", "diagnosis_year", "organ_involvement",
        "past_treatments", "allergies", "pregnancy",
        "other_conditions", "destination", "records_available", "question_for_doctor",
    }  # fmt: skip


def test_every_question_says_why_and_maps_to_fhir(questionnaire: Questionnaire) -> None:
    for question in questionnaire.questions:
        assert question.why, question.id
        assert question.help, question.id
        assert question.fhir["path"].startswith(question.fhir["resource"]), question.id
        assert question.aliases, question.id


def test_consents_have_a_version_and_a_full_text_and_no_prefill(questionnaire: Questionnaire) -> None:
    consents = [question for question in questionnaire.questions if question.consent]
    assert [question.id for question in consents] == ["consent_privacy", "consent_contact"]
    for question in consents:
        assert question.consent is not None
        assert question.consent.version
        assert len(question.consent.text) > 100
        assert question.prefill_from == ()


@pytest.mark.parametrize(("question", "lexicon"), [("symptoms", "symptoms"), ("current_medications", "medications")])
def test_the_chips_use_the_lexicons_ids(questionnaire: Questionnaire, lexicon: str, question: str) -> None:
    entries = YAML(typ="safe").load((SOURCE.parent / "lexicon" / f"{lexicon}.yml").read_text("utf-8"))["entries"]
    assert {choice.value for choice in questionnaire.get(question).choices} <= {entry["id"] for entry in entries}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """The real file with one piece replaced."""

    def write(old: str, new: str) -> Path:
        text = SOURCE.read_text("utf-8")
        assert old in text
        path = tmp_path / "intake.yml"
        path.write_text(text.replace(old, new, 1), "utf-8")
        return path

    return write


BROKEN = [
    (
        "kind: choice\n    required: true\n    prompt: Is this",
        "kind: chioce\n    required: true\n    prompt: Is this",
        "for_whom",
        "kind",
    ),
    ("    id: for_whom", "    id: For Whom", "", "id"),
    ("  - id: sex", "  - id: country", "country", "twice"),
    (
        "ask_if: {question: for_whom, equals: someone_else}",
        "ask_if: {question: nobody, equals: x}",
        "relationship",
        "nobody",
    ),
    (
        "ask_if: {question: for_whom, equals: someone_else}",
        "ask_if: {question: sex, equals: female}",
        "relationship",
        "later",
    ),
    (
        "ask_if: {question: for_whom, equals: someone_else}",
        "ask_if: {question: for_whom, equals: anyone}",
        "relationship",
        "anyone",
    ),
    (
        "ask_if: {question: for_whom, equals: someone_else}",
        "ask_if: {question: for_whom}",
        "relationship",
        "ask_if",
    ),
    ("label: Full name", "labell: Full name", "full_name", "labell"),
    ("synonyms: [f, woman", "synonyms: [male, woman", "sex", "means both"),
    ("  - id: sex", "  - id: review", "review", "reserved"),
    (
        "validation: {not_before: date_of_birth}",
        "validation: {not_before: nothing}",
        "diagnosis_year",
        "nothing",
    ),
    ("    kind: date\n", "    kind: yesno\n", "date_of_birth", "choices"),
]


@pytest.mark.parametrize(("old", "new", "where", "what"), [row for row in BROKEN if "id: for_whom" not in row[0]])
def test_a_broken_file_is_refused_with_line_and_reason(written: Any, old: str, new: str, where: str, what: str) -> None:
    path = written(old, new)
    with pytest.raises(QuestionnaireError) as caught:
        Questionnaire.load(path)
    error = caught.value
    assert str(error).startswith(f"{path}:{error.line}: ")
    assert where in str(error)
    assert what in error.problem
    lines = path.read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines, 1) if line.strip() == f"- id: {where}")
    assert first <= error.line <= first + 80


def test_broken_yaml_and_a_missing_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "intake.yml"
    with pytest.raises(QuestionnaireError, match=r"intake\.yml:1: cannot be read"):
        Questionnaire.load(path)
    path.write_text('version: "1"\nquestions:\n  - id: [\n', "utf-8")
    with pytest.raises(QuestionnaireError, match="not valid YAML"):
        Questionnaire.load(path)
    path.write_text("", "utf-8")
    with pytest.raises(QuestionnaireError):
        Questionnaire.load(path)


def test_a_question_can_be_added_dropped_and_moved_without_code(written: Any) -> None:
    added = (
        "  - id: insurance\n    label: Insurance\n    kind: yesno\n    prompt: Do you have "
        "insurance?\n    help: Yes or no.\n"
    )
    added += '    choices: [{value: "yes", label: "Yes"}, {value: "no", label: "No"}]\n\n  - id: sex'
    path = written("  - id: sex", added)
    assert "insurance" in Questionnaire.load(path)


ROLES = ["who", "birth_date", "residence", "privacy_consent", "contact_consent"]


@pytest.mark.parametrize("role", ROLES)
def test_a_missing_role_is_refused_with_file_and_line(written: Any, role: str) -> None:
    path = written(f"    role: {role}\n", "")
    with pytest.raises(QuestionnaireError, match=rf"intake\.yml:\d+: no question has the role '{role}'") as caught:
        Questionnaire.load(path)
    lines = path.read_text("utf-8").splitlines()
    assert lines[caught.value.line - 1].startswith("questions:")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  - id: sex\n", "  - id: sex\n    role: who\n", "'for_whom' has the role 'who' already"),
        ("    role: residence\n", "    role: home\n", "home"),
        ("{value: self, label: For me", "{value: me, label: For me", "needs the choices"),
    ],
)
def test_a_role_that_does_not_fit_is_refused(written: Any, old: str, new: str, problem: str) -> None:
    with pytest.raises(QuestionnaireError, match=problem):
        Questionnaire.load(written(old, new))


def test_the_age_in_a_condition_is_that_of_the_birth_date_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "intake.yml"
    path.write_text(SOURCE.read_text("utf-8").replace("date_of_birth", "born_on"), "utf-8")
    pregnancy = Questionnaire.load(path).get("pregnancy")
    assert pregnancy.applies({"sex": "female", "born_on": "1985-03-05"}, TODAY)
    assert not pregnancy.applies({"sex": "female", "born_on": "1935-03-05"}, TODAY)


CONDITIONS = [
    (None, {}, True),
    ({"question": "sex", "equals": "female"}, {"sex": "female"}, True),
    ({"question": "sex", "equals": "female"}, {"sex": "male"}, False),
    ({"question": "sex", "equals": "female"}, {}, False),
    ({"question": "sex", "in": ["female", "intersex"]}, {"sex": "intersex"}, True),
    ({"question": "organs", "equals": "heart"}, {"organs": ["skin", "heart"]}, True),
    ({"not": {"question": "sex", "equals": "female"}}, {}, True),
    ({"answered": "sex"}, {"sex": "male"}, True),
    ({"answered": "sex"}, {}, False),
    ({"age_between": [12, 55], "of": "date_of_birth"}, {"date_of_birth": "1985-03-05"}, True),
    ({"age_between": [12, 55], "of": "date_of_birth"}, {"date_of_birth": "1960-03-05"}, False),
    ({"age_between": [12, 55], "of": "date_of_birth"}, {"date_of_birth": "2014-11-21"}, True),
    ({"age_between": [12, 55], "of": "date_of_birth"}, {"date_of_birth": "2014-11-22"}, False),
    ({"age_between": [12, 55], "of": "date_of_birth"}, {}, False),
    ({"age_between": [12, 55], "of": "date_of_birth"}, {"date_of_birth": "rubbish"}, False),
    ({"all": [{"answered": "a"}, {"answered": "b"}]}, {"a": 1}, False),
    ({"any": [{"answered": "a"}, {"answered": "b"}]}, {"a": 1}, True),
]


@pytest.mark.parametrize(("condition", "answers", "expected"), CONDITIONS)
def test_conditions(condition: Any, answers: dict[str, Any], expected: bool) -> None:
    assert holds(condition, answers, TODAY) is expected


def test_conditions_name_their_questions() -> None:
    condition = {
        "all": [
            {"question": "a", "equals": "x"},
            {"not": {"answered": "b"}},
            {"age_between": [1, 2], "of": "date_of_birth"},
        ]
    }
    assert list(questions_in(condition)) == ["a", "b", "date_of_birth"]


def test_age_turns_on_the_birthday() -> None:
    assert age_on(date(2008, 11, 21), TODAY) == 18
    assert age_on(date(2008, 11, 22), TODAY) == 17
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
