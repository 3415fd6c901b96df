"""A unit of work in memory, for what services decide; test_submission.py holds it to the behaviour of the real one."""

import copy
import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from clinic.domain.accounts import Account, DeskSession
from clinic.domain.actors import Actor
from clinic.domain.audit import Act, AuditEntry, Head, check_details
from clinic.domain.casework import Call, InternalNote, Stay
from clinic.domain.codes import code_from
from clinic.domain.events import Channel, EventKind, OutboxMessage, channels_of
from clinic.domain.queue import OPEN, Order, QueueFilter, queue_key
from clinic.domain.requests import Addition, ConsultationRequest, Draft, SafetyEvent
from clinic.domain.retention import Kept
from clinic.domain.search import NAME, Term, fold, terms_of
from clinic.domain.statuses import STATUSES, RequestStatus
from clinic.errors import ConcurrentChange, DuplicateRow, IntakeMoved


@dataclass
class Waiting:
    """A safety event that no request carries yet."""

    event: SafetyEvent
    conversation_id: str
    intake_id: str | None


@dataclass
class Tables:
    """What is stored; `commits` tells whether somebody else wrote meanwhile."""

    requests: dict[str, ConsultationRequest] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    erasures: list[str] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    outbox: dict[str, OutboxMessage] = field(default_factory=dict)
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    notes: dict[str, list[InternalNote]] = field(default_factory=dict)
    calls: dict[str, list[Call]] = field(default_factory=dict)
    additions: dict[str, list[Addition]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    sessions: dict[str, DeskSession] = field(default_factory=dict)
    commits: int = 0


class FakeRequests:
    def __init__(self, tables: Tables) -> None:
        self._tables, self._rows = tables, tables.requests

    def add(self, request: ConsultationRequest) -> None:
        if request.reference in self._rows or self.by_intake(request.intake_id):
            raise DuplicateRow("this value is stored already")
        self._put(request)

    def update(self, request: ConsultationRequest) -> None:
        if request.reference not in self._rows:
            raise KeyError(request.reference)
        self._put(request)

    def _put(self, request: ConsultationRequest) -> None:
        self._rows[request.reference] = request
        reference, now = request.reference, request.updated_at
        stays = self._tables.stays.setdefault(reference, [])
        if stays and stays[-1].status == request.status:
            return
        if request.status is RequestStatus.WITHDRAWN:
            for table in (self._tables.stays, self._tables.notes, self._tables.calls, self._tables.additions):
                table.pop(reference, None)
            stays = self._tables.stays.setdefault(reference, [])
            left = {key: row for key, row in self._tables.outbox.items() if row.reference != reference}
            self._tables.outbox = left
        elif stays:
            stays[-1] = replace(stays[-1], ended_at=now)
        stays.append(Stay(str(request.status), now, None, request.changed_by))

    def claim(self, reference: str, by: str, now: datetime) -> bool:
        row = self._rows.get(reference)
        if row is None or row.assigned_to or row.status is RequestStatus.WITHDRAWN:
            return False
        self._put(row.changed(by, "claimed", now, assigned_to=by, assigned_at=now))
        return True

    def set_due(self, reference: str, due_at: datetime | None) -> None:
        self._rows[reference] = replace(self._rows[reference], due_at=due_at)

    def stays(self, reference: str) -> list[Stay]:
        return list(self._tables.stays.get(reference, []))

    def notes(self, reference: str) -> list[InternalNote]:
        return list(self._tables.notes.get(reference, []))

    def calls(self, reference: str) -> list[Call]:
        return list(self._tables.calls.get(reference, []))

    def add_note(self, reference: str, note: InternalNote) -> None:
        self._tables.notes.setdefault(reference, []).append(note)

    def add_call(self, reference: str, call: Call) -> None:
        self._tables.calls.setdefault(reference, []).append(call)

    def get(self, reference: str) -> ConsultationRequest | None:
        return self._rows.get(reference)

    def by_intake(self, intake_id: str) -> ConsultationRequest | None:
        return next((row for row in self._rows.values() if row.intake_id == intake_id), None)

    def latest_of_conversation(self, conversation_id: str) -> ConsultationRequest | None:
        return next((row for row in self.all() if row.conversation_id == conversation_id), None)

    def verified(self, reference: str | None, date_of_birth: date) -> ConsultationRequest | None:
        row = self._rows.get(reference or "")
        return row if row and row.answers.get("date_of_birth") == date_of_birth.isoformat() else None

    def all(self, statuses: Iterable[RequestStatus] = ()) -> Iterator[ConsultationRequest]:
        wanted = set(statuses) or set(RequestStatus)
        places = {reference: place for place, reference in enumerate(self._rows)}
        newest = sorted(self._rows.values(), key=lambda row: (row.created_at, places[row.reference]), reverse=True)
        return (row for row in newest if row.status in wanted)

    def remove_sent_before(self, moment: datetime) -> int:
        old = [row.reference for row in self._rows.values() if row.created_at < moment]
        for reference in old:
            del self._rows[reference]
        return len(old)


class FakeQueue:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.requests
        self._calls = tables.calls

    def last_calls(self, references: Sequence[str]) -> dict[str, Call]:
        return {reference: self._calls[reference][-1] for reference in references if self._calls.get(reference)}

    def page(self, wanted: QueueFilter, limit: int, after: str | None = None) -> list[ConsultationRequest]:
        rows = [row for row in self._rows.values() if self._is_wanted(row, wanted)]
        if wanted.order is Order.URGENCY:
            rows.sort(key=queue_key)
        else:
            rows.sort(key=lambda row: row.created_at, reverse=wanted.order is Order.NEWEST)
        if after is not None:
            places = [row.reference for row in rows]
            rows = rows[places.index(after) + 1 :] if after in places else []
        return rows[:limit]

    @staticmethod
    def _is_wanted(row: ConsultationRequest, wanted: QueueFilter) -> bool:
        waits = STATUSES[row.status].waits
        overdue, owner = wanted.overdue_at, wanted.assigned_to
        return (
            row.status in (wanted.statuses or OPEN)
            and (owner is None or (row.assigned_to or "") == owner)
            and (not wanted.urgent or (row.is_urgent and waits))
            and (overdue is None or (waits and row.due_at is not None and row.due_at < overdue))
        )

    def counts(self, most: int) -> dict[RequestStatus, int]:
        found = [row.status for row in self._rows.values()]
        return {status: min(most, found.count(status)) for status in RequestStatus}

    def with_terms(self, terms: Iterable[Term], limit: int) -> list[ConsultationRequest]:
        asked = set(terms)
        found = [row for row in self._rows.values() if asked & terms_of(row.answers)]
        return sorted(found, key=lambda row: row.created_at, reverse=True)[:limit]

    def of(self, references: Sequence[str]) -> list[ConsultationRequest]:
        return [self._rows[reference] for reference in references if reference in self._rows]

    def open_names(self, limit: int) -> Iterator[tuple[str, str]]:
        for row in self.page(QueueFilter(), limit):
            yield row.reference, fold(str(row.answers.get(NAME) or ""))


class FakePersons:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def held(self, request: ConsultationRequest) -> dict[str, int]:
        tables, reference = self._tables, request.reference
        drafts = [row for row in tables.drafts.values() if self._is_mine(row, request)]
        return {
            "requests": 1,
            "unfinished intakes": len(drafts),
            "emergencies in the chat": len(request.safety_events),
            "notes of the team": len(tables.notes.get(reference, [])),
            "calls": len(tables.calls.get(reference, [])),
            "additions": len(tables.additions.get(reference, [])),
        }

    def erase(self, request: ConsultationRequest) -> None:
        tables = self._tables
        for intake_id in [row.intake_id for row in tables.drafts.values() if self._is_mine(row, request)]:
            del tables.drafts[intake_id]
        tables.waiting[:] = [
            row
            for row in tables.waiting
            if row.intake_id != request.intake_id and row.conversation_id not in request.conversations
        ]

    def others_in_conversation(self, request: ConsultationRequest) -> list[str]:
        rows = self._tables.requests.values()
        same = [row for row in rows if row.conversation_id == request.conversation_id is not None]
        return [row.reference for row in same if row.reference != request.reference]

    @staticmethod
    def _is_mine(row: Draft, request: ConsultationRequest) -> bool:
        return row.intake_id == request.intake_id or row.conversation_id in request.conversations


class FakeAges:
    def of(self, kind: Kept, moments: Sequence[datetime]) -> tuple[int, tuple[int, ...], datetime | None]:
        raise NotImplementedError("what is deleted when is the databases' business")


class FakeDrafts:
    def __init__(self, tables: Tables, events: "FakeSafetyEvents") -> None:
        self._rows, self._events, self._codes = tables.drafts, events, tables.codes

    def code(self, intake_id: str) -> tuple[str, bool] | None:
        row = self._rows.get(intake_id)
        if row is None or not row.state.get("born"):
            return None
        is_new = intake_id not in self._codes
        return self._codes.setdefault(intake_id, code_from(lambda number: _digest(f"{intake_id}/{number}"))), is_new

    def by_code(self, code: str | None, born: date) -> Draft | None:
        found = (row for row in self._rows.values() if code and self._codes.get(row.intake_id) == code)
        row = next((row for row in found if row.state.get("born") == born.isoformat()), None)
        return None if row is None else self.get(row.intake_id)

    def hand_over(self, intake_id: str, conversation_id: str, channel: str, now: datetime) -> None:
        row = self._rows.get(intake_id)
        if row is not None and row.conversation_id != conversation_id:
            earlier = [each for each in row.earlier_conversations if each != conversation_id]
            self._rows[intake_id] = replace(
                row, conversation_id=conversation_id, channel=channel, updated_at=now,
                earlier_conversations=(*earlier, row.conversation_id),
            )  # fmt: skip

    def get(self, intake_id: str) -> Draft | None:
        row = self._rows.get(intake_id)
        if row is None:
            return None
        return Draft(**{**vars(row), "safety_events": self._events.waiting(row.conversation_id, intake_id)})

    def of_conversation(self, conversation_id: str) -> list[Draft]:
        return [row for row in self._rows.values() if row.conversation_id == conversation_id]

    def put(self, intake_id: str, conversation_id: str, channel: str, state: dict[str, Any], now: datetime) -> None:
        row = self._rows.get(intake_id)
        if row is not None and row.conversation_id != conversation_id:
            raise IntakeMoved("the intake goes on in another conversation")
        begun, earlier = (now, ()) if row is None else (row.created_at, row.earlier_conversations)
        self._rows[intake_id] = Draft(
            intake_id, conversation_id, channel, state, begun, now, earlier_conversations=earlier
        )

    def remove(self, intake_id: str) -> None:
        self._rows.pop(intake_id, None)

    def remove_conversation(self, conversation_id: str) -> None:
        for row in [row for row in self._rows.values() if row.conversation_id == conversation_id]:
            del self._rows[row.intake_id]

    def remove_untouched_since(self, moment: datetime) -> int:
        old = [row for row in self._rows.values() if row.updated_at < moment]
        for row in old:
            del self._rows[row.intake_id]
        return len(old)


class FakeAdditions:
    def __init__(self, tables: Tables) -> None:
        self._rows = tables.additions

    def add(self, reference: str, addition: Addition) -> None:
        self._rows.setdefault(reference, []).append(addition)

    def of(self, reference: str) -> list[Addition]:
        return list(self._rows.get(reference, []))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class FakeSafetyEvents:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, event: SafetyEvent, conversation_id: str, intake_id: str | None) -> None:
        self._tables.waiting.append(Waiting(event, conversation_id, intake_id))

    def waiting(self, conversation_id: str, intake_id: str | None) -> tuple[SafetyEvent, ...]:
        mine = [row.event for row in self._tables.waiting if self._is_mine(row, conversation_id, intake_id)]
        return tuple(sorted(mine, key=lambda event: event.at))

    def remove_waiting(self, conversation_id: str, intake_id: str | None) -> None:
        rows = self._tables.waiting
        rows[:] = [row for row in rows if not self._is_mine(row, conversation_id, intake_id)]

    def remove_waiting_since(self, moment: datetime) -> int:
        rows, before = self._tables.waiting, len(self._tables.waiting)
        rows[:] = [row for row in rows if row.event.at >= moment]
        return before - len(rows)

    @staticmethod
    def _is_mine(row: Waiting, conversation_id: str, intake_id: str | None) -> bool:
        return row.conversation_id == conversation_id or (intake_id is not None and row.intake_id == intake_id)


