"""The one made-up patient of all tests: what she types (patients.yml), and what is stored of a whole intake.

Tests change single answers. A question that is added to data/intake.yml needs an answer here and in patients.yml;
tests/clinic/test_patient.py says so.
"""

from __future__ import annotations

from typing import Any

from tests.conversations.format import load_patients

TYPED: dict[str, str] = load_patients()["ana"]
STORED: dict[str, Any] = {
    "consent_privacy": "yes",
    "for_whom": "self",
    "full_name": "Ana Ruiz",
    "date_of_birth": "1985-03-05",
    "country": "MX",
    "preferred_contact": "email",
    "email": "ana@example.org",
    "phone": "+525512345678",
    "diagnosis_status": "confirmed",
    "lupus_type": "sle",
    "therapy_interest": "msc",
    "timeframe": "asap",
    "consent_contact": "yes",
    "more_details": "yes",
    "sex": "female",
    "diagnosis_year": 2015,
    "symptoms": [{"code": "fatigue", "text": "fatigue"}],
    "organ_involvement": ["kidneys"],
    "active_infection": "no",
    "cancer_history": "no",
    "risk_history": ["none"],
    "pregnancy": "no",
    "breastfeeding": "no",
    "other_conditions": "none",
    "current_medications": [{"code": "hydroxychloroquine", "text": "Plaquenil"}],
    "risk_medicines": ["none"],
    "past_treatments": [],
    "allergies": "penicillin",
    "best_time": "morning",
    "language": "Spanish",
    "destination": ["MX"],
    "records_available": ["labs"],
    "question_for_doctor": "Can I travel?",
}


def stored(*without: str, **changed: Any) -> dict[str, Any]:
    """What is stored of her, with other answers to some questions and none to those in `without`."""
    return {key: value for key, value in {**STORED, **changed}.items() if key not in without}


# What is stored when she types what stands in patients.yml, where it is not the same.
STORED_AS_TYPED: dict[str, Any] = stored(
    "phone",
    "question_for_doctor",
    email="ana.ruiz@example.org",
    symptoms=[{"code": "fatigue", "text": "fatigue"}, {"code": "joint_pain", "text": "joint pain"}],
    organ_involvement=["none"],
    current_medications=[{"code": "hydroxychloroquine", "text": "plaquenil"}],
    other_conditions="high blood pressure",
    destination=["no_preference"],
    timeframe="exploring",
)
