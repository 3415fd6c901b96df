"""Every page against every role: what it declares is what it does, and one that declares nothing is closed."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from clinic.bootstrap import Clinic
from clinic.domain.accounts import STAFF_ROLES
from clinic.domain.actors import RIGHTS, Actor, Right, Role
from clinic.domain.audit import Act
from clinic.service.requests import claim_request
from desk.access import Door, needed
from desk.app import PAGES
from tests.clinic.builders import ANSWERS, NOW
from tests.desk.conftest import SignIn, Visit, Visitor

# Everything that somebody without the right to read may not learn from any answer.
SECRETS = ("Ana", "Peñalosa", "ana.ruiz@example.org", "5512345678", "hydroxychloroquine", "Plaquenil", "brain buzzing")
FIELDS = {
    "version": "1", "text": "a note", "status": "in_review", "outcome": "no_answer", "asked": "ruiz", "name": "new.one",
    "role": "coordinator", "present": "x" * 12, "wanted": "y" * 12, "again": "z" * 12, "secret": "ABCD", "code": "1",
}  # fmt: skip
ROUTES = {
    f"{method} {route.path}": (method, route)
    for module in PAGES
    for route in module.router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
}
OWNERS = ("nobody's", "mine", "another's")


def allowed(role: Role, what: Right | Door) -> bool:
    return isinstance(what, Door) or what in RIGHTS[role]


def ask(visitor: Visitor, method: str, route: APIRoute, reference: str):  # type: ignore[no-untyped-def]
    address = route.path.replace("{reference}", reference).replace("{name}", "auditor").replace("{digest}", "0")
    return visitor.get(address) if method == "GET" else visitor.submit(address, **FIELDS)


@pytest.mark.parametrize("name", ROUTES)
def test_each_page_declares_what_it_needs(name: str) -> None:
    assert isinstance(needed(ROUTES[name][1].endpoint), Right | Door)


def test_the_desk_has_no_other_pages(app: FastAPI) -> None:
    assert len(app.routes) == len(PAGES)
    assert len({route.path for _, route in ROUTES.values()}) > 15, "the check sees pages at all"


@pytest.mark.parametrize("name", ROUTES)
def test_nobody_sees_a_page_without_signing_in(name: str, visit: Visit, reference: str) -> None:
    method, route = ROUTES[name]
    visitor = visit()
    visitor.open("/sign-in")
    answer = ask(visitor, method, route, reference)
    if needed(route.endpoint) is Door.PUBLIC:
        assert answer.status_code in (200, 303, 400, 401, 404)
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    assert not any(secret in answer.text for secret in SECRETS)


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("role", [str(role) for role in STAFF_ROLES])
def test_a_role_gets_what_it_may_and_nothing_else(
    role: str, owner: str, clinic: Clinic, sign_in: SignIn, reference: str
) -> None:
    who = Role(role)
    other = Role.LEAD if who is Role.COORDINATOR else Role.COORDINATOR
    if owner != "nobody's":
        holder = Actor(role, who) if owner == "mine" and Right.WRITE in RIGHTS[who] else Actor(str(other), other)
        claim_request(holder, clinic.unit_of_work(), reference, NOW)
    visitor = sign_in(who)
    ending = ("/sign-out", "/sign-out/everywhere", "/sign-in")
    for method, route in ROUTES.values():
        what = needed(route.endpoint)
        assert what is not None
        if route.path in ending:
            continue
        answer = ask(visitor, method, route, reference)
        place = f"{method} {route.path} as {role}, {owner}"
        if not allowed(who, what):
            assert answer.status_code == 403, place
        else:
            assert answer.status_code != 403 or "/release" in route.path, place
            assert answer.status_code < 500, place
        if Right.READ not in RIGHTS[who]:
            assert not any(secret in answer.text for secret in SECRETS), place
            assert not re.search(r'class="count"', answer.text), place


def test_a_refusal_is_in_the_audit(clinic: Clinic, sign_in: SignIn, reference: str) -> None:
    assert sign_in(Role.ADMIN).get(f"/requests/{reference}").status_code == 403
    with clinic.unit_of_work() as uow:
        last = list(uow.audit.entries())[-1]
    assert (last.act, last.actor.id, last.details) == (Act.ACCESS_REFUSED, "admin", {"right": "read"})


def test_only_a_lead_takes_a_request_from_somebody(clinic: Clinic, sign_in: SignIn, reference: str) -> None:
    claim_request(Actor("clinician", Role.CLINICIAN), clinic.unit_of_work(), reference, NOW)
    for role, status, left in ((Role.COORDINATOR, 403, "clinician"), (Role.LEAD, 303, None)):
        visitor = sign_in(role)
        assert visitor.submit(f"/requests/{reference}/release", version="2").status_code == status
        with clinic.unit_of_work() as uow:
            found = uow.requests.get(reference)
        assert found is not None
        assert found.assigned_to == left


def test_a_page_that_declares_nothing_is_closed(app: FastAPI, sign_in: SignIn) -> None:
    @app.get("/forgotten")
    def forgotten() -> str:
        return str(ANSWERS)

    answer = sign_in(Role.LEAD).get("/forgotten")
    assert answer.status_code == 403
    assert "Ana" not in answer.text


def test_who_signs_out_or_is_closed_is_out_at_once(clinic: Clinic, sign_in: SignIn) -> None:
    here, there = sign_in(Role.LEAD), sign_in(Role.LEAD)
    assert here.submit("/sign-out/everywhere").status_code == 303
    assert there.get("/queue").headers["location"].startswith("/sign-in")
    admin, clinician = sign_in(Role.ADMIN), sign_in(Role.CLINICIAN)
    assert admin.submit("/accounts/clinician/close").status_code == 303
    assert clinician.get("/queue").status_code == 303
