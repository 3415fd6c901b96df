"""The one door of all pages: what a page needs, who may see it, and whether a form came from a page of the desk.

A page says with `needs` what it needs. One that says nothing is closed to everybody.
"""

import hmac
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from fastapi import Request
from starlette.exceptions import HTTPException

from clinic.domain.actors import Right
from clinic.errors import AccessRefused
from clinic.service.access import check_right
from clinic.service.sign_in import actor_of
from desk.context import address_of, desk_of, holder_of

Page = TypeVar("Page", bound=Callable[..., object])
_SAFE = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"same-origin", "none"})


class Door(StrEnum):
    """What a page needs that is no right: nothing at all, or just somebody who is signed in."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


class NotSignedIn(Exception):
    """Nobody is signed in, or the session is over."""


def needs(what: Right | Door) -> Callable[[Page], Page]:
    """Say what a page needs."""

    def mark(endpoint: Page) -> Page:
        endpoint.__needs__ = what  # type: ignore[attr-defined]
        return endpoint

    return mark


def needed(endpoint: object) -> Right | Door | None:
    """Return what a page needs; None when it does not say."""
    return getattr(endpoint, "__needs__", None)


def authorise(request: Request) -> None:
    """Let through who may see a page, and set `request.state.actor`.

    Raises:
        NotSignedIn: somebody has to sign in first.
        AccessRefused: the actor's role does not have the right, or the page says none; the former is in the audit.
    """
    what = needed(request.scope.get("endpoint"))
    request.state.actor = None
    if what is Door.PUBLIC:
        return
    desk = desk_of(request)
    token = request.cookies.get(desk.cookie("marrow_desk"), "")
    asks_by_itself = "hx-request" in request.headers and request.method in _SAFE
    actor = actor_of(desk.uow(), token, address_of(request), desk.now(), in_use=not asks_by_itself) if token else None
    if actor is None:
        raise NotSignedIn
    request.state.actor = actor
    if what is None:
        raise AccessRefused("this page does not say who may see it")
    if isinstance(what, Right):
        check_right(actor, desk.uow(), what, desk.now())


async def check_form(request: Request) -> None:
    """Check that what changes something came from a page of the desk that this visitor was shown.

    Raises:
        HTTPException: 403; nothing was done.
    """
    if request.method in _SAFE:
        return
    desk = desk_of(request)
    form = await request.form()
    holder, given = holder_of(request, desk), str(form.get("csrf") or "")
    own = request.headers.get("sec-fetch-site", "same-origin") in _OWN_SITE
    if not (own and holder and hmac.compare_digest(given.encode(), desk.token_for(holder).encode())):
        raise HTTPException(
            403, "This form was open for too long, or did not come from this desk. Go back, reload, try again."
        )
