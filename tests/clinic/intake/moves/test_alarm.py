"""An alarm is not the end: the answer that raised it is kept, and any of her words lead back to the question."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clinic.intake.engine import IntakeEngine
from clinic.intake.model.messages import Outcome
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.reading.after_alarm import reply_to_check, words_after
from clinic.intake.stored import restored
from tests.readings import reading_of


def alarmed(someone: Any, text: str, kind: str = "emergency", in_form: bool = True, **turn: Any) -> None:
    """The patient writes something that raises an alarm; the state goes through JSON as in a conversation."""
    said = Turn(text, kind, 1.0, **{**reading_of(text), **turn})
    state = someone.engine.alarmed(someone.state, kind, said, in_form=in_form)
    stored = json.loads(json.dumps([dict(state.answers), state.control()]))
    assert restored(*stored) == state
    someone.outcome = Outcome(state)


@pytest.fixture
def at_symptoms(patient: Any, at: Any, mention: Any) -> Any:
    """Somebody whose answer to the symptoms raised an alarm that left open when it was."""
    someone = patient(at("symptoms"))
    text = "fevers, chest pain when I lie down, no rash"
    findings = (mention(text, "fevers", "symptom", "fever"), mention(text, "chest pain", "symptom", "chest_pain"))
    alarmed(someone, text, entities=findings)
    return someone


def codes(someone: Any, question: str) -> list[str]:
    return [finding["code"] for finding in someone.state.answers[question]]


def test_an_answer_that_raised_an_alarm_is_kept_and_asked_again_with_it(at_symptoms: Any) -> None:
    assert (at_symptoms.state.stage, at_symptoms.open) == ("paused", "symptoms")
    assert codes(at_symptoms, "symptoms") == ["fever", "chest_pain"]
    at_symptoms.says("It is not happening now")
    assert at_symptoms.asked["id"] == "symptoms"
    assert [finding["code"] for finding in at_symptoms.asked["prefilled"]] == ["fever", "chest_pain"]
    at_symptoms.says("keep")
    assert at_symptoms.open == "organ_involvement"
    assert codes(at_symptoms, "symptoms") == ["fever", "chest_pain"]


@pytest.mark.parametrize(
    ("replies", "told"),
    [(["It is not happening now"], True), (["continue", "no"], True), (["continue", "yes", "go on"], False)],
)
def test_the_same_words_once_more_are_her_answer_when_she_has_said_that_it_is_not_now(
    at_symptoms: Any, replies: list[str], told: bool
) -> None:
    for reply in replies:
        at_symptoms.says(reply)
    assert at_symptoms.open == "symptoms"
    assert (at_symptoms.state.told is not None) is told


def test_an_allergy_told_with_its_reaction_is_kept_as_written(patient: Any, at: Any) -> None:
    someone = patient(at("allergies"))
    alarmed(someone, "walnuts: my throat closed up")
    assert someone.state.answers["allergies"] == "walnuts: my throat closed up"
    someone.says("that was years ago")
    assert (someone.asked["id"], someone.asked["prefilled"]) == ("allergies", "walnuts: my throat closed up")


def test_what_was_no_answer_is_simply_asked_again(patient: Any, at: Any) -> None:
    someone = patient(at("email"))
    alarmed(someone, "i cant breathe my chest hurts")
    someone.says("I'm fine now")
    assert (someone.asked["id"], someone.asked["prefilled"]) == ("email", None)
    assert "email" not in someone.state.answers


def test_words_of_an_alarm_in_free_text_stay_only_where_she_stands_by_them(patient: Any, at: Any) -> None:
    someone = patient(at("allergies"))
    alarmed(someone, "i cant breathe my chest hurts")
    someone.says("I'm fine now")
    someone.says("skip")
    assert "allergies" not in someone.state.answers
    assert "allergies" in someone.state.skipped


def test_nothing_is_sent_before_she_has_seen_again_what_raised_an_alarm(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms", answers={"question_for_doctor": "x"}))
    alarmed(someone, "fever", entities=())
    assert "symptoms" in someone.state.revisit


@pytest.mark.parametrize("question", ["consent_privacy", "consent_contact"])
def test_an_alarm_never_gives_a_consent(patient: Any, at: Any, question: str) -> None:
    someone = patient(at(question))
    alarmed(someone, "yes")
    assert question not in someone.state.answers
    someone.says("yes")
    assert question not in someone.state.answers, "a bare yes may be meant for the number to call"


def test_nothing_is_taken_from_an_alarm_that_was_no_answer_to_the_intake(patient: Any, at: Any) -> None:
    someone = patient(at("allergies"))
    alarmed(someone, "penicillin: throat swelled", in_form=False)
    assert "allergies" not in someone.state.answers
    assert someone.state.alarm == {"kind": "emergency", "unclear": False}


WELL = ["It is not happening now", "I'm fine now", "im ok", "false alarm", "that was last year", "I am ok now, resume"]


@pytest.mark.parametrize("text", [*WELL, "it's over", "that's over now", "it stopped", "all good"])
def test_who_says_that_all_is_well_is_not_asked_again_how_she_is(at_symptoms: Any, text: str) -> None:
    outcome = at_symptoms.says(text, intent="goodbye", confidence=0.99)
    assert (outcome.status, at_symptoms.asked["id"], at_symptoms.state.alarm) == ("asking", "symptoms", None)
    assert "glad" in at_symptoms.said


@pytest.mark.parametrize(
    "turn",
    [
        Turn("go on", "affirm", 1.0), Turn("continue"), Turn("resume"), Turn("keep going"), Turn("continue my intake"),
        Turn("what now", "chitchat", 1.0),
        Turn("Go on with my request", "check_status", 0.4), Turn("start", "start_intake", 0.99),
        Turn("hello there", "greet", 0.99), Turn("I want to go on with the intake", "resume_intake", 0.9),
    ],
)  # fmt: skip
def test_any_word_of_going_on_leads_back(patient: Any, at: Any, turn: Turn) -> None:
    someone = patient(at("email"))
    alarmed(someone, "i cant breathe my chest hurts")
    someone.outcome = someone.engine.take(someone.state, turn)
    assert (someone.outcome.status, someone.asked["id"]) == ("asking", "email")
    assert "Welcome back" in someone.said


def test_a_fitting_answer_resumes(patient: Any, at: Any) -> None:
    someone = patient(at("sex"))
    alarmed(someone, "half of my face hangs down")
    someone.says("female", intent="inform", confidence=0.99)
    assert (someone.state.answers["sex"], someone.open, someone.state.alarm) == ("female", "diagnosis_year", None)


@pytest.mark.parametrize("text", ["ok", "yes", "no", "thank you", "my husband drives me to the hospital"])
@pytest.mark.parametrize("question", ["active_infection", "full_name", "email", "review"])
def test_what_may_be_meant_for_the_number_to_call_is_no_answer(patient: Any, at: Any, question: str, text: str) -> None:
    someone = patient(at(question))
    alarmed(someone, "i cant breathe right now")
    before = dict(someone.state.answers)
    outcome = someone.says(text, intent="affirm", confidence=0.99)
    assert outcome.status == "paused"
    assert dict(someone.state.answers) == before
    assert [button.payload for button in outcome.messages[0].buttons] == [
        "It is not happening now",
        "Go on with my request",
    ]
    someone.says("go on")
    assert someone.asked["id"] == question


@pytest.mark.parametrize(
    ("reply", "status"), [("yes", "alarm"), ("yes it is", "alarm"), ("no", "asking"), ("not now", "asking")]
)
def test_words_that_left_it_open_are_asked_about_before_the_intake_goes_on(
    at_symptoms: Any, reply: str, status: str
) -> None:
    at_symptoms.says("continue")
    assert (at_symptoms.asked["id"], at_symptoms.asked["kind"]) == ("safety_check", "yesno")
    outcome = at_symptoms.says(reply)
    assert outcome.status == status
    if status == "alarm":
        assert (at_symptoms.state.stage, outcome.messages) == ("paused", ())
        at_symptoms.says("it is over now")
    assert at_symptoms.asked["id"] == "symptoms"
    assert codes(at_symptoms, "symptoms") == ["fever", "chest_pain"]


def test_an_answer_that_brings_her_back_is_kept_while_she_is_asked(at_symptoms: Any, mention: Any) -> None:
    at_symptoms.says("joint pain", entities=(mention("joint pain", "joint pain", "symptom", "joint_pain"),))
    assert at_symptoms.asked["id"] == "safety_check"
    at_symptoms.says("no")
    assert at_symptoms.asked["id"] == "organ_involvement"
    assert codes(at_symptoms, "symptoms") == ["fever", "chest_pain", "joint_pain"]


def test_the_rest_of_a_list_is_added_to_what_raised_the_alarm(at_symptoms: Any, mention: Any) -> None:
    at_symptoms.says("It is not happening now")
    at_symptoms.says("joint pain", entities=(mention("joint pain", "joint pain", "symptom", "joint_pain"),))
    assert codes(at_symptoms, "symptoms") == ["fever", "chest_pain", "joint_pain"]
    # Given again, it is an answer like any other.
    at_symptoms.says("change symptoms")
    at_symptoms.says("fatigue", entities=(mention("fatigue", "fatigue", "symptom", "fatigue"),))
    assert codes(at_symptoms, "symptoms") == ["fatigue"]


def test_what_is_no_yes_or_no_is_asked_about_once_more(at_symptoms: Any) -> None:
    at_symptoms.says("continue")
    at_symptoms.says("ok", intent="affirm", confidence=0.9)
    assert at_symptoms.asked["id"] == "safety_check"
    assert at_symptoms.says("what is lupus?", intent="faq", confidence=0.9).status == "digression"


@pytest.mark.parametrize(
    ("question", "text", "kind", "unclear"),
    [
        ("symptoms", "chest pain and I cannot breathe", "emergency", True),
        ("active_infection", "pneumonia, I cannot breathe", "emergency", True),
        ("question_for_doctor", "what if my chest hurts like that again", "emergency", True),
        ("symptoms", "I cannot breathe right now", "emergency", False),
        ("email", "I cannot breathe", "emergency", False),
        ("timeframe", "I cannot breathe", "emergency", False),
        ("symptoms", "I want to die", "crisis", False),
    ],
)
def test_only_words_told_as_a_history_leave_open_when_it_was(
    patient: Any, at: Any, question: str, text: str, kind: str, unclear: bool
) -> None:
    someone = patient(at(question))
    alarmed(someone, text, kind)
    assert someone.state.alarm == {"kind": kind, "unclear": unclear}


def test_cancelling_after_an_alarm_asks_once_and_deletes(at_symptoms: Any) -> None:
    at_symptoms.says("cancel", intent="stop_intake", confidence=1.0)
    assert at_symptoms.asked["id"] == "cancel"
    assert at_symptoms.says("yes").status == "cancelled"
    assert not at_symptoms.state.answers


def test_who_does_not_cancel_after_all_is_asked_how_she_is(at_symptoms: Any) -> None:
    at_symptoms.says("cancel", intent="stop_intake", confidence=1.0)
    at_symptoms.says("no")
    assert at_symptoms.asked["id"] == "safety_check"
    at_symptoms.says("no")
    assert at_symptoms.asked["id"] == "symptoms"


def test_a_yes_to_the_alarm_deletes_nothing_that_was_about_to_be_deleted(patient: Any, at: Any) -> None:
    someone = patient(at("email"))
    someone.says("cancel")
    alarmed(someone, "I cannot breathe")
    someone.says("yes")
    assert someone.state.answers
    someone.says("go on")
    assert someone.asked["id"] == "email"


@pytest.mark.parametrize("text", ["bye", "goodbye"])
def test_a_goodbye_after_an_alarm_names_the_number_again(at_symptoms: Any, text: str) -> None:
    outcome = at_symptoms.says(text, intent="goodbye", confidence=1.0)
    assert outcome.status == "paused"
    assert "Goodbye" not in at_symptoms.said
    assert "call your local emergency number" in at_symptoms.said


def test_in_a_crisis_over_does_not_mean_safe(patient: Any, at: Any) -> None:
    someone = patient(at("email"))
    alarmed(someone, "I want to end it", "crisis")
    assert someone.says("it's over").status == "paused"
    assert "alone" in someone.said
    someone.says("I am safe now")
    assert someone.asked["id"] == "email"


def test_a_second_alarm_while_she_is_asked_is_no_answer_to_that(at_symptoms: Any) -> None:
    at_symptoms.says("continue")
    alarmed(at_symptoms, "yes and I cannot breathe right now")
    assert at_symptoms.state.alarm == {"kind": "emergency", "unclear": False}
    at_symptoms.says("go on")
    assert at_symptoms.asked["id"] == "symptoms"


def test_an_alarm_after_the_end_changes_nothing(engine: IntakeEngine) -> None:
    over = IntakeState(stage="cancelled")
    assert engine.alarmed(over, "emergency", Turn("I cannot breathe"), in_form=True) == over


def test_the_control_of_an_older_conversation_is_still_read(at: Any) -> None:
    old = at("email").control()
    for name in ("alarm", "unconfirmed", "signs", "told"):
        del old[name]
    state = restored({}, {**old, "stage": "paused"})
    assert (state.alarm, state.unconfirmed, state.signs) == (None, (), ())


@pytest.mark.parametrize("broken", [{"alarm": 3}, {"signs": [3, {}]}, {"pending": {"type": "safety_check", "then": 3}}])
def test_a_broken_control_loses_only_what_is_broken(at: Any, broken: dict[str, Any]) -> None:
    state = restored({}, {**at("email").control(), **broken})
    assert (state.open_question, state.alarm, state.signs, state.pending) == ("email", None, (), None)


SEIZURE = {"rule": "seizure", "kind": "emergency", "why": "past"}


def test_a_past_or_habitual_sign_is_noted_with_one_line_once(patient: Any, at: Any, mention: Any) -> None:
    someone = patient(at("symptoms"))
    text = "a seizure in 2015, fatigue"
    someone.says(text, entities=(mention(text, "fatigue", "symptom", "fatigue"),), quieted=(SEIZURE,))
    assert someone.open == "organ_involvement"
    assert someone.said.count("If this happens now, call your local emergency number.") == 1
    assert someone.state.signs == ({**SEIZURE, "question": "symptoms"},)
    someone.says("brain", quieted=(SEIZURE,))
    assert "If this happens" not in someone.said


def test_a_past_crisis_gets_words_of_its_own(patient: Any, at: Any) -> None:
    someone = patient(at("other_conditions"))
    someone.says("depression years ago", quieted=({"rule": "suicide", "kind": "crisis", "why": "past"},))
    assert "If you feel like that now" in someone.said


def test_a_question_in_between_says_no_line(patient: Any, at: Any) -> None:
    someone = patient(at("symptoms"))
    assert someone.says("can lupus cause a seizure?", intent="faq", confidence=0.9, quieted=(SEIZURE,)).messages == ()


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("emergency", "I'm not ok", "now"), ("emergency", "it's still happening", "now"), ("emergency", "help", "now"),
        ("emergency", "yes, now", "now"), ("emergency", "female", None), ("emergency", "good", None),
        ("emergency", "it was three years ago", "well"), ("emergency", "that happened in 2015", "well"),
        ("crisis", "false alarm", "well"), ("crisis", "it is over", None), ("crisis", "all gone", None),
    ],
)  # fmt: skip
def test_what_she_says_after_an_alarm(language: Any, kind: str, text: str, said: str | None) -> None:
    assert words_after(language, kind, text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", "now"), ("no", "well"), ("2", "well"), ("Yes, now", "now"), ("no it was in May", "well"), ("ok", None),
        ("not right now, just some days", "well"), ("It comes and goes", "well"), ("only when I lie down", "well"),
        ("the ambulance is here", "well"), ("a little bit, yes", "now"), ("I don't know", "now"),
        ("I called them", "well"), ("I called and nobody comes", None), ("sometimes, but it is worse tonight", None),
        ("only when I breathe, still there", None), ("yesterday it began and now it is bad", None),
    ],
)  # fmt: skip
def test_replies_to_the_safety_check(language: Any, text: str, said: str | None) -> None:
    assert reply_to_check(language, text) == said
