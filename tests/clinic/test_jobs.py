"""The jobs: what is past its time goes, whatever goes wrong, and the program does it from the settings alone."""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clinic.bootstrap import Clinic, bootstrap
from clinic.cli import app
from clinic.jobs import AFTER_A_FAILURE, DAILY, Jobs
from clinic.jobs_lock import is_held
from clinic.service.requests import list_requests
from clinic.service.submission import load_draft, save_draft, submit_request

from .builders import NOW, STAFF, submission
from .mail_and_web import MailServer, WebAddress, serving

DRAFT = "d" * 32
JOBS = [sys.executable, "-m", "clinic.jobs"]


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    opened = bootstrap()
    yield opened
    opened.database.dispose()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_old_drafts_are_gone_after_their_days(clinic: Clinic) -> None:
    clock = Clock()
    jobs = Jobs(clinic, {}, clock)
    save_draft(clinic.unit_of_work(), DRAFT, "chat-1", "rest", {"answers": {}}, NOW - timedelta(hours=1))
    for days in range(31):
        clock.now = NOW + timedelta(days=days)
        jobs.run_due()
        assert (load_draft(clinic.unit_of_work(), DRAFT) is None) == (days == 30)


def test_the_day_counts_from_the_last_time(clinic: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    jobs = Jobs(clinic, {}, clock)
    with caplog.at_level(logging.INFO):
        for hours in (0, 1, 23, 24, 25):
            clock.now = NOW + timedelta(hours=hours)
            jobs.run_due()
    assert caplog.text.count("purged") == 2
    assert timedelta(hours=24) == DAILY


def test_a_database_that_cannot_be_used_is_logged_and_tried_again_in_an_hour(
    clinic: Clinic, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    clock = Clock()
    jobs = Jobs(clinic, {}, clock)
    (tmp_path / "var" / "clinic.db").mkdir(parents=True)
    with caplog.at_level(logging.INFO):
        for minutes in (0, 30, 60):
            clock.now = NOW + timedelta(minutes=minutes)
            jobs.run_due()
    assert timedelta(hours=1) == AFTER_A_FAILURE
    assert caplog.text.count("purge_failed") == 2
    (tmp_path / "var" / "clinic.db").rmdir()
    clock.now += AFTER_A_FAILURE
    with caplog.at_level(logging.INFO):
        jobs.run_due()
    assert caplog.text.count("purge_failed") == 2


def test_a_new_calendar_holds_from_the_next_start_on(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = submit_request(clinic.unit_of_work(), submission(), NOW, clinic.deadlines)
    monkeypatch.setenv("MARROW_CLINIC_HOURS", "mon-sun 00:00-24:00")
    again = bootstrap()
    Jobs(again, {}, Clock()).run_due()
    [stored] = list_requests(STAFF, again.unit_of_work(), NOW)
    again.database.dispose()
    assert sent.due_at != stored.due_at == NOW + timedelta(hours=16)


def test_the_program_tells_the_clinic_and_ends_when_told(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(MailServer()) as mail, serving(WebAddress()) as web:
        monkeypatch.setenv("MARROW_NOTIFY_EMAIL_TO", "desk@clinic.example")
        monkeypatch.setenv("MARROW_SMTP_PORT", str(mail.port))
        monkeypatch.setenv("MARROW_WEBHOOK_URL", web.url)
        monkeypatch.setenv("MARROW_WEBHOOK_SECRET", "s" * 32)
        submit_request(clinic.unit_of_work(), submission("a" * 32), datetime.now(UTC))
        once = subprocess.run([*JOBS, "--once"], capture_output=True, text=True, timeout=60, check=False)
        assert once.returncode == 0, once.stderr
        assert (len(mail.letters), len(web.calls)) == (1, 1)
        running = subprocess.Popen(JOBS, stderr=subprocess.PIPE, text=True)
        try:
            submit_request(clinic.unit_of_work(), submission("b" * 32), datetime.now(UTC))
            begun = time.monotonic()
            while len(web.calls) < 2 and time.monotonic() - begun < 60:
                time.sleep(0.1)
            assert (len(mail.letters), len(web.calls)) == (2, 2)
            assert is_held(clinic.settings.data_dir)
        finally:
            running.send_signal(signal.SIGTERM)
            _, printed = running.communicate(timeout=30)
    assert running.returncode == 0, printed
    assert not is_held(clinic.settings.data_dir)
    assert "Ana" not in printed + once.stderr


def test_a_channel_that_fails_is_seen_on_the_command_line(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = submit_request(clinic.unit_of_work(), submission(), datetime.now(UTC))
    with serving(WebAddress()) as web:
        web.status = 500
        monkeypatch.setenv("MARROW_WEBHOOK_URL", web.url)
        monkeypatch.setenv("MARROW_WEBHOOK_SECRET", "s" * 32)
        subprocess.run([*JOBS, "--once"], capture_output=True, timeout=60, check=True)
        waiting = CliRunner().invoke(app, ["messages", "waiting"])
        looked = CliRunner().invoke(app, ["doctor"])
        assert waiting.exit_code == looked.exit_code == 1
        assert sent.reference in waiting.stdout
        assert "PROBLEM messages to the clinic: 1 could not be delivered" in looked.stdout
        assert "answered 500" in " ".join(looked.stdout.split())


def test_a_wrong_setting_ends_the_program_with_a_plain_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARROW_CLINIC_HOURS", "whenever")
    done = subprocess.run([*JOBS, "--once"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The jobs cannot start: MARROW_CLINIC_HOURS: ")
