"""Submitting, drafts and safety events, in memory and on both databases."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.requests import Consent, LeftOpen, SafetyEvent
from clinic.domain.statuses import RequestStatus
from clinic.errors import ConcurrentChange, ConsentMissing, InvalidTransition, RequestNotFound
from clinic.service.requests import change_status
from clinic.service.submission import (
    consents_from_control,
    discard_draft,
    load_draft,
    record_safety_event,
    save_draft,
    submit_request,
)
from clinic.service.unit_of_work import UnitOfWork
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, NOW, STAFF, submission

INTAKE = "a" * 32
LATER = NOW + timedelta(minutes=10)


def count(any_uow: UnitOfWork) -> int:
    with any_uow:
        return len(list(any_uow.requests.all()))


def test_a_submission_becomes_a_new_request_with_everything_in_it(any_uow: UnitOfWork) -> None:
    submitted = submit_request(any_uow, submission(), NOW)
    with any_uow:
        stored = any_uow.requests.get(submitted.reference)
    assert stored == submitted
    assert stored is not None
    assert stored.answers == ANSWERS
    assert stored.status is RequestStatus.NEW
    assert (stored.channel, stored.locale, stored.questionnaire_version) == ("rest", "en-MX", "1")
    assert stored.consents[0] == Consent("consent_privacy", "2026-11", "yes", NOW)
    assert [note.code for note in stored.notes] == ["cancer"]
    assert stored.created_at == stored.updated_at == NOW
    assert stored.created_at.tzinfo is not None


def test_submitting_again_returns_the_same_request(any_uow: UnitOfWork) -> None:
    first = submit_request(any_uow, submission(), NOW)
    again = submit_request(any_uow, submission(answers={"full_name": "Somebody Else"}), LATER)
    assert again == first
    assert count(any_uow) == 1


def test_concurrent_submissions_make_one_request(database: Database) -> None:
    barrier = threading.Barrier(6)
    references: list[str] = []
    problems: list[BaseException] = []

    def submit() -> None:
        barrier.wait()
        try:
            references.append(submit_request(SqlAlchemyUnitOfWork(database), submission(), NOW).reference)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == []
    assert len(references) == 6
    assert len(set(references)) == 1
    assert count(SqlAlchemyUnitOfWork(database)) == 1


def test_a_taken_reference_is_drawn_again(any_uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    first = submit_request(any_uow, submission("1" * 32), NOW)
    drawn = iter([first.reference, "MR-7F3K-9Q2M"])
    monkeypatch.setattr("clinic.service.submission.new_reference", lambda: next(drawn))
    assert submit_request(any_uow, submission("2" * 32), NOW).reference == "MR-7F3K-9Q2M"


@pytest.mark.parametrize("consents", [(), (Consent("consent_privacy", "1", "no", NOW),)])
def test_without_consent_nothing_is_stored(any_uow: UnitOfWork, consents: tuple[Consent, ...]) -> None:
    with pytest.raises(ConsentMissing):
        submit_request(any_uow, submission(consents=consents), NOW)
    assert count(any_uow) == 0


def test_a_unit_of_work_that_is_not_committed_leaves_nothing(any_uow: UnitOfWork) -> None:
    request = submit_request(any_uow, submission(), NOW)
    with any_uow:
        any_uow.requests.get(request.reference)
        any_uow.requests.update(request.moved_to(RequestStatus.IN_REVIEW, LATER))

    def fail_on_the_way() -> None:
        with any_uow:
            any_uow.requests.add(replace(request, reference="MR-7F3K-9Q2M", intake_id="b" * 32))
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        fail_on_the_way()
    with any_uow:
        assert list(any_uow.requests.all()) == [request]


def test_requests_are_listed_newest_first_and_by_status(any_uow: UnitOfWork) -> None:
    old = submit_request(any_uow, submission("1" * 32), NOW)
    new = submit_request(any_uow, submission("2" * 32), LATER)
    change_status(STAFF, any_uow, old.reference, RequestStatus.IN_REVIEW, LATER)
    with any_uow:
        assert [request.reference for request in any_uow.requests.all()] == [new.reference, old.reference]
        assert [r.reference for r in any_uow.requests.all([RequestStatus.IN_REVIEW])] == [old.reference]


def test_a_draft_is_kept_replaced_and_gone_once_submitted(any_uow: UnitOfWork) -> None:
    save_draft(any_uow, INTAKE, "c1", "rest", {"answers": {"full_name": "Ana"}}, NOW)
    save_draft(any_uow, INTAKE, "c1", "rest", {"answers": {"full_name": "Ana Ruiz"}, "open": "email"}, LATER)
    draft = load_draft(any_uow, INTAKE)
    assert draft is not None
    assert draft.state == {"answers": {"full_name": "Ana Ruiz"}, "open": "email"}
    assert (draft.conversation_id, draft.channel) == ("c1", "rest")
    assert (draft.created_at, draft.updated_at) == (NOW, LATER)
    submit_request(any_uow, submission(conversation_id="c1"), LATER)
    assert load_draft(any_uow, INTAKE) is None
    save_draft(any_uow, INTAKE, "c1", "rest", {"answers": {}}, LATER)
    assert load_draft(any_uow, INTAKE) is None


def test_concurrent_first_drafts_leave_one(database: Database) -> None:
    barrier = threading.Barrier(4)
    problems: list[BaseException] = []

    def save(number: int) -> None:
        barrier.wait()
        try:
            save_draft(SqlAlchemyUnitOfWork(database), INTAKE, "c1", "rest", {"n": number}, NOW)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == []
    draft = load_draft(SqlAlchemyUnitOfWork(database), INTAKE)
    assert draft is not None
    assert draft.state["n"] in range(4)


def test_a_cancelled_intake_leaves_no_draft(any_uow: UnitOfWork) -> None:
    save_draft(any_uow, INTAKE, "c1", "rest", {}, NOW)
    discard_draft(any_uow, INTAKE, NOW)
    discard_draft(any_uow, INTAKE, NOW)
    assert load_draft(any_uow, INTAKE) is None


def test_a_safety_event_marks_the_draft_and_then_the_request(any_uow: UnitOfWork) -> None:
    record_safety_event(any_uow, "c1", "emergency", "chest_pain", NOW)
    save_draft(any_uow, INTAKE, "c1", "rest", {}, NOW)
    record_safety_event(any_uow, "c1", "crisis", "self_harm", LATER, INTAKE)
    record_safety_event(any_uow, "c2", "emergency", "stroke", LATER)
    expected = (SafetyEvent("emergency", "chest_pain", NOW), SafetyEvent("crisis", "self_harm", LATER))
    draft = load_draft(any_uow, INTAKE)
    assert draft is not None
    assert draft.safety_events == expected
    told_twice = SafetyEvent("crisis", "self_harm", LATER + timedelta(seconds=1))
    request = submit_request(any_uow, submission(conversation_id="c1", safety_events=(told_twice,)), LATER)
    assert request.safety_events == expected
    after = LATER + timedelta(hours=1)
    record_safety_event(any_uow, "c1", "emergency", "chest_pain", after)
    with any_uow:
        stored = any_uow.requests.get(request.reference)
    assert stored is not None
    assert stored.safety_events == (*expected, SafetyEvent("emergency", "chest_pain", after))


def test_a_safety_event_in_a_second_intake_does_not_mark_the_first_request(
    any_uow: UnitOfWork,
) -> None:
    first = submit_request(any_uow, submission("1" * 32, conversation_id="c1"), NOW)
    record_safety_event(any_uow, "c1", "emergency", "chest_pain", LATER, "2" * 32)
    second = submit_request(any_uow, submission("2" * 32, conversation_id="c1"), LATER)
    with any_uow:
        assert any_uow.requests.get(first.reference) == first
    assert [event.rule for event in second.safety_events] == ["chest_pain"]


def test_staff_move_a_request_along(any_uow: UnitOfWork) -> None:
    reference = submit_request(any_uow, submission(), NOW).reference
    assert change_status(STAFF, any_uow, reference, RequestStatus.CONTACTED, LATER).status is RequestStatus.CONTACTED
    with pytest.raises(InvalidTransition):
        change_status(STAFF, any_uow, reference, RequestStatus.NEW, LATER)
    with pytest.raises(RequestNotFound):
        change_status(STAFF, any_uow, "MR-7F3K-9Q2M", RequestStatus.CONTACTED, LATER)


def test_of_two_writers_who_read_the_same_request_the_second_is_told(database: Database) -> None:
    slow, fast = SqlAlchemyUnitOfWork(database), SqlAlchemyUnitOfWork(database)
    reference = submit_request(slow, submission(), NOW).reference
    with slow:
        read = slow.requests.get(reference)
        assert read is not None
        change_status(STAFF, fast, reference, RequestStatus.CONTACTED, LATER)
        with pytest.raises(ConcurrentChange):
            slow.requests.update(read.moved_to(RequestStatus.DECLINED, LATER))


def test_consents_are_read_from_the_state_of_the_intake() -> None:
    kept = {"consent_privacy": {"version": 2, "given_at": NOW.isoformat(), "answer": "yes"}}
    assert consents_from_control(kept) == (Consent("consent_privacy", "2", "yes", NOW),)


def test_what_was_not_asked_and_what_was_left_out_are_kept_with_the_request(any_uow: UnitOfWork) -> None:
    left_open = LeftOpen(("active_infection", "cancer_history"), ("best_time",))
    made = submit_request(any_uow, submission(left_open=left_open), NOW)
    assert "not_asked" in [note.code for note in made.notes]
    with any_uow:
        stored = any_uow.requests.by_intake(made.intake_id)
    assert stored is not None
    assert stored.left_open == left_open
    assert stored.erased(NOW).left_open is None


def test_the_patients_words_are_stored_with_the_answers_and_erased_with_them(any_uow: UnitOfWork) -> None:
    words = {"date_of_birth": "5 March, 85"}
    request = submit_request(any_uow, submission(words=words), NOW)
    with any_uow:
        stored = any_uow.requests.get(request.reference)
    assert stored is not None
    assert stored.words == words
    assert stored.erased(LATER).words == {}
