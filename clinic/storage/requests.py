"""Consultation requests in the database, with the stays in their statuses, notes and calls of the team."""

import hmac
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic.domain.asked import BIRTH_DATE
from clinic.domain.casework import Call, CallOutcome, InternalNote, Stay
from clinic.domain.queue import queue_key, with_due
from clinic.domain.requests import Consent, ConsultationRequest
from clinic.domain.search import NAME, fold, terms_of
from clinic.domain.statuses import RequestStatus
from clinic.keys import Keyring
from clinic.storage.failures import storage_errors
from clinic.storage.models import CallRow, NoteRow, OutboxRow, RequestRow, SafetyEventRow, SearchTermRow, StayRow
from clinic.storage.repositories import CONVERSATION, deleted, event_of
from clinic.storage.request_rows import request_of

_NO_DIGEST = "0" * 64


class SqlAlchemyRequests:
    """Consultation requests in one session."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring
        # The session holds rows weakly; a row read anew would carry the revision of whoever wrote meanwhile.
        self._read_rows: dict[str, RequestRow] = {}

    def add(self, request: ConsultationRequest) -> None:
        """Store a new request.

        Raises:
            DuplicateRow: its intake id or its reference is stored already.
        """
        row = RequestRow(reference=request.reference, intake_id=request.intake_id, created_at=request.created_at)
        self._fill(row, request)
        self._session.add(row)
        with storage_errors():
            self._session.flush()

    def update(self, request: ConsultationRequest) -> None:
        """Store changes of a request that was read in this unit of work.

        Raises:
            KeyError: it was not read in this unit of work.
            ConcurrentChange: somebody else changed it since it was read.
        """
        row = self._read_rows[request.reference]
        with storage_errors():
            self._fill(row, request)
            self._session.flush()

    def get(self, reference: str) -> ConsultationRequest | None:
        """Return the request with this reference, or None."""
        return self._read(self._session.scalar(select(RequestRow).where(RequestRow.reference == reference)))

    def by_intake(self, intake_id: str) -> ConsultationRequest | None:
        """Return the request that this intake ended in, or None."""
        return self._read(self._session.scalar(select(RequestRow).where(RequestRow.intake_id == intake_id)))

    def latest_of_conversation(self, conversation_id: str) -> ConsultationRequest | None:
        """Return the newest request of a conversation that is not withdrawn, or None."""
        digests = self._keyring.indexes(CONVERSATION, conversation_id)
        row = self._session.scalar(
            select(RequestRow)
            .where(RequestRow.conversation_index.in_(digests))
            .order_by(RequestRow.created_at.desc(), RequestRow.id.desc())
            .limit(1)
        )
        return self._read(row)

    def verified(self, reference: str | None, date_of_birth: date) -> ConsultationRequest | None:
        """Return the request if reference and date of birth belong together, or None.

        Every wrong pair costs the same work: one indexed read and one comparison in constant time for each
        key; nothing is decrypted before the date has matched.
        """
        stored = self._session.scalar(
            select(RequestRow.birth_date_index).where(RequestRow.reference == (reference or ""))
        )
        digests = self._keyring.indexes("birth-date", _birth_date_text(reference or "", date_of_birth))
        matches = [hmac.compare_digest(digest, stored or _NO_DIGEST) for digest in digests]
        return self.get(reference) if reference and any(matches) else None

    def all(self, statuses: Iterable[RequestStatus] = ()) -> Iterator[ConsultationRequest]:
        """Yield requests, newest first; only those in `statuses` when any is given."""
        query = select(RequestRow).order_by(RequestRow.created_at.desc(), RequestRow.id.desc())
        if wanted := [str(status) for status in statuses]:
            query = query.where(RequestRow.status.in_(wanted))
        for row in self._session.scalars(query.execution_options(yield_per=100)):
            yield request_of(row)

    def remove_sent_before(self, moment: datetime) -> int:
        """Delete the requests that were created before `moment`, with their safety events; return how many."""
        return deleted(self._session, delete(RequestRow).where(RequestRow.created_at < moment))

    def claim(self, reference: str, by: str, now: datetime) -> bool:
        """Give a request to somebody if nobody has it; return whether that worked. Of many at once, one succeeds."""
        free = (RequestRow.reference == reference, RequestRow.assigned_to.is_(None))
        withdrawn = RequestRow.status == str(RequestStatus.WITHDRAWN)
        claimed = (
            update(RequestRow)
            .where(*free, ~withdrawn)
            .values(
                assigned_to=by,
                assigned_at=now,
                version=RequestRow.version + 1,
                revision=RequestRow.revision + 1,
                changed_by=by,
                change="claimed",
                updated_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        with storage_errors():
            done = bool(getattr(self._session.execute(claimed), "rowcount", 0))
        self._session.expire_all()
        return done

    def set_due(self, reference: str, due_at: datetime | None) -> None:
        """Write down a deadline that was computed anew; nobody has to know of it, so the version stays."""
        with storage_errors():
            key = self._session.scalar(select(RequestRow.queue_key).where(RequestRow.reference == reference))
            self._session.execute(
                update(RequestRow)
                .where(RequestRow.reference == reference)
                .values(due_at=due_at, revision=RequestRow.revision + 1, queue_key=with_due(key, due_at) if key else "")
                .execution_options(synchronize_session=False)
            )
        self._session.expire_all()

    def stays(self, reference: str) -> list[Stay]:
        """Return the stays of a request in its statuses, oldest first."""
        rows = self._session.scalars(self._of(StayRow, reference))
        return [Stay(row.status, row.started_at, row.ended_at, row.actor) for row in rows]

    def notes(self, reference: str) -> list[InternalNote]:
        """Return the team's notes, oldest first."""
        rows = self._session.scalars(self._of(NoteRow, reference))
        return [InternalNote(row.actor, row.text, row.at) for row in rows]

    def calls(self, reference: str) -> list[Call]:
        """Return the calls to the patient, oldest first."""
        rows = self._session.scalars(self._of(CallRow, reference))
        return [Call(row.actor, CallOutcome(row.outcome), row.text, row.at) for row in rows]

    def add_note(self, reference: str, note: InternalNote) -> None:
        """Store a note on a request that was read in this unit of work."""
        self._read_rows[reference].staff_notes.append(NoteRow(actor=note.by, text=note.text, at=note.at))

    def add_call(self, reference: str, call: Call) -> None:
        """Store a call about a request that was read in this unit of work."""
        row = CallRow(actor=call.by, outcome=str(call.outcome), text=call.text, at=call.at)
        self._read_rows[reference].calls.append(row)

    @staticmethod
    def _of(table: Any, reference: str) -> Any:
        return select(table).join(RequestRow).where(RequestRow.reference == reference).order_by(table.id)

    def _note_stay(self, row: RequestRow, request: ConsultationRequest) -> None:
        status, now = str(request.status), request.updated_at
        if row.stays and row.stays[-1].status == status:
            return
        if request.status is RequestStatus.WITHDRAWN:
            # What the team did for her, and what she added, go with what she told; only that she withdrew stays.
            row.stays, row.staff_notes, row.calls, row.additions = [], [], [], []
            self._session.execute(delete(OutboxRow).where(OutboxRow.reference == row.reference))
        elif row.stays:
            row.stays[-1].ended_at = now
        row.stays.append(StayRow(status=status, started_at=now, actor=request.changed_by))

    def _read(self, row: RequestRow | None) -> ConsultationRequest | None:
        if row is None:
            return None
        self._read_rows[row.reference] = row
        return request_of(row)

    def _fill(self, row: RequestRow, request: ConsultationRequest) -> None:
        row.status = str(request.status)
        row.channel = request.channel
        row.locale = request.locale
        row.questionnaire_version = request.questionnaire_version
        row.answers = dict(request.answers)
        row.words = dict(request.words)
        row.consents = [_consent_json(consent) for consent in request.consents]
        row.notes = [{"code": note.code, "text": note.text} for note in request.notes]
        row.left_open = request.left_open.plain() if request.left_open else None
        row.conversation_id = request.conversation_id
        row.earlier_conversations = list(request.earlier_conversations) or None
        row.updated_at = request.updated_at
        row.version = request.version
        row.changed_by = request.changed_by
        row.change = request.change
        row.assigned_to = request.assigned_to
        row.assigned_at = request.assigned_at
        row.waiting_since = request.waiting_since
        row.due_at = request.due_at
        row.queue_key = queue_key(request)
        self._note_stay(row, request)
        index_request(row, self._keyring)
        kept = [event for event in row.safety_events if event_of(event) in request.safety_events]
        known = {event_of(event) for event in kept}
        row.safety_events = kept + [
            SafetyEventRow(
                intake_id=request.intake_id,
                conversation_id=request.conversation_id or "",
                conversation_index=row.conversation_index or "",
                kind=event.kind,
                rule=event.rule,
                at=event.at,
            )
            for event in request.safety_events
            if event not in known
        ]


