"""Repositories: translate between the domain's records and rows, and find rows by keyed digests."""

import hmac
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Delete, delete, or_, select
from sqlalchemy.orm import Session

from clinic.domain.requests import (
    Consent,
    ConsultationRequest,
    Draft,
    PreScreenNote,
    RequestStatus,
    SafetyEvent,
)
from clinic.keys import Keyring
from clinic.storage.failures import storage_errors
from clinic.storage.models import DraftRow, RequestRow, SafetyEventRow

_CONVERSATION = "conversation"
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
        self._fill(self._read_rows[request.reference], request)
        with storage_errors():
            self._session.flush()

    def get(self, reference: str) -> ConsultationRequest | None:
        """Return the request with this reference, or None."""
        return self._read(self._session.scalar(select(RequestRow).where(RequestRow.reference == reference)))

    def by_intake(self, intake_id: str) -> ConsultationRequest | None:
        """Return the request that this intake ended in, or None."""
        return self._read(self._session.scalar(select(RequestRow).where(RequestRow.intake_id == intake_id)))

    def latest_of_conversation(self, conversation_id: str) -> ConsultationRequest | None:
        """Return the newest request of a conversation that is not withdrawn, or None."""
        digests = self._keyring.indexes(_CONVERSATION, conversation_id)
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
            yield _request(row)

    def remove_sent_before(self, moment: datetime) -> int:
        """Delete the requests that were created before `moment`, with their safety events; return how many."""
        return deleted(self._session, delete(RequestRow).where(RequestRow.created_at < moment))

    def _read(self, row: RequestRow | None) -> ConsultationRequest | None:
        if row is None:
            return None
        self._read_rows[row.reference] = row
        return _request(row)

    def _fill(self, row: RequestRow, request: ConsultationRequest) -> None:
        row.status = str(request.status)
        row.channel = request.channel
        row.locale = request.locale
        row.questionnaire_version = request.questionnaire_version
        row.answers = dict(request.answers)
        row.consents = [_consent_json(consent) for consent in request.consents]
        row.notes = [{"code": note.code, "text": note.text} for note in request.notes]
        row.conversation_id = request.conversation_id
        row.updated_at = request.updated_at
        index_request(row, self._keyring)
        kept = [event for event in row.safety_events if _event(event) in request.safety_events]
        known = {_event(event) for event in kept}
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


