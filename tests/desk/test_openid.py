"""Signing in by the clinic's own service, over HTTP with a server that speaks the protocol."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import RSAKey

from clinic.bootstrap import Clinic
from clinic.domain.actors import Actor, Role
from clinic.service.accounts import close_account
from clinic.settings import Settings
from tests.clinic.builders import NOW
from tests.desk.conftest import ADDRESS, Visit, Visitor
from tests.desk.openid_server import CLIENT, SECRET, OpenIdServer, openid_server


@pytest.fixture
def service() -> Iterator[OpenIdServer]:
    with openid_server() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, service: OpenIdServer) -> Settings:
    return Settings(
        data_dir=tmp_path / "var",
        desk_url=ADDRESS,
        desk_oidc_issuer=service.issuer,
        desk_oidc_client_id=CLIENT,
        desk_oidc_client_secret=SECRET,
        _env_file=None,
    )  # type: ignore[call-arg]


def through_service(visitor: Visitor) -> str:
    """Go to the service as a browser does; return the address that it leads back to."""
    visitor.open("/sign-in")
    led = visitor.submit("/sign-in/elsewhere")
    assert led.status_code == 302, led.text
    back = httpx.get(led.headers["location"], follow_redirects=False)
    return back.headers["location"].removeprefix(ADDRESS)


def test_who_is_vouched_for_and_has_an_account_is_in(visit: Visit, service: OpenIdServer) -> None:
    visitor = visit()
    answer = visitor.get(through_service(visitor))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "lead" in visitor.open("/account")
    assert service.issuer in visitor.get("/account").headers["content-security-policy"]


LIES = {
    "nobody here": {"preferred_username": "stranger"},
    "no name": {"preferred_username": ""},
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "another"},
    "another nonce": {"nonce": "replayed"},
    "too old": {"exp": int(time.mktime((2020, 1, 1, 0, 0, 0, 0, 0, 0)))},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_hold_opens_nothing(visit: Visit, service: OpenIdServer, lie: str) -> None:
    service.lie = dict(LIES[lie])
    visitor = visit()
    assert visitor.get(through_service(visitor)).status_code == 401
    assert visitor.get("/queue").status_code == 303


def test_a_token_that_another_key_signed_opens_nothing(visit: Visit, service: OpenIdServer) -> None:
    service.signs_with = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    visitor = visit()
    assert visitor.get(through_service(visitor)).status_code == 401


def test_an_answer_that_was_not_asked_for_here_opens_nothing(visit: Visit) -> None:
    asked, other = visit(), visit()
    back = through_service(asked)
    assert other.get(back).status_code == 401
    assert asked.get(back).status_code == 303
    assert asked.get(back).status_code == 401, "a code counts once"


def test_a_closed_account_stays_closed(clinic: Clinic, visit: Visit) -> None:
    close_account(Actor("os:test", Role.OPERATOR), clinic.unit_of_work(), "lead", NOW)
    visitor = visit()
    assert visitor.get(through_service(visitor)).status_code == 401


def test_a_service_that_is_down_is_said(visit: Visit, service: OpenIdServer) -> None:
    visitor = visit()
    visitor.open("/sign-in")
    service.stop()
    answer = visitor.submit("/sign-in/elsewhere")
    assert answer.status_code == 401
    assert "try again" in answer.text
