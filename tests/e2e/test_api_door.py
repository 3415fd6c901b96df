"""Rasa's own addresses in development: for the developer's tools, and for no page in a browser."""

from __future__ import annotations

import re
import socket

import httpx
import pytest

from tests.e2e.test_website_malformed import RAW
from tests.e2e.website import WebsiteServer, website_servers

EVENT = {"event": "slot", "name": "x", "value": 1, "timestamp": None}
EVENTS = "/conversations/someone/tracker/events"
TRACKER = "/conversations/someone/tracker"
FOREIGN = ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1.evil.example", "http://[", "\xff"]


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> WebsiteServer:
    return website_servers(request.config).one


def call(server: WebsiteServer, method: str, path: str, **given) -> httpx.Response:
    given["headers"] = {name: value.encode("latin-1") for name, value in given.get("headers", {}).items()}
    return httpx.request(method, f"http://127.0.0.1:{server.port}{path}", timeout=30, **given)


def test_the_developers_tools_are_served(server):
    assert call(server, "GET", "/version").status_code == 200
    own = {"Origin": f"http://127.0.0.1:{server.port}", "Sec-Fetch-Site": "same-origin"}
    assert call(server, "GET", "/version", headers=own).status_code == 200
    for host in ("localhost", "bot:5005", "[::1]:5005", "app.localhost"):
        assert call(server, "GET", "/version", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", EVENTS),
        ("GET", TRACKER),
        ("OPTIONS", EVENTS),
        ("DELETE", "/model"),
        ("GET", "/status"),
        ("GET", "/nowhere"),
    ],
)
def test_another_origin_is_refused(server, method, path, origin):
    body = {"json": EVENT} if method == "POST" else {}
    answer = call(server, method, path, headers={"Origin": origin}, **body)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in answer.headers


def test_a_browser_that_says_whence_it_comes_is_believed(server):
    assert call(server, "GET", TRACKER, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert call(server, "GET", TRACKER, headers={"Sec-Fetch-Site": "same-site"}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:5005", "localhost.evil.example"])
def test_a_name_that_leads_here_from_elsewhere_is_refused(server, host):
    # A page of that name would have this very origin.
    answer = call(server, "GET", TRACKER, headers={"Host": host, "Origin": f"http://{host}"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "/", "", "\xff"]
)
@pytest.mark.parametrize("path", [EVENTS, "/model/parse", "/webhooks/rest/webhook"])
def test_only_json_is_taken(server, kind, path):
    answer = call(server, "POST", path, content=b'{"text": "hello"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_the_chat_and_the_pages_are_not_concerned(server):
    foreign = {"Origin": "https://clinic.example"}
    assert call(server, "GET", "/widget/marrow-widget.js", headers=foreign).status_code in (200, 404)
    assert call(server, "GET", "/", headers={"Host": "bot.clinic.example"}).status_code == 200
    assert call(server, "GET", "/webhooks/website/health", headers={"Host": "bot.clinic.example"}).status_code == 200


@pytest.mark.parametrize("path", [EVENTS, "/model/parse", "/version"])
@pytest.mark.parametrize("what", RAW)
def test_what_is_hardly_http_is_refused_or_cut_off(server, what, path):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(RAW[what].replace(b"{path}", path.encode()))
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    for status in re.findall(rb"HTTP/1\.1 (\d{3})", answer):
        assert int(status) < 500, answer
    assert httpx.get(f"{server.url}/health").status_code == 200
