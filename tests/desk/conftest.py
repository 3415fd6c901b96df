"""The desk over a database of its own, and a browser's place for each of the team."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from clinic.bootstrap import Clinic, bootstrap
from clinic.credentials import Argon2Passwords
from clinic.domain.accounts import STAFF_ROLES
from clinic.domain.actors import Actor, Role
from clinic.service.accounts import create_account
from clinic.service.submission import submit_request
from clinic.settings import Settings
from desk.app import make_app
from tests.clinic.builders import NOW, submission

ADDRESS = "https://desk.clinic.example"
PASSWORD = "correct horse battery"
OPERATOR = Actor("os:test", Role.OPERATOR)
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')

Visit = Callable[[], "Visitor"]
SignIn = Callable[[Role], "Visitor"]


class Visitor(TestClient):
    """A browser: it keeps cookies, follows nothing, and takes the token of the last page along."""

    token = ""

    def open(self, address: str, **options: object) -> str:
        """Open a page and return its text."""
        answer = self.get(address, **options)  # type: ignore[arg-type]
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        assert answer.status_code == 200, answer.text
        return answer.text

    def submit(self, address: str, **fields: object):  # type: ignore[no-untyped-def]
        """Send a form."""
        return self.post(address, data={"csrf": self.token, **fields})


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MARROW_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", desk_url=ADDRESS, _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def clinic(settings: Settings) -> Iterator[Clinic]:
    """A clinic with an account of each role, whose name is the role's."""
    made = bootstrap(settings)
    hashed = Argon2Passwords().hash(PASSWORD)
    same = type("Same", (), {"hash": lambda self, _: hashed, "fits": lambda self, *_: True})()
    for role in STAFF_ROLES:
        create_account(OPERATOR, made.unit_of_work(), same, str(role), role, PASSWORD, NOW)
    yield made
    made.database.dispose()


@pytest.fixture
def reference(clinic: Clinic) -> str:
    return submit_request(clinic.unit_of_work(), submission(), NOW).reference


@pytest.fixture
def app(clinic: Clinic) -> FastAPI:
    return make_app(clinic)


@pytest.fixture
def visit(app: FastAPI) -> Visit:
    return lambda: Visitor(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def sign_in(visit: Visit) -> SignIn:
    def signed_in(role: Role) -> Visitor:
        visitor = visit()
        visitor.open("/sign-in")
        answer = visitor.submit("/sign-in", name=str(role), password=PASSWORD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text
        visitor.open("/account")
        return visitor

    return signed_in