def index_request(row: RequestRow, keyring: Keyring) -> None:
    """Set what a request is found by from its decrypted columns: keyed digests, and its folded name."""
    conversation = row.conversation_id
    row.conversation_index = None if conversation is None else keyring.index(CONVERSATION, conversation)
    born = _date_of_birth(row.answers)
    row.birth_date_index = None if born is None else keyring.index("birth-date", _birth_date_text(row.reference, born))
    row.search_name = fold(str(row.answers.get(NAME) or "")) or None
    terms = {keyring.index(f"search-{term.kind}", term.value) for term in terms_of(row.answers)}
    kept = [each for each in row.search_terms if each.digest in terms]
    row.search_terms = kept + [SearchTermRow(digest=each) for each in sorted(terms - {term.digest for term in kept})]


def index_missing(session: Session, keyring: Keyring, at_once: int = 500) -> int:
    """Index requests that an older version stored; return how many of at most `at_once`."""
    found = list(session.scalars(select(RequestRow).where(RequestRow.queue_key == "").limit(at_once)))
    for row in found:
        index_request(row, keyring)
        row.queue_key = queue_key(request_of(row))
    return len(found)


def _date_of_birth(answers: dict[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(answers.get(BIRTH_DATE) or ""))
    except ValueError:
        return None


def _birth_date_text(reference: str, born: date) -> str:
    # With the reference in it, equal dates of two patients have different digests.
    return f"{reference}/{born.isoformat()}"


def _consent_json(consent: Consent) -> dict[str, str]:
    return {
        "question_id": consent.question_id,
        "text_version": consent.text_version,
        "answer": consent.answer,
        "given_at": consent.given_at.isoformat(),
    }
