"""Whatever is typed or posted, what reads it on the bot's side gives an answer, in time (tests/hostile.py)."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sanic.request import Request

from bot.channels.messaging.inbound import Inbound, UnreadableError, read_json
from bot.channels.messaging.messenger.reading import read_page_events
from bot.channels.messaging.options import Options, pressed, typed
from bot.channels.messaging.slack import reading as slack
from bot.channels.messaging.telegram.reading import read_update
from bot.channels.messaging.text import split_text, units
from bot.channels.messaging.twilio.reading import read_form, read_message
from bot.channels.website import http
from bot.nlu.clinical.analyser import ClinicalAnalyser
from bot.nlu.clinical.vocabulary import Vocabulary
from bot.nlu.inbound.component import clean_text
from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.rules import RedFlags
from tests.bot.nlu.clinical.conftest import LEXICON, SCHEMA
from tests.hostile import inputs, nearly, quick, texts

# What a platform calls its fields.
NAMES = {
    "telegram": "update_id message edited_message callback_query chat from id type text caption data entities photo",
    "messenger": "object entry messaging sender recipient id message mid text postback payload quick_reply attachments",
    "slack": "type event event_id channel channel_type user text ts subtype message actions value payload bot_id",
}
VALUES = ("private", "group", "page", "event_callback", "message", "im", "block_actions", "message_changed", "42", "D1")
LIMIT = 1600


def slack_call(call: dict[str, Any]) -> list[Inbound]:
    return [*slack.read_event(call), *slack.read_action(call)]


READERS: dict[str, Callable[[dict[str, Any]], list[Inbound]]] = {
    "telegram": read_update,
    "messenger": read_page_events,
    "slack": slack_call,
}


@pytest.fixture(scope="module")
def analyser() -> ClinicalAnalyser:
    return ClinicalAnalyser(Vocabulary.from_json(Vocabulary.compile(LEXICON, SCHEMA).to_json()))


@pytest.fixture(scope="module")
def detector() -> RedFlagDetector:
    return RedFlagDetector(RedFlags.from_json(RedFlags.compile(LEXICON, SCHEMA).to_json()))


@pytest.mark.parametrize("platform", sorted(READERS))
@inputs(0.03)
@given(st.data())
def test_a_call_that_is_nearly_a_platforms_is_read_or_left(platform: str, data: st.DataObject) -> None:
    names = tuple(NAMES[platform].split())
    call = data.draw(st.dictionaries(st.sampled_from(names), nearly(names, VALUES), max_size=6))
    with quick(repr(call)):
        for inbound in READERS[platform](call):
            assert isinstance(inbound.text, str)
            assert inbound.user
            json.dumps(vars(inbound)).encode()


@inputs(0.03)
@given(st.dictionaries(st.sampled_from(["MessageSid", "From", "To", "Body", "NumMedia", "SmsStatus"]), texts) | texts)
def test_a_form_is_read_or_refused(given: dict[str, str] | str) -> None:
    with quick(repr(given)):
        if isinstance(given, dict):
            assert all(inbound.text is not None for inbound in read_message(given))
            return
        try:
            read_message(dict(read_form(given.encode("utf-8", "replace"))))
        except UnreadableError:
            return


@inputs(0.05)
@given(st.binary(max_size=200) | texts.map(str.encode) | st.integers(1, 100_000).map(lambda depth: b"[" * depth))
def test_a_body_is_read_or_refused(body: bytes) -> None:
    request = cast(Request, SimpleNamespace(body=body, headers={"content-type": "application/x-www-form-urlencoded"}))
    with quick(repr(body[:200])):
        for read, refusal in (
            (lambda: read_json(body), UnreadableError),
            (lambda: slack.read_call(request), UnreadableError),
            (lambda: http.parse_object(body), http.ProblemError),
        ):
            try:
                assert isinstance(read(), dict)
            except refusal:
                continue


@inputs(0.05)
@given(texts, texts, st.lists(st.text(max_size=20), max_size=5))
def test_words_and_buttons_become_what_is_meant(text: str, data: str, payloads: list[str]) -> None:
    options = Options.load(Options(tuple(payloads), "sex").dump())
    with quick(repr((text, data))):
        assert typed(text, options) in (text, *payloads)
        assert pressed(data, options) is None or isinstance(pressed(data, options), str)
        parts = split_text(text, LIMIT)
        assert all(units(part) <= LIMIT for part in parts)
        plain = clean_text(text)
        assert not plain.startswith("/")
        assert clean_text(plain) == plain


@inputs(0.06)
@given(texts)
def test_the_reading_of_a_message_ends(analyser: ClinicalAnalyser, detector: RedFlagDetector, text: str) -> None:
    plain = clean_text(text)
    if plain:
        with quick(repr(text)):
            analyser.message(plain)
        with quick(repr(text)):
            detector.signs(plain)
