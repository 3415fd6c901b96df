"""After sending, the clinic's side is asked first what a message wants with the request; the rules have the rest."""

import pytest

from bot.policies.after_sending import ACTION, next_step


def test_the_clinics_side_is_asked_and_then_the_patient_heard() -> None:
    assert next_step(True, "correct_answer", None, [], False) == ACTION
    assert next_step(True, "correct_answer", None, [ACTION], False) == "action_listen"


def test_what_it_leaves_is_for_the_rules() -> None:
    assert next_step(True, "chitchat", None, [], True) is None


@pytest.mark.parametrize("intent", ["check_status", "withdraw_request", "have_code", "greet", "emergency", "crisis"])
def test_what_has_rules_of_its_own_goes_by_them(intent: str) -> None:
    assert next_step(True, intent, None, [], False) is None


def test_of_questions_only_those_that_one_asks_of_a_request() -> None:
    assert next_step(True, "faq", "consultation_process", [], False) == ACTION
    assert next_step(True, "faq", None, [], False) is None


def test_without_a_request_nothing_is_asked() -> None:
    assert next_step(False, "correct_answer", None, [], False) is None
