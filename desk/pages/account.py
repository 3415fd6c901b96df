"""The own account: password, authenticator app, and signing out everywhere."""

from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from clinic.domain.actors import Actor
from clinic.errors import AccountProblem, SignInFailed, TooManyAttempts
from clinic.service import own_account as service
from desk.access import Door, needs
from desk.context import ActorOf, Desk, DeskOf, page
from desk.pages.session import signed_out
from desk.words import sentence

router = APIRouter(prefix="/account")
Secret = Annotated[str, Form(max_length=300)]
_PROBLEMS = (AccountProblem, SignInFailed, TooManyAttempts)


@router.get("")
@needs(Door.SIGNED_IN)
def account_page(request: Request, desk: DeskOf, actor: ActorOf) -> Response:
    """The page."""
    return _shown(request, desk, actor)


@router.post("/password")
@needs(Door.SIGNED_IN)
def password(
    request: Request, desk: DeskOf, actor: ActorOf, present: Secret, wanted: Secret, again: Secret
) -> Response:
    """Another password; everybody signed in with the old one is signed out."""
    if wanted != again:
        return _shown(request, desk, actor, problem="The new password was not the same both times.", about="password")
    try:
        service.change_own_password(actor, desk.uow(), desk.limiter, desk.passwords, present, wanted, desk.now())
    except _PROBLEMS as error:
        return _shown(request, desk, actor, problem=sentence(error), about="password")
    return signed_out(desk)


@router.post("/app")
@needs(Door.SIGNED_IN)
def app(request: Request, desk: DeskOf, actor: ActorOf, present: Secret, secret: Secret, code: Secret) -> Response:
    """An authenticator app."""
    try:
        recovery = service.confirm_app(
            actor, desk.uow(), desk.limiter, desk.passwords, desk.codes,
            present=present, secret=secret, code=code, now=desk.now(),
        )  # fmt: skip
    except _PROBLEMS as error:
        return _shown(request, desk, actor, problem=sentence(error), about="app", secret=secret)
    request.state.actor = None
    response = page(request, "recovery.html", recovery=recovery)
    desk.drop(response, "marrow_desk")
    return response


def _shown(
    request: Request, desk: Desk, actor: Actor, *, problem: str = "", about: str = "", secret: str = ""
) -> Response:
    proposed = service.propose_app(actor, desk.codes)
    if secret:
        # The one that the app may have taken already.
        proposed = type(proposed)(secret, desk.codes.address(secret, actor.id)) if _readable(desk, secret) else proposed
    account = service.own_account(actor, desk.uow())
    status = 422 if problem else 200
    return page(
        request, "account.html", status, account=account, proposed=proposed, picture=_picture(proposed.address),
        problem=problem, about=about,
    )  # fmt: skip


def _picture(address: str) -> Markup:
    """Return an address as a QR code, made here: no other server sees the secret."""
    return Markup(segno.make(address, error="m").svg_inline(scale=4, border=4, light="#fff"))  # noqa: S704 - squares only


def _readable(desk: Desk, secret: str) -> bool:
    try:
        desk.codes.address(secret, "x")
    except ValueError:
        return False
    return True
