"""The privacy notice names periods; after them everything is gone, and nothing before, on SQLite and PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from clinic.domain.actors import Actor, Role
from clinic.domain.requests import SafetyEvent
from clinic.domain.retention import Kept
from clinic.errors import AccessRefused
from clinic.service.retention import Purged, plan_purge, purge
from clinic.service.submission import load_draft, record_safety_event, save_draft, submit_request
from clinic.settings import Settings
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import NOW, STAFF, submission

SETTINGS = Settings(keep_drafts_days=30, keep_requests_days=730)
DRAFT = "d" * 32
ADMIN = Actor("ada", Role.ADMIN)


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
    assert purge(STAFF, uow, SETTINGS, NOW + timedelta(days=729)) == Purged(0, 0, 0, messages=3)
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


class NoChats:
    def ages(self, moments: Sequence[datetime]) -> tuple[int, tuple[int, ...], datetime | None]:
        return 0, tuple(0 for _ in moments), None


def test_a_dry_run_says_what_the_next_purge_deletes_and_deletes_nothing(uow: SqlAlchemyUnitOfWork) -> None:
    save_draft(uow, DRAFT, "chat-1", "rest", {"answers": {}}, NOW)
    save_draft(uow, "e" * 32, "chat-2", "rest", {"answers": {}}, NOW + timedelta(days=5))
    record_safety_event(uow, "chat-1", "emergency", "chest_pain", NOW)
    submit_request(uow, submission(), NOW)
    late = NOW + timedelta(days=31)
    for _ in range(2):
        plan = {each.kind: each for each in plan_purge(ADMIN, uow, SETTINGS, NoChats(), 30, late)}
        assert {kind: (each.held, each.going) for kind, each in plan.items()} == {
            Kept.DRAFTS: (2, (1, 2, 2)),
            Kept.SAFETY_EVENTS: (1, (1, 1, 1)),
            Kept.REQUESTS: (1, (0, 0, 0)),
            Kept.MESSAGES: (3, (3, 3, 3)),
            Kept.CONVERSATIONS: (0, (0, 0, 0)),
        }
        assert (plan[Kept.DRAFTS].oldest, plan[Kept.CONVERSATIONS].oldest) == (NOW, None)
    purged = purge(STAFF, uow, SETTINGS, late)
    assert [purged.drafts, purged.safety_events, purged.requests, purged.messages] == [
        plan[kind].going[0] for kind in (Kept.DRAFTS, Kept.SAFETY_EVENTS, Kept.REQUESTS, Kept.MESSAGES)
    ]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CLINICIAN, Role.LEAD, Role.AUDITOR])
def test_who_does_not_look_after_the_machine_sees_no_plan(uow: SqlAlchemyUnitOfWork, role: Role) -> None:
    with pytest.raises(AccessRefused):
        plan_purge(Actor("x", role), uow, SETTINGS, NoChats(), 30, NOW)
