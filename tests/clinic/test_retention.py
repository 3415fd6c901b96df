"""The privacy notice names periods; after them everything is gone, and nothing before, on SQLite and PostgreSQL."""

from datetime import timedelta

from clinic.domain.requests import SafetyEvent
from clinic.service.retention import Purged, purge
from clinic.service.submission import load_draft, record_safety_event, save_draft, submit_request
from clinic.settings import Settings
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import NOW, STAFF, submission

SETTINGS = Settings(keep_drafts_days=30, keep_requests_days=730)
DRAFT = "d" * 32


def test_an_unsent_intake_lives_thirty_days_from_its_last_answer(uow: SqlAlchemyUnitOfWork) -> None:
    save_draft(uow, DRAFT, "chat-1", "rest", {"answers": {}}, NOW)
    save_draft(uow, DRAFT, "chat-1", "rest", {"answers": {"full_name": "x"}}, NOW + timedelta(days=5))
    assert purge(STAFF, uow, SETTINGS, NOW + timedelta(days=34)).drafts == 0
    assert load_draft(uow, DRAFT) is not None
    assert purge(STAFF, uow, SETTINGS, NOW + timedelta(days=36)) == Purged(drafts=1, safety_events=0, requests=0)
    assert load_draft(uow, DRAFT) is None


def test_a_safety_event_without_a_request_goes_with_the_unsent_intakes(uow: SqlAlchemyUnitOfWork) -> None:
    record_safety_event(uow, "chat-1", "emergency", "chest_pain", NOW)
    assert purge(STAFF, uow, SETTINGS, NOW + timedelta(days=29)).safety_events == 0
    assert purge(STAFF, uow, SETTINGS, NOW + timedelta(days=31)).safety_events == 1


def test_a_request_lives_two_years_with_its_safety_events(uow: SqlAlchemyUnitOfWork) -> None:
    event = SafetyEvent("emergency", "chest_pain", NOW)
    sent = submit_request(uow, submission(safety_events=(event,)), NOW)
    assert purge(STAFF, uow, SETTINGS, NOW + timedelta(days=729)) == Purged(0, 0, 0, messages=2)
    with uow:
        kept = uow.requests.get(sent.reference)
    assert kept is not None
    assert kept.safety_events == (event,)
    assert purge(STAFF, uow, SETTINGS, NOW + timedelta(days=731)).requests == 1
    with uow:
        assert uow.requests.get(sent.reference) is None
        assert uow.safety_events.waiting("chat-1", sent.intake_id) == ()


def test_purging_twice_deletes_nothing_more(uow: SqlAlchemyUnitOfWork) -> None:
    save_draft(uow, DRAFT, "chat-1", "rest", {"answers": {}}, NOW)
    late = NOW + timedelta(days=40)
    assert purge(STAFF, uow, SETTINGS, late).drafts == 1
    assert purge(STAFF, uow, SETTINGS, late) == Purged(0, 0, 0)
