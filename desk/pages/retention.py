"""What is past its time, and what will be soon."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from clinic.domain.actors import Right
from clinic.domain.retention import AHEAD
from clinic.service.retention import plan_purge
from desk.access import needs
from desk.context import ActorOf, DeskOf, page

router = APIRouter(prefix="/retention")


@router.get("")
@needs(Right.READ_RETENTION)
def retention_page(request: Request, desk: DeskOf, actor: ActorOf) -> Response:
    """The page."""
    clinic = desk.clinic
    plan = plan_purge(
        actor, desk.uow(), clinic.settings, clinic.conversations(), clinic.keep_conversations_days, desk.now()
    )
    return page(request, "retention.html", plan=plan, ahead=AHEAD[1:])
