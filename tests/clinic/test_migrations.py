"""An older database comes to this version with everything in it, and no patient loses her place."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from clinic.domain.actors import Actor, Role
from clinic.domain.statuses import RequestStatus
from clinic.errors import Conflict
from clinic.keys import Keyring
from clinic.service.audit import read_audit, verify_audit
from clinic.service.requests import change_status, claim_request, view_request
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.schema import _config
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import ANSWERS, NOW, STAFF

LATER = NOW + timedelta(hours=3)
REFERENCES = {"new": "MR-7F3K-9Q2M", "contacted": "MR-P5HY-N2RT"}
INSERT = text(
    "INSERT INTO consultation_requests (revision, reference, intake_id, status, channel, locale, "
    "questionnaire_version, answers, consents, notes, created_at, updated_at) VALUES "
    "(1, :reference, :intake, :status, 'rest', 'en', '1', :answers, :nothing, :nothing, :created, :updated)"
)


@pytest.fixture
def old(database_url: str, keyring: Keyring, open_database: Callable[..., Database]) -> Database:
    """A database as the first version left it, with two requests."""
    database = open_database(database_url, keyring, timeout=10)
    database._make_sqlite_file()
    with database.engine.begin() as connection:
        command.upgrade(_config(connection), "0001")
        on_file = database.engine.dialect.name == "sqlite"
        created, updated = (each.replace(tzinfo=None).isoformat(" ") if on_file else each for each in (NOW, LATER))
        for status, reference in REFERENCES.items():
            values = {
                "reference": reference,
                "intake": status,
                "status": status,
                "answers": keyring.encrypt(json.dumps(ANSWERS)),
                "nothing": keyring.encrypt("[]"),
                "created": created,
                "updated": updated,
            }
            connection.execute(INSERT, values)
    return database


def test_requests_of_the_first_version_go_on_in_this_one(old: Database, trail: AuditTrail) -> None:
    old.ready()
    uow = SqlAlchemyUnitOfWork(old)
    new = view_request(STAFF, uow, REFERENCES["new"], LATER)
    assert new.request.answers == ANSWERS
    assert (new.request.version, new.request.assigned_to) == (1, None)
    assert (new.request.waiting_since, new.request.due_at) == (NOW, None)
    assert [(stay.status, stay.started_at, stay.by) for stay in new.stays] == [("new", NOW, "")]
    contacted = view_request(STAFF, uow, REFERENCES["contacted"], LATER)
    assert contacted.request.waiting_since is None
    assert [(stay.status, stay.started_at) for stay in contacted.stays] == [("contacted", LATER)]

    claim_request(STAFF, uow, REFERENCES["new"], LATER)
    change_status(STAFF, uow, REFERENCES["new"], RequestStatus.IN_REVIEW, LATER, expected=2)
    with pytest.raises(Conflict):
        change_status(STAFF, uow, REFERENCES["new"], RequestStatus.CONTACTED, LATER, expected=1)
    auditor = Actor("otto", Role.AUDITOR)
    assert len(read_audit(auditor, uow, LATER)) == 4
    assert verify_audit(auditor, uow, trail, LATER).is_whole


def test_the_way_back_leaves_the_first_versions_tables(old: Database) -> None:
    old.ready()
    with old.engine.begin() as connection:
        command.downgrade(_config(connection), "0001")
    with old.engine.connect() as connection:
        rows = connection.execute(text("SELECT reference, status FROM consultation_requests ORDER BY status")).all()
    assert [tuple(row) for row in rows] == [(REFERENCES[status], status) for status in ("contacted", "new")]
