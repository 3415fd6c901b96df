"""The audit: nothing that was done to it goes unseen, whoever writes at the same moment, and it outlives an erasure."""

import os
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.domain.actors import SYSTEM, Actor, Role
from clinic.domain.audit import Act, Head, faults_of
from clinic.errors import AccessRefused
from clinic.keys import AuditKeys, Keyring, generate_key
from clinic.service.audit import read_audit, verify_audit
from clinic.service.lookup import LookupLimiter, find_request, withdraw_request
from clinic.service.requests import change_status, export_requests, list_requests, view_request
from clinic.service.submission import submit_request
from clinic.storage.audit import SqlAlchemyAudit
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.models import AuditHeadRow, AuditRow
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import BORN, NOW, STAFF, submission
from .fakes import FakeUnitOfWork

AUDITOR = Actor("otto", Role.AUDITOR)
TAMPERINGS = int(os.environ.get("MARROW_TEST_TAMPERINGS", "2000"))
ENTRIES = AuditRow.__table__
HEAD = AuditHeadRow.__table__
COLUMNS = [column.name for column in ENTRIES.columns if column.name != "number"]
LENGTH = 24


def fill(database: Database, entries: int = LENGTH) -> None:
    """Writes that many entries about two requests, each in a transaction of its own."""
    uow = SqlAlchemyUnitOfWork(database)
    references = [submit_request(uow, submission(letter * 32), NOW).reference for letter in "ab"]
    for number in range(entries):
        now = NOW + timedelta(seconds=number)
        if number % 3:
            view_request(replace(STAFF, id=f"person{number % 4}"), uow, references[number % 2], now)
        else:
            list_requests(STAFF, uow, now)


def stored_faults(connection: Connection, trail: AuditTrail, keys: AuditKeys | None = None) -> list[Any]:
    """What a check finds in the rows as this connection sees them."""
    with Session(bind=connection) as session:
        audit = SqlAlchemyAudit(session)
        return faults_of(list(audit.entries()), audit.head(), trail.read()[0], keys or trail.keys)


