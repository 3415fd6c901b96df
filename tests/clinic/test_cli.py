"""The command line, run as staff run it, on a database that a real submission filled."""

import csv
import io
import json
import os
import pwd
import socket
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clinic.bootstrap import Clinic, bootstrap
from clinic.cli import app
from clinic.commands.told import read_told
from clinic.domain.requests import ConsultationRequest, LeftOpen
from clinic.domain.statuses import RequestStatus
from clinic.errors import SettingsError, StorageUnavailable
from clinic.keys import generate_key
from clinic.service.lookup import find_request
from clinic.service.requests import change_status, claim_request
from clinic.service.submission import load_draft, save_draft, submit_request

from .builders import ANSWERS, BORN, NOW, STAFF, submission

TOLD = read_told(Path(__file__).resolve().parents[2] / "data")


def marrow(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program `marrow`."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("marrow")), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def inside(*arguments: str) -> Any:
    """Run the same program in this process, for the cases where only arguments differ."""
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def clinic() -> Clinic:
    return bootstrap()


@pytest.fixture
def request_(clinic: Clinic) -> ConsultationRequest:
    return submit_request(clinic.unit_of_work(), submission(), NOW)


def test_show_prints_every_answer_as_json(request_: ConsultationRequest) -> None:
    shown = marrow("requests", "show", request_.reference.lower(), "--json")
    assert (shown.returncode, shown.stderr) == (0, "")
    printed = json.loads(shown.stdout)
    assert printed["reference"] == request_.reference
    assert (printed["status"], printed["channel"]) == ("new", "rest")
    assert printed["answers"] == ANSWERS
    assert printed["consents"][0] == {
        "question_id": "consent_privacy",
        "text_version": "2026-11",
        "answer": "yes",
        "given_at": "2026-11-21T09:30:00+00:00",
    }
    assert [note["code"] for note in printed["notes"]] == ["cancer"]
    assert printed["safety_events"] == []


def test_show_without_json_is_readable(request_: ConsultationRequest) -> None:
    shown = inside("requests", "show", request_.reference)
    assert shown.exit_code == 0
    for text in (
        "Ana Ruíz Peñalosa",
        "(hydroxychloroquine): Plaquenil",
        "手術は必要ですか",
        "to discuss",
        "2026-11-21",
    ):
        assert text in " ".join(shown.stdout.split())


def test_the_patients_words_stand_beside_the_answers(clinic: Clinic) -> None:
    words = {"date_of_birth": "5 March, 85", "country": "Mexico"}
    reference = submit_request(clinic.unit_of_work(), submission(words=words), NOW).reference
    shown = inside("requests", "show", reference).stdout
    assert "5 March, 85" in shown.split("In the patient's words")[1]
    assert "Mexico" not in shown.split("In the patient's words")[1].split("Consents")[0]
    assert json.loads(inside("requests", "show", reference, "--json").stdout)["words"] == words
    [record] = json.loads(inside("requests", "export").stdout)
    assert record["words"] == words
    assert "5 March, 85" in inside("requests", "export", "--format", "csv").stdout


def test_a_patients_text_cannot_rewrite_the_terminal(clinic: Clinic) -> None:
    nasty = {**ANSWERS, "full_name": "[red]Ana[/red]\x1b[2J\u202eRuiz"}
    reference = submit_request(clinic.unit_of_work(), submission(answers=nasty), NOW).reference
    shown = inside("requests", "show", reference)
    assert "[red]Ana[/red]" in shown.stdout
    assert "\x1b[2J" not in shown.stdout
    assert "\u202e" not in shown.stdout


@pytest.mark.parametrize("reference", ["MR-7F3K-9Q2M", "MR-0000-0000", "nonsense"])
def test_an_unknown_reference_is_one_line_on_standard_error(request_: ConsultationRequest, reference: str) -> None:
    shown = inside("requests", "show", reference, "--json")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert f"no request has the reference {reference}" in shown.stderr
    assert ("typing mistake" in shown.stderr) == (reference != "MR-7F3K-9Q2M")


def test_a_newline_in_an_answer_cannot_imitate_a_field(clinic: Clinic) -> None:
    for line_end in ("\n", "\r\n", "\u2028", "\x85", "\v"):
        nasty = {**ANSWERS, "question_for_doctor": f"Hello{line_end}status{' ' * 60}declined"}
        reference = submit_request(clinic.unit_of_work(), submission(line_end.encode().hex() * 8, answers=nasty), NOW)
        shown = inside("requests", "show", reference.reference).stdout
        assert len([line for line in shown.splitlines() if line.strip().startswith("status")]) == 1
        assert "Hello ⏎ status" in " ".join(shown.split())


def test_codes_stand_beside_what_the_patient_saw(request_: ConsultationRequest) -> None:
    shown = inside("requests", "show", request_.reference).stdout
    for text in ("Mexico (MX)", "(joint_pain): stiff joints", "Full name (full_name)"):
        assert text in " ".join(shown.split())
    printed = json.loads(inside("requests", "show", request_.reference, "--json").stdout)
    assert printed["labels"]["country"] == {"question": "Country of residence", "answer": "Mexico (MX)"}
    assert printed["answers"]["country"] == "MX"


def test_requests_are_readable_without_a_questionnaire(
    request_: ConsultationRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARROW_CONTENT_DIR", str(tmp_path))
    shown = inside("requests", "show", request_.reference)
    assert shown.exit_code == 0
    assert "Ana Ruíz Peñalosa" in shown.stdout
    assert "MARROW_CONTENT_DIR" in shown.stderr


def test_a_spreadsheet_computes_nothing_of_an_export(clinic: Clinic) -> None:
    nasty = {
        **ANSWERS,
        "full_name": "=HYPERLINK(1)",
        "question_for_doctor": "  @SUM(A1)\nMR-0000-0000,declined",
        "phone": "\t+525512345678",
    }
    reference = submit_request(clinic.unit_of_work(), submission(answers=nasty), NOW).reference
    exported = inside("requests", "export", "--format", "csv").stdout.removeprefix("\ufeff")
    header, *rows = csv.reader(io.StringIO(exported))
    [row] = rows
    assert len(exported.splitlines()) == 2
    cells = dict(zip(header, row, strict=True))
    assert (cells["reference"], cells["status"]) == (reference, "new")
    assert cells["Full name (full_name)"] == "'=HYPERLINK(1)"
    assert cells["Country of residence (country)"] == "Mexico (MX)"
    assert not [cell for cell in (*header, *row) if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_move_changes_what_a_patient_who_asks_reads(clinic: Clinic, request_: ConsultationRequest) -> None:
    moved = inside("requests", "move", request_.reference.lower(), "contacted")
    assert (moved.exit_code, moved.stderr) == (0, "")
    assert f"{request_.reference} is contacted now." in moved.stdout
    found = find_request(clinic.unit_of_work(), clinic.limiter, request_.reference, BORN, "chat", NOW)
    assert found is not None
    assert f'"{TOLD(found.status, request_.reference)}"' in moved.stdout
    assert TOLD(found.status, "...") in " ".join(inside("requests", "list").stdout.split())
    assert TOLD(found.status, found.reference) in " ".join(inside("requests", "show", found.reference).stdout.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{reference}", "completed"), "new cannot become completed; it can become in_review or contacted or declined"),
        (("{reference}", "withdrawn"), "the patient does in the chat"),
        (("MR-7F3K-9Q2M", "contacted"), "no request has the reference MR-7F3K-9Q2M. `marrow requests list`"),
        (("MR-0000-0000", "contacted"), "typing mistake"),
    ],
)
def test_a_move_that_cannot_be_says_what_can(
    request_: ConsultationRequest, arguments: tuple[str, ...], said: str
) -> None:
    moved = inside("requests", "move", *(text.format(reference=request_.reference) for text in arguments))
    assert (moved.exit_code, moved.stdout) == (1, "")
    assert said in moved.stderr
    assert json.loads(inside("requests", "show", request_.reference, "--json").stdout)["status"] == "new"


def test_every_status_has_a_text_for_the_patient_and_a_wrong_one_is_named() -> None:
    told = {TOLD(status, "MR-7F3K-9Q2M") for status in RequestStatus}
    assert len(told) >= len(RequestStatus) - 1
    assert all(text.startswith("Your request MR-7F3K-9Q2M ") for text in told)
    moved = inside("requests", "move", "MR-7F3K-9Q2M", "done")
    assert moved.exit_code == 2
    assert "in_review" in moved.stderr


def test_list_shows_no_answers_and_filters_by_status(clinic: Clinic, request_: ConsultationRequest) -> None:
    other = submit_request(clinic.unit_of_work(), submission("b" * 32), NOW)
    change_status(STAFF, clinic.unit_of_work(), other.reference, RequestStatus.CONTACTED, NOW)
    listed = inside("requests", "list")
    assert request_.reference in listed.stdout
    assert other.reference in listed.stdout
    assert "Ana" not in listed.stdout
    [only] = json.loads(inside("requests", "list", "--status", "contacted", "--json").stdout)
    assert (only["reference"], only["status"]) == (other.reference, "contacted")
    assert "answers" not in only
    assert "No requests with this status." in inside("requests", "list", "--status", "declined").stdout


def test_export_writes_a_private_file_whole(request_: ConsultationRequest, tmp_path: Path) -> None:
    target = tmp_path / "export.json"
    exported = inside("requests", "export", "--output", str(target))
    assert (exported.exit_code, exported.stdout) == (0, "")
    [record] = json.loads(target.read_text(encoding="utf-8"))
    assert record["answers"] == ANSWERS
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.json", "var"]


def test_export_prints_lines_too(clinic: Clinic, request_: ConsultationRequest) -> None:
    submit_request(clinic.unit_of_work(), submission("b" * 32), NOW)
    lines = inside("requests", "export", "--format", "jsonl", "--status", "new").stdout.splitlines()
    assert {json.loads(line)["status"] for line in lines} == {"new"}
    assert len(lines) == 2
    assert json.loads(inside("requests", "export", "--status", "declined").stdout) == []


def test_an_export_that_cannot_be_written_says_so(request_: ConsultationRequest, tmp_path: Path) -> None:
    exported = inside("requests", "export", "-o", str(tmp_path / "none" / "export.json"))
    assert exported.exit_code == 1
    assert "cannot be written" in exported.stderr


def test_upgrade_makes_the_database_and_may_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        upgraded = inside("db", "upgrade")
        assert upgraded.exit_code == 0
        assert "revision 0009" in upgraded.stdout
    assert stat.S_IMODE((tmp_path / "var" / "clinic.db").stat().st_mode) == 0o600
    assert inside("requests", "list").stdout == "No requests.\n"


def test_purge_prints_what_it_deleted_and_spares_the_rest(clinic: Clinic) -> None:
    now = datetime.now(UTC)
    sent = submit_request(clinic.unit_of_work(), submission(), now - timedelta(days=700))
    save_draft(clinic.unit_of_work(), "c" * 32, "chat-2", "rest", {"answers": {}}, now - timedelta(days=31))
    save_draft(clinic.unit_of_work(), "b" * 32, "chat-3", "rest", {"answers": {}}, now - timedelta(days=29))
    purged = inside("db", "purge")
    assert (purged.exit_code, purged.output) == (
        0,
        "Deleted: 1 unsent intakes, 0 safety events without a request, 0 requests, 3 messages to the clinic.\n",
    )
    assert load_draft(clinic.unit_of_work(), "b" * 32) is not None
    assert inside("requests", "show", sent.reference).exit_code == 0


def test_what_is_done_on_the_command_line_is_audited_in_the_name_of_who_types(request_: ConsultationRequest) -> None:
    for arguments in (["list"], ["show", request_.reference], ["export"], ["move", request_.reference, "contacted"]):
        assert inside("requests", *arguments).exit_code == 0
    entries = json.loads(inside("audit", "list", "--json").stdout)
    assert [entry["act"] for entry in entries] == ["listed", "viewed", "exported", "moved"]
    name = pwd.getpwuid(os.getuid()).pw_name
    assert {(entry["actor"], entry["role"]) for entry in entries} == {(f"os:{name}", "operator")}
    about = json.loads(inside("audit", "list", "--reference", request_.reference.lower(), "--json").stdout)
    assert [entry["act"] for entry in about] == ["viewed", "moved"]
    listed = inside("audit", "list", "--last", "2").stdout
    assert "audit_read" in listed
    assert "moved" not in listed


def test_a_whole_audit_and_a_damaged_one_are_told_apart(request_: ConsultationRequest, tmp_path: Path) -> None:
    for _ in range(3):
        assert inside("requests", "list").exit_code == 0
    assert inside("audit", "verify").stdout == "3 entries: whole, in order, and as they were written.\n"
    with sqlite3.connect(tmp_path / "var" / "clinic.db") as connection:
        connection.execute("DROP TRIGGER audit_refuses_delete")
        connection.execute("DELETE FROM audit_entries WHERE number = 2")
    connection.close()
    verified = inside("audit", "verify")
    assert verified.exit_code == 1
    assert "PROBLEM entry 2: missing" in verified.stdout
    (tmp_path / "var" / "audit.checkpoints").unlink()
    assert "audit.checkpoints is missing" in inside("audit", "verify").stdout


def test_without_the_key_of_the_audit_nothing_is_shown(request_: ConsultationRequest, tmp_path: Path) -> None:
    (tmp_path / "var" / "audit.key").unlink()
    shown = inside("requests", "show", request_.reference)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "The key of the audit" in shown.stderr
    assert not (tmp_path / "var" / "audit.key").exists()


def test_keys_are_made_and_rotated(
    request_: ConsultationRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (tmp_path / "var" / "data.key").read_text().strip()
    new = inside("keys", "new").stdout.strip()
    monkeypatch.setenv("MARROW_DATA_KEY", f"{new},{old}")
    assert "2 rows" in inside("keys", "rotate").stdout
    monkeypatch.setenv("MARROW_DATA_KEY", new)
    assert inside("requests", "show", request_.reference).exit_code == 0


READING = [
    ["requests", "list"],
    ["requests", "show", "MR-7F3K-9Q2M"],
    ["requests", "export"],
    ["requests", "move", "MR-7F3K-9Q2M", "contacted"],
    ["accounts", "list"],
    ["audit", "list"],
    ["audit", "verify"],
    ["messages", "waiting"],
    ["db", "purge"],
    ["keys", "rotate"],
]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_command_that_works_on_what_is_there_makes_neither_key_nor_database(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = inside(*arguments)
    assert done.exit_code == 1
    assert "There is no database" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [*READING, ["db", "upgrade"]], ids=" ".join)
@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
def test_no_command_makes_a_new_key_beside_data_of_a_lost_one(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, arguments: list[str]
) -> None:
    if place == "postgresql":
        monkeypatch.setenv("MARROW_DATABASE_URL", request.getfixturevalue("postgres_url"))
    clinic = bootstrap()
    submit_request(clinic.unit_of_work(), submission(), NOW)
    clinic.database.dispose()
    key = tmp_path / "var" / "data.key"
    key.rename(tmp_path / "copy of data.key")
    done = inside(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"The data key {key} is missing" in done.stderr
    assert "docs/operations.md" in done.stderr
    assert not key.exists()
    with pytest.raises(SettingsError, match="is missing"):
        bootstrap()
    (tmp_path / "copy of data.key").rename(key)
    assert bootstrap().database.ready() is None


def test_no_key_is_made_while_it_is_not_known_whether_the_database_holds_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MARROW_DATABASE_URL", f"postgresql://u@127.0.0.1:{closed_port()}/x")
    with pytest.raises(StorageUnavailable):
        bootstrap()
    assert not (tmp_path / "var").exists()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"MARROW_DATA_DIR": "/proc/none"}, "no database at /proc/none/clinic.db"),
        (
            {"MARROW_DATABASE_URL": "sqlite:////nowhere/clinic.db"},
            "no database at /nowhere/clinic.db",
        ),
        ({"MARROW_DATABASE_URL": "mysql://x"}, "MARROW_DATABASE_URL: must start with"),
        ({"MARROW_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:{port}/x"}, "cannot be reached"),
        ({"MARROW_DATABASE_URL": "postgresql://u@127.0.0.1:nine/x"}, "MARROW_DATABASE_URL"),
        ({"MARROW_DATA_KEY": generate_key()}, "does not fit the stored data"),
        ({"MARROW_ENVIRONMENT": "production"}, "MARROW_DATA_KEY: is required in production"),
    ],
)
def test_what_is_wrong_around_it_is_said_without_a_traceback(
    request_: ConsultationRequest, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(port=closed_port()))
    listed = inside("requests", "list")
    assert (listed.exit_code, listed.stdout) == (1, "")
    assert said in listed.stderr
    assert "hunter2" not in listed.stderr


