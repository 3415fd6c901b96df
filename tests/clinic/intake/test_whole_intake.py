"""A whole intake, as a patient might type it, from the first question to the request that is sent."""

from __future__ import annotations

from typing import Any

from clinic.intake.model.turn import Turn

FIRST = "I'm Ana Ruiz, I live in Mexico and I have had SLE since 2015"

CHAT: list[tuple[str, str]] = [
    ("date_of_birth", "03/04/1985"),
    ("date_of_birth", "the second one"),
    ("preferred_contact", "mail me"),
    ("email", "ana.ruiz@gmial.com"),
    ("email", "yes"),
    ("diagnosis_status", "my rheumatologist confirmed it"),
    ("therapy_interest", "what is AHSCT?"),
    ("therapy_interest", "either"),
    ("timeframe", "later"),
    ("consent_contact", "yes"),
    ("more_details", "ok, go on"),
    ("sex", "woman"),
    ("symptoms", "fatigue and joint pain, also some hair loss, no fever"),
    ("organ_involvement", "kidneys"),
    ("active_infection", "sorry, I live in Spain"),
    ("active_infection", "nope"),
    ("cancer_history", "never"),
    ("risk_history", "a blood clot in 2019 and low platelets"),
    ("pregnancy", "skip this"),
    ("breastfeeding", "back"),
    ("pregnancy", "no"),
    ("breastfeeding", "no"),
    ("other_conditions", "none"),
    ("current_medications", "plaquenil; I stopped methotrexate"),
    ("risk_medicines", "warfarin"),
    ("past_treatments", "none"),  # besides the one told before
    ("allergies", "penicillin"),
    ("phone", "skip"),
    ("best_time", "after 5 pm"),
    ("language", "español"),
    ("destination", "Mexico or Panama"),
    ("records_available", "blood tests and MRI"),
    ("question_for_doctor", "How much does it cost?"),
    ("review", "change email"),
    ("email", "ana.ruiz@example.org"),
    ("review", "send"),
]


def test_a_whole_intake(patient: Any, mention: Any) -> None:
    said = [("Ana Ruiz", "person_name", "Ana Ruiz"), ("Mexico", "country", "MX"), ("SLE", "lupus_type", "sle")]
    found = tuple(mention(FIRST, *span) for span in (*said, ("2015", "year", 2015)))
    someone = patient()
    someone.says("yes", Turn(FIRST, "inform", 0.9, entities=found))
    assert "I noted from what you wrote" in someone.said
    someone.says("for me")
    for question, text in CHAT:
        assert someone.open == question, (text, someone.open)
        asks = text.endswith("?")
        nlu = {"intent": "faq", "confidence": 0.9, "topic": "ahsct_therapy", "topic_confidence": 0.9} if asks else {}
        someone.says(text, **nlu)
    assert someone.outcome.status == "confirmed"
    assert dict(someone.state.answers) == {
        "consent_privacy": "yes",
        "for_whom": "self",
        "full_name": "Ana Ruiz",
        "date_of_birth": "1985-03-04",
        "sex": "female",
        "country": "ES",
        "preferred_contact": "email",
        "email": "ana.ruiz@example.org",
        "best_time": "evening",
        "language": "Spanish",
        "diagnosis_status": "confirmed",
        "lupus_type": "sle",
        "diagnosis_year": 2015,
        "symptoms": [
            {"code": "fatigue", "text": "fatigue"},
            {"code": "joint_pain", "text": "joint pain"},
            {"code": "hair_loss", "text": "hair loss"},
        ],
        "organ_involvement": ["kidneys"],
        "current_medications": [{"code": "hydroxychloroquine", "text": "plaquenil"}],
        "past_treatments": [{"code": "methotrexate", "text": "I stopped methotrexate"}],
        "allergies": "penicillin",
        "active_infection": "no",
        "cancer_history": "no",
        "pregnancy": "no",
        "other_conditions": "none",
        "therapy_interest": "either",
        "destination": ["MX", "PA"],
        "timeframe": "later",
        "records_available": ["labs", "imaging"],
        "question_for_doctor": "How much does it cost?",
        "consent_contact": "yes",
        "more_details": "yes",
        "risk_history": ["clot", "low_counts"],
        "breastfeeding": "no",
        "risk_medicines": ["blood_thinner"],
    }
    assert set(someone.state.consents) == {"consent_privacy", "consent_contact"}
