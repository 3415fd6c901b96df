"""The action server opens to its bot and to nobody else, and answers whatever else comes with a refusal."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from actions.door import Door, problem_in
from clinic.actions_secret import load_actions_secrets
from clinic.errors import SettingsError
from clinic.keys import generate_key
from clinic.settings import load_settings
from tests.e2e.leaks import _holds
from tests.e2e.servers import ActionServer

CANARY = "Wilhelmina"
CALL: dict[str, Any] = {
    "next_action": "validate_intake_form",
    "sender_id": "someone",
    "tracker": {"sender_id": "someone", "slots": {}, "latest_message": {"text": CANARY}, "events": []},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServer]:
    """A running action server, with nothing set."""
    running = ActionServer(tmp_path_factory.mktemp("door"))
    running.start()
    yield running
    running.stop()


def post(server: ActionServer, body: Any = CALL, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/json", **server.key, **headers}
    sent = {name: value for name, value in given.items() if value}
    return httpx.post(server.url, content=content, headers=sent, timeout=30)


def test_the_bots_call_is_let_in(server: ActionServer) -> None:
    assert post(server, {**CALL, "next_action": "action_unheard_of"}).status_code == 404
    assert post(server, **{"Content-Type": "application/json; charset=utf-8"}).status_code < 500


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer " + "x" * 44}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:5005"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/json, text/plain"}, 415),
        ({"Content-Encoding": "deflate"}, 415),
    ],
)
def test_who_does_not_know_the_secret_or_is_a_page_is_refused(server, headers, status) -> None:
    answer = post(server, **headers)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers
    assert CANARY not in answer.text


def test_a_page_cannot_ask_what_it_may_do_and_the_list_of_actions_is_not_public(server: ActionServer) -> None:
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert httpx.options(server.url, headers=asking).status_code == 403
    assert httpx.get(server.actions_url).status_code == 401
    assert httpx.get(server.actions_url, headers=server.key).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        None,
        "text",
        {},
        {"next_action": 1},
        {"next_action": "action_fallback"},
        {"next_action": "action_fallback", "tracker": []},
        {"next_action": "action_fallback", "tracker": {}},
    ],
)
def test_a_body_that_is_no_call_is_refused(server: ActionServer, body: Any) -> None:
    assert post(server, body).status_code == 400


def test_a_tracker_that_cannot_be_read_is_no_reason_to_repeat_it(server: ActionServer) -> None:
    answer = post(server, {**CALL, "tracker": {"sender_id": CANARY, "slots": 5, "events": CANARY}})
    assert answer.status_code in (200, 500)
    assert CANARY not in answer.text
    assert not _holds(server.log, CANARY)


HEAD = b"POST /webhook HTTP/1.1\r\nHost: x\r\n"
RAW = {
    "no HTTP at all": b"hello\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "an unknown version": b"POST /webhook HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without colon": b"POST /webhook HTTP/1.1\r\nnonsense\r\n\r\n",
    "a length that is no number": HEAD + b"Content-Length: many\r\n\r\n{}",
    "a negative length": HEAD + b"Content-Length: -5\r\n\r\n{}",
    "an endless length": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}",
    "an unknown encoding": HEAD + b"Transfer-Encoding: rot13\r\n\r\n{}",
    "a chunk that is no number": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n",
    "a negative chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n",
    "an unknown expectation": HEAD + b"Expect: miracles\r\nContent-Length: 2\r\n\r\n{}",
    "a huge header": HEAD + b"X-Long: " + b"x" * 30_000 + b"\r\n\r\n",
    "a header that is no text": HEAD + b"Authorization: Bearer \xff\xfe\r\nContent-Type: \xff\r\n\r\n",
    "an address that is no text": b"GET /webhook\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address that is none": b"GET http://[/webhook HTTP/1.1\r\nHost: x\r\n\r\n",
    "an encoded address": b"GET /webhook%00%ff%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("what", RAW)
def test_what_is_hardly_http_is_refused_or_cut_off(server: ActionServer, what: str, known: bool) -> None:
    raw = RAW[what]
    if known:
        secret = f"Authorization: {server.key['Authorization']}\r\nContent-Type: application/json\r\n".encode()
        raw = raw.replace(b"Host: x\r\n", b"Host: x\r\n" + secret)
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    for status in re.findall(rb"HTTP/1\.1 (\d{3})", answer):
        assert 400 <= int(status) < 500, answer
    assert httpx.get(server.url.replace("/webhook", "/health")).json() == {"status": "ok"}


def test_the_probes_are_open_and_tell_nothing(server: ActionServer) -> None:
    for probe in ("/live", "/ready"):
        answer = httpx.get(server.url.replace("/webhook", probe))
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_nothing_that_was_refused_left_anything_behind(server: ActionServer) -> None:
    with sqlite3.connect(server.data_dir / "clinic.db") as database:
        for table in ("consultation_requests", "safety_events"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_development_makes_one_private_secret(services, tmp_path) -> None:
    settings = services.clinic.settings
    (secret,) = load_actions_secrets(settings)
    assert [secret] == load_actions_secrets(settings)
    assert (tmp_path / "var" / "actions.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", [None, "", "  ,", "short", "x" * 31, "with a space and thirty-two letters"])
def test_production_refuses_a_missing_or_weak_secret(services, monkeypatch, given) -> None:
    monkeypatch.setenv("MARROW_ENVIRONMENT", "production")
    monkeypatch.setenv("MARROW_DATA_KEY", generate_key())
    monkeypatch.setenv("MARROW_AUDIT_KEY", generate_key())
    if given is not None:
        monkeypatch.setenv("MARROW_ACTIONS_SECRET", given)
    with pytest.raises(SettingsError, match=r"MARROW_ACTIONS_SECRET.*marrow keys new"):
        load_actions_secrets(load_settings())


def test_several_secrets_open_while_they_are_changed(services, monkeypatch) -> None:
    old, new = generate_key(), generate_key()
    monkeypatch.setenv("MARROW_ACTIONS_SECRET", f"{new}, {old}")
    door = Door(load_actions_secrets(load_settings()))
    assert [door._knows(f"Bearer {secret}") for secret in (new, old, generate_key(), "")] == [True, True, False, False]


def test_a_call_has_an_action_and_a_conversation() -> None:
    assert problem_in(CALL) is None
