"""What the team does with a request: who may, who was first, and what is kept of it."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.domain.actors import PATIENT, RIGHTS, SYSTEM, Actor, Right, Role
from clinic.domain.audit import Act
from clinic.domain.calendar import ClinicCalendar, Deadlines, parse_hours
from clinic.domain.casework import CallOutcome
from clinic.domain.requests import ConsultationRequest
from clinic.domain.statuses import RequestStatus, status_for_patients
from clinic.errors import AccessRefused, Conflict, InvalidTransition, RequestNotFound, StorageUnavailable
from clinic.intake.model.language import Language
from clinic.keys import Keyring
from clinic.service.audit import read_audit, verify_audit
from clinic.service.deadlines import recompute_deadlines
from clinic.service.lookup import LookupLimiter, withdraw_request
from clinic.service.requests import (
    add_note,
    change_status,
    claim_request,
    export_requests,
    list_requests,
    log_call,
    release_request,
    view_request,
)
from clinic.service.submission import record_safety_event, submit_request
from clinic.service.unit_of_work import UnitOfWork
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import BORN, NOW, STAFF, submission
from .fakes import FakeUnitOfWork

ANA, BEN = Actor("ana", Role.COORDINATOR), Actor("ben", Role.COORDINATOR)
LATER = NOW + timedelta(hours=1)
# 50 people and 1,000 requests for the long proof.
PEOPLE = int(os.environ.get("MARROW_TEST_PEOPLE", "8"))
REQUESTS = int(os.environ.get("MARROW_TEST_REQUESTS", "20"))
ENGLISH = Language.load(Path(__file__).resolve().parents[2] / "data" / "language" / "en")
NINE_TO_FIVE = Deadlines(
    ClinicCalendar(parse_hours("mon-fri 09:00-17:00"), frozenset(), ZoneInfo("UTC")), timedelta(hours=4)
)


@pytest.fixture
def reference(any_uow: UnitOfWork) -> str:
    return submit_request(any_uow, submission(), NOW).reference


def test_a_claim_is_for_one_and_the_other_is_told_who_has_it(any_uow: UnitOfWork, reference: str) -> None:
    claimed = claim_request(ANA, any_uow, reference, NOW)
    assert (claimed.assigned_to, claimed.assigned_at, claimed.version) == ("ana", NOW, 2)
    assert claim_request(ANA, any_uow, reference, LATER) == claimed
    with pytest.raises(Conflict, match="by ana") as told:
        claim_request(BEN, any_uow, reference, LATER)
    assert (told.value.who, told.value.what, told.value.when) == ("ana", "claimed", NOW)


def test_only_who_leads_takes_a_request_away_from_somebody_else(any_uow: UnitOfWork, reference: str) -> None:
    claim_request(ANA, any_uow, reference, NOW)
    with pytest.raises(AccessRefused, match="reassign"):
        release_request(BEN, any_uow, reference, LATER)
    assert release_request(STAFF, any_uow, reference, LATER).assigned_to is None
    assert claim_request(BEN, any_uow, reference, LATER).assigned_to == "ben"
    assert release_request(BEN, any_uow, reference, LATER).assigned_to is None
    assert release_request(BEN, any_uow, reference, LATER).assigned_to is None


def test_who_read_an_older_version_is_told_who_changed_what_and_when(any_uow: UnitOfWork, reference: str) -> None:
    read = view_request(ANA, any_uow, reference, NOW).request.version
    change_status(BEN, any_uow, reference, RequestStatus.IN_REVIEW, LATER, expected=read)
    for attempt in (
        lambda: change_status(ANA, any_uow, reference, RequestStatus.DECLINED, LATER, expected=read),
        lambda: add_note(ANA, any_uow, reference, "called her", LATER, expected=read),
        lambda: log_call(ANA, any_uow, reference, CallOutcome.REACHED, "", LATER, expected=read),
        lambda: release_request(ANA, any_uow, reference, LATER, expected=read),
    ):
        with pytest.raises(Conflict, match=r"ben \(in_review, 2026-11-21 10:30 UTC\)") as told:
            attempt()
        assert (told.value.who, told.value.what, told.value.when) == ("ben", "in_review", LATER)
    case = view_request(ANA, any_uow, reference, LATER)
    assert (case.request.status, case.notes, case.calls) == (RequestStatus.IN_REVIEW, (), ())


def test_an_emergency_in_the_chat_is_a_change_that_staff_must_see(any_uow: UnitOfWork, reference: str) -> None:
    read = view_request(ANA, any_uow, reference, NOW).request
    record_safety_event(any_uow, str(read.conversation_id), "emergency", "chest_pain", LATER)
    with pytest.raises(Conflict, match="safety_event"):
        change_status(ANA, any_uow, reference, RequestStatus.DECLINED, LATER, expected=read.version)


def test_notes_calls_and_stays_are_kept_in_order(any_uow: UnitOfWork, reference: str) -> None:
    add_note(ANA, any_uow, reference, "Speaks quietly; call after lunch", NOW)
    log_call(ANA, any_uow, reference, CallOutcome.NO_ANSWER, "twice", NOW)
    log_call(BEN, any_uow, reference, CallOutcome.REACHED, "", LATER)
    change_status(BEN, any_uow, reference, RequestStatus.CONTACTED, LATER)
    change_status(ANA, any_uow, reference, RequestStatus.SCHEDULED, LATER + timedelta(hours=1))
    case = view_request(ANA, any_uow, reference, LATER)
    assert [(note.by, note.text, note.at) for note in case.notes] == [("ana", "Speaks quietly; call after lunch", NOW)]
    assert [(call.by, call.outcome) for call in case.calls] == [("ana", "no_answer"), ("ben", "reached")]
    assert [(stay.status, stay.by, stay.started_at, stay.ended_at) for stay in case.stays] == [
        ("new", "patient", NOW, LATER),
        ("contacted", "ben", LATER, LATER + timedelta(hours=1)),
        ("scheduled", "ana", LATER + timedelta(hours=1), None),
    ]


def test_a_withdrawal_takes_the_teams_work_with_it(any_uow: UnitOfWork, reference: str, keyring: Keyring) -> None:
    add_note(ANA, any_uow, reference, "Speaks quietly", NOW)
    log_call(ANA, any_uow, reference, CallOutcome.REACHED, "wants to wait", NOW)
    claim_request(ANA, any_uow, reference, NOW)
    change_status(ANA, any_uow, reference, RequestStatus.DECLINED, NOW)
    withdraw_request(any_uow, LookupLimiter(keyring, "9 per day", "9 per day"), reference, BORN, "c1", LATER)
    case = view_request(ANA, any_uow, reference, LATER)
    assert (case.notes, case.calls) == ((), ())
    assert [(stay.status, stay.by, stay.started_at) for stay in case.stays] == [("withdrawn", "patient", LATER)]
    assert (case.request.assigned_to, case.request.waiting_since, case.request.due_at) == (None, None, None)
    for attempt in (
        lambda: add_note(ANA, any_uow, reference, "still here", LATER),
        lambda: log_call(ANA, any_uow, reference, CallOutcome.REACHED, "", LATER),
        lambda: claim_request(ANA, any_uow, reference, LATER),
    ):
        with pytest.raises(InvalidTransition, match="withdrawn"):
            attempt()


def test_an_erasure_leaves_no_row_of_the_team_and_no_message(database: Database, keyring: Keyring) -> None:
    uow = SqlAlchemyUnitOfWork(database)
    reference = submit_request(uow, submission(), NOW).reference
    add_note(ANA, uow, reference, "Speaks quietly", NOW)
    log_call(ANA, uow, reference, CallOutcome.REACHED, "", NOW)
    withdraw_request(uow, LookupLimiter(keyring, "9 per day", "9 per day"), reference, BORN, "c1", LATER)
    with database.engine.connect() as connection:
        left = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("staff_notes", "calls", "outbox", "audit_subjects", "status_stays")
        }
    assert left == {"staff_notes": 0, "calls": 0, "outbox": 0, "audit_subjects": 0, "status_stays": 1}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("right", "call"),
    [
        (Right.READ, lambda actor, uow, reference: list_requests(actor, uow, NOW)),
        (Right.READ, lambda actor, uow, reference: view_request(actor, uow, reference, NOW)),
        (Right.EXPORT, lambda actor, uow, reference: export_requests(actor, uow, NOW)),
        (Right.WRITE, lambda actor, uow, reference: change_status(actor, uow, reference, RequestStatus.CONTACTED, NOW)),
        (Right.WRITE, lambda actor, uow, reference: claim_request(actor, uow, reference, NOW)),
        (Right.WRITE, lambda actor, uow, reference: release_request(actor, uow, reference, NOW)),
        (Right.WRITE, lambda actor, uow, reference: add_note(actor, uow, reference, "x", NOW)),
        (Right.WRITE, lambda actor, uow, reference: log_call(actor, uow, reference, CallOutcome.REACHED, "", NOW)),
        (Right.READ_AUDIT, lambda actor, uow, reference: read_audit(actor, uow, NOW)),
    ],
)
def test_each_call_is_for_the_roles_that_have_its_right_and_a_refusal_is_audited(
    memory: FakeUnitOfWork, role: Role, right: Right, call: Callable[[Actor, UnitOfWork, str], object]
) -> None:
    reference = submit_request(memory, submission(), NOW).reference
    before = memory.stored.requests[reference]
    actor = Actor("somebody", role)
    if right in RIGHTS[role]:
        call(actor, memory, reference)
        assert Act.ACCESS_REFUSED not in [entry.act for entry in memory.stored.audit]
        return
    with pytest.raises(AccessRefused):
        call(actor, memory, reference)
    [entry] = memory.stored.audit
    assert (entry.actor, entry.act, entry.details) == (actor, Act.ACCESS_REFUSED, {"right": str(right)})
    assert memory.stored.requests[reference] == before


def test_neither_patients_nor_marrow_itself_may_do_what_staff_does() -> None:
    assert not [right for right in Right for actor in (PATIENT, SYSTEM) if actor.may(right)]


def test_a_reference_that_is_none_is_said(memory: FakeUnitOfWork) -> None:
    with pytest.raises(RequestNotFound):
        view_request(ANA, memory, "MR-7F3K-9Q2M", NOW)


def submitted(memory: FakeUnitOfWork) -> ConsultationRequest:
    # A Monday at half past nine.
    monday = NOW + timedelta(days=2)
    return submit_request(memory, submission(), monday, NINE_TO_FIVE)


def test_the_clock_runs_while_the_patient_waits_and_is_not_set_back(memory: FakeUnitOfWork) -> None:
    request = submitted(memory)
    monday = request.created_at
    due = monday + timedelta(hours=4)
    assert (request.waiting_since, request.due_at) == (monday, due)
    clock = NINE_TO_FIVE.due

    def move(status: RequestStatus, hours: int) -> ConsultationRequest:
        now = monday + timedelta(hours=hours)
        return change_status(ANA, memory, request.reference, status, now, due=clock)

    assert move(RequestStatus.IN_REVIEW, 1).due_at == due
    contacted = move(RequestStatus.CONTACTED, 2)
    assert (contacted.waiting_since, contacted.due_at) == (None, None)
    again = move(RequestStatus.IN_REVIEW, 24)
    assert (again.waiting_since, again.due_at) == (monday + timedelta(hours=24), due + timedelta(hours=24))
    assert move(RequestStatus.DECLINED, 25).due_at is None


def test_a_new_calendar_moves_the_deadlines_of_those_who_wait_only(any_uow: UnitOfWork) -> None:
    waits = submit_request(any_uow, submission("1" * 32), NOW, NINE_TO_FIVE)
    closed = submit_request(any_uow, submission("2" * 32), NOW, NINE_TO_FIVE)
    change_status(ANA, any_uow, closed.reference, RequestStatus.DECLINED, NOW)
    always = Deadlines(
        ClinicCalendar(parse_hours("mon-sun 00:00-24:00"), frozenset(), ZoneInfo("UTC")), timedelta(hours=4)
    )
    assert recompute_deadlines(any_uow, always) == 1
    assert recompute_deadlines(any_uow, always) == 0
    stored = {row.reference: row for row in list_requests(ANA, any_uow, NOW)}
    assert stored[waits.reference].due_at == NOW + timedelta(hours=4)
    assert stored[waits.reference].version == waits.version
    assert stored[closed.reference].due_at is None


def test_what_staff_calls_spam_is_told_the_patient_in_words_that_accuse_nobody() -> None:
    for status in (RequestStatus.SPAM, RequestStatus.DUPLICATE):
        assert status_for_patients(status) is RequestStatus.DECLINED
        told = ENGLISH.say(f"status_{status}", reference="MR-7F3K-9Q2M")
        assert "closed" in told
        assert not {"spam", "duplicate", "declined"} & set(told.split())


def claimed(actor: Actor, uow: UnitOfWork, reference: str) -> list[tuple[str, str]]:
    """The claim, if it succeeds; too many at one database for its patience try again, as the error says."""
    for _ in range(20):
        try:
            claim_request(actor, uow, reference, NOW)
        except Conflict:
            return []
        except StorageUnavailable:
            continue
        return [(reference, actor.id)]
    raise AssertionError("the database never had time")


def test_of_many_who_claim_at_once_each_request_is_one_persons(
    database_url: str, keyring: Keyring, trail: AuditTrail, open_database: Callable[..., Database]
) -> None:
    database = open_database(database_url, keyring, timeout=30)
    uow = SqlAlchemyUnitOfWork(database)
    references = [submit_request(uow, submission(f"{number:032}"), NOW).reference for number in range(REQUESTS)]
    barrier, won, problems = threading.Barrier(PEOPLE), [], []

    def claim(number: int) -> None:
        mine, actor = SqlAlchemyUnitOfWork(database), Actor(f"person{number}", Role.COORDINATOR)
        barrier.wait()
        # Each begins elsewhere, and all meet.
        for step in range(REQUESTS):
            try:
                won.extend(claimed(actor, mine, references[(step + number * 3) % REQUESTS]))
            except BaseException as problem:
                problems.append(problem)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=600)
    assert problems == []
    stored = {row.reference: row.assigned_to for row in list_requests(STAFF, uow, NOW)}
    assert sorted(won) == sorted(stored.items())
    assert len(won) == REQUESTS
    found = verify_audit(Actor("otto", Role.AUDITOR), uow, trail, NOW)
    assert (found.is_whole, found.entries) == (True, REQUESTS + 1)


def test_of_two_edits_of_one_version_one_is_stored_and_the_other_told(database: Database) -> None:
    """Both read version 1; the database lets one through, and the other learns of it by name."""
    uow = SqlAlchemyUnitOfWork(database)
    reference = submit_request(uow, submission(), NOW).reference
    barrier, outcomes = threading.Barrier(4), []

    def move(number: int) -> None:
        mine, actor = SqlAlchemyUnitOfWork(database), Actor(f"person{number}", Role.COORDINATOR)
        barrier.wait()
        try:
            change_status(actor, mine, reference, RequestStatus.IN_REVIEW, NOW, expected=1)
            outcomes.append(actor.id)
        except Conflict as told:
            outcomes.append(f"told of {told.who}")

    threads = [threading.Thread(target=move, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    [winner] = [outcome for outcome in outcomes if outcome.startswith("person")]
    assert sorted(outcomes) == sorted([winner, *[f"told of {winner}"] * 3])
