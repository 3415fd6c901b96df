"""The unit of work: everything between entering and committing is stored together, or not at all."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from clinic.domain.requests import ConsultationRequest, Draft, RequestStatus, SafetyEvent
from clinic.errors import ConcurrentChange, MarrowError

# A second process stores the same thing at most once, and references hardly ever collide.
_ATTEMPTS = 5
T = TypeVar("T")


class Requests(Protocol):
    """Stored consultation requests; see clinic.storage.repositories for what each method promises."""

    def add(self, request: ConsultationRequest) -> None: ...
    def update(self, request: ConsultationRequest) -> None: ...
    def get(self, reference: str) -> ConsultationRequest | None: ...
    def by_intake(self, intake_id: str) -> ConsultationRequest | None: ...
    def latest_of_conversation(self, conversation_id: str) -> ConsultationRequest | None: ...
    def verified(self, reference: str | None, date_of_birth: date) -> ConsultationRequest | None: ...
    def all(self, statuses: Iterable[RequestStatus] = ()) -> Iterator[ConsultationRequest]: ...
    def remove_sent_before(self, moment: datetime) -> int: ...


class Drafts(Protocol):
    """Stored unfinished intakes."""

    def get(self, intake_id: str) -> Draft | None: ...
    def put(self, intake_id: str, conversation_id: str, channel: str, state: dict[str, Any], now: datetime) -> None: ...
    def remove(self, intake_id: str) -> None: ...
    def remove_conversation(self, conversation_id: str) -> None: ...
    def remove_untouched_since(self, moment: datetime) -> int: ...


class SafetyEvents(Protocol):
    """Stored safety events that no request carries yet."""

    def add(self, event: SafetyEvent, conversation_id: str, intake_id: str | None) -> None: ...
    def waiting(self, conversation_id: str, intake_id: str | None) -> tuple[SafetyEvent, ...]: ...
    def remove_waiting(self, conversation_id: str, intake_id: str | None) -> None: ...
    def remove_waiting_since(self, moment: datetime) -> int: ...


class UnitOfWork(Protocol):
    """A transaction with its repositories; leaving it without `commit` undoes everything."""

    @property
    def requests(self) -> Requests: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def safety_events(self) -> SafetyEvents: ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def note_erasure(
        self, intake_id: str, now: datetime, reference: str | None = None, conversation_id: str | None = None
    ) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


def in_transaction(
    uow: UnitOfWork, work: Callable[[], T], retry_on: tuple[type[MarrowError], ...] = (ConcurrentChange,)
) -> T:
    """Do some work in one transaction and commit it; when another writer was faster, do it again from the start.

    Args:
        uow: unit of work, not entered.
        work: reads and writes through `uow` and returns the result; it may run several times.
        retry_on: the errors after which it runs again, a few times in all; any other error undoes everything.
    """

    def once() -> T:
        done = work()
        uow.commit()
        return done

    with uow:
        for _ in range(_ATTEMPTS - 1):
            try:
                return once()
            except retry_on:
                uow.rollback()
        return once()