def test_a_wrong_key_leaves_the_program_with_one_message(request_: ConsultationRequest) -> None:
    listed = marrow("requests", "list", MARROW_DATA_KEY=generate_key())
    assert (listed.returncode, listed.stdout) == (1, "")
    assert listed.stderr.startswith("marrow: The data key does not fit")
    assert "Traceback" not in listed.stderr


@pytest.mark.parametrize("arguments", [[], ["requests"], ["requests", "export"], ["db"], ["keys", "rotate"]])
def test_help_explains_every_command(arguments: list[str]) -> None:
    helped = inside(*arguments, "--help")
    assert helped.exit_code == 0
    assert "Usage: " in helped.stdout


def test_starting_loads_nothing_that_only_one_command_needs() -> None:
    script = "import sys, clinic.cli; print([name for name in ('redis', 'authlib', 'rasa_sdk') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_was_not_asked_is_shown_and_exported_as_such(clinic: Clinic) -> None:
    left_open = LeftOpen(("active_infection",), ("best_time",))
    answers = {key: value for key, value in ANSWERS.items() if key not in ("active_infection", "best_time")}
    request = submit_request(clinic.unit_of_work(), submission(answers=answers, left_open=left_open), NOW)
    shown = inside("requests", "show", request.reference).output
    assert "not asked" in shown
    assert f"{len(answers)} answered, 1 left out, 1 not asked" in " ".join(shown.split())
    (record,) = json.loads(inside("requests", "export").output)
    assert (record["not_asked"], record["left_out"]) == (["active_infection"], ["best_time"])
    assert record["labels"]["active_infection"] == {"question": "Infection now", "answer": "not asked"}
    (row,) = csv.DictReader(io.StringIO(inside("requests", "export", "--format", "csv").output.lstrip("\ufeff")))
    assert row["Infection now (active_infection)"] == "not asked"
    assert row["Best time to reach you (best_time)"] == "left out by the patient"


