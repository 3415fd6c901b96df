"""The audit, for who checks what was done."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from clinic.domain.actors import Right
from clinic.domain.reference import normalise_reference
from clinic.service.audit import read_audit, verify_audit
from desk.access import needs
from desk.context import ActorOf, DeskOf, page

router = APIRouter(prefix="/audit")
_SHOWN = 200


@router.get("")
@needs(Right.READ_AUDIT)
def audit_page(
    request: Request, desk: DeskOf, actor: ActorOf, reference: Annotated[str, Query(max_length=32)] = ""
) -> Response:
    """The last entries, or those about one request."""
    known = normalise_reference(reference) if reference else None
    unknown = bool(reference) and known is None
    found = [] if unknown else read_audit(actor, desk.uow(), desk.now(), known, _SHOWN)
    return page(
        request, "audit.html", entries=found[::-1], reference=reference, unknown=unknown, checked=None, shown=_SHOWN
    )


@router.post("/check")
@needs(Right.READ_AUDIT)
def check(request: Request, desk: DeskOf, actor: ActorOf) -> Response:
    """Whether the chain is whole."""
    checked = verify_audit(actor, desk.uow(), desk.clinic.database.trail, desk.now())
    found = read_audit(actor, desk.uow(), desk.now(), None, _SHOWN)
    return page(request, "audit.html", entries=found[::-1], reference="", unknown=False, checked=checked, shown=_SHOWN)
