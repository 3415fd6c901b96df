"""WhatsApp and SMS against a server that speaks Twilio's REST API."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import requests

from bot.channels.messaging.twilio.reading import read_message
from bot.language import language
from tests.bot.channels.messaging import calls
from tests.bot.channels.messaging.calls import PHONE
from tests.bot.channels.messaging.conftest import Make
from tests.bot.channels.messaging.harness import PUBLIC_URL, Server
from tests.bot.channels.messaging.platforms import Twilio


def test_a_whatsapp_message_is_answered_from_the_number_written_to(twilio: Server) -> None:
    reply = twilio.post(*calls.whatsapp(Body="what is lupus?"))
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/xml")
    assert "<Response></Response>" in reply.text
    assert twilio.sent() == ["You said: what is lupus?"]
    assert twilio.platform.sent[0]["to"] == f"whatsapp:{PHONE}"
    assert twilio.platform.sent[0]["from"] == "whatsapp:+14155238886"
    assert twilio.bot.heard[0].input_channel == "whatsapp"


def test_an_sms_is_answered_as_sms(twilio: Server) -> None:
    twilio.post(*calls.twilio(Body="what is lupus?"))
    assert twilio.sent() == ["You said: what is lupus?"]
    assert twilio.platform.sent[0]["to"] == PHONE
    assert twilio.bot.heard[0].input_channel == "sms"


def test_no_phone_number_reaches_rasa_or_the_log(twilio: Server, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    twilio.post(*calls.whatsapp(Body="my kidneys hurt"))
    twilio.platform.failures = [Twilio.error(400, 21610, f"The message From/To pair violates a rule: {PHONE}")]
    twilio.post(*calls.whatsapp(Body="boom"))
    twilio.wait_until_idle()
    heard = twilio.bot.heard[0]
    assert PHONE[1:] not in f"{heard.sender_id} {heard.metadata}"
    assert PHONE[1:] not in caplog.text
    assert "kidneys" not in caplog.text
    assert "boom" not in caplog.text


def test_whatsapp_and_sms_of_one_number_are_two_conversations(twilio: Server) -> None:
    twilio.post(*calls.whatsapp())
    twilio.post(*calls.twilio())
    twilio.wait_until_idle()
    assert len({message.sender_id for message in twilio.bot.heard}) == 2


@pytest.mark.parametrize(
    "url",
    [
        f"{PUBLIC_URL}/webhooks/twilio/webhook",
        f"{PUBLIC_URL}:443/webhooks/twilio/webhook",
    ],
)
def test_the_signature_is_checked_for_the_public_address_with_or_without_port(twilio: Server, url: str) -> None:
    assert twilio.post(*calls.twilio(url=url)).status_code == 200
    assert len(twilio.sent()) == 1


def test_a_query_in_the_address_is_part_of_what_is_signed(twilio: Server) -> None:
    body, headers = calls.twilio(url=f"{PUBLIC_URL}/webhooks/twilio/webhook?bodySHA256=0")
    assert twilio.post(body, headers).status_code == 403
    reply = requests.post(f"{twilio.webhook}?bodySHA256=0", data=body, headers=headers, timeout=5)
    assert reply.status_code == 200


def forged() -> list[tuple[str, tuple[bytes, dict[str, str]]]]:
    body, headers = calls.twilio()
    other = {"Content-Type": headers["Content-Type"]}
    return [
        ("no signature", (body, other)),
        ("empty signature", (body, {**headers, "X-Twilio-Signature": ""})),
        ("wrong signature", (body, {**headers, "X-Twilio-Signature": "c2lnbmF0dXJl"})),
        ("other token", calls.twilio(token="another")),
        ("private address", calls.twilio(url="http://127.0.0.1/webhooks/twilio/webhook")),
        ("other account", calls.twilio(AccountSid="AC" + "e" * 32)),
        ("changed body", (body.replace(b"Body=hello", b"Body=hellooo"), headers)),
        ("added field", (body + b"&Extra=1", headers)),
        ("json", (b'{"Body": "hello"}', {**headers, "Content-Type": "application/json"})),
        ("not utf-8", (b"\xff\xfe=1", headers)),
        ("too many fields", (b"&".join(b"a%d=1" % n for n in range(1000)), headers)),
    ]


@pytest.mark.parametrize(("name", "call"), forged(), ids=[name for name, _ in forged()])
def test_a_forged_call_is_refused(twilio: Server, name: str, call: tuple[bytes, dict[str, str]]) -> None:
    reply = twilio.post(*call)
    assert (reply.status_code, reply.content) == (403, b"")
    assert twilio.sent() == []
    assert twilio.bot.heard == []


def test_a_repeated_message_is_processed_once(twilio: Server) -> None:
    call = calls.whatsapp()
    for _ in range(3):
        assert twilio.post(*call).status_code == 200
    assert len(twilio.sent()) == 1


OPTIONS = [{"title": "Lupus types", "payload": "Types of lupus"}, {"title": "A person", "payload": "talk to a person"}]


@pytest.mark.parametrize("typed", ["2", " 2. ", "2)", "#2", "option 2", "Number 2", "\uff12", "2\ufe0f\u20e3"])
def test_options_are_numbered_and_a_typed_number_is_understood(twilio: Server, typed: str) -> None:
    twilio.bot.script["hi"] = [{"text": "Did you mean one of these?", "buttons": OPTIONS}]
    twilio.post(*calls.whatsapp(Body="hi"))
    twilio.post(*calls.whatsapp(Body=typed))
    sent = twilio.sent()
    assert sent[0] == "Did you mean one of these?\n\nReply with a number:\n1. Lupus types\n2. A person"
    assert twilio.bot.texts == ["hi", "talk to a person"]


def test_a_number_means_nothing_once_the_options_are_gone(twilio: Server) -> None:
    twilio.bot.script["hi"] = [{"text": "Which?", "buttons": OPTIONS}]
    for text in ("hi", "something else", "2"):
        twilio.post(*calls.whatsapp(Body=text))
    twilio.wait_until_idle()
    assert twilio.bot.texts == ["hi", "something else", "2"]


def test_a_number_beyond_the_options_stays_as_typed(twilio: Server) -> None:
    twilio.bot.script["hi"] = [{"text": "Which?", "buttons": OPTIONS}]
    for text in ("hi", "7"):
        twilio.post(*calls.whatsapp(Body=text))
    twilio.wait_until_idle()
    assert twilio.bot.texts == ["hi", "7"]


def test_the_intake_reads_numbers_itself(make_server: Make) -> None:
    twilio = make_server("twilio", intake="chat")
    choices = [{"value": "self", "label": "For me"}, {"value": "someone_else", "label": "For someone else"}]
    question = {"id": "for_whom", "kind": "choice", "choices": choices, "required": True, "step": 2, "total": 9}
    buttons = [{"title": choice["label"], "payload": choice["value"]} for choice in choices]
    buttons.append({"title": "Pause", "payload": "pause"})
    custom = {"question": {**question, "prefilled": None}}
    twilio.bot.script["hi"] = [{"text": "For whom?", "buttons": buttons, "custom": custom}]
    for text in ("hi", "2"):
        twilio.post(*calls.whatsapp(Body=text))
    assert twilio.sent()[0] == (
        "For whom?\n\nReply with a number, or in your own words:\n"
        '1. For me\n2. For someone else\nYou can also write: "pause"'
    )
    assert twilio.bot.texts == ["hi", "2"]
    assert twilio.bot.heard[0].metadata == {"intake": "chat"}


def test_an_sms_never_takes_the_intake(make_server: Make) -> None:
    twilio = make_server("twilio", intake="chat")
    twilio.post(*calls.twilio())
    twilio.wait_until_idle()
    assert twilio.bot.heard[0].metadata == {"intake": "link"}


@pytest.mark.parametrize(
    "fields",
    [
        {"NumMedia": "1", "Body": "", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/jpeg"},
        {"NumMedia": "1", "Body": "", "MediaContentType0": "audio/ogg", "MessageType": "audio"},
        {"Latitude": "52.5", "Longitude": "13.4", "Body": "Charite", "MessageType": "location"},
        {"Body": ""},
    ],
)
def test_what_is_no_text_is_answered_kindly_once(twilio: Server, fields: dict[str, str]) -> None:
    for _ in range(2):
        assert twilio.post(*calls.whatsapp(**fields)).status_code == 200
    assert twilio.sent() == [language().say("only_text")]
    assert twilio.bot.heard == []


def test_a_caption_is_read(twilio: Server) -> None:
    twilio.post(*calls.whatsapp(NumMedia="1", Body="is this lupus?"))
    assert twilio.sent() == ["You said: is this lupus?", language().say("text_read_only")]


def test_a_group_message_is_refused(twilio: Server) -> None:
    twilio.post(*calls.twilio(OtherRecipients0="+15005550009"))
    assert twilio.sent() == [language().say("private_only")]


IGNORED = {
    "delivery report": {"SmsStatus": "delivered", "MessageStatus": "delivered"},
    "SMS opt-out": {"Body": "STOP"},
    "opt-out handled by Twilio": {"Body": "arret", "OptOutType": "STOP"},
    "another kind of sender": {"From": "rcs:+15005550001"},
    "no sender": {"From": ""},
    "no message id": {"MessageSid": ""},
}


@pytest.mark.parametrize("fields", IGNORED.values(), ids=IGNORED)
def test_what_must_not_be_answered_is_left_out(fields: dict[str, str]) -> None:
    body, _ = calls.twilio(**fields)
    assert read_message(dict(parse_qsl(body.decode(), keep_blank_values=True))) == []


def test_an_e_mail_address_is_mended_and_a_greeting_is_not() -> None:
    def text(body: str) -> str:
        form = dict(parse_qsl(urlencode({"Body": body, "From": PHONE, "To": "+1", "MessageSid": "SM1"})))
        return read_message(form)[0].text

    assert text("ana\u00a1example.org") == "ana@example.org"
    assert text("\u00a1Hola!") == "\u00a1Hola!"


def test_a_rate_limit_is_waited_for(twilio: Server) -> None:
    twilio.platform.failures = [Twilio.error(429, 20429, "Too Many Requests", **{"Retry-After": "1"})]
    twilio.post(*calls.whatsapp())
    assert twilio.sent() == ["You said: hello"]


def test_an_opted_out_number_is_not_tried_again(twilio: Server) -> None:
    twilio.platform.failures = [Twilio.error(400, 21610, "Attempt to send to unsubscribed recipient")]
    twilio.post(*calls.twilio())
    twilio.wait_until_idle()
    assert len(twilio.platform.calls) == 1


def test_a_failing_server_is_tried_once_more(twilio: Server) -> None:
    twilio.platform.failures = [Twilio.error(503, 20503, "Service unavailable")]
    twilio.post(*calls.whatsapp())
    assert twilio.sent() == ["You said: hello"]


def test_long_answers_keep_to_the_limit_and_end_with_sentences(twilio: Server) -> None:
    twilio.bot.script["long"] = [{"text": "This is one sentence of many. " * 120}]
    twilio.post(*calls.whatsapp(Body="long"))
    sent = twilio.sent()
    assert len(sent) == 3
    assert all(len(part) <= 1600 and part.endswith(".") for part in sent)
