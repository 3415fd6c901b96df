"""One person's data: nothing of it is overlooked, all of it is handed over, and nothing is left after an erasure."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect
from typer.testing import CliRunner

from clinic.bootstrap import Clinic, bootstrap
from clinic.cli import app
from clinic.domain.actors import Actor, Role
from clinic.domain.audit import Act
from clinic.domain.casework import CallOutcome, Line
from clinic.domain.requests import SafetyEvent
from clinic.domain.statuses import RequestStatus
from clinic.errors import AccessRefused, ErasureNotConfirmed, RequestNotFound, StorageUnavailable
from clinic.jobs import Jobs
from clinic.labels import Labels
from clinic.person_file import person_html, person_json
from clinic.service.own_request import add_to_request
from clinic.service.persons import erase_person, export_person, find_person
from clinic.service.requests import add_note, log_call, view_request
from clinic.service.submission import load_draft, record_safety_event, save_draft, submit_request
from clinic.settings import Settings
from clinic.storage.erasure_log import ErasureLog
from clinic.storage.models import Base, RequestRow
from clinic.storage.persons import LINKS, STORES
from clinic.storage.types import EncryptedJSON, EncryptedText
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, BORN, NOW, STAFF, submission
from .test_backup import bot

CHAT = "whatsapp:+525512345678"
# Tables with something encrypted, or a link, and nothing of a patient.
OF_NO_PATIENT = {"accounts", "key_check"}
LATER = NOW + timedelta(hours=1)


class NoChats:
    """A bot that keeps nothing."""

    def transcript(self, conversation_id: str) -> list[Line]:
        return []

    def held(self, conversations: set[str]) -> dict[str, int]:
        return {}

    def erase(self, conversations: set[str]) -> dict[str, int]:
        return {}


class LostChats(NoChats):
    """A bot whose database cannot be reached."""

    def erase(self, conversations: set[str]) -> dict[str, int]:
        raise StorageUnavailable("away")


def test_every_table_with_something_of_a_patient_is_erased() -> None:
    told = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(isinstance(each.type, EncryptedText | EncryptedJSON) or each.name in LINKS for each in table.columns)
    }
    listed = {store.table.__tablename__ for store in STORES}
    assert told - OF_NO_PATIENT == listed, "clinic/storage/persons.py has to name this table"
    for store in STORES:
        assert set(LINKS) & {column.name for column in inspect(store.table).columns}, store.holds
    assert len({store.holds for store in STORES}) == len(STORES)


def worked_on(uow: SqlAlchemyUnitOfWork) -> str:
    """One request with everything that can belong to it; return its reference."""
    sent = submission(conversation_id=CHAT, safety_events=(SafetyEvent("emergency", "chest_pain", NOW),))
    reference = submit_request(uow, sent, NOW).reference
    save_draft(uow, "d" * 32, CHAT, "rest", {"answers": {"full_name": "Ana Again"}}, NOW)
    record_safety_event(uow, CHAT, "crisis", "self_harm", NOW, intake_id="d" * 32)
    add_note(STAFF, uow, reference, "her sister is Rosalind", NOW)
    log_call(STAFF, uow, reference, CallOutcome.REACHED, "cried a lot", NOW)
    add_to_request(uow, reference, BORN, "and cortisone since spring", NOW)
    view_request(STAFF, uow, reference, NOW)
    return reference


def rows_of(uow: SqlAlchemyUnitOfWork) -> dict[str, int]:
    with uow:
        session = uow._open_session()
        return {store.table.__tablename__: session.query(store.table).count() for store in STORES}


def test_an_erasure_leaves_a_tombstone_and_what_belongs_to_others(uow: SqlAlchemyUnitOfWork) -> None:
    other = submit_request(uow, submission("b" * 32, conversation_id=CHAT, answers={**ANSWERS, "email": "x@y.zz"}), NOW)
    view_request(STAFF, uow, other.reference, NOW)
    before = rows_of(uow)
    reference = worked_on(uow)
    with_all = rows_of(uow)
    assert [name for name in before if with_all[name] <= before[name]] == [], "each store has a row of hers"
    receipt = erase_person(STAFF, uow, NoChats(), [reference], LATER, retyped=reference.lower().replace("-", " "))
    assert receipt.references == (reference,)
    assert (receipt.by, receipt.at) == (STAFF.id, LATER)
    assert receipt.counts["notes of the team"] == receipt.counts["calls"] == receipt.counts["unfinished intakes"] == 1
    assert all(receipt.counts[store.holds] > 0 for store in STORES)
    left = rows_of(uow)
    assert left == {**before, "consultation_requests": 2, "status_stays": 2}
    with uow:
        tombstone, kept = uow.requests.get(reference), uow.requests.get(other.reference)
        entries = [entry for entry in uow.audit.entries() if entry.act is Act.ERASED]
    assert tombstone is not None
    assert (tombstone.status, tombstone.answers, tombstone.changed_by) == (RequestStatus.WITHDRAWN, {}, STAFF.id)
    assert kept is not None
    assert kept.answers["email"] == "x@y.zz"
    assert [(entry.actor.id, entry.details) for entry in entries] == [
        (STAFF.id, {"reason": "staff", "receipt": receipt.number})
    ]
    with pytest.raises(RequestNotFound, match="erased already"):
        erase_person(STAFF, uow, NoChats(), [reference], LATER, retyped=reference)


def test_nothing_is_erased_without_the_right_the_reference_or_the_bot(uow: SqlAlchemyUnitOfWork) -> None:
    reference = worked_on(uow)
    before = rows_of(uow)
    for role in (Role.COORDINATOR, Role.CLINICIAN, Role.AUDITOR, Role.PATIENT):
        with pytest.raises(AccessRefused):
            erase_person(Actor("x", role), uow, NoChats(), [reference], LATER, retyped=reference)
    for retyped in ("", "MR-7F3K-9Q2M", "yes"):
        with pytest.raises(ErasureNotConfirmed):
            erase_person(STAFF, uow, NoChats(), [reference], LATER, retyped=retyped)
    with pytest.raises(RequestNotFound):
        erase_person(STAFF, uow, NoChats(), [reference, "MR-7F3K-9Q2M"], LATER, retyped=reference)
    with pytest.raises(StorageUnavailable):
        erase_person(STAFF, uow, LostChats(), [reference], LATER, retyped=reference)
    assert rows_of(uow) == before


def test_others_that_may_be_hers_are_named_with_those_of_the_same_chat(uow: SqlAlchemyUnitOfWork) -> None:
    reference = worked_on(uow)
    elsewhere = {
        "full_name": "Bo Li",
        "email": "bo@example.org",
        "phone": "+4915112345679",
        "date_of_birth": "1990-01-01",
    }
    by_chat = submit_request(uow, submission("b" * 32, conversation_id=CHAT, answers={**ANSWERS, **elsewhere}), NOW)
    by_phone = submit_request(uow, submission("c" * 32, conversation_id="rest:2"), NOW)
    submit_request(uow, submission("e" * 32, conversation_id="rest:3", answers={**ANSWERS, **elsewhere}), NOW)
    person = find_person(Actor("ada", Role.ADMIN), uow, NoChats(), reference, LATER)
    assert {held.request.reference for held in person.others} == {by_chat.reference, by_phone.reference}
    assert person.own.counts["calls"] == 1


@pytest.fixture
def clinic(tmp_path: Path) -> Any:
    made = bootstrap(Settings(data_dir=tmp_path / "var", _env_file=None))  # type: ignore[call-arg]
    yield made
    made.database.dispose()


def test_an_export_holds_everything_and_is_in_the_audit(clinic: Clinic) -> None:
    uow = clinic.unit_of_work()
    reference = worked_on(uow)
    bot("write", clinic.settings.data_dir, CHAT, "another")
    data = export_person(STAFF, uow, clinic.conversations(), [reference], LATER, layout="json")
    labels, _ = Labels.read(clinic.settings.questionnaire_path)
    record = json.loads(person_json(data, labels, LATER))
    assert [line["text"] for chat in record["conversations"] for line in chat["lines"]] == ["my name is Rosalind"]
    assert record["requests"][0]["answers"] == ANSWERS
    assert record["unfinished_intakes"][0]["state"]["answers"] == {"full_name": "Ana Again"}
    page = person_html(data, labels, LATER)
    for told in (
        "Ana Ruíz Peñalosa",
        "my name is Rosalind",
        "cried a lot",
        "Ana Again",
        "手術は必要ですか",
        "brain buzzing",
    ):
        assert told in page
    with uow:
        exported = [entry.details for entry in uow.audit.entries() if entry.act is Act.EXPORTED]
    assert exported == [{"format": "json", "reason": "person"}]
    with pytest.raises(AccessRefused):
        export_person(Actor("ada", Role.ADMIN), uow, NoChats(), [reference], LATER, layout="json")


def test_what_a_patient_wrote_is_no_markup_in_an_exported_page(uow: SqlAlchemyUnitOfWork) -> None:
    evil = "<script>alert(1)</script>"
    reference = submit_request(
        uow, submission(answers={**ANSWERS, "full_name": evil, "allergies": evil}), NOW
    ).reference
    add_note(STAFF, uow, reference, evil, NOW)
    data = export_person(STAFF, uow, NoChats(), [reference], LATER, layout="html")
    assert "<script" not in person_html(data, Labels(None), LATER)


def test_the_chat_goes_from_the_bot_and_from_a_restored_backup(clinic: Clinic, tmp_path: Path) -> None:
    uow, chats, data_dir = clinic.unit_of_work(), clinic.conversations(), clinic.settings.data_dir
    reference = worked_on(uow)
    bot("write", data_dir, CHAT, "another")
    assert find_person(STAFF, uow, chats, reference, NOW).own.counts["entries of the chat"] > 0
    receipt = erase_person(STAFF, uow, chats, [reference], datetime.now(UTC), retyped=reference)
    assert receipt.counts["entries of the chat"] > 0
    assert bot("read", data_dir, CHAT, "another") == ["nothing", "my name is Rosalind"]
    erasures, _ = ErasureLog(clinic.settings.erasure_log_path).read()
    assert [each.reference for each in erasures] == [reference]
    assert erasures[0].conversation


def test_a_chat_that_was_written_back_goes_again_and_what_is_written_later_stays(clinic: Clinic) -> None:
    data_dir, before = clinic.settings.data_dir, datetime.now(UTC)
    reference = worked_on(clinic.unit_of_work())
    erase_person(STAFF, clinic.unit_of_work(), clinic.conversations(), [reference], before, retyped=reference)
    bot("write", data_dir, CHAT)
    Jobs(clinic, {}).run_due()
    assert bot("read", data_dir, CHAT) == ["my name is Rosalind"], "written after the erasure: another conversation"
    other = submit_request(clinic.unit_of_work(), submission("b" * 32, conversation_id=CHAT), NOW).reference
    erase_person(STAFF, clinic.unit_of_work(), NoChats(), [other], datetime.now(UTC), retyped=other)
    Jobs(clinic, {}).run_due()
    assert bot("read", data_dir, CHAT) == ["nothing"]


def test_by_command(clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARROW_DATA_DIR", str(clinic.settings.data_dir))
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    reference = worked_on(clinic.unit_of_work())
    run: Callable[..., Any] = lambda *arguments, **options: CliRunner().invoke(app, ["person", *arguments], **options)  # noqa: E731
    file = tmp_path / "hers.html"
    assert run("export", reference, "-o", str(file), "--format", "html").exit_code == 0
    assert (file.stat().st_mode & 0o077, "cried a lot" in file.read_text(encoding="utf-8")) == (0, True)
    refused = run("erase", reference, input="no\n")
    assert (refused.exit_code, "nothing was erased" in refused.output) == (1, True)
    assert "Ana" not in refused.output
    done = run("erase", reference, input=f"{reference}\n")
    assert (done.exit_code, "Receipt E-" in done.output) == (0, True), done.output
    again = run("erase", reference, "--confirm", reference)
    assert (again.exit_code, "erased already" in again.output) == (1, True)
    shown = run("show", reference)
    assert "withdrawn" in shown.output


def test_no_row_of_a_patient_is_left_readable_or_not(clinic: Clinic) -> None:
    """The file of the database holds none of the ciphertexts that it held before."""
    uow = clinic.unit_of_work()
    reference = worked_on(uow)
    path = clinic.settings.data_dir / "clinic.db"
    with sqlite3.connect(path) as connection:
        tokens = [
            value
            for table in ("consultation_requests", "staff_notes", "calls", "intake_drafts", "safety_events")
            for row in connection.execute(f"SELECT * FROM {table}")
            for value in row
            if isinstance(value, str) and len(value) > 90
        ]
    assert len(tokens) > 5
    erase_person(STAFF, uow, clinic.conversations(), [reference], LATER, retyped=reference)
    clinic.database.dispose()
    content = path.read_bytes()
    assert [token for token in tokens if token.encode()[:60] in content] == []


def test_the_tombstone_is_the_only_row_that_an_erasure_keeps(uow: SqlAlchemyUnitOfWork) -> None:
    reference = worked_on(uow)
    erase_person(STAFF, uow, NoChats(), [reference], LATER, retyped=reference)
    assert load_draft(uow, "d" * 32) is None
    with uow:
        row = uow._open_session().query(RequestRow).one()
        kept = {name for name in RequestRow.__mapper__.columns.keys() if getattr(row, name) not in (None, "", {}, [])}  # noqa: SIM118
    assert kept == {
        "id", "revision", "reference", "intake_id", "status", "questionnaire_version", "created_at", "updated_at",
        "version", "changed_by", "change", "queue_key",
    }  # fmt: skip
