"""What every page needs: the clinic's parts, who asks, and the words on the page."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment

from clinic.bootstrap import Clinic
from clinic.credentials import Argon2Passwords, TotpCodes
from clinic.domain.actors import Actor, Right
from clinic.labels import Labels
from clinic.service.limits import AttemptLimiter
from clinic.service.unit_of_work import UnitOfWork
from desk.assets import Assets

SECONDS_OF_A_VISIT = 12 * 60 * 60


@dataclass(frozen=True)
class Desk:
    """The parts that pages share; one for a process."""

    clinic: Clinic
    limiter: AttemptLimiter
    environment: Environment
    assets: Assets
    labels: Labels
    labels_problem: str
    signs_in_elsewhere: bool
    secret: str = field(repr=False)
    passwords: Argon2Passwords = field(default_factory=Argon2Passwords)
    codes: TotpCodes = field(default_factory=TotpCodes)

    def uow(self) -> UnitOfWork:
        """Return a new unit of work."""
        return self.clinic.unit_of_work()

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.clinic.settings.clinic_time_zone)

    @property
    def is_https(self) -> bool:
        """Whether the team opens the desk by https."""
        return self.clinic.settings.desk_address.startswith("https://")

    def cookie(self, name: str) -> str:
        """Return a cookie's name; with the prefix no other host and no page without https can set it."""
        return f"__Host-{name}" if self.is_https else name

    def token_for(self, holder: str) -> str:
        """Return the token that a form of this holder (a session, or a visitor who has none) has to bring along."""
        return hmac.new(self.secret.encode(), holder.encode(), hashlib.sha256).hexdigest()

    def keep(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """Set a cookie that no script reads and no other site sends along."""
        response.set_cookie(
            self.cookie(name), value, max_age=seconds, path="/", secure=self.is_https, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, name: str) -> None:
        """Delete a cookie."""
        response.delete_cookie(self.cookie(name), path="/", secure=self.is_https, httponly=True, samesite="lax")


def desk_of(request: Request) -> Desk:
    """Return the desk that answers this request."""
    return cast(Desk, request.app.state.desk)


def signed_in(request: Request) -> Actor:
    """Return who asks, on a page for which somebody has to be signed in."""
    return cast(Actor, request.state.actor)


DeskOf = Annotated[Desk, Depends(desk_of)]
ActorOf = Annotated[Actor, Depends(signed_in)]


def address_of(request: Request) -> str:
    """Return the network address of who asks, at most as long as the audit takes it."""
    return (request.client.host if request.client else "unknown")[:64]


def holder_of(request: Request, desk: Desk) -> str:
    """Return whom a form's token belongs to: the session's cookie, or the visitor's; an empty text for neither."""
    cookies = request.cookies
    return cookies.get(desk.cookie("marrow_desk")) or cookies.get(desk.cookie("marrow_visit")) or ""


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page made of a template.

    Args:
        request: what is answered.
        template: its name in desk/templates.
        status: HTTP status.
        values: what the template is given.
    """
    desk = desk_of(request)
    holder = holder_of(request, desk)
    visitor = "" if holder else secrets.token_urlsafe(16)
    actor = getattr(request.state, "actor", None)
    text = desk.environment.get_template(template).render(
        actor=actor,
        home=home_of(actor) if actor else "/sign-in",
        csrf=desk.token_for(holder or visitor),
        desk=desk,
        now=desk.now(),
        request=request,
        **values,
    )
    response = HTMLResponse(text, status_code=status)
    if visitor:
        desk.keep(response, "marrow_visit", visitor, seconds=SECONDS_OF_A_VISIT)
    return response


def home_of(actor: Actor) -> str:
    """Return the page on which a role begins."""
    if actor.may(Right.READ):
        return "/queue"
    return "/audit" if actor.may(Right.READ_AUDIT) else "/accounts"


def to(address: str) -> RedirectResponse:
    """Lead on to another page after a form."""
    return RedirectResponse(address, status_code=303)
