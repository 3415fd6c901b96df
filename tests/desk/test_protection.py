"""What no page may do without: headers, cookies, tokens, hosts, limits, time-outs, and silence in the log."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from clinic.bootstrap import Clinic
from clinic.domain.actors import Role
from clinic.service import sign_in as service
from desk.shield import LONGEST_BODY
from tests.desk.conftest import ADDRESS, PASSWORD, SignIn, Visit


def test_a_page_keeps_to_itself_and_is_kept_nowhere(sign_in: SignIn, reference: str) -> None:
    answer = sign_in(Role.LEAD).get(f"/requests/{reference}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"]
    assert " style=" not in answer.text
    assert "onclick" not in answer.text


def test_errors_carry_the_same_headers(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = sign_in(Role.LEAD)
    broken = RuntimeError("Ana Ruiz")

    def fail(*_: object, **__: object) -> None:
        raise broken

    monkeypatch.setattr("desk.pages.queue.read_queue", fail)
    for address, status in (("/nowhere", 404), ("/queue", 500), ("/requests/MR-2222-2222", 404), ("/audit", 403)):
        answer = visitor.get(address)
        assert answer.status_code == status
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "Ana" not in answer.text


def test_the_cookie_is_for_this_host_alone_and_for_no_script(visit: Visit) -> None:
    visitor = visit()
    visitor.open("/sign-in")
    cookies = visitor.submit("/sign-in", name="lead", password=PASSWORD).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-marrow_desk="))
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in session
    assert "Max-Age" not in session, "it ends with the browser"
    assert "Domain" not in session


def test_static_files_are_kept_under_the_digest_of_their_content(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/sign-in")
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = visitor.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert visitor.get(address.replace("/static/", "/static/0")).status_code == 404
    assert visitor.get("/static/x/..%2f..%2fapp.py").status_code == 404


@pytest.mark.parametrize("token", ["", "0" * 64, "another's"])
def test_a_form_without_its_own_token_changes_nothing(token: str, sign_in: SignIn, reference: str) -> None:
    visitor, other = sign_in(Role.LEAD), sign_in(Role.COORDINATOR)
    given = other.token if token == "another's" else token
    answer = visitor.post(f"/requests/{reference}/note", data={"csrf": given, "version": "1", "text": "forged"})
    assert answer.status_code == 403
    assert "forged" not in visitor.open(f"/requests/{reference}")


def test_a_form_from_another_site_changes_nothing(sign_in: SignIn, reference: str) -> None:
    visitor = sign_in(Role.LEAD)
    fields = {"csrf": visitor.token, "version": "1", "text": "forged"}
    answer = visitor.post(f"/requests/{reference}/note", data=fields, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_another_host_name_is_refused(visit: Visit) -> None:
    assert visit().get("/sign-in", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(wanted: str, visit: Visit) -> None:
    visitor = visit()
    visitor.open("/sign-in", params={"next": wanted})
    answer = visitor.submit("/sign-in", name="lead", password=PASSWORD, next=wanted)
    assert answer.headers["location"] == "/"


def test_a_link_to_a_request_opens_it_after_signing_in(visit: Visit, reference: str) -> None:
    visitor = visit()
    answer = visitor.get(f"/requests/{reference}")
    assert answer.headers["location"] == f"/sign-in?next=/requests/{reference}"
    visitor.open(answer.headers["location"])
    opened = visitor.submit("/sign-in", name="lead", password=PASSWORD, next=f"/requests/{reference}")
    assert opened.headers["location"] == f"/requests/{reference}"


def test_passwords_cannot_be_tried_for_long(visit: Visit) -> None:
    visitor = visit()
    visitor.open("/sign-in")
    tried = [visitor.submit("/sign-in", name="lead", password=f"wrong {number}").status_code for number in range(6)]
    assert tried == [401] * 5 + [429]
    assert visitor.submit("/sign-in", name="lead", password=PASSWORD).status_code == 429


def test_a_session_that_nobody_used_is_over(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = sign_in(Role.LEAD)
    monkeypatch.setattr(service, "IDLE", timedelta(0))
    assert visitor.get("/queue").status_code == 303
    news = visitor.get("/queue/news", headers={"HX-Request": "true"})
    assert (news.status_code, news.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_form_that_is_too_long_is_refused(sign_in: SignIn, reference: str) -> None:
    visitor = sign_in(Role.LEAD)
    answer = visitor.submit(f"/requests/{reference}/note", version="1", text="x" * (LONGEST_BODY + 1))
    assert 400 <= answer.status_code < 500


def test_the_log_tells_nothing_of_a_patient_or_a_password(
    clinic: Clinic, sign_in: SignIn, reference: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        visitor = sign_in(Role.LEAD)
        visitor.submit("/search", asked="peñalosa")
        visitor.submit(f"/requests/{reference}/note", version="1", text="a secret note")
        visitor.open(f"/requests/{reference}")
        visitor.get("/audit")
    for secret in ("eñalosa", "ana.ruiz", PASSWORD, "secret note", ADDRESS + "/requests?"):
        assert secret not in caplog.text
