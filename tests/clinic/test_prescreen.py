"""Pre-screen notes: which answers give rise to which note."""

from datetime import date
from typing import Any

import pytest

from clinic.domain import prescreen
from clinic.domain.asked import Asked
from clinic.domain.prescreen import ToldSign, age_in_years, prescreen_notes, sign_notes

from .builders import ASKED

TODAY = date(2026, 11, 21)
TREATED = {"current_medications": [{"code": "hydroxychloroquine", "text": "plaquenil"}]}


def codes(answers: dict[str, Any]) -> list[str]:
    return [note.code for note in prescreen_notes(answers, TODAY, ASKED)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, []),
        ({"date_of_birth": "1961-11-21"}, []),
        ({"date_of_birth": "1960-11-22"}, []),
        ({"date_of_birth": "1960-11-21"}, ["age_over_65"]),
        ({"date_of_birth": "1930-01-01"}, ["age_over_65"]),
        ({"date_of_birth": None}, []),
        ({"date_of_birth": "soon"}, []),
        ({"active_infection": "yes"}, ["active_infection"]),
        ({"active_infection": "not_sure"}, ["active_infection"]),
        ({"active_infection": "no"}, []),
        ({"cancer_history": "yes"}, ["cancer"]),
        ({"cancer_history": "not_sure"}, ["cancer"]),
        ({"cancer_history": "no"}, []),
        ({"pregnancy": "yes"}, ["pregnancy"]),
        ({"pregnancy": "not_sure"}, ["pregnancy"]),
        ({"pregnancy": "no"}, []),
        ({"organ_involvement": ["skin", "joints", "blood"]}, []),
        ({"organ_involvement": ["none"]}, []),
        ({"organ_involvement": ["skin", "kidneys"]}, ["major_organ_involvement"]),
        ({"organ_involvement": ["heart", "lungs", "brain"]}, ["major_organ_involvement"]),
        ({"other_conditions": "I am on dialysis"}, ["severe_organ_damage"]),
        ({"other_conditions": "End-stage renal disease, stroke in 2019"}, ["severe_organ_damage"]),
        ({"other_conditions": "no dialysis, never had heart failure"}, []),
        ({"other_conditions": "no diabetes. kidney failure since May"}, ["severe_organ_damage"]),
        ({"other_conditions": "asthma"}, []),
        ({"symptoms": [{"code": "kidney_failure", "text": "my kidneys gave up"}]}, ["severe_organ_damage"]),
        ({"diagnosis_status": "confirmed"}, []),
        ({"diagnosis_status": "suspected"}, ["no_confirmed_diagnosis"]),
        ({"diagnosis_status": "not_diagnosed"}, ["no_confirmed_diagnosis"]),
        (TREATED, []),
        ({"current_medications": []}, ["no_conventional_treatment"]),
        ({"current_medications": "none"}, ["no_conventional_treatment"]),
        ({"current_medications": [{"code": None, "text": "None"}]}, ["no_conventional_treatment"]),
        ({"current_medications": [{"code": None, "text": "vitamin D"}]}, ["no_conventional_treatment"]),
        ({"current_medications": [{"code": None, "text": "some steroid pills"}]}, []),
        ({"current_medications": [], "past_treatments": [{"code": "methotrexate", "text": "MTX"}]}, []),
        ({"current_medications": ["mycophenolate"]}, []),
    ],
)
def test_answers_give_rise_to_notes(answers: dict[str, Any], expected: list[str]) -> None:
    assert codes(answers) == expected


def test_notes_come_in_a_fixed_order_and_say_to_discuss() -> None:
    notes = prescreen_notes(
        {
            "cancer_history": "yes",
            "date_of_birth": "1950-01-01",
            "organ_involvement": ["kidneys"],
            "current_medications": [],
            "diagnosis_status": "suspected",
            "active_infection": "yes",
            "pregnancy": "not_sure",
            "other_conditions": "cirrhosis",
        },
        TODAY,
        ASKED,
    )
    assert [note.code for note in notes] == [
        "age_over_65",
        "active_infection",
        "cancer",
        "pregnancy",
        "major_organ_involvement",
        "severe_organ_damage",
        "no_confirmed_diagnosis",
        "no_conventional_treatment",
    ]
    for note in notes:
        assert "to discuss" in note.text.lower()
        assert not any(word in note.text.lower() for word in ("exclude", "refuse", "reject", "unsuitable"))


def test_the_questions_may_be_called_anything() -> None:
    asked = Asked("born_on", "may_keep", {"cancer": ("tumours",), "treatments": ("now", "before")})
    answers = {"born_on": "1950-01-01", "tumours": "not_sure", "before": [], "date_of_birth": "2000-01-01"}
    notes = prescreen_notes(answers, TODAY, asked)
    assert [note.code for note in notes] == ["age_over_65", "cancer", "no_conventional_treatment"]
    assert asked.as_stored({"born_on": "1950-01-01", "tumours": "no"}) == {
        "date_of_birth": "1950-01-01",
        "tumours": "no",
    }


def test_every_rule_names_its_source() -> None:
    assert all("Source:" in (rule.__doc__ or "") for rule in prescreen._RULES)


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(1961, 11, 21), 65),
        (date(1961, 11, 22), 64),
        (date(2004, 2, 29), 22),
        (date(2026, 11, 21), 0),
    ],
)
def test_age_counts_completed_years(born: date, age: int) -> None:
    assert age_in_years(born, TODAY) == age


def test_a_danger_sign_told_without_an_alarm_is_a_point_for_the_doctor() -> None:
    notes = sign_notes([ToldSign("chest_pain", "habitual", "Symptoms now"), ToldSign("seizure", "past", "")])
    assert [note.code for note in notes] == ["sign_without_alarm"] * 2
    assert "comes and goes at “Symptoms now”: chest pain" in notes[0].text
    assert "something past: seizure" in notes[1].text


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"risk_history": ["clot", "low_counts"]}, ["risk_history"]),
        ({"risk_history": ["not_sure"]}, ["risk_history"]),
        ({"risk_history": ["none"]}, []),
        ({"risk_medicines": ["blood_thinner"]}, ["risk_medicines"]),
        ({"risk_medicines": ["none"]}, []),
        ({"breastfeeding": "yes"}, ["breastfeeding"]),
        ({"breastfeeding": "no"}, []),
        ({"patient_agrees": "no"}, ["patient_agrees"]),
        ({"patient_agrees": "not_sure"}, ["patient_agrees"]),
        ({"patient_agrees": "yes"}, []),
    ],
)
def test_what_decides_gives_rise_to_notes(answers: dict[str, Any], expected: list[str]) -> None:
    assert codes(answers) == expected


def test_what_was_not_asked_is_named_and_never_taken_for_a_no() -> None:
    (note,) = prescreen_notes({}, TODAY, ASKED, ["active_infection", "cancer_history", "best_time"])
    assert (note.code, note.text) == ("not_asked", "Not asked: infection, cancer. To ask.")
    assert prescreen_notes({}, TODAY, ASKED, ["best_time"]) == []
