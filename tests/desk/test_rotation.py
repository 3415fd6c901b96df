"""A new data key, as docs/operations.md has it changed: whoever is signed in at the desk stays so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from clinic.bootstrap import bootstrap
from clinic.credentials import Argon2Passwords
from clinic.domain.actors import Role
from clinic.keys import generate_key
from clinic.service.accounts import create_account
from clinic.service.submission import submit_request
from clinic.settings import Settings
from clinic.storage.rotation import rotate_keys
from desk.app import make_app
from tests.clinic.builders import ANSWERS, NOW, submission
from tests.desk.conftest import ADDRESS, OPERATOR, PASSWORD, Visitor
from tests.desk.test_pages import version_on


@contextmanager
def desk_with(settings: Settings, keys: str, before: Visitor | None = None) -> Iterator[Visitor]:
    """The desk, started with these keys, and a browser that keeps the cookies it had."""
    clinic = bootstrap(settings.model_copy(update={"data_key": SecretStr(keys)}))
    visitor = Visitor(make_app(clinic), base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)
    if before is not None:
        visitor.cookies.update(before.cookies)
        visitor.token = before.token
    try:
        yield visitor
    finally:
        clinic.database.dispose()


def sign_in(visitor: Visitor) -> None:
    visitor.open("/sign-in")
    answer = visitor.submit("/sign-in", name="lead", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_who_is_signed_in_stays_so_and_a_page_from_before_asks_to_be_loaded_again(settings: Settings) -> None:
    old, new = generate_key(), generate_key()
    made = bootstrap(settings.model_copy(update={"data_key": SecretStr(old)}))
    create_account(OPERATOR, made.unit_of_work(), Argon2Passwords(), "lead", Role.LEAD, PASSWORD, NOW)
    reference = submit_request(made.unit_of_work(), submission(), NOW).reference
    made.database.dispose()

    note, address = "called, no answer", f"/requests/{reference}/note"
    with desk_with(settings, old) as visitor:
        sign_in(visitor)
        assert ANSWERS["full_name"] in visitor.open(f"/requests/{reference}")
    with desk_with(settings, f"{new},{old}", visitor) as visitor:
        refused = visitor.submit(address, text=note, version=1)
        assert refused.status_code == 403
        assert "Go back, reload, try again" in refused.text
        version = version_on(visitor.open(f"/requests/{reference}"))
        assert visitor.submit(address, text=note, version=version).status_code == 303
    both = bootstrap(settings.model_copy(update={"data_key": SecretStr(f"{new},{old}")}))
    assert rotate_keys(both.database) > 0
    both.database.dispose()
    with desk_with(settings, new, visitor) as visitor:
        shown = visitor.open(f"/requests/{reference}")
        assert ANSWERS["full_name"] in shown
        assert note in shown
        assert visitor.submit(address, text="reached her", version=version_on(shown)).status_code == 303
        sign_in(Visitor(visitor.app, base_url=ADDRESS, follow_redirects=False))
