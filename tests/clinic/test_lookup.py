"""Status lookup and withdrawal by reference and date of birth."""

import os
import socket
import uuid
from datetime import date, timedelta

import pytest
import redis

from clinic.domain.statuses import RequestStatus
from clinic.errors import ConcurrentChange, StorageUnavailable, TooManyAttempts
from clinic.keys import Keyring
from clinic.service.lookup import LookupLimiter, find_request, withdraw_request
from clinic.service.requests import change_status
from clinic.service.submission import load_draft, record_safety_event, save_draft, submit_request
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, BORN, NOW, STAFF, submission

REDIS_URL = os.environ.get("MARROW_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
LATER = NOW + timedelta(days=2)


@pytest.fixture
def limiter(keyring: Keyring) -> LookupLimiter:
    return LookupLimiter(keyring, "100 per minute", "100 per minute")


def test_a_patient_finds_the_request_however_the_reference_is_typed(
    uow: SqlAlchemyUnitOfWork, limiter: LookupLimiter
) -> None:
    request = submit_request(uow, submission(), NOW)
    typed = request.reference.lower().replace("-", " ")
    assert find_request(uow, limiter, typed, BORN, "c1", NOW) == request


@pytest.mark.parametrize(
    ("reference", "born"),
    [
        (None, BORN + timedelta(days=1)),
        ("MR-7F3K-9Q2M", BORN),
        ("nonsense", BORN),
        ("", BORN),
    ],
)
def test_a_wrong_reference_and_a_wrong_date_get_the_same_answer(
    uow: SqlAlchemyUnitOfWork, limiter: LookupLimiter, reference: str | None, born: date
) -> None:
    right = submit_request(uow, submission(), NOW).reference
    asked = right if reference is None else reference
    assert find_request(uow, limiter, asked, born, "c1", NOW) is None
    assert withdraw_request(uow, limiter, asked, born, "c1", LATER) is None
    assert find_request(uow, limiter, right, BORN, "c1", NOW) is not None


def test_a_request_without_a_date_of_birth_is_never_found(uow: SqlAlchemyUnitOfWork, limiter: LookupLimiter) -> None:
    answers = {key: value for key, value in ANSWERS.items() if key != "date_of_birth"}
    request = submit_request(uow, submission(answers=answers), NOW)
    assert find_request(uow, limiter, request.reference, BORN, "c1", NOW) is None


def test_a_withdrawal_erases_everything_but_the_tombstone(
    database: Database, uow: SqlAlchemyUnitOfWork, limiter: LookupLimiter
) -> None:
    request = submit_request(uow, submission(conversation_id="c1"), NOW)
    record_safety_event(uow, "c1", "emergency", "chest_pain", NOW)
    save_draft(uow, "b" * 32, "c1", "rest", {"answers": {"full_name": "Ana"}}, NOW)
    record_safety_event(uow, "c1", "crisis", "self_harm", NOW, "b" * 32)
    withdrawal = withdraw_request(uow, limiter, request.reference, BORN, "c1", LATER)
    assert withdrawal is not None
    assert withdrawal.conversations == ("c1",)
    with uow:
        tombstone = uow.requests.get(request.reference)
    assert tombstone == withdrawal.request
    assert tombstone is not None
    assert (tombstone.status, tombstone.updated_at) == (RequestStatus.WITHDRAWN, LATER)
    assert (tombstone.answers, tombstone.consents, tombstone.notes) == ({}, (), ())
    assert (tombstone.safety_events, tombstone.conversation_id) == ((), None)
    assert load_draft(uow, "b" * 32) is None
    with database.engine.connect() as connection:
        digests = connection.exec_driver_sql(
            "SELECT conversation_index, birth_date_index FROM consultation_requests"
        ).one()
        events = connection.exec_driver_sql("SELECT count(*) FROM safety_events").scalar_one()
    assert tuple(digests) == (None, None)
    assert events == 0


def test_what_is_withdrawn_is_not_found_withdrawn_or_submitted_again(
    uow: SqlAlchemyUnitOfWork, limiter: LookupLimiter
) -> None:
    request = submit_request(uow, submission(), NOW)
    withdraw_request(uow, limiter, request.reference, BORN, "c1", LATER)
    assert find_request(uow, limiter, request.reference, BORN, "c1", NOW) is None
    assert withdraw_request(uow, limiter, request.reference, BORN, "c1", LATER) is None
    again = submit_request(uow, submission(), LATER)
    assert (again.reference, again.status, again.answers) == (request.reference, RequestStatus.WITHDRAWN, {})


def test_a_change_by_staff_during_a_withdrawal_cannot_bring_answers_back(
    database: Database, limiter: LookupLimiter
) -> None:
    staff, patient = SqlAlchemyUnitOfWork(database), SqlAlchemyUnitOfWork(database)
    reference = submit_request(staff, submission(), NOW).reference
    with staff:
        read = staff.requests.get(reference)
        assert read is not None
        assert withdraw_request(patient, limiter, reference, BORN, "c1", LATER) is not None
        with pytest.raises(ConcurrentChange):
            staff.requests.update(read.moved_to(RequestStatus.CONTACTED, LATER))
    with patient:
        stored = patient.requests.get(reference)
    assert stored is not None
    assert (stored.status, stored.answers) == (RequestStatus.WITHDRAWN, {})


def test_a_withdrawal_during_a_change_by_staff_still_happens(database: Database, limiter: LookupLimiter) -> None:
    class StaffIsFaster(SqlAlchemyUnitOfWork):
        interfere = True

        def commit(self) -> None:
            if self.interfere:
                self.interfere = False
                self.rollback()
                change_status(STAFF, SqlAlchemyUnitOfWork(database), reference, RequestStatus.CONTACTED, LATER)
                raise ConcurrentChange("changed")
            super().commit()

    reference = submit_request(SqlAlchemyUnitOfWork(database), submission(), NOW).reference
    withdrawal = withdraw_request(StaffIsFaster(database), limiter, reference, BORN, "c1", LATER)
    assert withdrawal is not None
    assert withdrawal.request.status is RequestStatus.WITHDRAWN


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_conversation_may_try_so_often_only(uow: SqlAlchemyUnitOfWork, keyring: Keyring) -> None:
    limiter = LookupLimiter(keyring, "3 per 15 minutes", "100 per day")
    request = submit_request(uow, submission(), NOW)
    for _ in range(3):
        find_request(uow, limiter, "nonsense", BORN, "c1", NOW)
    with pytest.raises(TooManyAttempts) as caught:
        find_request(uow, limiter, request.reference, BORN, "c1", NOW)
    assert 800 < caught.value.retry_after <= 901
    with pytest.raises(TooManyAttempts):
        withdraw_request(uow, limiter, request.reference, BORN, "c1", LATER)
    assert find_request(uow, limiter, request.reference, BORN, "c2", NOW) == request


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_reference_may_be_tried_so_often_only_whoever_asks(uow: SqlAlchemyUnitOfWork, keyring: Keyring) -> None:
    limiter = LookupLimiter(keyring, "100 per minute", "3 per day")
    request = submit_request(uow, submission(), NOW)
    for number in range(3):
        find_request(uow, limiter, request.reference, date(1990, 1, 1 + number), f"c{number}", NOW)
    with pytest.raises(TooManyAttempts):
        find_request(uow, limiter, request.reference.lower(), BORN, "c9", NOW)


def test_processes_count_together_through_redis_without_naming_anybody(keyring: Keyring) -> None:
    client = redis.Redis.from_url(REDIS_URL, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.ConnectionError:
        if os.environ.get("CI"):
            pytest.fail("Redis must be reachable in CI")
        pytest.skip("no Redis at MARROW_TEST_REDIS_URL")
    key = f"whatsapp:+5255-{uuid.uuid4().hex}"
    limiters = [LookupLimiter(keyring, "2 per 15 minutes", "100 per day", REDIS_URL) for _ in range(2)]
    for limiter in limiters:
        limiter.count(key, "MR-7F3K-9Q2M")
    for limiter in limiters:
        with pytest.raises(TooManyAttempts):
            limiter.count(key, "MR-7F3K-9Q2M")
    digests = [keyring.index("lookup-key", key), keyring.index("lookup-reference", "MR-7F3K-9Q2M")]
    mine = [name for name in client.scan_iter() if any(digest.encode() in name for digest in digests)]
    assert len(mine) == 2
    assert not any(b"5255" in name or b"7F3K" in name for name in mine)
    client.delete(*mine)
    client.close()


def test_without_its_store_the_limiter_lets_nobody_through(keyring: Keyring) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    limiter = LookupLimiter(keyring, "2 per minute", "2 per minute", f"redis://127.0.0.1:{port}/0")
    with pytest.raises(StorageUnavailable, match="MARROW_REDIS_URL"):
        limiter.count("c1", "MR-7F3K-9Q2M")
