"""The fixed steps: emergencies first, second answers, the notice at first contact."""

from __future__ import annotations

import pytest

from bot.policies.answers import asking_step, next_answer_step
from bot.policies.safety import next_safety_step

RECORD, LEAVE, LISTEN = "action_record_safety_event", "action_deactivate_loop", "action_listen"


@pytest.mark.parametrize(
    ("intent", "done", "in_form", "expected"),
    [
        ("faq", [], True, None),
        (None, [], False, None),
        ("emergency", [], False, "utter_emergency"),
        ("emergency", [], True, "utter_emergency"),
        ("crisis", [], True, "utter_crisis"),
        ("emergency", ["utter_emergency"], True, LEAVE),
        ("emergency", ["utter_emergency"], False, RECORD),
        ("emergency", ["utter_emergency", LEAVE], False, RECORD),
        ("emergency", ["utter_emergency", LEAVE, RECORD], False, LISTEN),
        ("crisis", ["utter_crisis", RECORD], False, LISTEN),
    ],
)
def test_a_safety_turn_answers_first_then_leaves_the_form_then_records(intent, done, in_form, expected):
    assert next_safety_step(intent, done, in_form) == expected


SECOND = "utter_faq/lupus_cure"
NOTICE = "utter_first_contact"


@pytest.mark.parametrize(
    ("done", "second", "introduced", "loop", "expected"),
    [
        ([], None, False, None, None),
        (["utter_thank"], None, False, None, None),
        (["action_fallback"], None, True, None, LISTEN),
        (["action_fallback"], None, True, "intake_form", "intake_form"),
        (["action_fallback", "intake_form"], None, True, "intake_form", LISTEN),
        (["utter_faq"], None, True, None, LISTEN),
        (["utter_faq"], None, True, "intake_form", None),
        (["utter_faq"], SECOND, True, None, SECOND),
        (["utter_faq", SECOND], SECOND, True, None, LISTEN),
        (["utter_faq", SECOND], SECOND, True, "intake_form", "intake_form"),
        (["utter_faq", SECOND, "intake_form"], SECOND, True, "intake_form", LISTEN),
        (["utter_faq"], None, False, None, NOTICE),
        (["utter_faq", NOTICE], None, True, None, LISTEN),
        (["utter_faq", SECOND], SECOND, False, None, NOTICE),
        (["utter_faq", SECOND, NOTICE], SECOND, True, None, LISTEN),
        (["utter_faq", "intake_form"], None, True, "intake_form", LISTEN),
    ],
)
def test_an_answer_is_completed(done, second, introduced, loop, expected):
    assert next_answer_step(done, second, introduced, loop) == expected


@pytest.mark.parametrize(
    ("done", "undecided", "introduced", "expected"),
    [
        ([], True, True, "utter_which_therapy"),
        ([], False, True, None),
        (["utter_which_therapy"], True, True, "action_listen"),
        (["utter_which_therapy"], True, False, "utter_first_contact"),
        (["utter_which_therapy", "utter_first_contact"], True, True, "action_listen"),
        (["utter_faq"], True, True, None),
    ],
)
def test_asking_which_therapy_is_a_turn_of_its_own(done, undecided, introduced, expected):
    assert asking_step(done, undecided, introduced) == expected