def open_the_table(connection: Connection) -> None:
    """Takes away what makes the table append-only, as somebody with every right in the database can."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER audit_refuses_{verb}")
    else:
        connection.exec_driver_sql("ALTER TABLE audit_entries DISABLE TRIGGER ALL")


class Forger:
    """Somebody who can write everything in the database, and has no key."""

    def __init__(self, connection: Connection, draw: random.Random) -> None:
        self.connection, self.draw = connection, draw
        self.rows = [dict(row._mapping) for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.number))]

    def tamper(self) -> str:
        """Does one thing to the audit, and says which."""
        ways = [
            self.edit,
            self.remove,
            self.cut_off,
            self.insert_,
            self.swap,
            self.repeat,
            self.move_head,
            self.close_up,
        ]
        way = self.draw.choice(ways)
        way()
        return way.__name__

    def edit(self) -> None:
        row, column = self.draw.choice(self.rows), self.draw.choice(COLUMNS)
        others = [other[column] for other in self.rows if other[column] != row[column]]
        value = self.draw.choice([*others, "x", ""])
        if value == row[column]:
            value = "y"
        self._set(row["number"], {column: value})

    def remove(self) -> None:
        first = self.draw.randint(1, LENGTH - 1)
        last = min(LENGTH - 1, first + self.draw.randint(0, 3))
        self._delete(range(first, last + 1))

    def cut_off(self) -> None:
        """The end, and the head made to fit."""
        keep = self.draw.randint(0, LENGTH - 1)
        self._delete(range(keep + 1, LENGTH + 1))
        self._fit_head(keep)

    def insert_(self) -> None:
        """A copy of an entry at the end, with the chain made to fit."""
        forged = {**self.draw.choice(self.rows), "number": LENGTH + 1, "previous": self.rows[-1]["seal"]}
        if self.draw.random() < 0.5:
            forged["seal"] = "".join(self.draw.choices("0123456789abcdef", k=64))
        self.connection.execute(insert(ENTRIES).values(**forged))
        self.connection.execute(update(HEAD).values(number=LENGTH + 1, seal=forged["seal"]))

    def swap(self) -> None:
        one, other = self.draw.sample(self.rows, 2)
        names = COLUMNS if self.draw.random() < 0.5 else [name for name in COLUMNS if name not in ("seal", "previous")]
        if all(one[name] == other[name] for name in names):
            names = COLUMNS
        self._set(one["number"], {name: other[name] for name in names})
        self._set(other["number"], {name: one[name] for name in names})

    def repeat(self) -> None:
        one, other = self.draw.sample(self.rows, 2)
        self._set(one["number"], {name: other[name] for name in COLUMNS})

    def move_head(self) -> None:
        row = self.draw.choice(self.rows[:-1])
        self.connection.execute(update(HEAD).values(number=row["number"], seal=row["seal"]))

    def close_up(self) -> None:
        """One entry out of the middle, and those behind it moved up."""
        gone = self.draw.randint(1, LENGTH - 1)
        self._delete([gone])
        for row in self.rows[gone:]:
            self.connection.execute(
                update(ENTRIES).where(ENTRIES.c.number == row["number"]).values(number=row["number"] - 1)
            )
        if gone > 1:
            self._set(gone, {"previous": self.rows[gone - 2]["seal"]})
        self.connection.execute(update(HEAD).values(number=LENGTH - 1))

    def _set(self, number: int, values: dict[str, Any]) -> None:
        self.connection.execute(update(ENTRIES).where(ENTRIES.c.number == number).values(**values))

    def _delete(self, numbers: Any) -> None:
        self.connection.execute(delete(ENTRIES).where(ENTRIES.c.number.in_(list(numbers))))

    def _fit_head(self, number: int) -> None:
        seal = self.rows[number - 1]["seal"] if number else ""
        self.connection.execute(update(HEAD).values(number=number, seal=seal))


def test_every_tampering_is_found(database: Database, trail: AuditTrail) -> None:
    fill(database)
    draw = random.Random(20261126)
    rounds = TAMPERINGS if database.engine.dialect.name == "sqlite" else max(100, TAMPERINGS // 20)
    checkpoints = trail.read()[0]
    with database.engine.connect() as connection:
        outer = connection.begin()
        open_the_table(connection)
        assert stored_faults(connection, trail) == []
        missed = []
        for number in range(rounds):
            savepoint = connection.begin_nested()
            what = Forger(connection, draw).tamper()
            with Session(bind=connection, join_transaction_mode="create_savepoint") as session:
                audit = SqlAlchemyAudit(session)
                if not faults_of(list(audit.entries()), audit.head(), checkpoints, trail.keys):
                    missed.append((number, what))
            savepoint.rollback()
        outer.rollback()
    assert missed == []


@pytest.fixture
def on_sqlite(database_url: str, database: Database) -> Database:
    return database


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit_entries SET actor = 'nobody' WHERE number = 7", ["entry 7: changed or inserted"]),
        ("DELETE FROM audit_entries WHERE number BETWEEN 5 AND 6", ["entries 5 to 6: missing"]),
        ("DELETE FROM audit_entries WHERE number > 20", ["entries 21 to 24: missing: the end was cut off"]),
        ("DELETE FROM audit_entries", ["entries 1 to 24: missing: the end was cut off"]),
        ("UPDATE audit_head SET seal = 'x'", ["entry 24: the head does not name the last entry"]),
        (
            "UPDATE audit_entries SET number = CASE number WHEN 3 THEN -1 ELSE 3 END WHERE number IN (3, 9)",
            ["entry -1: there twice", "entry -1: changed or inserted"],
        ),
    ],
)
def test_a_check_says_what_was_done_and_where(
    on_sqlite: Database, trail: AuditTrail, statement: str, said: list[str]
) -> None:
    fill(on_sqlite)
    with on_sqlite.engine.connect() as connection:
        open_the_table(connection)
        connection.execute(text(statement))
        found = [str(fault) for fault in stored_faults(connection, trail)]
        connection.rollback()
    assert found[: len(said)] == said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_old_copy_of_the_whole_table_is_found(on_sqlite: Database, trail: AuditTrail) -> None:
    """The database of yesterday, on which Marrow went on writing: only the checkpoints know of what is gone."""
    fill(on_sqlite)
    with on_sqlite.engine.begin() as connection:
        open_the_table(connection)
        row = connection.execute(select(ENTRIES).where(ENTRIES.c.number == 20)).one()
        connection.execute(delete(ENTRIES).where(ENTRIES.c.number > 20))
        connection.execute(update(HEAD).values(number=20, seal=row.seal))
    uow = SqlAlchemyUnitOfWork(on_sqlite)
    for _ in range(6):
        list_requests(STAFF, uow, NOW)
    faults = verify_audit(AUDITOR, uow, trail, NOW).faults
    assert [(fault.first, fault.what[:8]) for fault in faults] == [(number, "replaced") for number in range(21, 25)]


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
