"""Backup and restore, with the bot's own conversations, on SQLite, two PostgreSQL databases, and one for both."""

import os
import socket
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from clinic import jobs_lock
from clinic.backup.sealed import SealedReader, SealedWriter
from clinic.bootstrap import Clinic, bootstrap
from clinic.cli import app
from clinic.errors import BackupError, StorageUnavailable
from clinic.keys import Keyring, generate_key, split_keys
from clinic.service.lookup import find_request, withdraw_request
from clinic.service.requests import add_note, list_requests, view_request
from clinic.service.submission import discard_draft, load_draft, save_draft, submit_request
from clinic.storage.erasure_log import ErasureLog

from .bot_store import bot
from .builders import ANSWERS, BORN, NOW, STAFF, submission
from .conftest import POSTGRES_URL


def marrow(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(autouse=True)
def _nothing_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("MARROW_BOT_PORT", "MARROW_ACTIONS_PORT"):
        monkeypatch.setenv(variable, str(closed_port()))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def new_postgres() -> Iterator[list[str]]:
    """Two PostgreSQL databases of the test's own, dropped after it."""
    plain = POSTGRES_URL.replace("+psycopg", "")
    try:
        admin = psycopg.connect(plain, connect_timeout=3, autocommit=True)
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must be reachable in CI: {error}")
        pytest.skip("no PostgreSQL at MARROW_TEST_POSTGRES_URL")
    names = [f"marrow_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    for name in names:
        admin.execute(f'CREATE DATABASE "{name}"')
    yield [make_url(plain).set(database=name).render_as_string(hide_password=False) for name in names]
    for name in names:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.close()


@pytest.fixture(params=["sqlite", "postgresql", "one postgresql for both"])
def layout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    kind = str(request.param)
    if kind != "sqlite":
        requests, conversations = request.getfixturevalue("new_postgres")
        monkeypatch.setenv("MARROW_DATABASE_URL", requests)
        monkeypatch.setenv("MARROW_TRACKER_URL", requests if kind.startswith("one") else conversations)
    return kind


def lose_everything(layout: str, data_dir: Path) -> None:
    """The databases are gone; keys and erasure log were kept elsewhere."""
    for path in data_dir.glob("*.db*"):
        path.unlink()
    if layout != "sqlite":
        for url in {os.environ["MARROW_DATABASE_URL"], os.environ["MARROW_TRACKER_URL"]}:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    opened = bootstrap()
    yield opened
    opened.database.dispose()


def test_everything_comes_back_but_what_was_erased_since(
    layout: str, clinic: Clinic, data_dir: Path, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    uow = clinic.unit_of_work()
    withdrawn = submit_request(uow, submission("a" * 32, conversation_id="withdrawn"), now)
    kept = submit_request(uow, submission("b" * 32, conversation_id="kept"), now)
    for request in (withdrawn, kept):
        add_note(STAFF, uow, request.reference, "call after lunch", now)
    for intake, conversation in (("c" * 32, "kept"), ("d" * 32, "kept"), ("e" * 32, "withdrawn")):
        save_draft(uow, intake, conversation, "rest", {"answers": ANSWERS}, now)
    bot("write", data_dir, "withdrawn", "kept")

    made = marrow("backup", tmp_path / "backup")
    assert (made.exit_code, made.stderr) == (0, "")
    assert "Requests and conversations written to" in made.stdout
    after = datetime.now(UTC)
    assert withdraw_request(uow, clinic.limiter, withdrawn.reference, BORN, "x", after) is not None
    discard_draft(uow, "d" * 32, after)
    clinic.database.dispose()
    lose_everything(layout, data_dir)

    restored = marrow("restore", tmp_path / "backup")
    assert (restored.exit_code, restored.stderr) == (0, "")
    assert "Erased again: 1 requests, 1 conversations." in restored.stdout
    again = bootstrap()
    found = find_request(again.unit_of_work(), again.limiter, kept.reference, BORN, "x", NOW)
    assert found is not None
    assert found.answers == ANSWERS
    with again.unit_of_work() as read:
        tombstone = read.requests.get(withdrawn.reference)
    assert tombstone is not None
    assert (tombstone.status, tombstone.answers, tombstone.conversation_id) == ("withdrawn", {}, None)
    assert view_request(STAFF, again.unit_of_work(), withdrawn.reference, after).notes == ()
    assert view_request(STAFF, again.unit_of_work(), kept.reference, after).notes[0].text == "call after lunch"
    drafts = [load_draft(again.unit_of_work(), letter * 32) is not None for letter in "cde"]
    assert drafts == [True, False, False]
    again.database.dispose()
    verified = marrow("audit", "verify")
    assert verified.exit_code == 0, verified.stdout
    assert "A backup was restored at" in verified.stdout
    assert bot("read", data_dir, "kept", "withdrawn") == ["my name is Rosalind", "nothing"]


def test_a_restore_replaces_newer_data_only_when_told_to(
    layout: str, clinic: Clinic, data_dir: Path, tmp_path: Path
) -> None:
    kept = submit_request(clinic.unit_of_work(), submission("a" * 32), datetime.now(UTC))
    assert marrow("backup", tmp_path / "backup").exit_code == 0
    later = submit_request(clinic.unit_of_work(), submission("b" * 32), datetime.now(UTC))
    clinic.database.dispose()
    refused = marrow("restore", tmp_path / "backup")
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert marrow("requests", "show", later.reference).exit_code == 0
    assert marrow("restore", tmp_path / "backup", "--replace").exit_code == 0
    assert marrow("requests", "show", kept.reference).exit_code == 0
    assert marrow("requests", "show", later.reference).exit_code == 1


def test_a_backup_taken_while_patients_write_is_whole(layout: str, clinic: Clinic, tmp_path: Path) -> None:
    """SQLite's newest rows are in the write-ahead log while the database is open."""
    sent = [submit_request(clinic.unit_of_work(), submission(f"{n:032}"), datetime.now(UTC)) for n in range(5)]
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            submit_request(clinic.unit_of_work(), submission(f"{number:032}"), datetime.now(UTC))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = marrow("backup", tmp_path / "backup")
    finally:
        stop.set()
        writer.join()
    assert made.exit_code == 0, made.stderr
    clinic.database.dispose()
    assert marrow("restore", tmp_path / "backup", "--replace").exit_code == 0
    for request in sent:
        assert marrow("requests", "show", request.reference).exit_code == 0


@pytest.fixture
def made(clinic: Clinic, tmp_path: Path) -> Path:
    """A backup on SQLite."""
    submit_request(clinic.unit_of_work(), submission(), datetime.now(UTC))
    assert marrow("backup", tmp_path / "backup").exit_code == 0
    clinic.database.dispose()
    return tmp_path / "backup"


def test_a_backup_is_private_and_holds_neither_words_nor_keys(made: Path, data_dir: Path) -> None:
    assert made.stat().st_mode & 0o077 == 0
    key = (data_dir / "data.key").read_text().strip()
    with made.open("rb") as file:
        packed = SealedReader(file, Keyring(split_keys(key))).read()
    for content in (made.read_bytes(), packed):
        assert b"Ana" not in content
        assert key.encode() not in content
    assert sorted(path.name for path in made.parent.iterdir()) == ["backup", "var"]
    again = marrow("backup", made)
    assert "exists already" in again.stderr


def test_a_restored_file_is_one_file_and_keeps_its_write_ahead_log(made: Path, data_dir: Path) -> None:
    assert marrow("restore", made, "--replace").exit_code == 0
    assert sorted(path.name for path in data_dir.iterdir()) == [
        "audit.checkpoints",
        "audit.key",
        "clinic.db",
        "data.key",
        "erasures.log",
    ]
    with sqlite3.connect(data_dir / "clinic.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_backup_may_have_a_key_of_its_own(clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submit_request(clinic.unit_of_work(), submission(), datetime.now(UTC))
    own = generate_key()
    monkeypatch.setenv("MARROW_BACKUP_KEY", own)
    assert "MARROW_BACKUP_KEY" in marrow("backup", tmp_path / "backup").stdout
    clinic.database.dispose()
    monkeypatch.setenv("MARROW_BACKUP_KEY", generate_key())
    refused = marrow("restore", tmp_path / "backup", "--replace")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "MARROW_BACKUP_KEY" in refused.stderr
    new = generate_key()
    monkeypatch.setenv("MARROW_BACKUP_KEY", f"{new},{own}")
    assert marrow("restore", tmp_path / "backup", "--replace").exit_code == 0
    assert marrow("backup", tmp_path / "later").exit_code == 0
    monkeypatch.setenv("MARROW_BACKUP_KEY", own)
    assert marrow("restore", tmp_path / "later", "--replace").exit_code == 1
    monkeypatch.setenv("MARROW_BACKUP_KEY", new)
    assert marrow("restore", tmp_path / "later", "--replace").exit_code == 0


def test_a_backup_from_before_a_new_data_key_is_restored_with_both_and_moved_to_the_new_one(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was erased after it is recognised, under whichever key it was noted."""
    old, new, now = generate_key(), generate_key(), datetime.now(UTC)
    monkeypatch.setenv("MARROW_DATA_KEY", old)
    opened = bootstrap()
    kept, early, late = (
        submit_request(opened.unit_of_work(), submission(letter * 32, conversation_id=name), now)
        for letter, name in (("a", "kept"), ("b", "early"), ("c", "late"))
    )
    bot("write", data_dir, "kept", "early", "late")
    assert marrow("backup", tmp_path / "backup").exit_code == 0
    withdraw_request(opened.unit_of_work(), opened.limiter, early.reference, BORN, "early", now)
    opened.database.dispose()
    monkeypatch.setenv("MARROW_DATA_KEY", f"{new},{old}")
    opened = bootstrap()
    assert marrow("keys", "rotate").exit_code == 0
    withdraw_request(opened.unit_of_work(), opened.limiter, late.reference, BORN, "late", now)
    opened.database.dispose()
    restored = marrow("restore", tmp_path / "backup", "--replace")
    assert restored.exit_code == 0, restored.stderr
    assert marrow("keys", "rotate").exit_code == 0
    monkeypatch.setenv("MARROW_DATA_KEY", new)
    opened = bootstrap()
    found = {each.reference: each.answers for each in list_requests(STAFF, opened.unit_of_work(), now)}
    opened.database.dispose()
    assert found == {kept.reference: ANSWERS, early.reference: {}, late.reference: {}}
    assert bot("read", data_dir, "kept", "early", "late") == ["my name is Rosalind", "nothing", "nothing"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "something else"])
def test_a_damaged_backup_changes_nothing(made: Path, data_dir: Path, damage: str) -> None:
    content = made.read_bytes()
    made.write_bytes(
        {
            "cut": content[:-100],
            "flipped": content[:200] + bytes([content[200] ^ 1]) + content[201:],
            "empty": b"",
            "something else": b"PK" + content,
        }[damage]
    )
    before = (data_dir / "clinic.db").read_bytes()
    restored = marrow("restore", made, "--replace")
    assert restored.exit_code == 1
    assert (data_dir / "clinic.db").read_bytes() == before
    assert "Traceback" not in restored.stderr
    assert not list(data_dir.glob(".marrow-*"))


def test_pieces_in_another_order_are_refused(tmp_path: Path) -> None:
    keyring = Keyring([generate_key()])
    with (tmp_path / "sealed").open("wb") as file:
        writer = SealedWriter(file, keyring)
        writer.write(os.urandom(3 * 1024 * 1024))
        writer.finish()
    header, *pieces = (tmp_path / "sealed").read_bytes().splitlines(keepends=True)
    for wrong in (pieces[::-1], pieces[:-1], pieces[1:]):
        (tmp_path / "sealed").write_bytes(b"".join([header, *wrong]))
        with (tmp_path / "sealed").open("rb") as file, pytest.raises(BackupError):
            SealedReader(file, keyring).read()


def test_a_restore_needs_the_keys_and_the_erasure_log(made: Path, data_dir: Path) -> None:
    (data_dir / "clinic.db").unlink()
    log = data_dir / "erasures.log"
    log.rename(data_dir / "elsewhere")
    refused = marrow("restore", made)
    assert refused.exit_code == 1
    assert f"erasure log {log} cannot be read" in refused.stderr
    assert "--without-erasures" in refused.stderr
    assert marrow("restore", made, "--without-erasures").exit_code == 0
    (data_dir / "elsewhere").rename(log)
    (data_dir / "data.key").unlink()
    (data_dir / "clinic.db").rename(data_dir / "old")
    assert f"put your copy of it at {data_dir / 'data.key'}" in marrow("restore", made).stderr
    (data_dir / "old").rename(data_dir / "clinic.db")
    refused = marrow("restore", made, "--replace")
    assert "is missing" in refused.stderr
    assert not (data_dir / "data.key").exists()


def test_nothing_is_restored_under_a_running_marrow(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("MARROW_ACTIONS_PORT", str(server.getsockname()[1]))
        refused = marrow("restore", made, "--replace")
    assert refused.exit_code == 1
    assert "stop Marrow first" in refused.stderr


def test_nothing_is_restored_under_running_jobs(made: Path, data_dir: Path) -> None:
    lock = jobs_lock.hold(data_dir)
    refused = marrow("restore", made, "--replace")
    os.close(lock)
    assert refused.exit_code == 1
    assert "the jobs are running" in refused.stderr
    assert marrow("restore", made, "--replace").exit_code == 0


def test_nothing_is_restored_into_a_postgresql_in_use(
    new_postgres: list[str], clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARROW_DATABASE_URL", new_postgres[0])
    monkeypatch.setenv("MARROW_TRACKER_URL", new_postgres[0])
    assert marrow("db", "upgrade").exit_code == 0
    assert marrow("backup", tmp_path / "backup").exit_code == 0
    with psycopg.connect(new_postgres[0]):
        refused = marrow("restore", tmp_path / "backup", "--replace")
    assert refused.exit_code == 1
    assert "other connections use the database" in refused.stderr


def test_a_backup_of_a_newer_marrow_or_another_kind_of_database_is_refused(
    made: Path, new_postgres: list[str], data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARROW_DATABASE_URL", new_postgres[0])
    assert "are of sqlite, and the settings name postgresql" in marrow("restore", made, "--replace").stderr
    monkeypatch.delenv("MARROW_DATABASE_URL")
    monkeypatch.setattr("clinic.backup.make.latest_revision", lambda: "9999")
    assert marrow("backup", tmp_path / "newer").exit_code == 0
    assert "newer version" in marrow("restore", tmp_path / "newer", "--replace").stderr


def test_a_damaged_database_is_not_backed_up(clinic: Clinic, data_dir: Path, tmp_path: Path) -> None:
    for number in range(50):
        submit_request(clinic.unit_of_work(), submission(f"{number:032}"), datetime.now(UTC))
    clinic.database.dispose()
    path = data_dir / "clinic.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = os.urandom(8192)
    path.write_bytes(content)
    refused = marrow("backup", tmp_path / "backup")
    assert refused.exit_code == 1
    assert not (tmp_path / "backup").exists()


def test_the_log_names_no_conversation_and_survives_half_a_line(clinic: Clinic, data_dir: Path) -> None:
    sent = submit_request(clinic.unit_of_work(), submission(), datetime.now(UTC))
    log = ErasureLog(data_dir / "erasures.log")
    log.path.write_text('{"at": "2026-11-2')
    withdraw_request(clinic.unit_of_work(), clinic.limiter, sent.reference, BORN, "x", datetime.now(UTC))
    erasures, unreadable = log.read()
    assert [erasure.reference for erasure in erasures] == [sent.reference]
    assert unreadable == 1
    assert "525512345678" not in log.path.read_text()
    assert BORN.isoformat() not in log.path.read_text()


def test_what_cannot_be_noted_is_not_erased(clinic: Clinic, data_dir: Path) -> None:
    sent = submit_request(clinic.unit_of_work(), submission(), datetime.now(UTC))
    (data_dir / "erasures.log").mkdir()
    with pytest.raises(StorageUnavailable, match="MARROW_ERASURE_LOG"):
        withdraw_request(clinic.unit_of_work(), clinic.limiter, sent.reference, BORN, "x", datetime.now(UTC))
    assert find_request(clinic.unit_of_work(), clinic.limiter, sent.reference, BORN, "x", NOW) is not None


def test_what_is_past_its_time_does_not_come_back(clinic: Clinic, tmp_path: Path) -> None:
    old = submit_request(clinic.unit_of_work(), submission(), datetime.now(UTC) - timedelta(days=800))
    assert marrow("backup", tmp_path / "backup").exit_code == 0
    clinic.database.dispose()
    assert marrow("restore", tmp_path / "backup", "--replace").exit_code == 0
    assert "no request has the reference" in marrow("requests", "show", old.reference).stderr