class FakeAudit:
    """Keeps the entries without seals, with the reference itself as their subject."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.audit

    def record(
        self,
        actor: Actor,
        act: Act,
        now: datetime,
        reference: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        check_details(details or {})
        self._rows.append(AuditEntry(len(self._rows) + 1, now, actor, act, reference, dict(details or {})))

    def forget(self, reference: str) -> None:
        self._rows[:] = [replace(row, subject=None) if row.subject == reference else row for row in self._rows]

    def snapshot(self) -> None:
        pass

    def head(self) -> Head:
        return Head(len(self._rows))

    def entries(self, reference: str | None = None, last: int | None = None) -> Iterator[AuditEntry]:
        found = [row for row in self._rows if reference in (None, row.subject)]
        return iter(found if last is None else found[-last:])


class FakeOutbox:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, kind: EventKind, request: ConsultationRequest, now: datetime) -> None:
        for channel in channels_of(kind, request):
            key = uuid.uuid4().hex
            self._tables.outbox[key] = OutboxMessage(
                key, channel, kind, request.reference, request.is_urgent, str(request.status), now, now
            )

    def due(self, channels: Sequence[Channel], now: datetime, limit: int) -> list[OutboxMessage]:
        return [row for row in self.waiting(channels) if row.next_at <= now][:limit]

    def lease(self, message: OutboxMessage, until: datetime) -> bool:
        row = self._tables.outbox.get(message.id)
        if row is None or row.attempts != message.attempts or row.delivered_at:
            return False
        self._tables.outbox[message.id] = replace(row, attempts=row.attempts + 1, next_at=until)
        return True

    def delivered(self, message_id: str, now: datetime) -> None:
        self._tables.outbox[message_id] = replace(self._tables.outbox[message_id], delivered_at=now, problem="")

    def failed(self, message_id: str, problem: str, next_at: datetime) -> None:
        self._tables.outbox[message_id] = replace(self._tables.outbox[message_id], problem=problem, next_at=next_at)

    def remove(self, message_id: str) -> None:
        del self._tables.outbox[message_id]

    def waiting(self, channels: Sequence[Channel]) -> list[OutboxMessage]:
        return [row for row in self._tables.outbox.values() if row.channel in channels and not row.delivered_at]

    def remove_older_than(self, moment: datetime) -> int:
        old = [key for key, row in self._tables.outbox.items() if row.created_at < moment]
        for key in old:
            del self._tables.outbox[key]
        return len(old)


class FakeAccounts:
    def __init__(self, tables: Tables) -> None:
        self._accounts, self._sessions = tables.accounts, tables.sessions

    def add(self, account: Account) -> None:
        if account.name in self._accounts:
            raise DuplicateRow("this value is stored already")
        self._accounts[account.name] = account

    def update(self, account: Account) -> None:
        if account.name not in self._accounts:
            raise KeyError(account.name)
        self._accounts[account.name] = account

    def get(self, name: str) -> Account | None:
        return self._accounts.get(name)

    def all(self) -> list[Account]:
        return [self._accounts[name] for name in sorted(self._accounts)]

    def add_session(self, session: DeskSession, digest: str) -> None:
        self._sessions[digest] = session

    def session(self, digest: str) -> DeskSession | None:
        return self._sessions.get(digest)

    def touch_session(self, session_id: str, now: datetime) -> None:
        for digest, session in self._sessions.items():
            if session.id == session_id:
                self._sessions[digest] = replace(session, last_seen_at=now)

    def end_session(self, session_id: str) -> None:
        self._keep(lambda session: session.id != session_id)

    def end_sessions(self, name: str) -> None:
        self._keep(lambda session: session.account != name)

    def remove_sessions_before(self, moment: datetime) -> int:
        return self._keep(lambda session: session.created_at >= moment)

    def _keep(self, wanted: Callable[[DeskSession], bool]) -> int:
        gone = [digest for digest, session in self._sessions.items() if not wanted(session)]
        for digest in gone:
            del self._sessions[digest]
        return len(gone)


class FakeUnitOfWork:
    """Works on a copy of the tables; committing puts it in their place."""

    requests: FakeRequests
    drafts: FakeDrafts
    additions: FakeAdditions
    safety_events: FakeSafetyEvents
    audit: FakeAudit
    outbox: FakeOutbox
    accounts: FakeAccounts
    queue: FakeQueue
    persons: FakePersons
    ages: FakeAges

    def __init__(self, tables: Tables | None = None) -> None:
        self.stored = tables or Tables()

    def __enter__(self) -> "FakeUnitOfWork":
        self.rollback()
        return self

    def __exit__(self, *_: object) -> None:
        self._working = Tables()

    def rollback(self) -> None:
        self._working = copy.deepcopy(self.stored)
        self.requests = FakeRequests(self._working)
        self.safety_events = FakeSafetyEvents(self._working)
        self.drafts = FakeDrafts(self._working, self.safety_events)
        self.additions = FakeAdditions(self._working)
        self.audit = FakeAudit(self._working)
        self.outbox = FakeOutbox(self._working)
        self.accounts = FakeAccounts(self._working)
        self.queue = FakeQueue(self._working)
        self.persons = FakePersons(self._working)
        self.ages = FakeAges()

    def commit(self) -> None:
        if self._working.commits != self.stored.commits:
            raise ConcurrentChange("the record was changed by somebody else; read it again")
        self._working.commits += 1
        vars(self.stored).update(copy.deepcopy(vars(self._working)))

    def note_erasure(
        self, intake_id: str, now: datetime, reference: str | None = None, conversation_id: str | None = None
    ) -> None:
        self._working.erasures.append(intake_id)
