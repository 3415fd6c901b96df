"""Messenger against a server that speaks the Graph API."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from bot.channels.messaging.messenger.reading import read_page_events
from bot.language import language
from tests.bot.channels.messaging import calls
from tests.bot.channels.messaging.calls import messenger_event, messenger_page, messenger_text
from tests.bot.channels.messaging.harness import Server
from tests.bot.channels.messaging.platforms import PAGE_TOKEN, Messenger


def test_a_message_is_answered(messenger: Server) -> None:
    reply = messenger.post(*calls.messenger(messenger_text("what is lupus?")))
    assert (reply.status_code, reply.text) == (200, "EVENT_RECEIVED")
    assert messenger.sent() == ["You said: what is lupus?"]
    assert messenger.platform.sent[0]["to"] == "7317654321"


def test_every_event_of_a_call_is_answered(messenger: Server) -> None:
    events = [messenger_event(message={"mid": f"m_x{n}", "text": f"n{n}"}) for n in range(3)]
    call = {"object": "page", "entry": [*messenger_page(*events[:2])["entry"], *messenger_page(events[2])["entry"]]}
    messenger.post(*calls.messenger(call))
    assert messenger.sent() == ["You said: n0", "You said: n1", "You said: n2"]


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": calls.VERIFY_TOKEN, "hub.challenge": "1158"}, 200, "1158"),
        ({"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1158"}, 403, ""),
        ({"hub.mode": "unsubscribe", "hub.verify_token": calls.VERIFY_TOKEN, "hub.challenge": "1"}, 403, ""),
        ({"hub.mode": "subscribe", "hub.verify_token": calls.VERIFY_TOKEN}, 403, ""),
        ({}, 403, ""),
    ],
)
def test_the_address_is_verified(messenger: Server, query: dict[str, str], status: int, text: str) -> None:
    reply = requests.get(messenger.webhook, params=query, timeout=5)
    assert (reply.status_code, reply.text) == (status, text)
    assert reply.headers.get("Content-Type", "text/plain").startswith("text/plain")


def forged() -> list[tuple[str, tuple[bytes, dict[str, str]]]]:
    body, headers = calls.messenger(messenger_text("hello"))
    plain = {"Content-Type": "application/json"}
    sha1 = {**plain, "X-Hub-Signature": "sha1=6f2a"}
    return [
        ("no signature", (body, plain)),
        ("old SHA-1 signature only", (body, sha1)),
        ("other secret", calls.messenger(messenger_text("hello"), secret="another")),
        ("changed body", (body.replace(b"hello", b"hallo"), headers)),
        ("no scheme", (body, {**plain, "X-Hub-Signature-256": headers["X-Hub-Signature-256"][7:]})),
        ("other scheme", (body, {**plain, "X-Hub-Signature-256": "md5=abc"})),
        ("not ASCII", (body, {**plain, "X-Hub-Signature-256": "sha256=\u00e9".encode("latin-1")})),
    ]


@pytest.mark.parametrize(("name", "call"), forged(), ids=[name for name, _ in forged()])
def test_a_forged_call_is_refused(messenger: Server, name: str, call: tuple[bytes, dict[str, str]]) -> None:
    reply = messenger.post(*call)
    assert (reply.status_code, reply.content) == (403, b"")
    assert messenger.sent() == []
    assert messenger.bot.heard == []


def test_a_repeated_message_is_processed_once(messenger: Server) -> None:
    call = calls.messenger(messenger_text("hello"))
    for _ in range(3):
        messenger.post(*call)
    assert len(messenger.sent()) == 1


def test_few_short_options_are_quick_replies(messenger: Server) -> None:
    messenger.bot.script["hi"] = [{"text": "Ready?", "buttons": [{"title": "Yes", "payload": "yes"}]}]
    messenger.post(*calls.messenger(messenger_text("hi")))
    messenger.wait_until_idle()
    assert messenger.platform.sent[0]["replies"] == [{"content_type": "text", "title": "Yes", "payload": "yes"}]


@pytest.mark.parametrize(
    "buttons",
    [
        [{"title": f"Option {n}", "payload": f"o{n}"} for n in range(14)],
        [{"title": "How lupus differs from other illnesses", "payload": "o0"}],
    ],
)
def test_many_or_long_options_are_numbered(messenger: Server, buttons: list[dict[str, str]]) -> None:
    messenger.bot.script["hi"] = [{"text": "Which?", "buttons": buttons}]
    for text in ("hi", "1"):
        messenger.post(*calls.messenger(messenger_text(text)))
    assert messenger.sent()[0].startswith(f"Which?\n\nReply with a number:\n1. {buttons[0]['title']}")
    assert messenger.bot.texts == ["hi", "o0"]


def test_a_quick_reply_counts_by_its_payload(messenger: Server) -> None:
    message = {"mid": "m_q", "text": "Yes", "quick_reply": {"payload": "yes please"}}
    messenger.post(*calls.messenger(messenger_page(messenger_event(message=message))))
    messenger.wait_until_idle()
    assert messenger.bot.texts == ["yes please"]


def test_get_started_says_hello(messenger: Server) -> None:
    postback = {"mid": "m_p", "title": "Get Started", "payload": "GET_STARTED"}
    messenger.post(*calls.messenger(messenger_page(messenger_event(postback=postback))))
    messenger.wait_until_idle()
    assert messenger.bot.texts == ["hello"]


IMAGE = {"type": "image", "payload": {"url": "https://scontent.example/x.jpg"}}


@pytest.mark.parametrize("kind", ["image", "audio", "video", "file", "location", "template", "new_kind"])
def test_what_is_no_text_is_answered_kindly_once(messenger: Server, kind: str) -> None:
    for number in range(2):
        message = {"mid": f"m_{kind}{number}", "attachments": [{**IMAGE, "type": kind}]}
        messenger.post(*calls.messenger(messenger_page(messenger_event(message=message))))
    assert messenger.sent() == [language().say("only_text")]
    assert messenger.bot.heard == []


def test_a_links_preview_is_no_picture(messenger: Server) -> None:
    attachments = [{"type": "fallback", "payload": {"url": "https://x.example", "title": "X"}}]
    messenger.post(*calls.messenger(messenger_text("see https://x.example", attachments=attachments)))
    assert messenger.sent() == ["You said: see https://x.example"]


def test_an_edit_is_answered_kindly(messenger: Server) -> None:
    event = messenger_event(message_edit={"mid": "m_1", "text": "changed", "num_edit": 1})
    messenger.post(*calls.messenger(messenger_page(event)))
    assert messenger.sent() == [language().say("no_edits")]


IGNORED = {
    "echo": messenger_page(messenger_event(message={"mid": "m", "text": "x", "is_echo": True, "app_id": 1})),
    "delivery": messenger_page(messenger_event(delivery={"mids": ["m"], "watermark": 1})),
    "read": messenger_page(messenger_event(read={"watermark": 1})),
    "reaction": messenger_page(messenger_event(reaction={"mid": "m", "action": "react", "emoji": "x"})),
    "unsent": messenger_page(messenger_event(message={"mid": "m", "is_deleted": True})),
    "standby": {"object": "page", "entry": [{"id": "1", "standby": [messenger_event(message={"mid": "m"})]}]},
    "Instagram": {**messenger_text("x"), "object": "instagram"},
    "no sender": {"object": "page", "entry": [{"messaging": [{"message": {"mid": "m", "text": "x"}}]}]},
    "odd shapes": {"object": "page", "entry": [1, {"messaging": "x"}, {"messaging": [None, {"message": []}]}]},
    "empty": {},
}


@pytest.mark.parametrize("call", IGNORED.values(), ids=IGNORED)
def test_what_needs_no_answer_is_left_out(call: dict[str, Any]) -> None:
    assert read_page_events(call) == []


@pytest.mark.parametrize(
    "failure",
    [
        lambda: Messenger.error(400, 613, "Calls to this api have exceeded the rate limit."),
        lambda: Messenger.error(500, 2, "Service temporarily unavailable", is_transient=True),
        lambda: Messenger.error(400, 1200, "Temporary send message failure.", is_transient=True),
    ],
)
def test_a_failure_that_passes_is_tried_once_more(messenger: Server, failure: Any) -> None:
    messenger.platform.failures = [failure()]
    messenger.post(*calls.messenger(messenger_text("hello")))
    assert messenger.sent() == ["You said: hello"]


def test_a_lasting_failure_is_logged_without_words_or_token(messenger: Server, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    messenger.platform.failures = [Messenger.error(403, 10, "This person cannot receive: my kidneys hurt")]
    messenger.post(*calls.messenger(messenger_text("my kidneys hurt")))
    messenger.wait_until_idle()
    assert len(messenger.platform.calls) == 1
    assert "could not be delivered" in caplog.text
    for secret in ("kidneys", PAGE_TOKEN, "7317654321"):
        assert secret not in caplog.text
