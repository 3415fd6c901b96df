"""Lists, counts and searches consultation requests by indexed columns, so that many closed ones cost nothing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from clinic.domain.casework import Call, CallOutcome
from clinic.domain.queue import BEFORE_CLOSED, BEFORE_OPEN, BEFORE_WAITING, OPEN, Order, QueueFilter
from clinic.domain.requests import ConsultationRequest
from clinic.domain.search import Term
from clinic.domain.statuses import RequestStatus
from clinic.keys import Keyring
from clinic.storage.models import CallRow, RequestRow, SearchTermRow
from clinic.storage.request_rows import listed_of

# What `listed_of` does not need stays encrypted: most of the time of a list was decrypting it.
_LISTED = tuple(
    defer(each)
    for each in (
        RequestRow.words,
        RequestRow.consents,
        RequestRow.notes,
        RequestRow.left_open,
        RequestRow.conversation_id,
        RequestRow.earlier_conversations,
        RequestRow.search_name,
    )
)


class SqlAlchemyQueue:
    """The requests as the team looks for them, in one session; each as `listed_of` has it, not to be changed."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def page(self, wanted: QueueFilter, limit: int, after: str | None = None) -> list[ConsultationRequest]:
        """Return at most `limit` requests that follow the one with the reference `after`, in the filter's order."""
        query = _filtered(wanted)
        if after is not None:
            last = self._session.execute(
                select(RequestRow.queue_key, RequestRow.created_at, RequestRow.id).where(RequestRow.reference == after)
            ).first()
            if last is None:
                return []
            query = query.where(_follows(wanted.order, last.queue_key, last.created_at, last.id))
        rows = self._session.scalars(query.order_by(*_sorted(wanted.order)).limit(limit))
        return [listed_of(row) for row in rows]

    def counts(self, most: int) -> dict[RequestStatus, int]:
        """Return how many requests are in each status; `most` stands for that many or more."""
        # In one question: each costs a way to the database and back.
        counts = select(*(_at_most(status, most).scalar_subquery().label(str(status)) for status in RequestStatus))
        row = self._session.execute(counts).one()
        return {status: row._mapping[str(status)] for status in RequestStatus}

    def with_terms(self, terms: Iterable[Term], limit: int) -> list[ConsultationRequest]:
        """Return requests that are found by any of these terms, newest first."""
        digests = {digest for term in terms for digest in self._keyring.indexes(f"search-{term.kind}", term.value)}
        if not digests:
            return []
        # In two steps: in one, SQLite walks through all requests by time.
        wanted = select(SearchTermRow.request_id).where(SearchTermRow.digest.in_(digests)).distinct()
        ids = list(self._session.scalars(wanted.order_by(SearchTermRow.request_id.desc()).limit(limit)))
        query = (
            select(RequestRow).options(*_LISTED).where(RequestRow.id.in_(ids)).order_by(RequestRow.created_at.desc())
        )
        return [listed_of(row) for row in self._session.scalars(query)]

    def of(self, references: Sequence[str]) -> list[ConsultationRequest]:
        """Return the requests with these references in their order; an unknown one is left out."""
        wanted = select(RequestRow).options(*_LISTED).where(RequestRow.reference.in_(references))
        rows = self._session.scalars(wanted)
        found = {row.reference: listed_of(row) for row in rows}
        return [found[reference] for reference in references if reference in found]

    def last_calls(self, references: Sequence[str]) -> dict[str, Call]:
        """Return the latest call about each of these requests, by reference; those that nobody called are left out."""
        latest = select(func.max(CallRow.id)).join(RequestRow).where(RequestRow.reference.in_(references))
        query = (
            select(RequestRow.reference, CallRow)
            .join(RequestRow, RequestRow.id == CallRow.request_id)
            .where(CallRow.id.in_(latest.group_by(CallRow.request_id)))
        )
        found = self._session.execute(query)
        return {reference: Call(row.actor, CallOutcome(row.outcome), row.text, row.at) for reference, row in found}

    def open_names(self, limit: int) -> Iterator[tuple[str, str]]:
        """Yield reference and folded name of the open requests, most urgent first."""
        query = (
            select(RequestRow.reference, RequestRow.search_name)
            .where(RequestRow.queue_key < BEFORE_CLOSED)
            .order_by(RequestRow.queue_key)
            .limit(limit)
        )
        for reference, name in self._session.execute(query):
            yield reference, name or ""


def _at_most(status: RequestStatus, most: int) -> Select[int]:
    # Counting all would read an entry of the index for each request there ever was.
    some = select(RequestRow.id).where(RequestRow.status == str(status)).limit(most)
    return select(func.count()).select_from(some.subquery())


def _filtered(wanted: QueueFilter) -> Select[RequestRow]:
    query = select(RequestRow).options(*_LISTED)
    if wanted.statuses:
        query = query.where(RequestRow.status.in_([str(status) for status in wanted.statuses]))
    elif wanted.order is Order.URGENCY:
        query = query.where(RequestRow.queue_key < BEFORE_CLOSED)
    else:
        query = query.where(RequestRow.status.in_([str(status) for status in OPEN]))
    if wanted.assigned_to is not None:
        query = query.where(
            RequestRow.assigned_to == wanted.assigned_to if wanted.assigned_to else RequestRow.assigned_to.is_(None)
        )
    if wanted.urgent:
        query = query.where(RequestRow.queue_key < BEFORE_WAITING)
    if wanted.overdue_at is not None:
        query = query.where(RequestRow.queue_key < BEFORE_OPEN, RequestRow.due_at < wanted.overdue_at)
    return query


def _sorted(order: Order) -> tuple[Any, ...]:
    if order is Order.URGENCY:
        return (RequestRow.queue_key,)
    if order is Order.NEWEST:
        return RequestRow.created_at.desc(), RequestRow.id.desc()
    return RequestRow.created_at, RequestRow.id


def _follows(order: Order, key: str, created_at: datetime, row_id: int) -> ColumnElement[bool]:
    if order is Order.URGENCY:
        return RequestRow.queue_key > key
    newer = order is Order.NEWEST
    # The first part says to the index where to begin; the second alone would not.
    if newer:
        later = or_(RequestRow.created_at < created_at, RequestRow.id < row_id)
        return and_(RequestRow.created_at <= created_at, later)
    return and_(RequestRow.created_at >= created_at, or_(RequestRow.created_at > created_at, RequestRow.id > row_id))