class SqlAlchemyDrafts:
    """Unfinished intakes in one session."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def get(self, intake_id: str) -> Draft | None:
        """Return the draft of an intake, with the safety events of its conversation, or None."""
        row = self._row(intake_id)
        if row is None:
            return None
        waiting = SqlAlchemySafetyEvents(self._session, self._keyring).waiting(row.conversation_id, intake_id)
        return Draft(
            intake_id=row.intake_id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            state=row.state,
            created_at=row.created_at,
            updated_at=row.updated_at,
            safety_events=waiting,
        )

    def put(self, intake_id: str, conversation_id: str, channel: str, state: dict[str, Any], now: datetime) -> None:
        """Store or replace the draft of an intake.

        Raises:
            DuplicateRow: another process stored the first draft of this intake at the same moment.
        """
        row = self._row(intake_id)
        if row is None:
            row = DraftRow(intake_id=intake_id, created_at=now)
            self._session.add(row)
        row.conversation_id = conversation_id
        row.conversation_index = self._keyring.index(_CONVERSATION, conversation_id)
        row.channel = channel
        row.state = state
        row.updated_at = now
        with storage_errors():
            self._session.flush()

    def remove_untouched_since(self, moment: datetime) -> int:
        """Delete the drafts that were last changed before `moment`; return how many."""
        return deleted(self._session, delete(DraftRow).where(DraftRow.updated_at < moment))

    def remove(self, intake_id: str) -> None:
        """Delete the draft of an intake, if there is one."""
        self._session.execute(delete(DraftRow).where(DraftRow.intake_id == intake_id))

    def remove_conversation(self, conversation_id: str) -> None:
        """Delete every draft of a conversation."""
        digests = self._keyring.indexes(_CONVERSATION, conversation_id)
        self._session.execute(delete(DraftRow).where(DraftRow.conversation_index.in_(digests)))

    def _row(self, intake_id: str) -> DraftRow | None:
        with self._session.no_autoflush:
            return self._session.scalar(select(DraftRow).where(DraftRow.intake_id == intake_id))


class SqlAlchemySafetyEvents:
    """Safety events that wait for a request."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def add(self, event: SafetyEvent, conversation_id: str, intake_id: str | None) -> None:
        """Store an event of a conversation that has no request yet."""
        self._session.add(
            SafetyEventRow(
                intake_id=intake_id,
                conversation_id=conversation_id,
                conversation_index=self._keyring.index(_CONVERSATION, conversation_id),
                kind=event.kind,
                rule=event.rule,
                at=event.at,
            )
        )
        with storage_errors():
            self._session.flush()

    def waiting(self, conversation_id: str, intake_id: str | None) -> tuple[SafetyEvent, ...]:
        """Return the events of this conversation or intake that no request carries, oldest first."""
        return tuple(_event(row) for row in self._waiting_rows(conversation_id, intake_id))

    def remove_waiting(self, conversation_id: str, intake_id: str | None) -> None:
        """Delete those events: a request carries them now, or the patient withdrew."""
        for row in self._waiting_rows(conversation_id, intake_id):
            self._session.delete(row)

    def remove_waiting_since(self, moment: datetime) -> int:
        """Delete the events from before `moment` that no request carries; return how many."""
        old = delete(SafetyEventRow).where(SafetyEventRow.request_id.is_(None), SafetyEventRow.at < moment)
        return deleted(self._session, old)

    def _waiting_rows(self, conversation_id: str, intake_id: str | None) -> Iterable[SafetyEventRow]:
        digests = self._keyring.indexes(_CONVERSATION, conversation_id)
        same = SafetyEventRow.conversation_index.in_(digests)
        mine = same if intake_id is None else or_(same, SafetyEventRow.intake_id == intake_id)
        return self._session.scalars(
            select(SafetyEventRow).where(SafetyEventRow.request_id.is_(None), mine).order_by(SafetyEventRow.at)
        ).all()


def deleted(session: Session, statement: Delete) -> int:
    """Run a DELETE and return how many rows it took."""
    with storage_errors():
        return int(getattr(session.execute(statement), "rowcount", 0))


def index_request(row: RequestRow, keyring: Keyring) -> None:
    """Set the keyed digests of a request from its decrypted columns."""
    conversation = row.conversation_id
    row.conversation_index = None if conversation is None else keyring.index(_CONVERSATION, conversation)
    born = _date_of_birth(row.answers)
    row.birth_date_index = None if born is None else keyring.index("birth-date", _birth_date_text(row.reference, born))


def index_conversation(row: DraftRow | SafetyEventRow, keyring: Keyring) -> None:
    """Set the keyed digest of the conversation of a draft or a safety event."""
    row.conversation_index = keyring.index(_CONVERSATION, row.conversation_id)


def _date_of_birth(answers: dict[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(answers.get("date_of_birth") or ""))
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


def _event(row: SafetyEventRow) -> SafetyEvent:
    return SafetyEvent(kind=row.kind, rule=row.rule, at=row.at)


def _request(row: RequestRow) -> ConsultationRequest:
    return ConsultationRequest(
        reference=row.reference,
        intake_id=row.intake_id,
        status=RequestStatus(row.status),
        channel=row.channel,
        locale=row.locale,
        questionnaire_version=row.questionnaire_version,
        answers=row.answers,
        consents=tuple(
            Consent(
                question_id=consent["question_id"],
                text_version=consent["text_version"],
                answer=consent["answer"],
                given_at=datetime.fromisoformat(consent["given_at"]),
            )
            for consent in row.consents
        ),
        notes=tuple(PreScreenNote(code=note["code"], text=note["text"]) for note in row.notes),
        safety_events=tuple(_event(event) for event in row.safety_events),
        conversation_id=row.conversation_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
