"""The team's queue: who needs a call first, how many there are, and who is found by reference, address or name."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clinic.domain.actors import Actor, Right
from clinic.domain.audit import Act
from clinic.domain.casework import Call
from clinic.domain.queue import QueueFilter
from clinic.domain.reference import normalise_reference
from clinic.domain.requests import ConsultationRequest
from clinic.domain.search import fold, terms_asked_for
from clinic.domain.statuses import RequestStatus
from clinic.service.access import check_right
from clinic.service.unit_of_work import UnitOfWork, in_transaction

PAGE = 50
# Above it a number tells nobody more, and counting takes longer.
MOST_COUNTED = 1000
# So many open names are decrypted for one search for a part of a name, the most urgent first.
MOST_NAMES = 2000
_LEAST_PART = 2


@dataclass(frozen=True)
class QueuePage:
    """Some requests of a queue in its order.

    `after` names the last one when there are more; `calls` is the latest call about each, by reference; `counts` has
    every status, MOST_COUNTED standing for that many or more; `stamp` changes when anything that is shown does.
    """

    requests: tuple[ConsultationRequest, ...]
    after: str | None
    counts: Mapping[RequestStatus, int]
    stamp: str
    calls: Mapping[str, Call] = field(default_factory=dict)


def read_queue(
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    wanted: QueueFilter,
    *,
    after: str | None = None,
    seen: str | None = None,
) -> QueuePage | None:
    """Return one page of the queue.

    Args:
        actor: who looks.
        uow: unit of work, not entered.
        now: present time with its zone.
        wanted: which requests, in which order.
        after: the reference of the last request of the page before.
        seen: the stamp of what is shown already.

    Returns:
        The page, or None when it still is what was `seen`; nothing is shown again then, so the audit has no entry.

    Raises:
        AccessRefused: the actor may not read requests.
        StorageUnavailable: the database cannot be reached.
    """
    check_right(actor, uow, Right.READ, now)

    def read() -> QueuePage | None:
        found = uow.queue.page(wanted, PAGE + 1, after)
        shown, counts = found[:PAGE], uow.queue.counts(MOST_COUNTED)
        calls = uow.queue.last_calls([each.reference for each in shown])
        stamp = _stamp(shown, counts, calls)
        if stamp == seen:
            return None
        told = {"count": str(len(shown)), "statuses": ",".join(wanted.statuses)}
        uow.audit.record(actor, Act.LISTED, now, details=told)
        return QueuePage(tuple(shown), shown[-1].reference if len(found) > PAGE else None, counts, stamp, calls)

    return in_transaction(uow, read)


def search_requests(actor: Actor, uow: UnitOfWork, now: datetime, text: str) -> list[ConsultationRequest]:
    """Find requests by reference, e-mail address, phone number or name; of open ones also by a part of the name.

    Names are compared without case and accents (decision 0018).

    Raises:
        AccessRefused: the actor may not read requests.
        StorageUnavailable: the database cannot be reached.
    """
    check_right(actor, uow, Right.READ, now)

    def find() -> list[ConsultationRequest]:
        found = _found(uow, text)
        uow.audit.record(actor, Act.LISTED, now, details={"count": str(len(found)), "reason": "search"})
        return found

    return in_transaction(uow, find)


def _found(uow: UnitOfWork, text: str) -> list[ConsultationRequest]:
    if reference := normalise_reference(text):
        request = uow.requests.get(reference)
        return [request] if request else []
    found = {request.reference: request for request in uow.queue.with_terms(terms_asked_for(text), PAGE)}
    others = [reference for reference in _with_part_of_name(uow, fold(text)) if reference not in found]
    return [*found.values(), *uow.queue.of(others[: PAGE - len(found)])]


def _with_part_of_name(uow: UnitOfWork, asked: str) -> list[str]:
    if len(asked.replace(" ", "")) < _LEAST_PART or any(c.isdigit() for c in asked):
        return []
    parts = asked.split()
    names = uow.queue.open_names(MOST_NAMES)
    return [reference for reference, name in names if all(part in name for part in parts)][:PAGE]


def _stamp(requests: list[ConsultationRequest], counts: Mapping[RequestStatus, int], calls: Mapping[str, Call]) -> str:
    called = sorted((reference, str(call.at)) for reference, call in calls.items())
    text = ";".join(
        [
            *(f"{each.reference}:{each.version}:{each.due_at}" for each in requests),
            str(sorted(counts.items())),
            str(called),
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:24]
