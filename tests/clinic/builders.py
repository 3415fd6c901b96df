"""A finished intake for tests, with answers of every kind."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from clinic.domain.requests import Consent
from clinic.service.intake_service import Submission

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BORN = date(1992, 3, 14)
ANSWERS: dict[str, Any] = {
    "consent_privacy": "yes",
    "for_whom": "self",
    "full_name": "Ana Ruíz Peñalosa",
    "date_of_birth": BORN.isoformat(),
    "sex": "female",
    "country": "MX",
    "preferred_contact": "email",
    "email": "ana.ruiz@example.org",
    "phone": "+525512345678",
    "diagnosis_status": "confirmed",
    "lupus_type": "sle",
    "diagnosis_year": 2015,
    "symptoms": [
        {"code": "joint_pain", "text": "stiff joints"},
        {"code": None, "text": "brain buzzing"},
    ],
    "organ_involvement": ["skin"],
    "current_medications": [{"code": "hydroxychloroquine", "text": "Plaquenil"}],
    "active_infection": "no",
    "cancer_history": "not_sure",
    "question_for_doctor": "Is it dangerous? 手術は必要ですか",
    "consent_contact": "yes",
}


def submission(intake_id: str = "a" * 32, **changes: Any) -> Submission:
    built = Submission(
        intake_id=intake_id,
        conversation_id="whatsapp:+525512345678",
        channel="rest",
        locale="en-MX",
        questionnaire_version="1",
        answers=ANSWERS,
        consents=(
            Consent("consent_privacy", "2026-11", "yes", NOW),
            Consent("consent_contact", "2026-11", "yes", NOW),
        ),
    )
    return replace(built, **changes)
