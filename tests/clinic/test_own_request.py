"""What a patient does with a request that was sent."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from clinic.domain.audit import Act
from clinic.domain.events import Channel, EventKind
from clinic.domain.statuses import RequestStatus
from clinic.errors import Conflict
from clinic.service.lookup import withdraw_request
from clinic.service.own_request import MOST_ADDITIONS, add_to_request, own_request
from clinic.service.requests import change_status, view_request
from clinic.service.submission import submit_request
from clinic.service.unit_of_work import UnitOfWork
from clinic.storage.database import Database
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import BORN, NOW, STAFF, submission

LATER = NOW + timedelta(hours=3)
SAID = "I also take 手術 prednisone"


def acts(uow: UnitOfWork) -> list[tuple[Act, str]]:
    with uow:
        return [(entry.act, entry.actor.id) for entry in uow.audit.entries()]


def test_an_addition_is_dated_versioned_audited_and_told(any_uow: UnitOfWork) -> None:
    request = submit_request(any_uow, submission(), NOW)
    changed = add_to_request(any_uow, request.reference, BORN, f" {SAID} ", LATER)
    assert changed is not None
    assert (changed.version, changed.changed_by, changed.change) == (request.version + 1, "patient", "addition")
    case = view_request(STAFF, any_uow, request.reference, LATER)
    assert [(each.text, each.at) for each in case.additions] == [(SAID, LATER)]
    assert case.request.answers == request.answers
    assert (Act.ADDED, "patient") in acts(any_uow)
    with any_uow:
        told = any_uow.outbox.waiting((Channel.EMAIL, Channel.WEBHOOK))
    assert [message.channel for message in told if message.kind is EventKind.ADDED] == [Channel.EMAIL, Channel.WEBHOOK]


def test_staff_who_read_it_before_the_addition_overwrite_nothing(any_uow: UnitOfWork) -> None:
    request = submit_request(any_uow, submission(), NOW)
    add_to_request(any_uow, request.reference, BORN, SAID, LATER)
    with pytest.raises(Conflict, match="patient"):
        change_status(STAFF, any_uow, request.reference, RequestStatus.IN_REVIEW, LATER, expected=request.version)


def test_the_same_words_once_more_add_nothing(any_uow: UnitOfWork) -> None:
    reference = submit_request(any_uow, submission(), NOW).reference
    versions = [add_to_request(any_uow, reference, BORN, SAID, LATER) for _ in range(2)]
    assert versions[0] == versions[1]
    assert len(view_request(STAFF, any_uow, reference, LATER).additions) == 1


def test_a_wrong_date_of_birth_reads_and_adds_nothing(any_uow: UnitOfWork) -> None:
    reference = submit_request(any_uow, submission(), NOW).reference
    wrong = BORN + timedelta(days=1)
    assert own_request(any_uow, reference, wrong, NOW, copy=True) is None
    assert add_to_request(any_uow, reference, wrong, SAID, NOW) is None
    assert view_request(STAFF, any_uow, reference, LATER).additions == ()


def test_a_copy_is_an_act_of_the_patient_and_the_status_is_none(any_uow: UnitOfWork) -> None:
    request = submit_request(any_uow, submission(), NOW)
    add_to_request(any_uow, request.reference, BORN, SAID, LATER)
    before = acts(any_uow)
    assert own_request(any_uow, request.reference, BORN, LATER)
    assert acts(any_uow) == before
    mine = own_request(any_uow, request.reference, BORN, LATER, copy=True)
    assert mine is not None
    assert mine.request.answers == request.answers
    assert [each.text for each in mine.additions] == [SAID]
    assert acts(any_uow) == [*before, (Act.COPIED, "patient")]


def test_there_is_an_end_to_additions(memory: UnitOfWork) -> None:
    reference = submit_request(memory, submission(), NOW).reference
    for number in range(MOST_ADDITIONS):
        assert add_to_request(memory, reference, BORN, f"more {number}", LATER)
    assert add_to_request(memory, reference, BORN, "one too many", LATER) is None


def test_a_withdrawal_erases_what_was_added(uow: SqlAlchemyUnitOfWork, database: Database) -> None:
    reference = submit_request(uow, submission(), NOW).reference
    add_to_request(uow, reference, BORN, SAID, LATER)
    with database.engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM request_additions")).all())
    assert "prednisone" not in stored
    withdraw_request(uow, None, reference, BORN, "c1", LATER)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM request_additions")).all() == []
    assert add_to_request(uow, reference, BORN, SAID, LATER) is None
