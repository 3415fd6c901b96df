"""The outbox in the database: messages that are stored with what they tell of, and delivered afterwards."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic.domain.events import Channel, EventKind, OutboxMessage, channels_of
from clinic.domain.requests import ConsultationRequest
from clinic.storage.failures import storage_errors
from clinic.storage.models import OutboxRow
from clinic.storage.repositories import deleted

_LONGEST_PROBLEM = 200


class SqlAlchemyOutbox:
    """The outbox in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, kind: EventKind, request: ConsultationRequest, now: datetime) -> None:
        """Store a message for each channel that is told of such an event."""
        for channel in channels_of(kind, request):
            self._session.add(
                OutboxRow(
                    message_id=uuid.uuid4().hex,
                    reference=request.reference,
                    channel=str(channel),
                    kind=str(kind),
                    urgent=request.is_urgent,
                    status=str(request.status),
                    created_at=now,
                    next_at=now,
                    attempts=0,
                    problem="",
                )
            )

    def due(self, channels: Sequence[Channel], now: datetime, limit: int) -> list[OutboxMessage]:
        """Return messages that are to be delivered now, the oldest first."""
        names = [str(channel) for channel in channels]
        query = (
            select(OutboxRow)
            .where(OutboxRow.delivered_at.is_(None), OutboxRow.next_at <= now, OutboxRow.channel.in_(names))
            .order_by(OutboxRow.next_at, OutboxRow.id)
            .limit(limit)
        )
        return [_message(row) for row in self._session.scalars(query)]

    def lease(self, message: OutboxMessage, until: datetime) -> bool:
        """Take a message for one attempt; False when another process took it first.

        Until `until` nobody else takes it; then, if this process died meanwhile, somebody does.
        """
        same = (
            OutboxRow.message_id == message.id,
            OutboxRow.attempts == message.attempts,
            OutboxRow.delivered_at.is_(None),
        )
        return self._set(*same, attempts=message.attempts + 1, next_at=until)

    def delivered(self, message_id: str, now: datetime) -> None:
        """Note that a message was handed over."""
        self._set(OutboxRow.message_id == message_id, delivered_at=now, problem="")

    def failed(self, message_id: str, problem: str, next_at: datetime) -> None:
        """Note why a message was not handed over, and when to try again."""
        self._set(OutboxRow.message_id == message_id, problem=problem[:_LONGEST_PROBLEM], next_at=next_at)

    def remove(self, message_id: str) -> None:
        """Delete a message that is to reach nobody any more."""
        deleted(self._session, delete(OutboxRow).where(OutboxRow.message_id == message_id))

    def waiting(self, channels: Sequence[Channel]) -> list[OutboxMessage]:
        """Return every message that was not handed over yet, the oldest first."""
        names = [str(channel) for channel in channels]
        query = select(OutboxRow).where(OutboxRow.delivered_at.is_(None), OutboxRow.channel.in_(names))
        return [_message(row) for row in self._session.scalars(query.order_by(OutboxRow.id))]

    def remove_older_than(self, moment: datetime) -> int:
        """Delete messages from before `moment`, delivered or not; return how many."""
        return deleted(self._session, delete(OutboxRow).where(OutboxRow.created_at < moment))

    def _set(self, *where: object, **values: object) -> bool:
        statement = update(OutboxRow).where(*where).values(**values)  # type: ignore[arg-type]
        with storage_errors():
            done = self._session.execute(statement, execution_options={"synchronize_session": False})
        return bool(getattr(done, "rowcount", 0))


def _message(row: OutboxRow) -> OutboxMessage:
    return OutboxMessage(
        id=row.message_id,
        channel=Channel(row.channel),
        kind=EventKind(row.kind),
        reference=row.reference,
        urgent=row.urgent,
        status=row.status,
        created_at=row.created_at,
        next_at=row.next_at,
        attempts=row.attempts,
        delivered_at=row.delivered_at,
        problem=row.problem,
    )
