"""Alarms in edits, captions, groups, floods and behind hanging turns; the safety message keeps its buttons."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.channels.messaging.capabilities import CHANNELS
from bot.channels.messaging.conversations import MOST_WAITING
from bot.channels.messaging.memory import SharedMemory
from bot.channels.messaging.options import Options, typed
from bot.channels.messaging.render import Button, render_turn
from bot.language import language
from bot.probes import leave
from tests.bot.channels.messaging import calls
from tests.bot.channels.messaging.harness import SAFETY, Server

ALARM = "my chest hurts and i cant breathe"
BUTTONS = [
    {"title": "It is not happening now", "payload": "it is not happening now"},
    {"title": "Go on with my request (question 8)", "payload": "go on"},
]

pytestmark = pytest.mark.usefixtures("watching")


def script(server: Server) -> None:
    server.bot.script[ALARM] = [{"text": "Call 112 now.", "custom": {"safety": SAFETY}, "buttons": BUTTONS}]


def edited(**message: object) -> dict:
    update = calls.telegram_update(edit_date=1700000001, **message)
    update["edited_message"] = update.pop("message")
    return update


def test_a_bot_that_shuts_down_takes_nothing_more_and_answers_what_it_has(telegram: Server) -> None:
    telegram.bot.pause = 0.3
    telegram.post(*calls.telegram(calls.telegram_update(text="in time")))
    leave(telegram.app)
    refused = telegram.post(*calls.telegram(calls.telegram_update(text="too late")))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert telegram.sent() == ["You said: in time"]


def test_an_edit_with_an_alarm_is_taken_like_a_new_message(telegram: Server) -> None:
    script(telegram)
    telegram.post(*calls.telegram(edited(text=ALARM)))
    assert telegram.sent()[0].startswith("Call 112 now.")
    assert telegram.bot.texts == [ALARM]


def test_edits_on_messenger_and_slack_are_looked_at_too(messenger: Server, slack: Server) -> None:
    script(messenger)
    script(slack)
    event = calls.messenger_event(message_edit={"mid": "m_1", "text": ALARM, "num_edit": 1})
    messenger.post(*calls.messenger(calls.messenger_page(event)))
    message = {"type": "message", "user": "U1", "text": ALARM, "edited": {"user": "U1", "ts": "1"}}
    slack.post(*calls.slack(calls.slack_event(subtype="message_changed", message=message, previous_message={})))
    assert messenger.sent()[0].startswith("Call 112 now.")
    assert slack.sent()[0].startswith("Call 112 now.")


def test_a_caption_is_looked_at_and_a_picture_alone_raises_no_alarm(telegram: Server) -> None:
    script(telegram)
    telegram.post(*calls.telegram(calls.telegram_update(caption=ALARM, photo=[{}])))
    assert len(telegram.sent()) == 1
    telegram.post(*calls.telegram(calls.telegram_update(photo=[{}])))
    assert telegram.sent()[1:] == [language().say("only_text")]
    assert "I cannot open this. In an emergency call your local emergency number." in language().say("only_text")
    assert "I cannot open this. In an emergency call your local emergency number." in language().say("text_read_only")


def test_an_alarm_in_a_group_is_answered_there_without_a_conversation(telegram: Server) -> None:
    telegram.post(*calls.telegram(calls.telegram_update("group", chat=-100, text=ALARM)))
    assert telegram.sent() == [language().say("last_resort")]
    assert telegram.bot.texts == []


def test_an_alarm_behind_a_turn_that_hangs_is_answered_once_and_then_taken(telegram: Server) -> None:
    script(telegram)
    telegram.bot.pause = 2
    telegram.post(*calls.telegram(calls.telegram_update(text="hello")))
    began = time.monotonic()
    telegram.post(*calls.telegram(calls.telegram_update(text=ALARM)))
    telegram.wait_for(lambda: language().say("last_resort") in [message["text"] for message in telegram.platform.sent])
    assert time.monotonic() - began < 1
    assert telegram.sent() == [language().say("last_resort"), "You said: hello"]
    assert telegram.bot.texts == ["hello", ALARM]


def test_an_alarm_among_too_many_messages_is_answered(telegram: Server) -> None:
    script(telegram)
    telegram.bot.pause = 0.2
    for number in range(MOST_WAITING + 3):
        telegram.post(*calls.telegram(calls.telegram_update(text=f"message {number}")))
    telegram.post(*calls.telegram(calls.telegram_update(text=ALARM)))
    telegram.wait_for(
        lambda: language().say("last_resort") in [message["text"] for message in telegram.platform.sent], seconds=1
    )
    telegram.wait_until_idle()
    assert telegram.bot.texts[-1] == ALARM


def test_a_redis_that_takes_calls_and_never_answers_holds_up_no_alarm(make_server) -> None:
    async def silent(reader, writer):
        await reader.read()

    server = make_server("telegram")
    listener = server.loop.run(asyncio.start_server(silent, "127.0.0.1", 0))
    port = listener.sockets[0].getsockname()[1]
    server.channel.memory = SharedMemory(f"redis://127.0.0.1:{port}/0")
    script(server)
    began = time.monotonic()
    server.post(*calls.telegram(calls.telegram_update(text=ALARM)))
    server.wait_for(lambda: bool(server.platform.sent))
    assert time.monotonic() - began < 1
    assert len(server.sent()) == 1
    listener.close()


def test_a_safety_message_goes_alone_with_its_buttons_where_they_fit() -> None:
    replies = [
        {"text": "Next question?"},
        {"text": "Call 112 now.", "custom": {"safety": SAFETY}, "buttons": BUTTONS},
    ]
    turn = render_turn(replies, CHANNELS["telegram"], "")
    (message,) = turn.messages
    assert turn.is_safety
    assert message.text == "Call 112 now."
    assert message.buttons == tuple(Button(button["title"], button["payload"]) for button in BUTTONS)


@pytest.mark.parametrize("channel", ["whatsapp", "sms", "messenger"])
def test_where_its_buttons_do_not_fit_they_are_numbered_below_the_text(channel: str) -> None:
    replies = [{"text": "Call 112 now.", "custom": {"safety": SAFETY}, "buttons": BUTTONS}]
    turn = render_turn(replies, CHANNELS[channel], "")
    assert turn.messages[0].text.startswith("Call 112 now.\n\n")
    assert "2. Go on with my request (question 8)" in turn.messages[0].text
    assert typed("2", Options.load(turn.options.dump())) == "go on"
