"""One request: what the patient told, what the team did, and what may be done next.

Each form brings along the version that was read. When somebody else was faster, the page comes back with their change,
the text that could not be stored, and a form that stores it on top.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from clinic.domain.actors import Actor, Right
from clinic.domain.casework import LONGEST_TEXT, CallOutcome
from clinic.domain.reference import normalise_reference
from clinic.domain.statuses import STATUSES, RequestStatus
from clinic.errors import Conflict, RequestNotFound
from clinic.service import requests as service
from desk.access import needs
from desk.answers import reach_of, sections_of, summary_of
from desk.context import ActorOf, Desk, DeskOf, page, to
from desk.words import CALL, STATUS

router = APIRouter(prefix="/requests/{reference}")
Version = Annotated[int, Form(ge=1)]
Text = Annotated[str, Form(max_length=LONGEST_TEXT)]


@dataclass(frozen=True)
class Mine:
    """What somebody wanted to store when another was faster: `action` is the form's, `fields` what was in it."""

    action: str
    what: str
    text: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Clash:
    """A conflict: what the other did, with the text if there is one, and what was not stored."""

    conflict: Conflict
    theirs: str
    mine: Mine


@router.get("")
@needs(Right.READ)
def request_page(request: Request, desk: DeskOf, actor: ActorOf, reference: str) -> Response:
    """The page."""
    return _shown(request, desk, actor, known_reference(reference))


@router.get("/chat")
@needs(Right.READ)
def chat(request: Request, desk: DeskOf, actor: ActorOf, reference: str) -> Response:
    """The chat from which it came."""
    known = known_reference(reference)
    lines = service.read_transcript(actor, desk.uow(), desk.clinic.conversations(), known, desk.now())
    return page(request, "chat.html", reference=known, lines=lines)


@router.post("/claim")
@needs(Right.WRITE)
def claim(request: Request, desk: DeskOf, actor: ActorOf, reference: str) -> Response:
    """Take it."""
    known = known_reference(reference)
    return _done(
        request, desk, actor, known,
        lambda: service.claim_request(actor, desk.uow(), known, desk.now()),
        Mine("claim", "take this request", "", {}),
    )  # fmt: skip


@router.post("/release")
@needs(Right.WRITE)
def release(request: Request, desk: DeskOf, actor: ActorOf, reference: str, version: Version) -> Response:
    """Give it back."""
    known = known_reference(reference)
    return _done(
        request, desk, actor, known,
        lambda: service.release_request(actor, desk.uow(), known, desk.now(), expected=version),
        Mine("release", "give this request back", "", {}),
    )  # fmt: skip


@router.post("/move")
@needs(Right.WRITE)
def move(
    request: Request,
    desk: DeskOf,
    actor: ActorOf,
    reference: str,
    version: Version,
    status: Annotated[RequestStatus, Form()],
) -> Response:
    """Move it to another status."""
    known, due = known_reference(reference), desk.clinic.deadlines.due
    return _done(
        request, desk, actor, known,
        lambda: service.change_status(actor, desk.uow(), known, status, desk.now(), expected=version, due=due),
        Mine("move", f"move it to “{STATUS[status]}”", "", {"status": str(status)}),
    )  # fmt: skip


@router.post("/note")
@needs(Right.WRITE)
def note(request: Request, desk: DeskOf, actor: ActorOf, reference: str, version: Version, text: Text) -> Response:
    """Add a note for the team."""
    known = known_reference(reference)
    if not text.strip():
        return to(f"/requests/{known}#notes")
    return _done(
        request, desk, actor, known,
        lambda: service.add_note(actor, desk.uow(), known, text.strip(), desk.now(), expected=version),
        Mine("note", "add a note", text, {}),
        anchor="notes",
    )  # fmt: skip


@router.post("/call")
@needs(Right.WRITE)
def call(
    request: Request,
    desk: DeskOf,
    actor: ActorOf,
    reference: str,
    version: Version,
    outcome: Annotated[CallOutcome, Form()],
    text: Text = "",
) -> Response:
    """Note how a call ended."""
    known = known_reference(reference)
    return _done(
        request, desk, actor, known,
        lambda: service.log_call(actor, desk.uow(), known, outcome, text.strip(), desk.now(), expected=version),
        Mine("call", f"note a call: {CALL[outcome]}", text, {"outcome": str(outcome)}),
        anchor="calls",
    )  # fmt: skip


def _done(
    request: Request,
    desk: Desk,
    actor: Actor,
    reference: str,
    change: Callable[[], object],
    mine: Mine,
    anchor: str = "",
) -> Response:
    try:
        change()
    except Conflict as conflict:
        return _shown(request, desk, actor, reference, conflict=conflict, mine=mine)
    return to(f"/requests/{reference}{f'#{anchor}' if anchor else ''}")


def _shown(
    request: Request,
    desk: Desk,
    actor: Actor,
    reference: str,
    *,
    conflict: Conflict | None = None,
    mine: Mine | None = None,
) -> Response:
    case = service.view_request(actor, desk.uow(), reference, desk.now())
    found = case.request
    values: dict[str, Any] = {
        "case": case,
        "found": found,
        "summary": summary_of(found, desk.labels, desk.now()),
        "sections": sections_of(found, desk.labels),
        "reach": reach_of(found, desk.labels, desk.now()),
        "moves": STATUSES[found.status].followed_by,
        "others": [summary_of(other, desk.labels, desk.now()) for other in case.same_person],
        "history": _history(case),
        "clash": Clash(conflict, _theirs(case, conflict), mine) if conflict and mine else None,
        "may_release": found.assigned_to == actor.id or (found.assigned_to and actor.may(Right.REASSIGN)),
        "labels_problem": desk.labels_problem,
    }
    return page(request, "request.html", 409 if conflict else 200, **values)


def _history(case: service.Case) -> list[tuple[Any, str, str, str]]:
    """Return what the team did, newest first: when, who, the kind, and the code or text of it."""
    rows: list[tuple[Any, str, str, str]] = [(stay.started_at, stay.by, "status", stay.status) for stay in case.stays]
    rows += [(each.at, each.by, "call", str(each.outcome)) for each in case.calls]
    rows += [(each.at, each.by, "note", "") for each in case.notes]
    rows += [(each.at, "", "addition", "") for each in case.additions]
    rows += [(each.at, "", "safety", each.kind) for each in case.request.safety_events]
    return sorted(rows, key=lambda row: row[0], reverse=True)


def _theirs(case: service.Case, conflict: Conflict) -> str:
    texts = {"note": [each.text for each in case.notes], "call": [each.text for each in case.calls]}
    texts["addition"] = [each.text for each in case.additions]
    return (texts.get(conflict.what) or [""])[-1]


def known_reference(reference: str) -> str:
    """Return a reference in its one form.

    Raises:
        RequestNotFound: it is none.
    """
    known = normalise_reference(reference)
    if known is None:
        raise RequestNotFound("no request has this reference")
    return known
