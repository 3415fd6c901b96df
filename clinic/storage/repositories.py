"""Drafts and safety events: translate between the domain's records and rows, and find rows by keyed digests."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, delete, or_, select
from sqlalchemy.orm import Session

from clinic.domain.requests import Draft, SafetyEvent
from clinic.keys import Keyring
from clinic.storage.failures import storage_errors
from clinic.storage.models import DraftRow, SafetyEventRow

CONVERSATION = "conversation"


class SqlAlchemyDrafts:
    """Unfinished intakes in one session."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def get(self, intake_id: str) -> Draft | None:
        """Return the draft of an intake, with the safety events of its conversation, or None."""
        row = self._row(intake_id)
        return None if row is None else self._draft(row)

    def of_conversation(self, conversation_id: str) -> list[Draft]:
        """Return every draft of a conversation, oldest first."""
        digests = self._keyring.indexes(CONVERSATION, conversation_id)
        rows = self._session.scalars(
            select(DraftRow).where(DraftRow.conversation_index.in_(digests)).order_by(DraftRow.id)
        )
        return [self._draft(row) for row in rows.all()]

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
        row.conversation_index = self._keyring.index(CONVERSATION, conversation_id)
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
        digests = self._keyring.indexes(CONVERSATION, conversation_id)
        self._session.execute(delete(DraftRow).where(DraftRow.conversation_index.in_(digests)))

    def _draft(self, row: DraftRow) -> Draft:
        events = SqlAlchemySafetyEvents(self._session, self._keyring)
        return Draft(
            intake_id=row.intake_id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            state=row.state,
            created_at=row.created_at,
            updated_at=row.updated_at,
            safety_events=events.waiting(row.conversation_id, row.intake_id),
        )

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
                conversation_index=self._keyring.index(CONVERSATION, conversation_id),
                kind=event.kind,
                rule=event.rule,
                at=event.at,
            )
        )
        with storage_errors():
            self._session.flush()

    def waiting(self, conversation_id: str, intake_id: str | None) -> tuple[SafetyEvent, ...]:
        """Return the events of this conversation or intake that no request carries, oldest first."""
        return tuple(event_of(row) for row in self._waiting_rows(conversation_id, intake_id))

    def remove_waiting(self, conversation_id: str, intake_id: str | None) -> None:
        """Delete those events: a request carries them now, or the patient withdrew."""
        for row in self._waiting_rows(conversation_id, intake_id):
            self._session.delete(row)

    def remove_waiting_since(self, moment: datetime) -> int:
        """Delete the events from before `moment` that no request carries; return how many."""
        old = delete(SafetyEventRow).where(SafetyEventRow.request_id.is_(None), SafetyEventRow.at < moment)
        return deleted(self._session, old)

    def _waiting_rows(self, conversation_id: str, intake_id: str | None) -> Iterable[SafetyEventRow]:
        digests = self._keyring.indexes(CONVERSATION, conversation_id)
        same = SafetyEventRow.conversation_index.in_(digests)
        mine = same if intake_id is None else or_(same, SafetyEventRow.intake_id == intake_id)
        return self._session.scalars(
            select(SafetyEventRow).where(SafetyEventRow.request_id.is_(None), mine).order_by(SafetyEventRow.at)
        ).all()


def deleted(session: Session, statement: Delete) -> int:
    """Run a DELETE and return how many rows it took."""
    with storage_errors():
        return int(getattr(session.execute(statement), "rowcount", 0))


def index_conversation(row: DraftRow | SafetyEventRow, keyring: Keyring) -> None:
    """Set the keyed digest of the conversation of a draft or a safety event."""
    row.conversation_index = keyring.index(CONVERSATION, row.conversation_id)


def event_of(row: SafetyEventRow) -> SafetyEvent:
    """Return the event of a row."""
    return SafetyEvent(kind=row.kind, rule=row.rule, at=row.at)
