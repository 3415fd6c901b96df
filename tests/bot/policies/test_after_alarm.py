"""What follows an alarm: back to the intake it interrupted, or a warm line where none is begun."""

from __future__ import annotations

import pytest

from bot.policies.after_alarm import intake_waits, next_step, next_step_outside
from bot.policies.safety import is_told_again

FORM, LISTEN, LINE = "intake_form", "action_listen", "action_after_alarm"
OPEN = {"stage": "paused", "open_question": "email", "alarm": {"kind": "emergency", "unclear": False}}


@pytest.mark.parametrize(
    ("control", "unseen", "expected"),
    [
        (OPEN, False, True),
        ({**OPEN, "alarm": None}, False, False),
        # The action server was down when it came.
        ({**OPEN, "alarm": None, "stage": "asking"}, True, True),
        ({**OPEN, "stage": "cancelled"}, True, False),
        ({**OPEN, "open_question": None}, True, False),
        (None, True, False),
        ({}, True, False),
    ],
)
def test_an_open_intake_waits_after_an_alarm(control, unseen, expected):
    assert intake_waits(control, unseen) is expected


@pytest.mark.parametrize(
    ("done", "rejected", "in_form", "waits", "expected"),
    [
        ([], False, False, True, FORM),
        ([], False, False, False, None),
        ([FORM], False, True, True, LISTEN),
        ([FORM], False, False, True, "action_submit_consultation_request"),
        ([FORM, "action_submit_consultation_request"], False, False, True, LISTEN),
        # The intake left the message to the rules: they answer it.
        ([], True, False, True, None),
        (["utter_faq"], True, False, True, None),
        # A look-up that is open takes its own answers.
        ([], False, True, True, None),
    ],
)
def test_any_message_leads_back_to_the_intake(done, rejected, in_form, waits, expected):
    assert next_step(done, rejected, in_form, waits) == expected


@pytest.mark.parametrize(
    ("intent", "done", "after_alarm", "expected"),
    [
        ("goodbye", [], True, LINE),
        ("resume_intake", [], True, LINE),
        ("affirm", [LINE], True, LISTEN),
        ("nlu_fallback", [], True, LINE),
        ("goodbye", [], False, None),
        ("faq", [], True, None),
        ("start_intake", [], True, None),
        ("emergency", [], True, None),
    ],
)
def test_outside_an_intake_a_line_is_said(intent, done, after_alarm, expected):
    assert next_step_outside(intent, done, after_alarm) == expected


TOLD = {
    "stage": "asking",
    "open_question": "allergies",
    "unconfirmed": ["allergies"],
    "told": "bees: I could not breathe",
}


@pytest.mark.parametrize(
    ("text", "control", "expected"),
    [
        ("bees: I could not breathe", TOLD, True),
        ("bees: I can not breathe", TOLD, False),
        ("bees: I could not breathe", {**TOLD, "alarm": {"kind": "emergency"}}, False),
        ("bees: I could not breathe", {**TOLD, "pending": {"type": "safety_check"}}, False),
        ("bees: I could not breathe", {**TOLD, "open_question": "email"}, False),
        ("bees: I could not breathe", {**TOLD, "unconfirmed": []}, False),
        ("bees: I could not breathe", None, False),
        ("bees: I could not breathe", {**TOLD, "stage": "paused"}, False),
        (None, {**TOLD, "told": None}, False),
    ],
)
def test_only_the_very_words_that_she_has_explained_are_no_alarm_again(text, control, expected):
    assert is_told_again(text, control) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no im safe", LINE),
        ("I'm fine, it stopped", LINE),
        ("it's over now", LINE),
        ("is stem cell therapy safe", None),
        ("I want to know what lupus is", None),
        ("lupus symptoms", None),
        ("am I safe with msc?", None),
    ],
)
def test_right_after_an_alarm_a_statement_is_no_search_for_an_article(text: str, expected: str | None) -> None:
    assert next_step_outside("faq", [], True, text) == expected
