"""The doctor, run as staff run it, beside data of the real action server's tables and of the real bot."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clinic.bootstrap import bootstrap
from clinic.cli import app
from clinic.keys import generate_key
from clinic.service.submission import submit_request

from .bot_store import bot
from .builders import submission

PRODUCTION = {
    "MARROW_ENVIRONMENT": "production",
    "MARROW_DATA_KEY": generate_key(),
    "MARROW_AUDIT_KEY": generate_key(),
    "MARROW_TRACKER_KEY": generate_key(),
    "MARROW_SESSION_KEY": generate_key(),
    "MARROW_BACKUP_KEY": generate_key(),
    "MARROW_WEBSITE_ORIGINS": "https://www.clinic.example",
    "MARROW_ACTIONS_URL": "http://127.0.0.1:5055/webhook",
    "MARROW_DEFAULT_COUNTRY": "US",
    "MARROW_NOTIFY_EMAIL_TO": "desk@clinic.example",
}


def doctor() -> Any:
    return CliRunner().invoke(app, ["doctor"])


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory with a request and a conversation."""
    clinic = bootstrap()
    submit_request(clinic.unit_of_work(), submission(), datetime.now(UTC))
    clinic.database.dispose()
    bot("write", tmp_path / "var", "patient")
    return tmp_path / "var"


def test_a_new_machine_has_nothing_to_put_right_and_nothing_is_made(tmp_path: Path) -> None:
    looked = doctor()
    assert (looked.exit_code, looked.stderr) == (0, "")
    assert "Nothing has to be put right." in looked.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_sound_data_directory_is_said_to_be_sound(data_dir: Path) -> None:
    before = {path.name for path in data_dir.iterdir()}
    looked = doctor()
    assert looked.exit_code == 0, looked.stdout
    assert "the data key fits" in looked.stdout
    assert "the tracker key fits" in looked.stdout
    assert {path.name for path in data_dir.iterdir()} == before


def open_the_directory(data_dir: Path) -> None:
    data_dir.chmod(0o755)


def lose_the_data_key(data_dir: Path) -> None:
    (data_dir / "data.key").unlink()


def change_the_data_key(data_dir: Path) -> None:
    (data_dir / "data.key").write_text(generate_key())


def lose_the_tracker_key(data_dir: Path) -> None:
    (data_dir / "tracker.key").unlink()


def change_the_tracker_key(data_dir: Path) -> None:
    (data_dir / "tracker.key").write_text(generate_key())


def damage_the_requests(data_dir: Path) -> None:
    (data_dir / "clinic.db").write_bytes(b"SQLite format 3\0" + os.urandom(8192))


def block_the_erasure_log(data_dir: Path) -> None:
    (data_dir / "erasures.log").mkdir()


@pytest.mark.parametrize(
    ("harm", "said", "to_do"),
    [
        (open_the_directory, "may be entered by other accounts", "chmod 700"),
        (lose_the_data_key, "data.key is missing", "Put back your copy"),
        (change_the_data_key, "The data key does not fit", "MARROW_DATA_KEY"),
        (lose_the_tracker_key, "their key is missing", "Put back your copy of tracker.key"),
        (change_the_tracker_key, "was written with another key", "MARROW_TRACKER_KEY"),
        (damage_the_requests, "clinic.db is damaged", "restore the last good backup"),
        (block_the_erasure_log, "is a directory", "MARROW_ERASURE_LOG"),
    ],
)
def test_what_is_wrong_with_the_data_is_said_with_what_to_do(
    data_dir: Path, harm: Callable[[Path], None], said: str, to_do: str
) -> None:
    harm(data_dir)
    before = {path.name for path in data_dir.iterdir()}
    looked = doctor()
    assert looked.exit_code == 1
    assert said in looked.stdout
    assert to_do in looked.stdout
    assert "Traceback" not in looked.output
    assert {path.name for path in data_dir.iterdir()} == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        *[({variable: ""}, f"PROBLEM {variable}") for variable in PRODUCTION if variable.endswith(("ORIGINS", "URL"))],
        ({"MARROW_TRACKER_KEY": ""}, "PROBLEM MARROW_TRACKER_KEY"),
        ({"MARROW_SESSION_KEY": ""}, "PROBLEM MARROW_SESSION_KEY"),
        ({"MARROW_TRACKER_KEY": "changeme"}, "PROBLEM MARROW_TRACKER_KEY: key 1 is not a key"),
        ({"MARROW_SESSION_KEY": PRODUCTION["MARROW_DATA_KEY"]}, "holds the same key as MARROW_DATA_KEY"),
        ({"MARROW_SLACK_TOKEN": "xoxb"}, "PROBLEM MARROW_MESSAGING_KEY"),
        ({"MARROW_CONTENT_DIR": "/nowhere"}, "PROBLEM content"),
        ({"MARROW_REDIS_URL": "redis://127.0.0.1:{port}/0"}, "PROBLEM Redis"),
        ({"MARROW_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:{port}/x"}, "PROBLEM requests"),
        ({"MARROW_TRACKER_URL": "postgresql://u:hunter2@127.0.0.1:{port}/x"}, "PROBLEM conversations"),
    ],
)
def test_what_is_missing_or_unsafe_in_production_is_said(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], said: str
) -> None:
    for variable, value in {**PRODUCTION, **changed}.items():
        monkeypatch.setenv(variable, value.format(port=closed_port()))
    looked = doctor()
    assert looked.exit_code == 1
    assert said in looked.stdout
    assert "hunter2" not in looked.output
    assert not any(key in looked.output for key in PRODUCTION.values() if len(key) == 44)


def test_a_production_with_everything_is_said_to_be_sound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable, value in PRODUCTION.items():
        monkeypatch.setenv(variable, value)
    looked = doctor()
    assert looked.exit_code == 0, looked.stdout
    assert "advice  MARROW_ERASURE_LOG" in looked.stdout
    monkeypatch.setenv("MARROW_ERASURE_LOG", str(tmp_path / "erasures.log"))
    assert "advice" not in doctor().stdout


def test_without_the_data_key_production_is_not_looked_at_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARROW_ENVIRONMENT", "production")
    looked = doctor()
    assert looked.exit_code == 1
    assert "MARROW_DATA_KEY: is required in production" in looked.stderr


def test_postgresql_is_looked_at_with_the_programs_that_back_it_up(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MARROW_DATABASE_URL", postgres_url)
    assert "no data and no data key yet" in doctor().stdout
    assert "neither data nor a data key yet" in CliRunner().invoke(app, ["requests", "list"]).stderr
    assert not (tmp_path / "var").exists()
    assert CliRunner().invoke(app, ["db", "upgrade"]).exit_code == 0
    looked = doctor()
    assert looked.exit_code == 0, looked.stdout
    assert "the data key fits" in looked.stdout
    assert "ok      backups: pg_dump" in looked.stdout
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "PROBLEM backups: pg_dump, pg_restore, psql cannot be found" in doctor().stdout


def test_settings_that_others_may_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARROW_CONTENT_DIR", str(Path("data").absolute()))
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("MARROW_DEFAULT_COUNTRY=US\n")
    Path(".env").chmod(0o644)
    looked = doctor()
    assert looked.exit_code == 1
    assert "chmod 600 .env" in looked.stdout
