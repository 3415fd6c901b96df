"""The queue: who needs a call first, filters, counts, and the search."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from clinic.domain.actors import Actor, Right
from clinic.domain.queue import Order, QueueFilter
from clinic.domain.requests import ConsultationRequest
from clinic.domain.statuses import RequestStatus
from clinic.service.queue import QueuePage, read_queue, search_requests
from desk.access import needs
from desk.answers import Summary, summary_of
from desk.context import ActorOf, Desk, DeskOf, page

router = APIRouter()
_LONGEST_SEARCH = 120


@dataclass(frozen=True)
class Chosen:
    """The filters as they stand in the address of the page."""

    status: RequestStatus | None
    whose: str
    only: str
    order: Order

    def filter(self, actor: Actor, desk: Desk) -> QueueFilter:
        """Return what the service is asked for."""
        owner: Mapping[str, str | None] = {"mine": actor.id, "nobody": ""}
        return QueueFilter(
            statuses=(self.status,) if self.status else (),
            assigned_to=owner.get(self.whose),
            urgent=self.only == "urgent",
            overdue_at=desk.now() if self.only == "overdue" else None,
            order=self.order,
        )

    def query(self, **changed: str) -> str:
        """Return the address's query with some of it changed."""
        values = {"status": self.status or "", "whose": self.whose, "only": self.only, "order": str(self.order)}
        kept = {key: value for key, value in {**values, **changed}.items() if value}
        if kept.get("order") == Order.URGENCY:
            del kept["order"]
        return f"?{urlencode(kept)}" if kept else ""


def _status(text: str) -> RequestStatus | None:
    return RequestStatus(text) if text in set(RequestStatus) else None


Word = Annotated[str, Query(max_length=32)]


def _chosen(status: Word = "", whose: Word = "", only: Word = "", order: Word = "") -> Chosen:
    return Chosen(_status(status), whose, only, Order(order) if order in set(Order) else Order.URGENCY)


ChosenOf = Annotated[Chosen, Depends(_chosen)]


@router.get("/queue")
@needs(Right.READ)
def queue_page(request: Request, desk: DeskOf, actor: ActorOf, chosen: ChosenOf, after: Word = "") -> Response:
    """One page of the queue."""
    found = read_queue(actor, desk.uow(), desk.now(), chosen.filter(actor, desk), after=after or None)
    assert found is not None, "nothing was seen before"  # noqa: S101 - tells the type checker
    return page(request, "queue.html", **_shown(desk, found, chosen), after=after)


@router.get("/queue/news")
@needs(Right.READ)
def queue_news(request: Request, desk: DeskOf, actor: ActorOf, chosen: ChosenOf, seen: Word = "") -> Response:
    """The first page of the queue again if anything on it changed; otherwise an empty answer, which changes nothing."""
    found = read_queue(actor, desk.uow(), desk.now(), chosen.filter(actor, desk), seen=seen)
    if found is None:
        return Response(status_code=204)
    return page(request, "queue_part.html", **_shown(desk, found, chosen), after="")


@router.post("/search")
@needs(Right.READ)
def search(
    request: Request, desk: DeskOf, actor: ActorOf, asked: Annotated[str, Form(max_length=_LONGEST_SEARCH)] = ""
) -> Response:
    """Who is found; by POST, so that no name stands in an address, a history or a log."""
    found = search_requests(actor, desk.uow(), desk.now(), asked) if asked.strip() else []
    return page(request, "search.html", asked=asked, rows=_rows(desk, found))


def _shown(desk: Desk, found: QueuePage, chosen: Chosen) -> dict[str, Any]:
    return {"found": found, "rows": _rows(desk, found.requests), "chosen": chosen}


def _rows(desk: Desk, requests: tuple[ConsultationRequest, ...] | list[ConsultationRequest]) -> list[Summary]:
    now = desk.now()
    return [summary_of(request, desk.labels, now) for request in requests]
