"""Storage: encryption at rest, keys, migrations, and what is said when the database cannot be used."""

import os
import re
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import make_url
from sqlalchemy.exc import StatementError

from clinic.domain.actors import Actor, Role
from clinic.domain.casework import CallOutcome
from clinic.errors import DataKeyMismatch, MarrowError, SchemaError, SettingsError, StorageUnavailable
from clinic.keys import Keyring, generate_key
from clinic.service.audit import read_audit
from clinic.service.lookup import LookupLimiter, find_request, withdraw_request
from clinic.service.requests import add_note, log_call, view_request
from clinic.service.submission import load_draft, record_safety_event, save_draft, submit_request
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.models import Base
from clinic.storage.rotation import rotate_keys
from clinic.storage.schema import ensure_schema, latest_revision
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, BORN, NOW, STAFF, submission

STAFF_OF_AUDIT = Actor("otto", Role.AUDITOR)
Opener = Callable[..., Database]


def entered_texts(value: Any) -> list[str]:
    """Every text of five or more characters within a stored answer."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in entered_texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in entered_texts(part)]
    return [value] if isinstance(value, str) and len(value) >= 5 else []


def file_bytes(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.glob("clinic.db*")))


@pytest.fixture
def sqlite(tmp_path: Path, keyring: Keyring, open_database: Opener) -> Database:
    return open_database(f"sqlite:///{tmp_path}/clinic.db", keyring, timeout=1)


def test_the_file_holds_nothing_of_what_was_entered(sqlite: Database, tmp_path: Path) -> None:
    uow = SqlAlchemyUnitOfWork(sqlite)
    # "email" is also the name of a channel to the clinic, which is no secret.
    answers = {**ANSWERS, "preferred_contact": "phone"}
    save_draft(uow, "b" * 32, "whatsapp:+4915112345678", "rest", {"answers": answers}, NOW)
    record_safety_event(uow, "whatsapp:+4915112345678", "emergency", "chest_pain", NOW)
    reference = submit_request(uow, submission(answers=answers), NOW).reference
    view_request(STAFF, uow, reference, NOW)
    add_note(STAFF, uow, reference, "Speaks quietly, call after lunch", NOW)
    log_call(STAFF, uow, reference, CallOutcome.WRONG_NUMBER, "a bakery answered", NOW)
    raw = file_bytes(tmp_path)
    entered = [
        *entered_texts(answers),
        "after lunch",
        "bakery",
        "wrong_number",
        "4915112345678",
        "525512345678",
        "emergency",
        "chest_pain",
        "cancer",
    ]
    assert len(entered) > 15
    for text in entered:
        assert text.encode() not in raw, text
    assert b"consultation_requests" in raw


def test_the_same_date_of_birth_leaves_no_common_trace(sqlite: Database) -> None:
    uow = SqlAlchemyUnitOfWork(sqlite)
    for number in "12":
        submit_request(uow, submission(number * 32), NOW)
    with sqlite.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT birth_date_index FROM consultation_requests").scalars()
        assert len(set(rows)) == 2


def test_old_ciphertext_is_overwritten_when_a_request_is_withdrawn(
    sqlite: Database, tmp_path: Path, keyring: Keyring
) -> None:
    uow = SqlAlchemyUnitOfWork(sqlite)
    limiter = LookupLimiter(keyring, "9 per minute", "9 per minute")
    request = submit_request(uow, submission(), NOW)
    with sqlite.engine.connect() as connection:
        token = connection.exec_driver_sql("SELECT answers FROM consultation_requests").scalar_one()
    assert withdraw_request(uow, limiter, request.reference, BORN, "c1", NOW) is not None
    sqlite.dispose()
    assert token[40:80].encode() not in (tmp_path / "clinic.db").read_bytes()


def test_times_are_stored_in_utc_and_need_a_zone(database: Database) -> None:
    uow = SqlAlchemyUnitOfWork(database)
    elsewhere = datetime.fromisoformat("2026-11-21T18:30:00+09:00")
    save_draft(uow, "b" * 32, "c1", "rest", {}, elsewhere)
    draft = load_draft(uow, "b" * 32)
    assert draft is not None
    assert draft.created_at.isoformat() == "2026-11-21T09:30:00+00:00"
    with pytest.raises(StatementError, match="time zone"):
        save_draft(uow, "c" * 32, "c1", "rest", {}, datetime(2026, 11, 21))


def test_migrations_make_exactly_the_models_tables(database: Database) -> None:
    database.ready()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_processes_that_start_together_migrate_once(database_url: str, keyring: Keyring, open_database: Opener) -> None:
    databases = [open_database(database_url, keyring, timeout=10) for _ in range(4)]
    problems: list[BaseException] = []

    def start(database: Database) -> None:
        try:
            database.ready()
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=start, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert problems == []
    assert ensure_schema(databases[0].engine) == latest_revision()


def test_a_database_of_a_newer_version_is_refused(database: Database, open_database: Opener) -> None:
    database.ready()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    again = open_database(database.engine.url.render_as_string(hide_password=False), database.keyring)
    with pytest.raises(SchemaError, match="newer version"):
        again.ready()
    with pytest.raises(SchemaError, match="newer version"):
        again.open_existing()


def test_opening_a_missing_database_makes_none(tmp_path: Path, keyring: Keyring, open_database: Opener) -> None:
    with pytest.raises(SchemaError, match="marrow db upgrade"):
        open_database(f"sqlite:///{tmp_path}/none.db", keyring).open_existing()
    assert not (tmp_path / "none.db").exists()


def test_an_empty_database_is_named_as_such(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        sqlite3.connect(str(database.engine.url.database)).close()
    with pytest.raises(SchemaError, match="no tables yet"):
        database.open_existing()


def test_a_key_that_does_not_fit_is_said_at_start(database: Database, database_url: str, open_database: Opener) -> None:
    submit_request(SqlAlchemyUnitOfWork(database), submission(), NOW)
    wrong = open_database(database_url, Keyring([generate_key()]))
    with pytest.raises(DataKeyMismatch, match="MARROW_DATA_KEY"):
        wrong.ready()
    with pytest.raises(DataKeyMismatch), SqlAlchemyUnitOfWork(wrong):
        pytest.fail("the unit of work was entered")


def test_keys_are_rotated_without_losing_a_request(database_url: str, open_database: Opener) -> None:
    old, new = generate_key(), generate_key()
    uow = SqlAlchemyUnitOfWork(open_database(database_url, Keyring([old])))
    request = submit_request(uow, submission(), NOW)
    save_draft(uow, "b" * 32, "c1", "rest", {"answers": {"full_name": "Ana"}}, NOW)
    record_safety_event(uow, "c1", "emergency", "chest_pain", NOW)

    both = Keyring([new, old])
    limiter = LookupLimiter(both, "9 per minute", "9 per minute")
    rotating = open_database(database_url, both)
    rotating.open_existing()
    add_note(STAFF, SqlAlchemyUnitOfWork(rotating), request.reference, "call after lunch", NOW)
    request = view_request(STAFF, SqlAlchemyUnitOfWork(rotating), request.reference, NOW).request
    assert find_request(SqlAlchemyUnitOfWork(rotating), limiter, request.reference, BORN, "c1", NOW) == request
    assert rotate_keys(rotating) == 6

    alone = open_database(database_url, Keyring([new]))
    uow = SqlAlchemyUnitOfWork(alone)
    assert find_request(uow, limiter, request.reference, BORN, "c1", NOW) == request
    assert view_request(STAFF, uow, request.reference, NOW).notes[0].text == "call after lunch"
    assert len(read_audit(STAFF_OF_AUDIT, uow, NOW, request.reference)) == 3
    draft = load_draft(uow, "b" * 32)
    assert draft is not None
    assert [event.rule for event in draft.safety_events] == ["chest_pain"]
    with pytest.raises(DataKeyMismatch):
        open_database(database_url, Keyring([old])).ready()


@pytest.fixture
def refused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_refused_connection_is_storage_unavailable_and_quick(
    refused_port: int, keyring: Keyring, open_database: Opener
) -> None:
    database = open_database(f"postgresql+psycopg://clinic:hunter2@127.0.0.1:{refused_port}/x", keyring)
    started = time.monotonic()
    with pytest.raises(StorageUnavailable, match="MARROW_DATABASE_URL") as caught:
        submit_request(SqlAlchemyUnitOfWork(database), submission(), NOW)
    assert time.monotonic() - started < 5
    assert "hunter2" not in str(caught.value)


def test_a_server_that_never_answers_is_given_up_soon(keyring: Keyring, open_database: Opener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        database = open_database(f"postgresql+psycopg://clinic@127.0.0.1:{port}/x", keyring, timeout=2)
        started = time.monotonic()
        with pytest.raises(StorageUnavailable):
            load_draft(SqlAlchemyUnitOfWork(database), "a" * 32)
        assert time.monotonic() - started < 6


def test_a_service_that_started_before_its_database_works_once_it_is_there(
    tmp_path: Path, keyring: Keyring, open_database: Opener
) -> None:
    (tmp_path / "later").write_text("not a directory yet")
    uow = SqlAlchemyUnitOfWork(open_database(f"sqlite:///{tmp_path}/later/clinic.db", keyring))
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        submit_request(uow, submission(), NOW)
    (tmp_path / "later").unlink()
    assert submit_request(uow, submission(), NOW).answers == ANSWERS


def test_a_locked_file_is_storage_unavailable_and_the_draft_stays(sqlite: Database, tmp_path: Path) -> None:
    uow = SqlAlchemyUnitOfWork(sqlite)
    save_draft(uow, "a" * 32, submission().conversation_id, "rest", {"answers": ANSWERS}, NOW)
    other = sqlite3.connect(tmp_path / "clinic.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageUnavailable):
        submit_request(uow, submission(), NOW)
    other.execute("ROLLBACK")
    other.close()
    assert load_draft(uow, "a" * 32) is not None
    assert submit_request(uow, submission(), NOW).status == "new"


def test_a_connection_lost_at_commit_is_storage_unavailable_and_trying_again_submits_once(
    postgres_url: str, keyring: Keyring, open_database: Opener
) -> None:
    plain = make_url(postgres_url).set(drivername="postgresql")
    schema = str(plain.query["application_name"])

    class LosesItsConnection(SqlAlchemyUnitOfWork):
        def commit(self) -> None:
            own = plain.set(query={}).render_as_string(hide_password=False)
            with psycopg.connect(own, autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                    [schema],
                )
            super().commit()

    database = open_database(postgres_url, keyring)
    with pytest.raises(StorageUnavailable):
        submit_request(LosesItsConnection(database), submission(), NOW)
    uow = SqlAlchemyUnitOfWork(database)
    first = submit_request(uow, submission(), NOW)
    assert submit_request(uow, submission(), NOW) == first


def test_a_directory_without_write_permission_is_storage_unavailable(keyring: Keyring, trail: AuditTrail) -> None:
    """Root may write everywhere, so the attempt is made by a child process that gives up that right."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o555)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setuid(65534)
                Database(f"sqlite:///{directory}/clinic.db", keyring, trail).ready()
            except StorageUnavailable as error:
                code = 0 if "Permission denied" in str(error) else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        directory.chmod(0o755)


def test_an_error_text_quotes_no_value(sqlite: Database) -> None:
    uow = SqlAlchemyUnitOfWork(sqlite)
    submit_request(uow, submission(), NOW)
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE intake_drafts")
    with pytest.raises(MarrowError) as caught:
        save_draft(uow, "b" * 32, "c1", "rest", {"answers": ANSWERS}, NOW)
    shown = f"{caught.value} {caught.value.__cause__}"
    assert not re.search("ana|c1|bbbb", shown, re.IGNORECASE)


def test_an_unreadable_url_is_a_settings_error(keyring: Keyring, trail: AuditTrail) -> None:
    with pytest.raises(SettingsError, match="MARROW_DATABASE_URL"):
        Database("nonsense", keyring, trail)


def test_a_damaged_file_is_said_in_words_and_not_in_a_trace(
    tmp_path: Path, keyring: Keyring, open_database: Opener
) -> None:
    (tmp_path / "clinic.db").write_bytes(b"no database at all " * 500)
    database = open_database(f"sqlite:///{tmp_path}/clinic.db", keyring)
    with pytest.raises(StorageUnavailable, match=r"is damaged.*restore the last good backup"):
        database.ready()
