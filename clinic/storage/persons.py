"""Everything that is kept of the person behind a request, table by table: counted, and erased."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from clinic.domain.requests import ConsultationRequest
from clinic.keys import Keyring
from clinic.storage.models import (
    AdditionRow,
    AuditSubjectRow,
    Base,
    CallRow,
    DraftRow,
    NoteRow,
    OutboxRow,
    RequestRow,
    SafetyEventRow,
    SearchTermRow,
    StayRow,
)
from clinic.storage.repositories import CONVERSATION, deleted

# The columns by which a row belongs to a request, the surest first.
LINKS = ("request_id", "reference", "intake_id", "conversation_index")


@dataclass(frozen=True)
class Store:
    """One table with something of a person: `holds` names its rows to people; it is erased through its LINKS."""

    table: type[Base]
    holds: str


# A new table with something of a patient is one more line here; a test misses it otherwise.
STORES = (
    Store(RequestRow, "requests"),
    Store(DraftRow, "unfinished intakes"),
    Store(SafetyEventRow, "emergencies in the chat"),
    Store(SearchTermRow, "search entries"),
    Store(StayRow, "stays in a status"),
    Store(NoteRow, "notes of the team"),
    Store(CallRow, "calls"),
    Store(AdditionRow, "additions"),
    Store(OutboxRow, "messages"),
    Store(AuditSubjectRow, "links with the audit"),
)

# The tombstone is stored by `SqlAlchemyRequests`, and the audit forgets after it has written.
_OTHERWISE = (RequestRow, StayRow, AuditSubjectRow)


class SqlAlchemyPersons:
    """What is kept of the persons behind requests, in one session."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def held(self, request: ConsultationRequest) -> dict[str, int]:
        """Return how many rows of each store belong to a request, its intake and its conversation."""
        mine = self._values(request)
        return {
            store.holds: self._session.scalar(
                select(func.count()).select_from(store.table).where(_belongs(store.table, mine))
            )
            or 0
            for store in STORES
        }

    def erase(self, request: ConsultationRequest) -> None:
        """Delete every row that belongs to a request, but its tombstone with its one stay.

        Args:
            request: as it was before; its tombstone has to be stored already.
        """
        mine = self._values(request)
        for store in STORES:
            if store.table not in _OTHERWISE:
                deleted(self._session, delete(store.table).where(_belongs(store.table, mine)))

    def others_in_conversation(self, request: ConsultationRequest) -> list[str]:
        """Return the references of the other requests that came from the same conversation, newest first."""
        if request.conversation_id is None:
            return []
        digests = self._keyring.indexes(CONVERSATION, request.conversation_id)
        query = select(RequestRow.reference).where(
            RequestRow.conversation_index.in_(digests), RequestRow.reference != request.reference
        )
        return list(self._session.scalars(query.order_by(RequestRow.created_at.desc())))

    def _values(self, request: ConsultationRequest) -> dict[str, list[str | int]]:
        row = select(RequestRow.id).where(RequestRow.reference == request.reference)
        conversations = request.conversations
        return {
            "request_id": [self._session.scalar(row) or 0],
            "reference": [request.reference],
            "intake_id": [request.intake_id],
            "conversation_index": [
                digest for each in conversations for digest in self._keyring.indexes(CONVERSATION, each)
            ],
        }


def _belongs(table: type[Base], values: Mapping[str, list[str | int]]) -> ColumnElement[bool]:
    columns = table.__table__.columns
    present = [name for name in LINKS if name in columns]
    sure = [name for name in present if name in ("request_id", "reference")]
    # Another request of the same conversation keeps what is its own.
    loose = [] if table is RequestRow else [name for name in present if name not in sure]
    own = or_(*(columns[name].in_(values[name]) for name in sure)) if sure else None
    if not loose:
        assert own is not None, "a store without a link"  # noqa: S101 - a mistake of the program
        return own
    theirs = or_(*(columns[name].in_(values[name]) for name in loose))
    return theirs if own is None else or_(own, and_(columns[sure[0]].is_(None), theirs))
