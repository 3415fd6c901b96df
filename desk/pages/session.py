"""Signing in and out."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from clinic.errors import SignInFailed, TooManyAttempts
from clinic.service import own_account
from clinic.service import sign_in as service
from clinic.service.sign_in import SignedIn
from desk.access import Door, needs
from desk.context import ActorOf, Desk, DeskOf, address_of, home_of, page, to
from desk.oidc import lead_to_service, name_from_service
from desk.words import span

router = APIRouter()
_LONGEST_FIELD = 300
Field = Annotated[str, Form(max_length=_LONGEST_FIELD)]


@router.get("/sign-in")
@needs(Door.PUBLIC)
def sign_in_page(request: Request, next: str = "/", out: bool = False) -> Response:
    """The form."""
    said = "You are signed out." if out else ""
    return page(request, "sign_in.html", name="", next=_inside(next), problem="", said=said)


@router.post("/sign-in")
@needs(Door.PUBLIC)
def sign_in(
    request: Request,
    desk: DeskOf,
    name: Field,
    password: Field,
    code: Field = "",
    recovery: Field = "",
    next: Field = "/",
) -> Response:
    """Begin a session."""
    shown = recovery.strip() or code
    try:
        signed_in = service.sign_in(
            desk.uow(), desk.limiter, desk.passwords, desk.codes, name, password, shown, address_of(request), desk.now()
        )
    except SignInFailed:
        problem = "Name, password or code are wrong."
        return page(request, "sign_in.html", 401, name=name, next=_inside(next), problem=problem, said="")
    except TooManyAttempts as error:
        problem = f"Too many attempts. Try again in {span(timedelta(seconds=error.retry_after + 59))}."
        return page(request, "sign_in.html", 429, name=name, next=_inside(next), problem=problem, said="")
    return _begun(desk, signed_in, next)


@router.post("/sign-in/elsewhere")
@needs(Door.PUBLIC)
async def sign_in_elsewhere(request: Request, desk: DeskOf) -> Response:
    """Lead to the clinic's own sign-in service."""
    if not desk.signs_in_elsewhere:
        return to("/sign-in")
    try:
        return await lead_to_service(request, desk.clinic.settings)
    except SignInFailed as error:
        return _not_signed_in(request, error)


@router.get("/sign-in/back")
@needs(Door.PUBLIC)
async def back_from_elsewhere(request: Request, desk: DeskOf) -> Response:
    """Where the sign-in service leads back to."""
    if not desk.signs_in_elsewhere:
        return to("/sign-in")
    try:
        name = await name_from_service(request, desk.clinic.settings)
        address, now = address_of(request), desk.now()
        signed_in = await run_in_threadpool(service.sign_in_as, desk.uow(), desk.limiter, name, address, now)
    except SignInFailed as error:
        return _not_signed_in(request, error)
    return _begun(desk, signed_in, "/")


@router.get("/")
@needs(Door.SIGNED_IN)
def start(actor: ActorOf) -> Response:
    """Lead to the page on which the role begins."""
    return to(home_of(actor))


@router.post("/sign-out")
@needs(Door.SIGNED_IN)
def sign_out(desk: DeskOf, actor: ActorOf) -> Response:
    """End this session."""
    service.sign_out(actor, desk.uow(), desk.now())
    return signed_out(desk)


@router.post("/sign-out/everywhere")
@needs(Door.SIGNED_IN)
def sign_out_everywhere(desk: DeskOf, actor: ActorOf) -> Response:
    """End all sessions of the account."""
    own_account.sign_out_everywhere(actor, desk.uow(), desk.now())
    return signed_out(desk)


def signed_out(desk: Desk) -> Response:
    """Lead to the sign-in page, without the session's cookie."""
    response = to("/sign-in?out=1")
    desk.drop(response, "marrow_desk")
    # Takes what the browser may still hold of pages with it.
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


def _begun(desk: Desk, signed_in: SignedIn, wanted: str) -> Response:
    response = to(_inside(wanted))
    desk.keep(response, "marrow_desk", signed_in.token)
    desk.drop(response, "marrow_visit")
    return response


def _not_signed_in(request: Request, error: SignInFailed) -> Response:
    text = str(error)
    problem = f"{text[:1].upper()}{text[1:]}."
    return page(request, "sign_in.html", 401, name="", next="/", problem=problem, said="")


def _inside(address: str) -> str:
    """Return the address if it is one of the desk's own pages: a link must not lead elsewhere after signing in."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if inside else "/"
