"""The engine's conversation: going on, back, skipping, failing, pausing, cancelling, consents, review."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.intake.model.turn import Turn
from clinic.intake.stored import restored
from tests.clinic.intake.conftest import FULL

ENOUGH = "send what i have"


def test_an_intake_begins_with_the_privacy_consent(patient: Any) -> None:
    someone = patient()
    assert someone.open == "consent_privacy"
    assert someone.asked["kind"] == "yesno"
    assert someone.asked["step"] == 1
    assert [choice["value"] for choice in someone.asked["choices"]] == ["yes", "no"]
    assert someone.state.answers == {}


def test_a_consent_is_kept_with_version_time_and_answer(patient: Any) -> None:
    someone = patient()
    someone.says("yes")
    assert someone.state.consents["consent_privacy"] == {
        "version": "2026-11-27",
        "given_at": "2026-11-21T12:00:00+00:00",
        "answer": "yes",
    }
    assert someone.open == "for_whom"


def test_without_the_privacy_consent_nothing_is_kept(patient: Any) -> None:
    someone = patient()
    outcome = someone.says("no")
    assert outcome.status == "declined"
    assert outcome.state.answers == {}
    assert "still ask me" in someone.said


def test_nothing_is_collected_before_consent(patient: Any, mention: Any) -> None:
    someone = patient()
    text = "my e-mail is ana@example.org"
    someone.says(
        text,
        intent="inform",
        confidence=0.9,
        entities=(mention(text, "ana@example.org", "email", "ana@example.org"),),
    )
    assert someone.state.answers == {}
    assert someone.open == "consent_privacy"


def test_the_question_object_is_the_wire_contract(patient: Any, at: Any) -> None:
    asked = patient(at("preferred_contact")).asked
    assert set(asked) == {
        "id", "kind", "choices", "required", "step", "total", "section", "can_send", "prefilled",
    }  # fmt: skip
    assert asked["id"] == "preferred_contact"
    assert asked["choices"][0] == {"value": "email", "label": "E-mail"}
    assert asked["required"] is True
    assert asked["prefilled"] is None


def test_buttons_carry_plain_values_and_skip_where_it_is_allowed(engine: Any, at: Any) -> None:
    (message,) = engine.prompt(at("best_time"))
    assert [button.payload for button in message.buttons] == ["morning", "afternoon", "evening", "skip", ENOUGH]
    assert "skip" in message.text
    (required,) = engine.prompt(at("preferred_contact"))
    assert "skip" not in [button.payload for button in required.buttons]


def test_where_none_is_an_answer_a_button_gives_it(patient: Any, engine: Any, at: Any) -> None:
    (message,) = engine.prompt(at("allergies"))
    assert [button.payload for button in message.buttons] == ["none", "skip", ENOUGH]
    someone = patient(at("symptoms"))
    someone.says("none")
    assert someone.state.answers["symptoms"] == []
    (changing,) = engine.prompt(at("symptoms", answers={"symptoms": []}))
    assert [button.payload for button in changing.buttons][-3:] == ["none", "keep", ENOUGH]


def test_a_digression_leaves_everything_as_it_was(patient: Any, at: Any) -> None:
    state = at("email")
    someone = patient(state)
    outcome = someone.says(
        "what is AHSCT?", intent="faq", confidence=0.9, topic="faq/ahsct_therapy", topic_confidence=0.9
    )
    assert outcome.status == "digression"
    assert outcome.state == state
    assert outcome.messages == ()


def test_after_two_failures_the_help_and_after_three_a_way_out(patient: Any, at: Any) -> None:
    someone = patient(at("email", answers={"preferred_contact": "phone"}))
    someone.says("foo")
    assert "@ sign" not in someone.said
    someone.says("bar")
    assert "@ sign" in someone.said
    someone.says("baz")
    assert [button.payload for button in someone.outcome.messages[0].buttons] == [
        "skip",
        "talk to a person",
        "pause",
    ]
    assert someone.open == "email"
    someone.says("qux")
    assert someone.open == "email"
    someone.says("ana@example.org")
    assert someone.state.answers["email"] == "ana@example.org"
    assert someone.state.attempts == 0


def test_skip_leaves_an_optional_question_out_and_explains_a_required_one(patient: Any, at: Any) -> None:
    someone = patient(at("best_time"))
    someone.says("skip")
    assert someone.open == "language"
    assert "best_time" in someone.state.skipped
    needed = patient(at("country"))
    needed.says("I'd rather not say")
    assert needed.open == "country"
    assert "cannot do without" in needed.said


def test_back_asks_the_question_before_with_its_answer(patient: Any, at: Any) -> None:
    someone = patient(at("destination"))
    someone.says("go back")
    assert someone.open == "language"
    assert someone.asked["prefilled"] == "Spanish"
    someone.says("back")
    assert someone.open == "best_time"
    someone.says("evening")
    assert someone.state.answers["best_time"] == "evening"
    assert someone.open == "destination"
    someone.says("back")
    someone.says("keep it")
    assert someone.state.answers["language"] == "Spanish"
    assert someone.open == "destination"


def test_back_from_the_first_question_stays(patient: Any) -> None:
    someone = patient()
    someone.says("yes")
    someone.says("back")
    assert someone.open == "for_whom"
    assert "first question" in someone.said


def test_pause_and_resume(patient: Any, engine: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    outcome = someone.says("I need a break")
    assert outcome.status == "paused"
    assert "resume" in someone.said
    again = engine.begin(outcome.state)
    assert again.state.open_question == "symptoms"
    assert again.state.answers == outcome.state.answers
    assert "Welcome back" in again.messages[0].text


@pytest.mark.parametrize("reply", ["yes", "stop", "delete"])
def test_cancel_asks_once_and_drops_the_answers(patient: Any, at: Any, reply: str) -> None:
    someone = patient(at("symptoms"))
    assert someone.says("stop").status == "asking"
    assert someone.asked["id"] == "cancel"
    outcome = someone.says(reply)
    assert outcome.status == "cancelled"
    assert outcome.state.answers == {}


def test_cancel_can_be_taken_back_paused_or_just_answered(patient: Any, at: Any) -> None:
    someone = patient(at("email"))
    someone.says("stop")
    someone.says("no")
    assert someone.open == "email"
    someone.says("stop")
    someone.says("ana@example.org")
    assert someone.state.answers["email"] == "ana@example.org"
    someone.says("stop")
    assert someone.says("pause").status == "paused"


def test_starting_over_asks_first(patient: Any, at: Any) -> None:
    state = at("symptoms")
    someone = patient(state)
    someone.says("start over")
    assert someone.state.answers == state.answers
    someone.says("yes")
    assert someone.state.answers == {}
    assert someone.open == "consent_privacy"
    assert someone.state.intake_id == state.intake_id


def test_a_person_can_be_asked_for_at_any_time(patient: Any, at: Any) -> None:
    outcome = patient(at("symptoms")).says("I want to talk to a person")
    assert outcome.status == "handoff"
    assert outcome.state.open_question == "symptoms"


def test_why_and_help_explain_and_ask_again(patient: Any, at: Any, questionnaire: Any) -> None:
    someone = patient(at("cancer_history"))
    someone.says("why do you ask?")
    assert questionnaire.get("cancer_history").why in someone.said
    assert someone.open == "cancer_history"
    someone.says("help")
    assert questionnaire.get("cancer_history").help in someone.said


def test_an_unclear_date_is_settled_by_number_label_or_word(patient: Any, at: Any) -> None:
    for reply, stored in (
        ("the second one", "1985-03-04"),
        ("3 April 1985", "1985-04-03"),
        ("march", "1985-03-04"),
        ("1985-03-04", "1985-03-04"),
    ):
        someone = patient(at("date_of_birth"))
        someone.says("03/04/1985")
        assert someone.asked["kind"] == "choice"
        assert someone.asked["id"] == "date_of_birth"
        someone.says(reply)
        assert someone.state.answers["date_of_birth"] == stored
        assert someone.open == "country"


def test_an_unreadable_reply_keeps_the_two_dates_to_choose_from(patient: Any, at: Any) -> None:
    someone = patient(at("date_of_birth"))
    someone.says("03/04/1985")
    someone.says("hmm")
    assert someone.asked["kind"] == "choice"
    someone.says("apr")
    assert someone.state.answers["date_of_birth"] == "1985-04-03"


def test_a_typing_slip_is_offered_for_correction(patient: Any, at: Any) -> None:
    for reply, stored in (
        ("yes", "ana@gmail.com"),
        ("no", "ana@gmial.com"),
        ("ana@gmail.com", "ana@gmail.com"),
        ("bob@example.org", "bob@example.org"),
    ):
        someone = patient(at("email"))
        someone.says("ana@gmial.com")
        someone.says(reply)
        assert someone.state.answers["email"] == stored
    spoken = patient(at("email"))
    spoken.says("ana at example dot com")
    spoken.says("no")
    assert spoken.open == "email"
    assert "email" not in spoken.state.answers


def test_a_choice_of_phone_makes_the_number_required(patient: Any, at: Any) -> None:
    someone = patient(at("best_time", open_question="phone", answers={"phone": None}))
    someone.says("skip")
    assert someone.open == "best_time"
    someone.says("sorry, phone, not e-mail")
    assert someone.state.answers["preferred_contact"] == "phone"
    assert someone.open == "phone"
    someone.says("skip")
    assert someone.open == "phone"


def test_a_change_of_sex_drops_pregnancy(patient: Any, at: Any) -> None:
    someone = patient(at("destination"))
    someone.says("change sex to male")
    assert "pregnancy" not in someone.state.answers
    assert "Pregnancy" in someone.said
    assert someone.open == "destination"


def test_a_diagnosis_taken_back_drops_type_and_year(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    someone.says("sorry, diagnosis should be not diagnosed")
    assert not {"lupus_type", "diagnosis_year"} & set(someone.state.answers)
    assert someone.open == "symptoms"


def test_a_later_birth_drops_an_impossible_diagnosis_year(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms", answers={"diagnosis_year": 1990}))
    someone.says("change my date of birth to 5 March 1995")
    assert "diagnosis_year" not in someone.state.answers
    assert someone.open == "diagnosis_year"


def test_a_correction_says_what_changed_and_returns(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    someone.says("sorry, my e-mail is ana.ruiz@example.org")
    assert someone.said == "I changed “E-mail address” from ana@example.org to ana.ruiz@example.org."
    assert someone.open == "symptoms"
    someone.says("change my phone")
    assert someone.open == "phone"
    someone.says("+34 600 123 456")
    assert someone.state.answers["phone"] == "+34600123456"
    assert someone.open == "symptoms"


def test_a_year_alone_moves_the_birthday_after_a_yes(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    someone.says("actually I was born in 1986")
    someone.says("yes")
    assert someone.state.answers["date_of_birth"] == "1986-03-05"
    assert someone.open == "symptoms"


def test_an_unnamed_correction_asks_which(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    someone.says("I made a mistake")
    assert {"value": "email", "label": "E-mail address"} in someone.asked["choices"]
    someone.says("the e-mail")
    assert someone.open == "email"
    again = patient(at("symptoms"))
    again.says("I made a mistake")
    again.says("never mind")
    assert again.open == "symptoms"
    assert again.state.pending is None


def test_an_optional_answer_can_be_taken_out(patient: Any, at: Any) -> None:
    someone = patient(at("review"))
    someone.says("change my phone")
    someone.says("remove it")
    assert "phone" not in someone.state.answers
    assert someone.open == "review"


def test_the_review_shows_changes_and_sends(patient: Any, engine: Any, at: Any) -> None:
    someone = patient(at("review"))
    summary, question = engine.prompt(someone.state)
    items = summary.custom["summary"]["items"]
    assert {"id": "date_of_birth", "label": "Date of birth", "value": "5 March 1985"} in items
    assert {"id": "country", "label": "Country of residence", "value": "Mexico"} in items
    assert {
        "id": "best_time",
        "label": "Best time to reach you",
        "value": "Morning (Mexico City time)",
    } in items
    assert question.custom["question"]["id"] == "review"
    assert summary.custom["summary"]["not_asked"] == []
    assert [choice["value"] for choice in question.custom["question"]["choices"]] == [
        "send",
        "change",
        "pause",
    ]
    number = [item["id"] for item in items].index("email") + 1
    someone.says(f"change {number}")
    assert someone.open == "email"
    someone.says("ana@example.net")
    assert someone.open == "review"
    someone.says("change")
    someone.says("country")
    someone.says("Spain")
    assert someone.open == "review"
    outcome = someone.says("send")
    assert outcome.status == "confirmed"
    assert outcome.state.answers["email"] == "ana@example.net"
    assert outcome.state.answers["country"] == "ES"


@pytest.mark.parametrize("reply", ["yes", "Send it", "looks good", "👍", "send"])
def test_the_review_takes_many_words_for_send(patient: Any, at: Any, reply: str) -> None:
    assert patient(at("review")).says(reply).status == "confirmed"


def test_a_confirmed_intake_stays_confirmed(patient: Any, engine: Any, at: Any) -> None:
    someone = patient(at("review"))
    someone.says("send")
    assert someone.says("try again").status == "confirmed"
    assert engine.begin(someone.state).status == "confirmed"


def test_a_change_that_needs_more_asks_it_before_the_review(patient: Any, at: Any) -> None:
    someone = patient(at("review", answers={"phone": None}, skipped=("phone",)))
    someone.says("change preferred contact to whatsapp")
    assert someone.open == "phone"
    someone.says("+52 55 1234 5678")
    assert someone.open == "review"


def test_without_permission_to_contact_nothing_is_sent(patient: Any, at: Any) -> None:
    everything = {**FULL, "consent_contact": None}
    someone = patient(at("consent_contact", answers=everything))
    someone.says("no")
    assert [choice["value"] for choice in someone.asked["choices"]] == ["change", "finish"]
    someone.says("change")
    assert someone.open == "consent_contact"
    someone.says("yes")
    assert someone.open == "review"
    other = patient(at("consent_contact"))
    other.says("no")
    outcome = other.says("finish")
    assert outcome.status == "declined"
    assert outcome.state.answers == {}


def test_a_privacy_consent_taken_back_at_the_review_ends_the_intake(patient: Any, at: Any) -> None:
    someone = patient(at("review"))
    someone.says("change privacy consent")
    outcome = someone.says("no")
    assert outcome.status == "declined"
    assert outcome.state.answers == {}


def test_a_request_without_recorded_consent_is_not_confirmed(patient: Any, at: Any) -> None:
    someone = patient(at("review", consents={}))
    assert someone.says("send").status == "asking"
    assert someone.open == "consent_privacy"


def test_a_minor_needs_somebody_else_to_fill_it_in(patient: Any, at: Any) -> None:
    someone = patient(at("date_of_birth"))
    someone.says("5 March 2012")
    assert "parent or guardian" in someone.said
    assert someone.asked["id"] == "for_whom"
    assert "date_of_birth" not in someone.state.answers
    someone.says("someone else")
    assert someone.state.answers["date_of_birth"] == "2012-03-05"
    assert someone.open == "relationship"
    someone.says("my daughter")
    assert someone.open == "full_name"
    assert someone.asked["prefilled"] == "Ana Ruiz"
    someone.says("Eva Ruiz")
    assert someone.open == "country"
    assert someone.state.answers["full_name"] == "Eva Ruiz"


def test_a_minor_alone_is_asked_to_come_back_with_a_parent(patient: Any, at: Any) -> None:
    someone = patient(at("date_of_birth"))
    someone.says("5 March 2012")
    someone.says("for me")
    assert "parent or guardian" in someone.said
    assert someone.open == "date_of_birth"
    assert "date_of_birth" not in someone.state.answers


def test_a_slip_in_a_minors_date_is_just_retyped(patient: Any, at: Any) -> None:
    someone = patient(at("date_of_birth"))
    someone.says("5 March 2012")
    someone.says("5 March 1992")
    assert someone.state.answers["date_of_birth"] == "1992-03-05"
    assert someone.state.answers["for_whom"] == "self"
    assert someone.open == "country"


def test_a_caregiver_is_asked_about_the_patient(patient: Any, engine: Any) -> None:
    someone = patient()
    someone.says("yes")
    someone.says("someone else")
    assert someone.open == "relationship"
    someone.says("she's my daughter")
    assert "patient's full name" in engine.prompt(someone.state)[0].text
    someone.says("Eva Ruiz")
    assert "patient's date of birth" in engine.prompt(someone.state)[0].text
    someone.says("5 March 2012")
    assert someone.state.answers["date_of_birth"] == "2012-03-05"
    assert someone.open == "country"


def test_for_my_daughter_answers_two_questions_at_once(patient: Any) -> None:
    someone = patient()
    someone.says("yes")
    someone.says("it's for my daughter")
    assert someone.state.answers["for_whom"] == "someone_else"
    assert someone.state.answers["relationship"] == "child"
    assert someone.open == "full_name"


def test_making_a_minor_the_one_who_types_is_refused(patient: Any, at: Any) -> None:
    answers = {"for_whom": "someone_else", "relationship": "child", "date_of_birth": "2012-03-05"}
    someone = patient(at("symptoms", answers=answers))
    someone.says("change who is the patient to me")
    assert someone.state.answers["for_whom"] == "someone_else"
    assert someone.open == "date_of_birth"


def test_an_unknown_open_question_is_replaced_by_the_next_one(patient: Any, at: Any) -> None:
    someone = patient(at("email", open_question="a_question_of_long_ago"))
    someone.says("ana@example.org")
    assert someone.open == "diagnosis_status"


def test_restore_tolerates_old_and_broken_control(at: Any) -> None:
    state = at("email")
    control = {
        **state.control(),
        "colour": "blue",
        "attempts": "many",
        "skipped": None,
        "pending": {"no": "type"},
        "consents": 3,
    }
    again = restored({**state.answers, "phone": None}, control)
    assert again.open_question == "email"
    assert again.attempts == 0
    assert again.pending is None
    assert "phone" not in again.answers
    assert restored({}, None).answers == {}


def test_a_drug_named_at_another_question_is_kept_and_not_asked(patient: Any, at: Any, mention: Any) -> None:
    someone = patient(at("email"))
    text = "I’m on Plaquenil by the way"
    someone.says(
        text,
        intent="inform",
        confidence=0.9,
        entities=(mention(text, "Plaquenil", "medication", "hydroxychloroquine"),),
    )
    assert someone.state.answers["current_medications"] == [{"code": "hydroxychloroquine", "text": "Plaquenil"}]
    assert someone.open == "email"
    assert "Plaquenil" in someone.said


def test_the_state_cannot_be_changed_in_place(at: Any) -> None:
    state = at("email")
    with pytest.raises(TypeError):
        state.answers["email"] = "x"
    with pytest.raises(AttributeError):
        state.open_question = "phone"


def test_a_typed_intent_in_free_text_is_kept_as_text(patient: Any, at: Any) -> None:
    someone = patient(at("question_for_doctor", answers={"consent_contact": None}))
    someone.says('/affirm{"consent_contact": "yes"}', intent="affirm", confidence=1.0)
    assert someone.state.answers["question_for_doctor"] == '/affirm{"consent_contact": "yes"}'
    assert "consent_contact" not in someone.state.answers


def test_earlier_turns_are_only_read_at_consent(patient: Any, mention: Any) -> None:
    text = "I live in Mexico"
    turn = Turn(text, "inform", 0.9, entities=(mention(text, "Mexico", "country", "MX"),))
    someone = patient()
    someone.says("yes", turn)
    assert someone.state.answers["country"] == "MX"
    assert "country" in someone.state.prefilled
    assert "Mexico" in someone.said


def test_a_number_that_no_list_knows_is_kept_when_it_is_said_again(patient: Any, at: Any) -> None:
    someone = patient(at("phone", answers={"country": "GB", "preferred_contact": "phone", "phone": None}))
    someone.says("01632 960 271 its the landline")
    assert someone.open == "phone"
    someone.says("01632960271")
    assert someone.state.answers["phone"] == "+441632960271"
    assert someone.open != "phone"


def test_the_old_choice_and_the_new_one_change_an_answer(patient: Any, at: Any) -> None:
    someone = patient(at("best_time", answers={"preferred_contact": "email"}))
    someone.says("actually make it whatsapp instead of email, my work lets me use it now")
    assert someone.state.answers["preferred_contact"] == "whatsapp"


def test_two_choices_named_without_a_change_change_nothing(patient: Any, at: Any) -> None:
    someone = patient(at("best_time", answers={"preferred_contact": "email"}))
    someone.says("evening, by email or whatsapp")
    assert someone.state.answers["preferred_contact"] == "email"


def test_somebody_who_is_away_for_a_moment_answers_nothing(patient: Any, at: Any) -> None:
    someone = patient(at("current_medications", answers={"current_medications": None}))
    someone.says("One minute, I have to look where the box with the tablets is")
    assert someone.state.answers.get("current_medications") is None


def test_no_need_with_more_words_skips_an_address(patient: Any, at: Any) -> None:
    someone = patient(at("email", answers={"preferred_contact": "whatsapp", "phone": "+34600123456", "email": None}))
    someone.says("no need, only whatsapp")
    assert someone.open != "email"
    assert someone.state.answers.get("email") is None


def test_who_puts_himself_right_in_one_answer_is_taken_at_his_last_word(patient: Any, at: Any) -> None:
    someone = patient(at("for_whom", answers={"for_whom": None}))
    someone.says("for my wife. No no, for me, she only types")
    assert someone.state.answers["for_whom"] == "self"


def test_a_year_is_put_right_from_a_free_text(patient: Any, at: Any) -> None:
    someone = patient(at("allergies", answers={"diagnosis_year": 2014, "allergies": None}))
    someone.says("sorry correction, they told me in 2015 not 2014, I just saw the report")
    assert someone.state.answers["diagnosis_year"] == 2015
    assert someone.state.answers.get("allergies") is None


def test_a_medicine_forgotten_before_is_no_treatment_of_before(patient: Any, at: Any) -> None:
    now = [{"code": "hydroxychloroquine", "text": "plaquenil"}]
    someone = patient(at("past_treatments", answers={"current_medications": now, "past_treatments": None}))
    someone.says("oh wait, I forgot the levothyroxine I take every morning")
    codes = [each["code"] for each in someone.state.answers["current_medications"]]
    assert codes == ["hydroxychloroquine", "levothyroxine"]
    assert someone.open == "past_treatments"


def test_a_date_in_another_language_may_have_a_story_behind_it(patient: Any, at: Any) -> None:
    someone = patient(at("date_of_birth", answers={"date_of_birth": None}))
    someone.says("21 luglio 1955, it was a Thursday my mother always told")
    assert someone.state.answers["date_of_birth"] == "1955-07-21"
