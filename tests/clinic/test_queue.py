"""The team's queue and its search: the order, the pages, the counts, who is found, and what an erasure leaves."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from clinic.domain.actors import Actor, Role
from clinic.domain.audit import Act
from clinic.domain.casework import Call, CallOutcome
from clinic.domain.queue import Order, QueueFilter
from clinic.domain.requests import SafetyEvent
from clinic.domain.search import fold, terms_of
from clinic.domain.statuses import RequestStatus
from clinic.errors import AccessRefused
from clinic.keys import Keyring, generate_key
from clinic.service import queue as service
from clinic.service.lookup import LookupLimiter, withdraw_request
from clinic.service.queue import QueuePage, read_queue, search_requests
from clinic.service.requests import change_status, claim_request, view_request
from clinic.service.submission import submit_request
from clinic.service.unit_of_work import UnitOfWork
from clinic.storage.database import Database
from clinic.storage.rotation import rotate_keys
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, BORN, NOW, STAFF, submission

ALARM = SafetyEvent("emergency", "chest_pain", NOW)


def send(uow: UnitOfWork, number: int, *, hours: int = 0, alarm: bool = False, **answers: Any) -> str:
    """Submit one intake and return its reference."""
    sent = submission(
        intake_id=f"{number:032x}",
        conversation_id=f"rest:{number}",
        answers={**ANSWERS, **answers},
        safety_events=(ALARM,) if alarm else (),
    )
    return submit_request(uow, sent, NOW + timedelta(hours=hours)).reference


def page(uow: UnitOfWork, wanted: QueueFilter | None = None, **options: Any) -> QueuePage:
    found = read_queue(STAFF, uow, NOW, wanted or QueueFilter(), **options)
    assert found is not None
    return found


def references(found: QueuePage) -> list[str]:
    return [request.reference for request in found.requests]


def test_emergencies_come_first_then_deadline_time_frame_and_age(any_uow: UnitOfWork) -> None:
    exploring = send(any_uow, 1, timeframe="exploring")
    young = send(any_uow, 2, hours=2, timeframe="asap")
    old = send(any_uow, 3, hours=1, timeframe="asap")
    alarm = send(any_uow, 4, hours=3, alarm=True, timeframe="exploring")
    assert references(page(any_uow)) == [alarm, old, young, exploring]
    with any_uow:
        any_uow.requests.set_due(young, NOW + timedelta(days=1))
        any_uow.commit()
    assert references(page(any_uow)) == [alarm, young, old, exploring]
    change_status(STAFF, any_uow, alarm, RequestStatus.CONTACTED, NOW)
    assert references(page(any_uow)) == [young, old, exploring, alarm]
    change_status(STAFF, any_uow, old, RequestStatus.SPAM, NOW)
    assert references(page(any_uow)) == [young, exploring, alarm]


@pytest.mark.parametrize("order", list(Order))
def test_pages_hold_everything_once_in_the_order_of_the_list(
    any_uow: UnitOfWork, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE", 3)
    sent = [send(any_uow, number, hours=number % 3, timeframe="later") for number in range(8)]
    wanted, found, after = QueueFilter(order=order), [], None
    while True:
        part = page(any_uow, wanted, after=after)
        assert len(part.requests) <= 3
        found += part.requests
        after = part.after
        if after is None:
            break
    assert sorted(request.reference for request in found) == sorted(sent)
    times = [request.created_at for request in found]
    assert times == sorted(times, reverse=order is Order.NEWEST)


def test_filters_and_counts(any_uow: UnitOfWork) -> None:
    mine, alarm, closed = send(any_uow, 1), send(any_uow, 2, alarm=True), send(any_uow, 3)
    claim_request(STAFF, any_uow, mine, NOW)
    change_status(STAFF, any_uow, closed, RequestStatus.DECLINED, NOW)
    assert references(page(any_uow, QueueFilter(assigned_to=STAFF.id))) == [mine]
    assert references(page(any_uow, QueueFilter(assigned_to=""))) == [alarm]
    assert references(page(any_uow, QueueFilter(urgent=True))) == [alarm]
    assert references(page(any_uow, QueueFilter(statuses=(RequestStatus.DECLINED,)))) == [closed]
    with any_uow:
        any_uow.requests.set_due(mine, NOW - timedelta(minutes=1))
        any_uow.commit()
    assert references(page(any_uow, QueueFilter(overdue_at=NOW))) == [mine]
    counts = page(any_uow).counts
    assert {status: count for status, count in counts.items() if count} == {
        RequestStatus.NEW: 2,
        RequestStatus.DECLINED: 1,
    }


def test_what_is_seen_already_is_neither_shown_nor_noted_again(any_uow: UnitOfWork) -> None:
    send(any_uow, 1)
    seen = page(any_uow).stamp
    assert read_queue(STAFF, any_uow, NOW, QueueFilter(), seen=seen) is None
    reference = send(any_uow, 2)
    changed = page(any_uow, seen=seen)
    assert reference in references(changed)
    claim_request(STAFF, any_uow, reference, NOW)
    assert page(any_uow, seen=changed.stamp).stamp != changed.stamp
    with any_uow:
        listed = [entry for entry in any_uow.audit.entries() if entry.act is Act.LISTED]
    assert [entry.details["count"] for entry in listed] == ["1", "2", "2"]


def test_the_latest_call_stands_beside_its_request_and_is_news(any_uow: UnitOfWork) -> None:
    called, other = send(any_uow, 1), send(any_uow, 2)
    before = page(any_uow)
    assert before.calls == {}
    for minutes, outcome in ((0, CallOutcome.NO_ANSWER), (5, CallOutcome.CALL_BACK)):
        with any_uow:
            any_uow.requests.get(called)
            any_uow.requests.add_call(called, Call("ana", outcome, "rang twice", NOW + timedelta(minutes=minutes)))
            any_uow.commit()
    after = page(any_uow, seen=before.stamp)
    assert {reference: call.outcome for reference, call in after.calls.items()} == {called: CallOutcome.CALL_BACK}
    assert other in references(after)


FOUND = {
    "reference": "",
    "family name": "ruiz",
    "with accents and capitals": "PEÑALOSA",
    "whole name": "ana ruiz penalosa",
    "part of a name": "ñalo",
    "parts of two names": "an peñ",
    "e-mail": "Ana.Ruiz@Example.org",
    "phone": "+52 55 1234 5678",
    "phone as it is dialled there": "55 1234 5678",
}


@pytest.mark.parametrize("asked", FOUND)
def test_a_patient_is_found(any_uow: UnitOfWork, asked: str) -> None:
    wanted = send(any_uow, 1)
    send(any_uow, 2, full_name="Bo Li", email="bo@example.org", phone="+4915112345679", date_of_birth="1990-01-01")
    found = search_requests(STAFF, any_uow, NOW, FOUND[asked] or wanted.lower().replace("-", " "))
    assert [request.reference for request in found] == [wanted]


@pytest.mark.parametrize(
    "asked", ["x", "zzz", "1985-03-05", "MR-2222-2222", "%", "", "ana@example.com", "hydroxychloroquine"]
)
def test_nobody_else_is_found(any_uow: UnitOfWork, asked: str) -> None:
    send(any_uow, 1)
    assert search_requests(STAFF, any_uow, NOW, asked) == []


def test_a_closed_request_is_found_by_a_whole_word_only(any_uow: UnitOfWork) -> None:
    reference = send(any_uow, 1)
    change_status(STAFF, any_uow, reference, RequestStatus.DECLINED, NOW)
    assert [found.reference for found in search_requests(STAFF, any_uow, NOW, "peñalosa")] == [reference]
    assert search_requests(STAFF, any_uow, NOW, "peñal") == []


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, Role.PATIENT, Role.SYSTEM])
def test_who_may_not_read_learns_nothing_from_list_or_search(any_uow: UnitOfWork, role: Role) -> None:
    send(any_uow, 1)
    other = Actor("otto", role)
    with pytest.raises(AccessRefused):
        read_queue(other, any_uow, NOW, QueueFilter())
    with pytest.raises(AccessRefused):
        search_requests(other, any_uow, NOW, "ruiz")


def test_other_requests_of_the_same_person_are_named(any_uow: UnitOfWork) -> None:
    first = send(any_uow, 1)
    by_phone = send(any_uow, 2, hours=1, full_name="A. R.", email="other@example.org")
    by_birth = send(any_uow, 3, hours=2, full_name="Peñalosa Ruiz Ana", email="third@example.org", phone="+34911234567")
    send(any_uow, 4, email="ana@else.org", phone="+34512345678", date_of_birth="1999-01-01")
    others = view_request(STAFF, any_uow, first, NOW).same_person
    assert [request.reference for request in others] == [by_birth, by_phone]


def test_a_withdrawal_leaves_nothing_to_find(uow: SqlAlchemyUnitOfWork, database: Database, keyring: Keyring) -> None:
    reference = send(uow, 1)
    limiter = LookupLimiter(keyring, "100 per day", "100 per day")
    withdraw_request(uow, limiter, reference, BORN, "c", NOW)
    for asked in ("ruiz", "peñ", "ana.ruiz@example.org"):
        assert search_requests(STAFF, uow, NOW, asked) == []
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM search_terms")) == 0
        assert connection.scalar(text("SELECT search_name FROM consultation_requests")) is None


def test_old_rows_are_indexed_and_a_rotation_keeps_them_found(
    database_url: str, keyring: Keyring, open_database: Any, trail: Any
) -> None:
    old = open_database(database_url, keyring)
    reference = send(SqlAlchemyUnitOfWork(old), 1)
    with old.engine.begin() as connection:
        connection.execute(text("DELETE FROM search_terms"))
        connection.execute(text("UPDATE consultation_requests SET queue_key = '', search_name = NULL"))
    upgraded = SqlAlchemyUnitOfWork(open_database(database_url, keyring))
    assert [found.reference for found in search_requests(STAFF, upgraded, NOW, "ruiz")] == [reference]
    assert references(page(upgraded)) == [reference]


def test_a_rotation_makes_the_digests_anew(database_url: str, open_database: Any) -> None:
    first, second = generate_key(), generate_key()
    reference = send(SqlAlchemyUnitOfWork(open_database(database_url, Keyring([first]))), 1)
    both = open_database(database_url, Keyring([second, first]))
    assert [found.reference for found in search_requests(STAFF, SqlAlchemyUnitOfWork(both), NOW, "ruiz")] == [reference]
    rotate_keys(both)
    new = SqlAlchemyUnitOfWork(open_database(database_url, Keyring([second])))
    assert [found.reference for found in search_requests(STAFF, new, NOW, "ruiz")] == [reference]


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("José  O'Neil-Ruiz", "jose o neil ruiz"),
        ("STRASSER / Straßer", "strasser strasser"),
        ("Łukasz Sørensen", "lukasz sorensen"),
        ("Nguyễn Thị", "nguyen thi"),
        ("محمد علي", "محمد علي"),
        ("Йован", "иован"),
        ("李 小龙", "李 小龙"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_and_accents(written: str, compared: str) -> None:
    assert fold(written) == compared


def test_no_term_is_of_an_answer_that_names_nobody() -> None:
    values = {term.value for term in terms_of(ANSWERS)}
    assert values == {
        "ana", "ruiz", "penalosa", "ana ruiz penalosa", "ana.ruiz@example.org", "525512345678", "…12345678",
        "ana penalosa ruiz/1985-03-05",
    }  # fmt: skip
