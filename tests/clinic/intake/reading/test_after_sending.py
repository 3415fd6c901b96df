"""What a patient means once her request is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.intake.model.language import Language
from clinic.intake.model.turn import Turn
from clinic.intake.reading.after_sending import read_wish

ENGLISH = Language.of(Path(__file__).resolve().parents[4] / "data")
DRUG = ({"entity": "medication", "value": "prednisone"},)
MOTHER = ({"entity": "relationship", "value": "mother"},)


def wish(text, intent="nlu_fallback", confidence=0.9, *, entities=(), adding=False, open_intake=False):
    turn = Turn(text=text, intent=intent, confidence=confidence, entities=entities)
    return read_wish(ENGLISH, turn, adding=adding, open_intake=open_intake)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what happens now?", "faq"),
        ("so what now", "chitchat"),
        ("what's next", "chitchat"),
        ("when will I hear from you", "check_status"),
        ("When will the doctor contact me?", "faq"),
        ("how long does it take until you call me", "faq"),
        ("do I have to do anything", "nlu_fallback"),
    ],
)
def test_what_comes_next_is_asked_of_the_request(text, intent):
    assert wish(text, intent) == "next"


@pytest.mark.parametrize(
    "text",
    [
        "can I send you my MRI",
        "where do I send my lab results",
        "how can i upload x-rays",
        "I want to email my records",
    ],
)
def test_files_are_offered(text):
    assert wish(text, "out_of_scope") == "files"


@pytest.mark.parametrize("text", ["can I get a copy of what I sent", "what did I send", "show me my answers"])
def test_a_copy_is_wanted(text):
    assert wish(text, "faq") == "copy"


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("I forgot to say I also take prednisone", "correct_answer", DRUG),
        ("oh I forgot, I also take Z", "correct_answer", ()),
        ("can you add that I have asthma", "out_of_scope", ({"entity": "condition", "value": "asthma"},)),
        ("one more thing: I take warfarin", "medical_advice", ()),
        ("my new number is +52 55 1234 5678", "inform", ()),
        ("sorry, my e-mail is ana@example.org", "correct_answer", ()),
    ],
)
def test_something_is_added(text, intent, entities):
    assert wish(text, intent, entities=entities) == "add"


@pytest.mark.parametrize(
    "text", ["I forgot something", "I want to change something", "change my phone number", "add my allergies"]
)
def test_who_does_not_say_what_to_add_is_asked(text):
    assert wish(text, "correct_answer") == "ask_addition"


def test_whatever_is_said_when_asked_is_added_unless_it_is_nothing_or_a_question():
    assert wish("ibuprofen sometimes", adding=True) == "add"
    assert wish("nothing", adding=True) == "leave_addition"
    assert wish("never mind", "stop_intake", adding=True) == "leave_addition"
    assert wish("is lupus contagious?", "faq", adding=True) is None


@pytest.mark.parametrize("text", ["send", "submit", "send my request", "start my consultation request", "resume"])
def test_nothing_is_sent_twice_by_accident(text):
    assert wish(text, "start_intake") == "again"


@pytest.mark.parametrize(
    ("text", "entities"),
    [("start another request", ()), ("a new request please", ()), ("I want to request one for my mother", MOTHER)],
)
def test_another_request_can_be_begun(text, entities):
    assert wish(text, "start_intake", entities=entities) is None


def test_going_on_means_an_intake_that_is_open():
    assert wish("resume", "resume_intake", open_intake=True) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what is lupus?", "faq"),
        ("how long does the therapy take", "faq"),
        ("thanks, bye", "goodbye"),
        ("ok", "affirm"),
        ("can I take ibuprofen with lupus?", "medical_advice"),
        ("what are the side effects of prednisone", "faq"),
    ],
)
def test_everything_else_is_left_to_the_rules(text, intent):
    assert wish(text, intent) is None
