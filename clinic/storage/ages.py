"""How old what is kept is, counted without reading it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from clinic.domain.retention import Kept
from clinic.storage.models import DraftRow, OutboxRow, RequestRow, SafetyEventRow

# From which moment each kind's time counts, and which rows are of it; `purge` deletes by the same.
_COUNTED: dict[Kept, tuple[InstrumentedAttribute[datetime], ColumnElement[bool]]] = {
    Kept.DRAFTS: (DraftRow.updated_at, true()),
    Kept.SAFETY_EVENTS: (SafetyEventRow.at, SafetyEventRow.request_id.is_(None)),
    Kept.REQUESTS: (RequestRow.created_at, true()),
    Kept.MESSAGES: (OutboxRow.created_at, true()),
}


class SqlAlchemyAges:
    """The ages of what is kept, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, kind: Kept, moments: Sequence[datetime]) -> tuple[int, tuple[int, ...], datetime | None]:
        """Return how many there are, how many are from before each of the moments, and when the oldest is from."""
        since, mine = _COUNTED[kind]
        held, oldest = self._session.execute(select(func.count(), func.min(since)).where(mine)).one()
        before = [self._session.scalar(select(func.count()).where(mine, since < moment)) or 0 for moment in moments]
        return held, tuple(before), oldest
