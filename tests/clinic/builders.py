"""A finished intake for tests, with answers of every kind."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from clinic.domain.actors import Actor, Role
from clinic.domain.asked import Asked
from clinic.domain.requests import Consent
from clinic.intake.model.questionnaire import Questionnaire
from clinic.service.submission import Submission
from tests.patient import stored

STAFF = Actor("rosa", Role.LEAD, session="s1", address="10.0.0.7")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ANSWERS: dict[str, Any] = stored(
    full_name="Ana Ruíz Peñalosa",
    email="ana.ruiz@example.org",
    symptoms=[{"code": "joint_pain", "text": "stiff joints"}, {"code": None, "text": "brain buzzing"}],
    organ_involvement=["skin"],
    cancer_history="not_sure",
    question_for_doctor="Is it dangerous? 手術は必要ですか",
)
ASKED = Asked(
    birth_date="date_of_birth",
    privacy_consent="consent_privacy",
    points=Questionnaire.load(Path(__file__).resolve().parents[2] / "data" / "intake.yml").prescreened,
)
BORN = date.fromisoformat(ANSWERS["date_of_birth"])


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
        asked=ASKED,
    )
    return replace(built, **changes)
