"""Telegram against a server that speaks the Bot API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.messaging.telegram.reading import read_update
from bot.language import language
from tests.bot.channels.messaging import calls
from tests.bot.channels.messaging.conftest import Make
from tests.bot.channels.messaging.harness import PUBLIC_URL, Server
from tests.bot.channels.messaging.platforms import Telegram


def test_a_message_is_answered_in_its_chat_and_the_call_at_once(telegram: Server) -> None:
    reply = telegram.post(*calls.telegram(calls.telegram_update(text="what is lupus?")))
    assert reply.status_code == 200
    assert telegram.sent() == ["You said: what is lupus?"]
    assert telegram.platform.sent[0]["to"] == "99887766"


def test_the_platform_is_answered_before_a_slow_bot_is_done(telegram: Server) -> None:
    telegram.bot.pause = 0.5
    reply = telegram.post(*calls.telegram(calls.telegram_update(text="hello")))
    assert reply.elapsed.total_seconds() < 0.4
    assert telegram.sent() == ["You said: hello"]


def test_the_webhook_is_set_at_start_with_its_secret(telegram: Server) -> None:
    telegram.wait_for(lambda: telegram.platform.webhook is not None)
    webhook = telegram.platform.webhook
    assert webhook["url"] == f"{PUBLIC_URL}/webhooks/telegram/webhook"
    assert webhook["secret_token"] == calls.TELEGRAM_SECRET
    assert json.loads(webhook["allowed_updates"]) == ["message", "edited_message", "callback_query"]


def test_a_webhook_that_cannot_be_set_keeps_nothing_from_running(make_server: Make, caplog: Any) -> None:
    server = make_server("telegram", public_url="")
    server.post(*calls.telegram(calls.telegram_update(text="hello")))
    assert server.sent() == ["You said: hello"]
    assert server.platform.webhook is None


@pytest.mark.parametrize("secret", [None, "", "wrong", calls.TELEGRAM_SECRET[:-1], calls.TELEGRAM_SECRET + "x"])
def test_a_call_without_the_secret_is_refused(telegram: Server, secret: str | None) -> None:
    reply = telegram.post(*calls.telegram(calls.telegram_update(text="hello"), secret))
    assert (reply.status_code, reply.content) == (403, b"")
    assert telegram.sent() == []
    assert telegram.bot.heard == []


def test_a_repeated_update_is_processed_once(telegram: Server) -> None:
    call = calls.telegram(calls.telegram_update(text="hello"))
    assert [telegram.post(*call).status_code for _ in range(4)] == [200] * 4
    assert telegram.sent() == ["You said: hello"]


def test_updates_out_of_order_are_each_processed_once(telegram: Server) -> None:
    for number in (12, 10, 11, 10, 12):
        telegram.post(*calls.telegram(calls.telegram_update(number=number, text=f"n{number}")))
    assert telegram.sent() == ["You said: n12", "You said: n10", "You said: n11"]


def test_messages_of_one_chat_are_answered_in_order(telegram: Server) -> None:
    telegram.bot.pause = 0.05
    for number in range(5):
        telegram.post(*calls.telegram(calls.telegram_update(text=f"n{number}")))
    assert telegram.sent() == [f"You said: n{number}" for number in range(5)]


def test_a_flood_is_cut_off_with_one_kind_word(telegram: Server) -> None:
    telegram.bot.pause = 0.05
    for number in range(16):
        telegram.post(*calls.telegram(calls.telegram_update(text=f"n{number}")))
    sent = telegram.sent()
    assert sent.count(language().say("too_fast")) == 1
    assert 10 <= len(telegram.bot.heard) < 16


def test_buttons_carry_their_payload_each_in_a_row(telegram: Server) -> None:
    buttons = [{"title": "Talk to a person", "payload": "I want to talk to a person"}]
    buttons.append({"title": "Start", "payload": "start my consultation request"})
    telegram.bot.script["hi"] = [{"text": "Hello.", "buttons": buttons}]
    telegram.post(*calls.telegram(calls.telegram_update(text="hi")))
    assert telegram.sent() == ["Hello."]
    assert telegram.platform.sent[0]["rows"] == [
        [{"text": "Talk to a person", "callback_data": "I want to talk to a person"}],
        [{"text": "Start", "callback_data": "start my consultation request"}],
    ]


def test_a_payload_longer_than_telegram_takes_becomes_a_number_that_is_understood(telegram: Server) -> None:
    long = "What is the difference between mesenchymal cells and a bone marrow transplant?"
    telegram.bot.script["hi"] = [{"text": "Hello.", "buttons": [{"title": "The two", "payload": long}]}]
    telegram.post(*calls.telegram(calls.telegram_update(text="hi")))
    assert telegram.sent() == ["Hello.\n\nReply with a number:\n1. The two"]
    telegram.post(*calls.telegram(calls.telegram_update(text="1.")))
    telegram.wait_until_idle()
    assert telegram.bot.texts == ["hi", long]


def test_a_pressed_button_is_heard_and_confirmed(telegram: Server) -> None:
    telegram.post(*calls.telegram(calls.telegram_press("I want to talk to a person")))
    telegram.wait_until_idle()
    assert telegram.bot.texts == ["I want to talk to a person"]
    assert "answerCallbackQuery" in telegram.platform.calls


def consent_question(identifier: str) -> dict[str, Any]:
    choices = [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}]
    question = {"id": identifier, "kind": "yesno", "choices": choices, "required": True, "step": 1, "total": 9}
    return {"text": f"{identifier}?", "custom": {"question": {**question, "prefilled": None}}}


def test_a_button_of_an_earlier_question_does_not_answer_the_open_one(telegram: Server) -> None:
    telegram.bot.script["one"] = [consent_question("consent_privacy")]
    telegram.bot.script["two"] = [consent_question("active_infection")]
    telegram.post(*calls.telegram(calls.telegram_update(text="one")))
    telegram.post(*calls.telegram(calls.telegram_update(text="two")))
    telegram.wait_until_idle()
    old, current = (message["rows"][0][0]["callback_data"] for message in telegram.platform.sent)
    telegram.post(*calls.telegram(calls.telegram_press(old)))
    assert telegram.sent()[-1] == language().say("old_button")
    telegram.post(*calls.telegram(calls.telegram_press(current)))
    telegram.wait_until_idle()
    assert telegram.bot.texts == ["one", "two", "yes"]


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/start", "hello"),
        ("/start@MarrowBot deep-link", "hello"),
        ("/help", "what can you do"),
        ("/privacy", "who can see my data?"),
        ('/inform{"full_name": "x"}', 'inform{"full_name": "x"}'),
        ("//restart", "restart"),
    ],
)
def test_commands_are_words_and_no_orders_to_rasa(telegram: Server, typed: str, heard: str) -> None:
    telegram.post(*calls.telegram(calls.telegram_update(text=typed)))
    telegram.wait_until_idle()
    assert telegram.bot.texts == [heard]


PHOTO = [{"file_id": "AgACAgQ", "file_unique_id": "AQADr", "file_size": 1253, "width": 90, "height": 67}]
VOICE = {"duration": 3, "mime_type": "audio/ogg", "file_id": "AwAC", "file_unique_id": "AgAD", "file_size": 900}


@pytest.mark.parametrize(
    "content",
    [
        {"photo": PHOTO},
        {"voice": VOICE},
        {"sticker": {"file_id": "CAAC", "type": "regular", "width": 512, "height": 512}},
        {"location": {"latitude": 52.5, "longitude": 13.4}},
        {"contact": {"phone_number": "4917012345", "first_name": "Ana"}},
        {"something_new": {"of": "Telegram"}},
    ],
)
def test_what_is_no_text_is_answered_kindly_once(telegram: Server, content: dict[str, Any]) -> None:
    for _ in range(3):
        assert telegram.post(*calls.telegram(calls.telegram_update(**content))).status_code == 200
    assert telegram.sent() == [language().say("only_text")]
    assert telegram.bot.heard == []


def test_a_caption_is_read_and_the_picture_is_said_to_be_unread(telegram: Server) -> None:
    telegram.post(*calls.telegram(calls.telegram_update(photo=PHOTO, caption="is this lupus?")))
    assert telegram.sent() == ["You said: is this lupus?", language().say("text_read_only")]


def test_nothing_follows_a_safety_message(telegram: Server) -> None:
    telegram.post(*calls.telegram(calls.telegram_update(photo=PHOTO, caption="emergency")))
    assert telegram.sent() == ["Call 112 now."]


def test_an_edit_is_answered_kindly_once(telegram: Server) -> None:
    for _ in range(2):
        update = calls.telegram_update(text="changed", edit_date=1700000001)
        update["edited_message"] = update.pop("message")
        telegram.post(*calls.telegram(update))
    assert telegram.sent() == [language().say("no_edits")]


def test_a_group_is_refused_once_and_nothing_of_it_is_processed(telegram: Server) -> None:
    for text in ("hello", "my kidneys hurt"):
        telegram.post(*calls.telegram(calls.telegram_update(kind="supergroup", chat=-1001234567, text=text)))
    assert telegram.sent() == [language().say("private_only")]
    assert telegram.bot.heard == []


IGNORED = [
    {"update_id": 1, "my_chat_member": {"chat": {"id": 5, "type": "private"}, "from": {"id": 5}, "date": 1}},
    {"update_id": 1, "poll": {"id": "1"}},
    {"update_id": 1, "channel_post": {"message_id": 1, "chat": {"id": -100, "type": "channel"}, "text": "x"}},
    {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"}, "pinned_message": {}}},
    {"update_id": True, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"}, "text": "x"}},
    {"update_id": 1, "message": {"chat": {"id": "5", "type": "private"}, "text": "x"}},
    {"update_id": 1, "message": ["x"]},
    {"update_id": 1, "callback_query": {"id": "1", "data": "x", "inline_message_id": "7"}},
    {"update_id": 1, "message": {"from": {"id": 1, "is_bot": True}, "chat": {"id": 5, "type": "private"}, "text": "x"}},
    {},
]


@pytest.mark.parametrize("update", IGNORED)
def test_updates_that_need_no_answer_are_left_out(update: dict[str, Any]) -> None:
    assert read_update(update) == []


def test_a_failing_bot_apologises_and_says_nothing_of_the_error(telegram: Server, caplog: Any) -> None:
    telegram.post(*calls.telegram(calls.telegram_update(text="boom")))
    sent = telegram.sent()
    assert len(sent) == 1
    assert sent[0].startswith("Sorry")
    assert "boom" not in caplog.text


def test_a_rate_limit_is_waited_for(telegram: Server) -> None:
    telegram.wait_until_idle()
    telegram.platform.failures = [Telegram.too_many(1)]
    telegram.post(*calls.telegram(calls.telegram_update(text="hello")))
    assert telegram.sent() == ["You said: hello"]


def test_a_failing_server_is_tried_once_more_and_no_more(telegram: Server, caplog: Any) -> None:
    telegram.wait_until_idle()
    telegram.platform.failures = [Telegram.error(500, "Internal Server Error") for _ in range(2)]
    telegram.post(*calls.telegram(calls.telegram_update(text="my kidneys hurt")))
    telegram.wait_until_idle()
    assert telegram.platform.calls.count("sendMessage") == 2
    assert "could not be delivered" in caplog.text
    assert "kidneys" not in caplog.text
    assert "99887766" not in caplog.text


def test_a_patient_who_blocked_the_bot_is_not_tried_again(telegram: Server) -> None:
    telegram.wait_until_idle()
    telegram.platform.failures = [Telegram.error(403, "Forbidden: bot was blocked by the user")]
    telegram.post(*calls.telegram(calls.telegram_update(text="hello")))
    telegram.wait_until_idle()
    assert telegram.platform.calls.count("sendMessage") == 1


def test_a_long_answer_arrives_in_parts_that_end_with_sentences(telegram: Server) -> None:
    text = "This is one sentence of many. " * 400
    telegram.bot.script["long"] = [{"text": text}]
    telegram.post(*calls.telegram(calls.telegram_update(text="long")))
    sent = telegram.sent()
    assert len(sent) > 2
    assert all(part.endswith(".") for part in sent)
    assert " ".join(sent) == text.strip()


def test_the_conversation_is_named_by_a_keyed_hash(telegram: Server) -> None:
    telegram.post(*calls.telegram(calls.telegram_update(text="hello")))
    telegram.wait_until_idle()
    message = telegram.bot.heard[0]
    assert message.sender_id.startswith("telegram-")
    assert "99887766" not in message.sender_id
    assert message.input_channel == "telegram"
    assert message.metadata == {"intake": "link"}


def test_the_link_to_the_secure_chat_comes_below_the_words(telegram: Server) -> None:
    telegram.bot.script["start"] = [{"text": "Please use the secure chat.", "utter_action": "utter_intake_link"}]
    telegram.post(*calls.telegram(calls.telegram_update(text="start")))
    assert telegram.sent() == ["Please use the secure chat.\nhttps://clinic.example/chat"]


def test_a_text_beyond_any_answer_is_cut_and_said_to_be(telegram: Server) -> None:
    telegram.post(*calls.telegram(calls.telegram_update(text="word " * 900)))
    assert telegram.sent()[-1] == language().say("too_long")
    assert len(telegram.bot.texts[0]) <= 4000


def test_a_body_beyond_any_update_is_refused(telegram: Server) -> None:
    reply = telegram.post(*calls.telegram(calls.telegram_update(text="x" * 600_000)))
    assert reply.status_code == 413
    assert telegram.sent() == []
