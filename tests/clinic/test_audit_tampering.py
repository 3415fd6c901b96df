"""Nothing that is done to the audit goes unseen."""

import os
import random

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor, Role
from clinic.domain.audit import faults_of
from clinic.service.audit import verify_audit
from clinic.service.requests import list_requests
from clinic.storage.audit import SqlAlchemyAudit
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .audit_forger import ENTRIES, HEAD, Forger, fill, open_the_table, stored_faults
from .builders import NOW, STAFF

AUDITOR = Actor("otto", Role.AUDITOR)
TAMPERINGS = int(os.environ.get("MARROW_TEST_TAMPERINGS", "2000"))


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
