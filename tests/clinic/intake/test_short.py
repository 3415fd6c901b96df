"""The short way: what is needed first, then an offer, and "send what I have" at every moment after it."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.intake.engine import IntakeEngine
from clinic.intake.model.interview import Interview
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.turn import Turn
from tests.clinic.intake.conftest import CONSENTS, FULL, NOW
from tests.patient import TYPED

ENOUGH = "send what i have"
NEEDED_BY_A_DOCTOR = {"symptoms", "current_medications", "active_infection", "cancer_history"}
# The order of asking until November 2026, in which a conversation may have been left.
BEFORE = (
    "consent_privacy for_whom full_name date_of_birth sex country preferred_contact email phone best_time language "
    "diagnosis_status lupus_type diagnosis_year symptoms organ_involvement current_medications past_treatments "
    "allergies active_infection cancer_history pregnancy other_conditions therapy_interest destination timeframe "
    "records_available question_for_doctor consent_contact"
).split()


def answer_until(someone: Any, until: str, typed: dict[str, str]) -> list[str]:
    """Answer what is asked until `until` is open; return the ids that were asked."""
    asked: list[str] = []
    while someone.open != until:
        assert someone.open not in asked, f"{someone.open} came twice: {someone.said}"
        asked.append(someone.open)
        someone.says(typed[someone.open])
    return asked


def review_of(someone: Any) -> dict[str, Any]:
    summary, _ = someone.engine.prompt(someone.state)
    return dict(summary.custom["summary"])


def test_twelve_questions_and_a_no_to_the_offer_lead_to_the_review(patient: Any) -> None:
    someone = patient()
    asked = answer_until(someone, "more_details", TYPED)
    assert len(asked) == 12
    assert not NEEDED_BY_A_DOCTOR & set(asked)
    someone.says("no")
    assert someone.open == "review"
    unasked = {item["id"] for item in review_of(someone)["not_asked"]}
    assert unasked >= NEEDED_BY_A_DOCTOR | {"risk_history", "pregnancy", "phone"}
    assert "Not asked: " in someone.engine.prompt(someone.state)[0].text
    assert someone.says("send").status == "confirmed"
    assert someone.state.answers["more_details"] == "no"
    assert not NEEDED_BY_A_DOCTOR & set(someone.state.answers)


def test_the_offer_says_how_many_questions_and_minutes_the_rest_takes(patient: Any, at: Any) -> None:
    someone = patient(at("more_details"))
    (offer,) = someone.engine.prompt(someone.state)
    count = sum(question.id not in someone.state.answers for question in applicable(someone)) - 1
    assert f"{count} more questions" in offer.text
    assert "about 7 minutes" in offer.text
    assert "{" not in offer.text


def applicable(someone: Any) -> Any:
    return someone.engine.questionnaire.applicable(someone.state.answers, NOW.date())


def test_a_yes_asks_the_rest_and_then_what_a_doctor_needs_is_required(patient: Any) -> None:
    someone = patient()
    answer_until(someone, "symptoms", TYPED)
    assert someone.asked["required"] is True
    someone.says("skip")
    assert someone.open == "symptoms"
    assert "cannot do without" in someone.said
    answer_until(someone, "review", TYPED)
    assert review_of(someone)["not_asked"] == []


@pytest.mark.parametrize(
    "question", ["sex", "symptoms", "cancer_history", "other_conditions", "phone", "question_for_doctor"]
)
@pytest.mark.parametrize("words", [ENOUGH, "Send what I have", "skip the rest and send"])
def test_what_is_there_can_be_sent_at_every_question_of_the_second_part(
    patient: Any, question: str, words: str
) -> None:
    someone = patient()
    answer_until(someone, question, TYPED)
    assert someone.asked["can_send"] is True
    assert ENOUGH in [button.payload for button in someone.engine.prompt(someone.state)[-1].buttons]
    someone.says(words)
    assert someone.open == "review"
    assert question in {item["id"] for item in review_of(someone)["not_asked"]}
    assert someone.says("send").status == "confirmed"
    assert question not in someone.state.answers


def test_it_can_be_sent_while_something_is_asked_back(patient: Any, at: Any) -> None:
    someone = patient(at("best_time", open_question="phone", answers={"phone": None}))
    someone.says("stop")
    someone.says(ENOUGH)
    assert someone.open == "review"


def test_before_the_offer_it_is_said_how_much_is_needed_still(patient: Any, at: Any) -> None:
    someone = patient(at("lupus_type"))
    assert someone.asked["can_send"] is False
    someone.says(ENOUGH)
    assert "4 more questions" in someone.said
    assert someone.open == "lupus_type"
    last = patient(at("consent_contact"))
    last.says(ENOUGH)
    assert "one more question" in last.said
    assert last.open == "consent_contact"
    nothing = patient()
    nothing.says(ENOUGH)
    assert nothing.state.answers == {}


def test_from_the_review_the_rest_can_be_asked_after_all(patient: Any, at: Any) -> None:
    someone = patient(at("more_details"))
    someone.says("no")
    choices = [choice["value"] for choice in someone.asked["choices"]]
    assert choices == ["send", "change", "more", "pause"]
    someone.says("more")
    assert someone.open == "sex"
    someone.says("female")
    someone.says(ENOUGH)
    assert someone.open == "review"
    assert someone.state.answers["sex"] == "female"


def test_what_was_told_by_the_way_is_kept_though_the_rest_is_declined(patient: Any, mention: Any) -> None:
    text = "I take Plaquenil"
    turn = Turn(text, "inform", 0.9, entities=(mention(text, "Plaquenil", "medication", "hydroxychloroquine"),))
    someone = patient()
    someone.says("yes", turn)
    answer_until(someone, "more_details", TYPED)
    someone.says("no")
    assert [drug["code"] for drug in someone.state.answers["current_medications"]] == ["hydroxychloroquine"]
    assert "current_medications" not in {item["id"] for item in review_of(someone)["not_asked"]}


def test_what_was_left_out_by_the_patient_is_not_what_was_not_asked(patient: Any) -> None:
    someone = patient()
    answer_until(someone, "organ_involvement", TYPED)
    someone.says("skip")
    someone.says(ENOUGH)
    text = someone.engine.prompt(someone.state)[0].text
    assert "Left out: Organs affected" in text
    assert "organ_involvement" not in {item["id"] for item in review_of(someone)["not_asked"]}


@pytest.mark.parametrize("at_question", BEFORE[1:])
def test_a_conversation_left_in_the_old_order_goes_on_to_a_request(patient: Any, at_question: str) -> None:
    done = BEFORE[: BEFORE.index(at_question)]
    state = patient().state.with_changes(
        answers={key: FULL[key] for key in done},
        consents={key: CONSENTS[key] for key in CONSENTS if key in done},
        open_question=at_question,
        questionnaire_version="1",
    )
    someone = patient(state)
    asked = answer_until(someone, "review", TYPED)
    assert asked[0] == at_question, "the question that she was asked last is the one she answers"
    assert not set(asked) & set(done), "nothing is asked twice"
    assert set(someone.state.answers) | set(someone.state.skipped) >= set(BEFORE)
    assert someone.says("send").status == "confirmed"


@pytest.mark.parametrize("reply", ["yes", "send"])
def test_an_open_review_of_the_old_order_sends(patient: Any, engine: IntakeEngine, reply: str) -> None:
    state = patient().state.with_changes(
        answers={key: FULL[key] for key in BEFORE}, consents=CONSENTS, open_question="review", questionnaire_version="1"
    )
    someone = patient(state)
    unasked = {item["id"] for item in review_of(someone)["not_asked"]}
    assert unasked == {"risk_history", "breastfeeding", "risk_medicines"}
    assert someone.says(reply).status == "confirmed"


def test_who_has_told_it_all_is_not_offered_more(questionnaire: Questionnaire, engine: IntakeEngine, at: Any) -> None:
    state = at("review", answers={"more_details": None})
    interview = Interview(questionnaire, state, NOW, engine._language, engine._conversation)
    assert interview.missing == ()


def test_progress_goes_by_section(patient: Any) -> None:
    someone = patient()
    seen: dict[str, list[dict[str, Any]]] = {}
    while someone.open != "review":
        place = someone.asked["section"]
        seen.setdefault(place["id"], []).append(place)
        assert (
            f"({place['label']}, {place['step']} of {place['total']} – part"
            in someone.engine.prompt(someone.state)[0].text
        )
        someone.says(TYPED[someone.open])
    assert list(seen) == ["you", "lupus", "plans", "health", "treatment", "consultation"]
    for places in seen.values():
        assert [place["step"] for place in places] == list(range(1, len(places) + 1))
        assert {place["total"] for place in places} == {len(places)}
    assert [seen[part][0]["number"] for part in seen] == [1, 2, 3, 4, 5, 6]
    assert [seen[part][0]["sections"] for part in seen] == [3, 3, 3, 6, 6, 6]
    assert someone.asked["section"] is None


def test_a_caregivers_sections_are_about_the_patient(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms", answers={"for_whom": "someone_else", "relationship": "parent"}))
    assert someone.asked["section"]["label"] == "The patient's health"


@pytest.mark.parametrize(("relationship", "asked"), [("my daughter", False), ("a friend", True), ("my sister", True)])
def test_a_childs_request_comes_from_a_parent_or_guardian(patient: Any, relationship: str, asked: bool) -> None:
    someone = patient()
    for text in ("yes", "someone else", relationship, "Eva Ruiz", "5 March 2012"):
        someone.says(text)
    assert (someone.open == "guardian") is asked
    assert "patient_agrees" not in {question.id for question in applicable(someone)}
    if not asked:
        return
    someone.says("no")
    assert someone.open == "guardian"
    assert "guardian" not in someone.state.answers
    assert "parent or legal guardian" in someone.said
    someone.says("yes, I am")
    assert someone.state.answers["guardian"] == "yes"
    assert someone.open == "country"


@pytest.mark.parametrize(("reply", "stored"), [("she knows and agrees", "yes"), ("no", "no"), ("not sure", "not_sure")])
def test_of_another_adult_it_is_asked_whether_that_person_agrees(patient: Any, reply: str, stored: str) -> None:
    someone = patient()
    for text in ("yes", "someone else", "my mother", "Eva Ruiz", "5 March 1950"):
        someone.says(text)
    assert someone.open == "patient_agrees"
    someone.says(reply)
    assert someone.state.answers["patient_agrees"] == stored
    assert someone.open == "country"


def test_short_of_breath_is_asked_after_now_or_at_times(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    someone.says("Fatigue, Breathlessness")
    assert someone.asked["id"] == "safety_check"
    assert "Breathlessness" in someone.engine.prompt(someone.state)[0].text
    at_times = patient(someone.state)
    at_times.says("no, not now")
    assert at_times.open == "organ_involvement"
    assert at_times.state.alarm is None
    assert at_times.asked["id"] == "organ_involvement"
    assert someone.says("yes, now").status == "alarm"
    assert [symptom["code"] for symptom in someone.state.answers["symptoms"]] == ["fatigue", "breathlessness"]


def test_a_sign_that_is_said_to_be_habitual_is_not_asked_after_twice(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    someone.says("short of breath at times", quieted=({"rule": "breathing", "kind": "emergency", "why": "habitual"},))
    assert someone.asked["id"] == "organ_involvement"
    assert [sign["rule"] for sign in someone.state.signs] == ["breathing"]
