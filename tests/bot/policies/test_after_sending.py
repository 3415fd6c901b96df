"""After sending, the clinic's side is asked first what a message wants with the request; the rules have the rest."""

import pytest

from bot.policies.after_sending import ACTION, NOT_SENDING, SUBMIT, next_step, sending_again


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


def test_a_confirmed_request_that_a_dying_server_did_not_send_is_sent_with_the_next_message() -> None:
    assert sending_again(True, "affirm", []) == SUBMIT
    assert sending_again(True, "faq", []) == SUBMIT
    assert sending_again(True, "affirm", [SUBMIT]) == "action_listen"
    assert sending_again(False, "affirm", []) is None


@pytest.mark.parametrize("intent", sorted(NOT_SENDING))
def test_it_is_not_sent_against_her_will_or_before_an_alarm(intent: str) -> None:
    assert sending_again(True, intent, []) is None