def test_a_request_is_worked_without_a_browser(request_: ConsultationRequest, clinic: Clinic) -> None:
    reference = request_.reference.lower()
    assert "is with os:" in inside("requests", "claim", reference).stdout
    assert inside("requests", "note", reference, "kidney values wanted").exit_code == 0
    typed = CliRunner().invoke(app, ["requests", "call", reference, "voicemail", "-"], input="left a message\n")
    assert typed.exit_code == 0, typed.output
    shown = json.loads(inside("requests", "show", reference, "--json").stdout)
    assert [note["text"] for note in shown["team_notes"]] == ["kidney values wanted"]
    assert [(call["outcome"], call["text"]) for call in shown["calls"]] == [("voicemail", "left a message")]
    assert shown["assigned_to"].startswith("os:")
    assert "with nobody" in inside("requests", "release", reference).stdout
    claim_request(STAFF, clinic.unit_of_work(), request_.reference, NOW)
    taken = inside("requests", "claim", reference)
    assert (taken.exit_code, STAFF.id in taken.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("note", "MR-7F3K-9Q2M", "x"), "no request has the reference"),
        (("note", "{reference}", " "), "from 1 to"),
        (("note", "{reference}", "x" * 4001), "nothing was noted"),
        (("claim", "nonsense"), "not a well-formed reference"),
    ],
    ids=["unknown", "empty", "too-long", "malformed"],
)
def test_what_cannot_be_noted_by_command_says_why(
    request_: ConsultationRequest, arguments: tuple[str, ...], said: str
) -> None:
    answer = inside("requests", *(text.format(reference=request_.reference) for text in arguments))
    assert answer.exit_code == 1
    assert said in answer.stderr


def test_a_dry_run_of_the_retention_deletes_nothing(request_: ConsultationRequest, clinic: Clinic) -> None:
    old = datetime.now(UTC) - timedelta(days=40)
    save_draft(clinic.unit_of_work(), "d" * 32, "chat-1", "rest", {"answers": {}}, old)
    for _ in range(2):
        plan = json.loads(inside("retention", "--dry-run", "--json").stdout)
        assert {each["kind"]: each["going"]["in_0_days"] for each in plan}["unsent intakes"] == 1
    assert "Nothing was deleted" in inside("retention", "--dry-run").stdout
    assert "1 unsent intakes" in inside("retention").stdout
    assert load_draft(clinic.unit_of_work(), "d" * 32) is None
