"""Slack against a server that speaks its Web API."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.channels.messaging.slack.reading import plain_text, read_action, read_event
from bot.language import language
from tests.bot.channels.messaging import calls
from tests.bot.channels.messaging.calls import slack_event
from tests.bot.channels.messaging.harness import Server
from tests.bot.channels.messaging.platforms import SLACK_TOKEN, Slack

FORM = "application/x-www-form-urlencoded"


def test_a_direct_message_is_answered_there(slack: Server) -> None:
    reply = slack.post(*calls.slack(slack_event("what is lupus?")))
    assert (reply.status_code, reply.content) == (200, b"")
    assert slack.sent() == ["You said: what is lupus?"]
    assert slack.platform.sent[0]["to"] == "D024BE91L"
    assert slack.platform.sent[0]["mrkdwn"] is False


def test_a_thread_is_answered_in_the_thread(slack: Server) -> None:
    slack.post(*calls.slack(slack_event("hello", thread_ts="1699.1")))
    slack.wait_until_idle()
    assert slack.platform.sent[0]["thread"] == "1699.1"


def test_slack_verifies_the_address(slack: Server) -> None:
    call = {"token": "legacy", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}
    call["type"] = "url_verification"
    reply = slack.post(*calls.slack(call))
    assert reply.json() == {"challenge": call["challenge"]}


def test_an_unsigned_challenge_is_not_answered(slack: Server) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "x"}).encode()
    assert slack.post(body, {"Content-Type": "application/json"}).status_code == 403


def forged() -> dict[str, tuple[bytes, dict[str, str]]]:
    body, headers = calls.slack(slack_event())
    without_time = {key: value for key, value in headers.items() if key != "X-Slack-Request-Timestamp"}
    return {
        "no signature": (body, {"Content-Type": "application/json"}),
        "other secret": calls.slack(slack_event(), secret="another"),
        "six minutes old": calls.slack(slack_event(), at=time.time() - 360),
        "six minutes ahead": calls.slack(slack_event(), at=time.time() + 360),
        "newer time than signed": (body, {**headers, "X-Slack-Request-Timestamp": str(int(time.time()) + 9)}),
        "no time": (body, without_time),
        "no number as time": (body, {**headers, "X-Slack-Request-Timestamp": "now"}),
        "negative time": (body, {**headers, "X-Slack-Request-Timestamp": "-1"}),
        "changed body": (body.replace(b"hello", b"hallo"), headers),
        "forged button": (urlencode({"payload": "{}"}).encode(), {**headers, "Content-Type": FORM}),
    }


@pytest.mark.parametrize("name", list(forged()))
def test_a_forged_call_is_refused(slack: Server, name: str) -> None:
    # Made now: a time that was ahead when the tests were collected is not ahead for long.
    reply = slack.post(*forged()[name])
    assert (reply.status_code, reply.content) == (403, b"")
    assert slack.sent() == []
    assert slack.bot.heard == []


@pytest.mark.parametrize("reason", ["http_timeout", "http_error", "connection_failed"])
def test_a_retry_is_processed_once_whatever_its_reason(slack: Server, reason: str) -> None:
    body, headers = calls.slack(slack_event())
    slack.post(body, headers)
    retry = {**headers, "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": reason}
    reply = slack.post(body, retry)
    assert (reply.status_code, reply.headers["X-Slack-No-Retry"]) == (200, "1")
    assert len(slack.sent()) == 1


def test_a_retry_whose_first_call_was_lost_is_processed(slack: Server) -> None:
    body, headers = calls.slack(slack_event())
    slack.post(body, {**headers, "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "connection_failed"})
    assert len(slack.sent()) == 1


def test_buttons_are_blocks_and_a_press_is_heard(slack: Server) -> None:
    slack.bot.script["hi"] = [{"text": "Ready <now>?", "buttons": [{"title": "Yes & no", "payload": "maybe"}]}]
    slack.post(*calls.slack(slack_event("hi")))
    assert slack.sent() == ["Ready &lt;now&gt;?"]
    section, actions = slack.platform.sent[0]["blocks"]
    assert section["text"] == {"type": "plain_text", "text": "Ready <now>?", "emoji": False}
    assert slack.post(*calls.slack_press(actions["elements"][0]["value"])).status_code == 200
    slack.wait_until_idle()
    assert slack.bot.texts == ["hi", "maybe"]


def test_more_than_five_options_are_numbered(slack: Server) -> None:
    buttons = [{"title": f"Option {n}", "payload": f"o{n}"} for n in range(1, 7)]
    slack.bot.script["hi"] = [{"text": "Which?", "buttons": buttons}]
    for text in ("hi", "6"):
        slack.post(*calls.slack(slack_event(text)))
    assert slack.sent()[0].endswith("5. Option 5\n6. Option 6")
    assert slack.bot.texts == ["hi", "o6"]


def test_a_repeated_press_counts_once(slack: Server) -> None:
    call = calls.slack_press("hello")
    for _ in range(2):
        slack.post(*call)
    assert len(slack.sent()) == 1


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("see <https://x.example|x.example> now", "see x.example now"),
        ("plain", "plain"),
    ],
)
def test_slacks_mark_up_is_taken_out(sent: str, read: str) -> None:
    assert plain_text(sent) == read


def test_a_file_is_answered_kindly_once(slack: Server) -> None:
    for _ in range(2):
        slack.post(*calls.slack(slack_event("", subtype="file_share", files=[{"id": "F1", "name": "labs.pdf"}])))
    assert slack.sent() == [language().say("only_text")]


def test_words_with_a_file_are_read(slack: Server) -> None:
    slack.post(*calls.slack(slack_event("my labs", subtype="file_share", files=[{"id": "F1"}])))
    assert slack.sent() == ["You said: my labs", language().say("text_read_only")]


def test_an_edit_is_answered_kindly(slack: Server) -> None:
    message = {"type": "message", "user": "U1", "text": "new", "edited": {"user": "U1", "ts": "1"}}
    event = slack_event(subtype="message_changed", message=message, previous_message={"text": "old"})
    slack.post(*calls.slack(event))
    assert slack.sent() == [language().say("no_edits")]


def test_a_mention_in_a_channel_is_refused_there_once(slack: Server) -> None:
    for _ in range(2):
        event = slack_event("<@UBOT00001> I have lupus", type="app_mention", channel="C123", channel_type="channel")
        slack.post(*calls.slack(event))
    assert slack.sent() == [language().say("private_only")]
    assert slack.platform.sent[0]["to"] == "C123"
    assert slack.bot.heard == []


PREVIEW = {"type": "message", "user": "U1", "text": "same"}
IGNORED = {
    "own message": slack_event(bot_id="B1"),
    "channel message": slack_event(channel="C1", channel_type="channel"),
    "deleted": slack_event(subtype="message_deleted"),
    "joined": slack_event(subtype="channel_join"),
    "own message changed": slack_event(subtype="message_changed", message={**PREVIEW, "bot_id": "B1"}),
    "preview added": slack_event(subtype="message_changed", message=PREVIEW, previous_message={"text": "same"}),
    "reaction": slack_event(type="reaction_added"),
    "no user": slack_event(user=None),
    "no event id": {**slack_event(), "event_id": None},
    "no event": {**slack_event(), "event": "x"},
    "other type": {"type": "app_rate_limited", "minute_rate_limited": 1518467820},
    "empty": {},
}


@pytest.mark.parametrize("call", IGNORED.values(), ids=IGNORED)
def test_what_needs_no_answer_is_left_out(call: dict[str, Any]) -> None:
    assert read_event(call) == []


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "view_submission", "user": {"id": "U1"}},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [], "channel": {"id": "D1"}},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"type": "button", "action_ts": "1"}]},
        {
            "type": "block_actions",
            "user": {"id": "U1"},
            "channel": {"id": "C1"},
            "actions": [{"type": "button", "value": "x", "action_ts": "1"}],
        },
    ],
)
def test_presses_that_mean_nothing_here_are_left_out(payload: dict[str, Any]) -> None:
    assert read_action(payload) == []


def test_a_form_without_payload_is_refused(slack: Server) -> None:
    assert slack.post(*calls.slack_sign(b"a=b", FORM)).status_code == 400


@pytest.mark.parametrize(
    "failure",
    [
        lambda: Slack.error("ratelimited", 429, **{"Retry-After": "1"}),
        lambda: Slack.error("service_unavailable", 503),
        lambda: Slack.error("internal_error"),
    ],
)
def test_a_failure_that_passes_is_tried_once_more(slack: Server, failure: Any) -> None:
    slack.platform.failures = [failure()]
    slack.post(*calls.slack(slack_event()))
    assert slack.sent() == ["You said: hello"]


def test_a_lasting_failure_is_logged_without_words_or_token(slack: Server, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    slack.platform.failures = [Slack.error("channel_not_found")]
    slack.post(*calls.slack(slack_event("my kidneys hurt")))
    slack.wait_until_idle()
    assert len(slack.platform.calls) == 1
    assert "could not be delivered" in caplog.text
    for secret in ("kidneys", SLACK_TOKEN, "U2147483697"):
        assert secret not in caplog.text
