"""The audit: who did what, whoever writes at the same moment, and what is left of it after an erasure."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clinic.domain.actors import SYSTEM, Actor, Role
from clinic.domain.audit import Act, Head, faults_of
from clinic.errors import AccessRefused
from clinic.keys import AuditKeys, Keyring, generate_key
from clinic.service.audit import read_audit, verify_audit
from clinic.service.lookup import LookupLimiter, find_request, withdraw_request
from clinic.service.requests import change_status, export_requests, list_requests, view_request
from clinic.service.submission import submit_request
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .audit_forger import fill
from .builders import BORN, NOW, STAFF, submission
from .fakes import FakeUnitOfWork

AUDITOR = Actor("otto", Role.AUDITOR)


@pytest.fixture
def on_sqlite(database_url: str, database: Database) -> Database:
    return database


def test_the_database_refuses_to_change_or_delete_an_entry(database: Database) -> None:
    fill(database, 3)
    for statement in ("UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.execute(text(statement))


def test_many_writers_leave_one_whole_chain(
    database_url: str, keyring: Keyring, trail: AuditTrail, open_database: Callable[..., Database]
) -> None:
    database = open_database(database_url, keyring, timeout=30)
    uow = SqlAlchemyUnitOfWork(database)
    reference = submit_request(uow, submission(), NOW).reference
    barrier, problems = threading.Barrier(8), []

    def write(number: int) -> None:
        mine = SqlAlchemyUnitOfWork(database)
        barrier.wait()
        try:
            for _ in range(12):
                view_request(Actor(f"person{number}", Role.CLINICIAN), mine, reference, NOW)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    # A check in the middle of it finds nothing either.
    meanwhile = [verify_audit(AUDITOR, uow, trail, NOW) for _ in range(5)]
    for thread in threads:
        thread.join(timeout=120)
    assert problems == []
    assert [found.faults for found in meanwhile] == [()] * 5
    found = verify_audit(AUDITOR, uow, trail, NOW)
    assert (found.is_whole, found.entries) == (True, 96)
    assert len(trail.read()[0]) == 96


def test_each_act_is_written_with_who_and_where_and_without_a_word_of_the_patient(
    uow: SqlAlchemyUnitOfWork, keyring: Keyring
) -> None:
    reference = submit_request(uow, submission(), NOW).reference
    view_request(STAFF, uow, reference, NOW)
    export_requests(STAFF, uow, NOW, layout="csv")
    change_status(STAFF, uow, reference, "contacted", NOW)
    limiter = LookupLimiter(keyring, "9 per minute", "9 per minute")
    assert find_request(uow, limiter, reference, BORN + timedelta(days=1), "c1", NOW) is None
    with pytest.raises(AccessRefused):
        view_request(AUDITOR, uow, reference, NOW)
    withdraw_request(uow, limiter, reference, BORN, "c1", NOW)
    entries = read_audit(AUDITOR, uow, NOW)
    assert [(entry.act, entry.actor.id) for entry in entries] == [
        (Act.VIEWED, "rosa"),
        (Act.EXPORTED, "rosa"),
        (Act.MOVED, "rosa"),
        (Act.LOOKUP_FAILED, "patient"),
        (Act.ACCESS_REFUSED, "otto"),
        (Act.ERASED, "patient"),
    ]
    assert (entries[0].actor, entries[0].at) == (STAFF, NOW)
    assert entries[1].details == {"count": "1", "format": "csv", "statuses": ""}
    assert entries[2].details == {"from": "new", "to": "contacted"}
    assert entries[4].details == {"right": "read"}
    assert reference not in repr(entries)


def test_an_erasure_leaves_the_chain_whole_and_nothing_that_leads_to_the_request(
    database: Database, trail: AuditTrail, keyring: Keyring
) -> None:
    uow = SqlAlchemyUnitOfWork(database)
    reference = submit_request(uow, submission(), NOW).reference
    view_request(STAFF, uow, reference, NOW)
    assert [entry.act for entry in read_audit(AUDITOR, uow, NOW, reference)] == [Act.VIEWED]
    withdraw_request(uow, LookupLimiter(keyring, "9 per minute", "9 per minute"), reference, BORN, "c1", NOW)
    assert verify_audit(AUDITOR, uow, trail, NOW).is_whole
    assert read_audit(AUDITOR, uow, NOW, reference) == []
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM audit_subjects").scalar_one() == 0


def test_what_is_undone_leaves_no_entry(uow: SqlAlchemyUnitOfWork) -> None:
    reference = submit_request(uow, submission(), NOW).reference
    with uow:
        uow.audit.record(STAFF, Act.VIEWED, NOW, reference)
    with uow:
        uow.audit.record(STAFF, Act.VIEWED, NOW, reference)
        uow.rollback()
        uow.commit()
    assert read_audit(AUDITOR, uow, NOW) == []


@pytest.mark.parametrize("details", [{"answer": "yes"}, {"to": "Ana Ruiz"}, {"reason": "+52 55 1234 5678"}])
def test_a_value_of_a_patient_cannot_be_written(memory: FakeUnitOfWork, details: dict[str, str]) -> None:
    with memory, pytest.raises(ValueError, match="not fit for the audit"):
        memory.audit.record(SYSTEM, Act.PURGED, NOW, details=details)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_rotated_key_still_checks_and_a_lost_one_is_named(on_sqlite: Database, trail: AuditTrail) -> None:
    old, new = generate_key(), generate_key()
    trail._keys = AuditKeys([old])
    fill(on_sqlite, 4)
    trail._keys = AuditKeys([new, old])
    uow = SqlAlchemyUnitOfWork(on_sqlite)
    list_requests(STAFF, uow, NOW)
    assert verify_audit(AUDITOR, uow, trail, NOW).is_whole
    trail._keys = AuditKeys([new])
    found = verify_audit(AUDITOR, uow, trail, NOW)
    assert [(fault.first, fault.what[:31]) for fault in found.faults] == [
        (number, "sealed with a key that is not h") for number in (1, 2, 3, 4)
    ]
    assert found.foreign_lines == 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_checkpoints_that_are_missing_or_forged_are_said(on_sqlite: Database, trail: AuditTrail) -> None:
    fill(on_sqlite, 4)
    uow = SqlAlchemyUnitOfWork(on_sqlite)
    lines = [line for line in trail.path.read_text().splitlines() if line]
    trail.path.write_text("\n".join([*lines[:2], lines[2].replace('"number": 3', '"number": 2'), "half a li"]))
    found = verify_audit(AUDITOR, uow, trail, NOW)
    assert (found.foreign_lines, found.is_whole, found.faults) == (2, False, ())
    trail.path.unlink()
    assert verify_audit(AUDITOR, uow, trail, NOW).no_checkpoints


def test_a_restored_backup_is_no_truncation_and_a_second_cut_is(trail: AuditTrail) -> None:
    for number in (1, 2, 3, 4):
        trail.note(Head(number, str(number)))
    trail.note(Head(2, "2"), restored=True)
    assert [str(fault) for fault in faults_of([], Head(2, "2"), trail.read()[0], trail.keys)] == [
        "entries 1 to 2: missing: the end was cut off"
    ]
