"""The questionnaire file: what it holds, and errors that name file, line and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from clinic.intake.model.conditions import age_on, holds, questions_in
from clinic.intake.model.questionnaire import Questionnaire, QuestionnaireError
from tests.patient import STORED

SOURCE = Path(__file__).resolve().parents[4] / "data" / "intake.yml"
TODAY = date(2026, 11, 21)
FIRST_STEP = {
    "you": "consent_privacy for_whom relationship full_name date_of_birth guardian patient_agrees country "
           "preferred_contact email phone",
    "lupus": "diagnosis_status lupus_type",
    "plans": "therapy_interest timeframe consent_contact more_details",
}  # fmt: skip
FURTHER = {
    "health": "sex diagnosis_year symptoms organ_involvement active_infection cancer_history risk_history pregnancy "
              "breastfeeding other_conditions",
    "treatment": "current_medications risk_medicines past_treatments allergies",
    "consultation": "best_time language destination records_available question_for_doctor",
}  # fmt: skip
ORDER = [(section, item) for section, ids in {**FIRST_STEP, **FURTHER}.items() for item in ids.split()]
ASKED_OF_ANYBODY = 12
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
    "guardian": "yes no", "patient_agrees": "yes no not_sure", "more_details": "yes no", "breastfeeding": "yes no",
    "risk_history": "clot antiphospholipid hepatitis hiv tuberculosis dialysis low_counts none not_sure",
    "risk_medicines": "blood_thinner biologic cyclophosphamide none not_sure",
}  # fmt: skip


def test_the_questions_stand_in_the_designed_order(questionnaire: Questionnaire) -> None:
    assert [(question.section, question.id) for question in questionnaire.questions] == ORDER


@pytest.mark.parametrize(
    ("contact", "reached", "other_way"),
    [("email", "email", "phone"), ("phone", "phone", "email"), ("whatsapp", "phone", "email")],
)
def test_twelve_questions_are_enough_for_a_request(
    questionnaire: Questionnaire, contact: str, reached: str, other_way: str
) -> None:
    answers = {**STORED, "preferred_contact": contact, "more_details": "no"}
    asked = [item for item in questionnaire.applicable(answers, TODAY) if questionnaire.asks(item, answers, TODAY)]
    ids = [item.id for item in asked if item.role != "offers_more"]
    assert len(ids) == ASKED_OF_ANYBODY
    assert reached in ids
    assert other_way not in ids
    further = [item.id for item in questionnaire.applicable({**answers, "more_details": "yes"}, TODAY)]
    assert further.index(other_way) > further.index("allergies")


def test_what_a_doctor_needs_is_required_only_of_whoever_goes_on(questionnaire: Questionnaire) -> None:
    needed = ("symptoms", "current_medications", "active_infection", "cancer_history")
    for reply, required in (("yes", True), ("no", False), (None, False)):
        answers = {"more_details": reply}
        assert {questionnaire.get(item).is_required(answers, TODAY) for item in needed} == {required}


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({"sex": "female"}, True),
        ({"sex": "intersex"}, True),
        ({"sex": "undisclosed"}, True),
        ({}, True),
        ({"sex": "male"}, False),
        ({"sex": "female", "date_of_birth": "1950-03-05"}, False),
        ({"sex": "female", "date_of_birth": "2016-03-05"}, False),
    ],
)
def test_pregnancy_and_breastfeeding_are_asked_of_everyone_they_may_concern(
    questionnaire: Questionnaire, answers: dict[str, Any], asked: bool
) -> None:
    for item in ("pregnancy", "breastfeeding"):
        assert questionnaire.get(item).applies({"date_of_birth": "1985-03-05", **answers}, TODAY) is asked


def test_labels_do_not_soften_what_was_said(questionnaire: Questionnaire) -> None:
    labels = [choice.label for question in questionnaire.questions for choice in question.choices]
    assert [label for label in labels if "at times" in label or "mild" in label] == []


def test_the_line_on_msc_says_who_found_what_and_when(questionnaire: Questionnaire) -> None:
    question = questionnaire.get("therapy_interest")
    for text in (question.prompt, question.prompt_other or ""):
        assert "unproven" in text
        assert "FDA" in text
        assert "November 2026" in text


def test_a_question_without_a_section_stands_in_that_of_the_one_above(written: Any) -> None:
    questionnaire = Questionnaire.load(written("    section: lupus\n    label: Type", "    label: Type"))
    assert questionnaire.get("lupus_type").section == "lupus"


def test_a_questionnaire_needs_no_sections(tmp_path: Path) -> None:
    text = SOURCE.read_text("utf-8")
    start, end = text.index("sections:\n"), text.index("questions:\n")
    details = 'required_if: {question: more_details, equals: "yes"}'
    text = (text[:start] + text[end:]).replace("required_if: *details", details)
    text = re.sub(r"    (?:section|moves|# Chosen).*\n", "", text)
    path = tmp_path / "intake.yml"
    path.write_text(text, "utf-8")
    questionnaire = Questionnaire.load(path)
    assert questionnaire.section_of(questionnaire.get("sex"), {}, TODAY) is None
    assert questionnaire.asks(questionnaire.get("sex"), {}, TODAY)
    assert [item.id for item in questionnaire.applicable({}, TODAY)][:2] == ["consent_privacy", "for_whom"]


@pytest.mark.parametrize(("question", "values"), VALUES.items())
def test_choices_store_the_designed_values(questionnaire: Questionnaire, question: str, values: str) -> None:
    assert [choice.value for choice in questionnaire.get(question).choices] == values.split()


def test_required_items_are_those_of_the_design(questionnaire: Questionnaire) -> None:
    optional = {question.id for question in questionnaire.questions if not question.required}
    assert optional == {
        "sex", "email", "phone", "best_time", "language", "diagnosis_year", "organ_involvement",
        "past_treatments", "allergies", "pregnancy", "breastfeeding", "risk_history", "risk_medicines",
        "symptoms", "current_medications", "active_infection", "cancer_history",
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
    ("  - id: phone", "  - id: email", "email", "twice"),
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
    ("    section: lupus\n    label: Type", "    section: lupin\n    label: Type", "lupus_type", "no section 'lupin'"),
    ("moves: {to: consultation, if: {question: pref", "moves: {to: nowhere, if: {question: pref", "email", "nowhere"),
    (
        "moves: {to: consultation, if: {question: pref",
        "moves: {to: you, if: {question: perf",
        "email",
        "unknown question 'perf",
    ),
    ('    only: "yes"\n', '    only: "true"\n', "guardian", "none of its choices"),
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


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{id: plans, label: Your plans,", "{id: lupus, label: Your plans,", "section 'lupus' appears twice"),
        ("The consultation, asked_if: *details}", "Rest, asked_if: {answered: more}}", "unknown question 'more'"),
    ],
)
def test_a_broken_section_is_refused_with_line_and_reason(written: Any, old: str, new: str, problem: str) -> None:
    path = written(old, new)
    with pytest.raises(QuestionnaireError, match=problem) as caught:
        Questionnaire.load(path)
    assert "{id: " in path.read_text("utf-8").splitlines()[caught.value.line - 1]


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
