"""Hundreds of forged, malformed and signed but senseless calls: no 5xx, no processing, nothing in the log."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bot.channels.messaging import calls
from tests.bot.channels.messaging.conftest import Make
from tests.bot.channels.messaging.harness import Server
from tests.bot.channels.messaging.platforms import APP_SECRET

WORD = "QuiteUnmistakablePatientWord"
FEW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)
NAMES = st.sampled_from(
    [
        "update_id",
        "message",
        "edited_message",
        "callback_query",
        "chat",
        "id",
        "type",
        "text",
        "from",
        "is_bot",
        "data",
        "caption",
        "photo",
        "object",
        "entry",
        "messaging",
        "sender",
        "recipient",
        "mid",
        "postback",
        "payload",
        "quick_reply",
        "attachments",
        "event",
        "event_id",
        "channel",
        "user",
        "subtype",
        "channel_type",
        "files",
        "actions",
        "value",
        "challenge",
        "private",
        "page",
        "event_callback",
        "im",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    NAMES,
    st.just(WORD),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
BODIES = st.one_of(st.binary(max_size=300), VALUES.map(lambda value: json.dumps(value).encode()))
HEADER = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=100)


@pytest.fixture(params=["telegram", "twilio", "messenger", "slack"])
def server(request: pytest.FixtureRequest, make_server: Make) -> Server:
    """Each channel in turn."""
    return make_server(request.param)


def check_nothing_leaked(server: Server, caplog: Any) -> None:
    server.wait_until_idle()
    assert server.bot.heard == []
    assert server.platform.sent == []
    assert WORD not in caplog.text
    assert "Traceback" not in caplog.text


def test_unsigned_calls(server: Server, caplog: Any) -> None:
    caplog.set_level("DEBUG")

    @FEW
    @given(
        body=BODIES, header=HEADER, kind=st.sampled_from(["application/json", "text/plain", "multipart/form-data", ""])
    )
    def attack(body: bytes, header: str, kind: str) -> None:
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": header[:12]}
        for name in ("X-Telegram-Bot-Api-Secret-Token", "X-Twilio-Signature", "X-Slack-Signature"):
            headers[name] = header
        headers["X-Hub-Signature-256"] = f"sha256={header}"
        assert server.post(body, headers).status_code == 403

    attack()
    check_nothing_leaked(server, caplog)


def sign_twilio(body: bytes) -> calls.Call:
    return calls.twilio({"Body": body.decode("utf-8", "replace"), "From": "rcs:x"})


SIGN: dict[str, Callable[[bytes], calls.Call]] = {
    "telegram": lambda body: (body, {"X-Telegram-Bot-Api-Secret-Token": calls.TELEGRAM_SECRET}),
    "messenger": lambda body: (body, calls.messenger({})[1] | _messenger_signature(body)),
    "slack": lambda body: calls.slack_sign(body, "application/json"),
    "twilio": sign_twilio,
}


def _messenger_signature(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()}


def test_signed_but_senseless_calls(server: Server, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    sign = SIGN[server.channel.name()]

    @FEW
    @given(body=BODIES)
    def call(body: bytes) -> None:
        assert server.post(*sign(body)).status_code in (200, 400)

    call()
    server.wait_until_idle()
    assert WORD not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe",
        b'{"update_id": 1e999, "message": {"chat": {"id": NaN}}}',
        json.dumps({"entry": [{"messaging": [{}] * 1000}], "object": "page"}).encode(),
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)
@pytest.mark.parametrize("name", ["telegram", "messenger", "slack"])
def test_signed_and_malformed_json(make_server: Make, name: str, body: bytes) -> None:
    server = make_server(name)
    assert server.post(*SIGN[name](body)).status_code in (200, 400)
    server.wait_until_idle()
    assert server.bot.heard == []


@pytest.mark.parametrize("body", [b"payload=", b"payload=[]", b"payload=%ff", urlencode({"payload": "{}"}).encode()])
def test_signed_and_malformed_slack_forms(slack: Server, body: bytes) -> None:
    call = calls.slack_sign(body, "application/x-www-form-urlencoded")
    assert slack.post(*call).status_code in (200, 400)
    slack.wait_until_idle()
    assert slack.bot.heard == []


def test_oversized_calls_are_refused_before_anything_else(server: Server) -> None:
    assert server.post(*SIGN[server.channel.name()](b"x" * 700_000)).status_code == 413
    assert server.bot.heard == []
