"""The order in which the clinic's team sees requests, and what of them it may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from clinic.domain.requests import ConsultationRequest
from clinic.domain.statuses import STATUSES, RequestStatus

# What the team still has to do something about; all others are closed.
OPEN = (RequestStatus.NEW, RequestStatus.IN_REVIEW, RequestStatus.CONTACTED, RequestStatus.SCHEDULED)
TIME_FRAME = "timeframe"
_SOONEST_FIRST = ("asap", "1_3_months", "3_6_months", "later", "exploring")
_UNKNOWN_TIME_FRAME = 3
_URGENT, _WAITS, _OPEN, _CLOSED = "0123"
# By the hour: what is due within the same one is told apart by the time frame.
_HOUR, _NEVER = "%Y%m%d%H", "9" * 10
# Every key of an urgent patient who waits is less than the first, of any who waits than the second, and so on.
BEFORE_WAITING, BEFORE_OPEN, BEFORE_CLOSED = _WAITS, _OPEN, _CLOSED


class Order(StrEnum):
    """How a list of requests is sorted."""

    URGENCY = "urgency"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True)
class QueueFilter:
    """Which requests a list holds.

    Args:
        statuses: only these; none stands for all that are open.
        assigned_to: only this person's; an empty text stands for nobody's, None for everybody's.
        urgent: only patients who wait and who had an emergency or a crisis in the chat.
        overdue_at: only patients who should have heard from the clinic by then.
        order: how they are sorted.
    """

    statuses: tuple[RequestStatus, ...] = ()
    assigned_to: str | None = None
    urgent: bool = False
    overdue_at: datetime | None = None
    order: Order = Order.URGENCY


def queue_key(request: ConsultationRequest) -> str:
    """Return a text by which requests sort: emergencies that wait, deadline, time frame, age. No two are equal."""
    age = request.created_at.strftime("%Y%m%d%H%M%S%f")
    return f"{_group(request)}{_due(request.due_at)}{_time_frame(request.answers)}{age}{request.reference}"


def with_due(key: str, due_at: datetime | None) -> str:
    """Return a key with another deadline."""
    return f"{key[0]}{_due(due_at)}{key[1 + len(_NEVER) :]}"


def _group(request: ConsultationRequest) -> str:
    if STATUSES[request.status].waits:
        return _URGENT if request.is_urgent else _WAITS
    return _OPEN if request.status in OPEN else _CLOSED


def _due(due_at: datetime | None) -> str:
    return due_at.strftime(_HOUR) if due_at else _NEVER


def _time_frame(answers: Mapping[str, Any]) -> int:
    said = answers.get(TIME_FRAME)
    return _SOONEST_FIRST.index(said) if said in _SOONEST_FIRST else _UNKNOWN_TIME_FRAME
