"""Whatever is sent to the website channel, it answers with a problem, processes nothing and stays up."""

from __future__ import annotations

import json
import re
import socket
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.leaks import _holds
from tests.e2e.servers import ROOT
from tests.e2e.website import Chat, WebsiteServer, website_servers

CANARY = "Wilhelmina"
CALLS = 1000


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> WebsiteServer:
    return website_servers(request.config).one


@pytest.fixture(scope="session")
def chat(server: WebsiteServer) -> Chat:
    return Chat(server.url)


def is_message(body: Any) -> bool:
    """Whether the channel would rightly process this body."""
    return (
        isinstance(body, dict)
        and set(body) == {"id", "text"}
        and isinstance(body["id"], str)
        and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", body["id"]) is not None
        and isinstance(body["text"], str)
        and bool(body["text"].strip())
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(CANARY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["id", "text", "message_id", "topic", "helpful", "locale", "sender", CANARY])
objects = st.dictionaries(fields, anything, max_size=4) | anything
as_json = objects.filter(lambda body: not is_message(body)).map(lambda body: json.dumps(body).encode())
deep = st.integers(100, 5000).map(lambda depth: b'{"text":' * depth + b"1" + b"}" * depth)
twice = st.sampled_from(["id", "text"]).map(lambda name: f'{{"id": "a", "text": "{CANARY}", "{name}": "b"}}'.encode())
beyond = st.fixed_dictionaries({"id": st.just("a"), "text": st.just(CANARY), "sender_id": st.text(max_size=9)}).map(
    lambda body: json.dumps(body).encode()
)
broken_text = st.binary(min_size=1, max_size=9).map(lambda noise: b'{"id":"a","text":"' + noise + b'\xff"}')
bodies = st.binary(max_size=300) | as_json | deep | twice | beyond | broken_text
content_types = st.sampled_from(
    [
        "application/json",
        "application/json",
        "application/json; charset=utf-16",
        "text/plain",
        "multipart/form-data",
        "",
        "/",
    ]
)
header_text = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
credentials = st.sampled_from(["own", "own", "own", "none"]) | header_text.map(lambda text: f"Bearer {text}")
paths = st.sampled_from(["message", "message", "message", "feedback", "session", "history", "nowhere", "message/x", ""])
methods = st.sampled_from(["POST", "POST", "POST", "GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE"])
origins = st.sampled_from([None, None, "http://localhost", "https://evil.example", "null", "http://["]) | header_text


@settings(max_examples=CALLS, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(methods, paths, bodies, content_types, credentials, origins)
def test_a_thousand_malformed_calls_are_refused_and_nothing_is_processed(
    server, chat, method, path, body, content_type, credential, origin
):
    if method == "DELETE" and path == "session":
        credential = "none"
    headers = {"Content-Type": content_type}
    if credential != "none":
        headers["Authorization"] = f"Bearer {chat.token}" if credential == "own" else credential
    if origin is not None:
        headers["Origin"] = origin
    answer = chat.http.request(method, f"{server.url}/{path}", content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text
    else:
        assert path in ("history", "session") or method == "OPTIONS"
    assert server.processed() == []


HOST = b"Host: x\r\n"
RAW = {
    "no HTTP at all": b"hello\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "an HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown version": b"POST {path} HTTP/9.9\r\n" + HOST + b"\r\n",
    "a header without colon": b"POST {path} HTTP/1.1\r\nnonsense\r\n\r\n",
    "a length that is no number": b"POST {path} HTTP/1.1\r\n" + HOST + b"Content-Length: many\r\n\r\n{}",
    "a negative length": b"POST {path} HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n{}",
    "an endless length": b"POST {path} HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "an unknown encoding": b"POST {path} HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: rot13\r\n\r\n{}",
    "a chunk that is no number": b"POST {path} HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n",
    "a negative chunk": b"POST {path} HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n",
    "an unknown expectation": b"POST {path} HTTP/1.1\r\n" + HOST + b"Expect: miracles\r\nContent-Length: 2\r\n\r\n{}",
    "a huge header": b"POST {path} HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 30_000 + b"\r\n\r\n",
    "a thousand headers": b"POST {path} HTTP/1.1\r\n" + HOST + b"X-A: b\r\n" * 5000 + b"\r\n",
    "a huge token": b"POST {path} HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " + b"x" * 7_000 + b"\r\n\r\n",
    "a header that is no text": b"POST {path} HTTP/1.1\r\n" + HOST + b"Origin: \xff\xfe\r\nAuthorization: \xff\r\n\r\n",
    "an address that is no text": b"GET {path}\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address that is none": b"GET http://[{path} HTTP/1.1\r\n" + HOST + b"\r\n",
    "an endless address": b"GET {path}?" + b"x" * 7_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "an encoded address": b"GET {path}%00%ff%2e%2e HTTP/1.1\r\n" + HOST + b"\r\n",
    "two lengths": b"POST {path} HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}",
}


@pytest.mark.parametrize("what", RAW)
def test_what_is_hardly_http_is_refused_or_cut_off(server, what):
    raw = RAW[what].replace(b"{path}", b"/webhooks/website/message")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
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
    if answer:
        assert b"application/problem+json" in answer
    assert httpx.get(f"{server.url}/health").status_code == 200
    assert server.processed() == []


def test_rasas_own_paths_survive_a_negative_length_too(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /model/parse HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")
    assert httpx.get(f"{server.url}/health").status_code == 200


# A text that is too long is refused with 413, which schemathesis does not expect by itself.
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429]
schema = schemathesis.openapi.from_path(
    ROOT / "docs" / "openapi" / "website.yaml",
    config=schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}),
)


@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_the_channel_does_what_its_description_says(server, case):
    token = Chat(server.url).token
    case.call_and_validate(base_url=server.url, headers={"Authorization": f"Bearer {token}"})


def test_no_word_of_a_refused_call_is_in_the_log(server):
    assert not _holds(server.log, CANARY)
