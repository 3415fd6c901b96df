"""The accounts of the staff, for who manages them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from clinic.domain.accounts import new_password
from clinic.domain.actors import Actor, Right, Role
from clinic.errors import AccountProblem
from clinic.service import accounts as service
from desk.access import needs
from desk.context import ActorOf, Desk, DeskOf, page, to

router = APIRouter(prefix="/accounts")
Name = Annotated[str, Form(max_length=64)]
RoleField = Annotated[Role, Form()]


@router.get("")
@needs(Right.MANAGE_ACCOUNTS)
def accounts_page(request: Request, desk: DeskOf, actor: ActorOf) -> Response:
    """The page."""
    return _shown(request, desk, actor)


@router.post("")
@needs(Right.MANAGE_ACCOUNTS)
def add(request: Request, desk: DeskOf, actor: ActorOf, name: Name, role: RoleField) -> Response:
    """A new account with a password that is shown this once."""
    password = new_password()
    try:
        made = service.create_account(
            actor, desk.uow(), desk.passwords, name.strip().lower(), role, password, desk.now()
        )
    except AccountProblem as error:
        return _shown(request, desk, actor, problem=str(error))
    return _shown(request, desk, actor, shown_once=(made.name, password))


@router.post("/{name}/role")
@needs(Right.MANAGE_ACCOUNTS)
def role(request: Request, desk: DeskOf, actor: ActorOf, name: str, role: RoleField) -> Response:
    """Another role."""
    if name == actor.id:
        return _shown(request, desk, actor, problem="your own role can be changed by another admin only")
    service.change_role(actor, desk.uow(), name, role, desk.now())
    return to("/accounts")


@router.post("/{name}/password")
@needs(Right.MANAGE_ACCOUNTS)
def password(request: Request, desk: DeskOf, actor: ActorOf, name: str) -> Response:
    """A new password that is shown this once."""
    if name == actor.id:
        return to("/account")
    made = new_password()
    service.set_password(actor, desk.uow(), desk.passwords, name, made, desk.now())
    return _shown(request, desk, actor, shown_once=(name, made))


@router.post("/{name}/close")
@needs(Right.MANAGE_ACCOUNTS)
def close(request: Request, desk: DeskOf, actor: ActorOf, name: str) -> Response:
    """Nobody signs in with it any more."""
    if name == actor.id:
        return _shown(request, desk, actor, problem="your own account can be closed by another admin only")
    service.close_account(actor, desk.uow(), name, desk.now())
    return to("/accounts")


def _shown(
    request: Request, desk: Desk, actor: Actor, *, problem: str = "", shown_once: tuple[str, str] | None = None
) -> Response:
    found = service.list_accounts(actor, desk.uow(), desk.now())
    status = 422 if problem else 200
    said = problem[:1].upper() + problem[1:]
    return page(request, "accounts.html", status, accounts=found, problem=said, shown_once=shown_once)
