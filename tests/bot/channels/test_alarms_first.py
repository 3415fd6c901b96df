"""An alarm is answered in time whether its turn is quick, slow, wrong or dead, and the turn is never lost."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels import turn_thread
from bot.channels.replies import PATIENCE, Replies, collect_replies
from bot.language import language
from bot.safety import current, watch
from bot.safety.files import read_safety_texts
from bot.safety.known import country_of, remember_country

ALARM = "my chest hurts and i cant breathe"
SAFETY = {"text": "Call 112.", "custom": {"safety": {"kind": "emergency", "numbers": []}}}
STORY = "I have had lupus since 2015 and I take hydroxychloroquine every day. My joints hurt in the morning. "

pytestmark = pytest.mark.usefixtures("watching")


TEXTS = read_safety_texts(Path("data"))
# What the watch itself says.
OWN = TEXTS.reply("emergency")["text"]


@pytest.fixture(autouse=True)
def texts():
    current.install(TEXTS)
    yield
    current.install(None)


def answer(handler, text=ALARM, sender="someone"):
    """The replies, and how long they took."""
    began = time.monotonic()
    replies = asyncio.run(collect_replies(handler, UserMessage(text, Replies(), sender, input_channel="rest")))
    return [reply["text"] for reply in replies], time.monotonic() - began


def says(*messages):
    async def handler(message):
        for reply in messages:
            await message.output_channel.send_response("someone", reply)

    return handler


def test_the_turns_own_safety_message_stands_alone():
    own = {**SAFETY, "text": "Call 112 now."}
    assert answer(says({"text": "before"}, own, {"text": "after"}))[0] == ["Call 112 now."]


def test_the_turns_safety_message_does_not_wait_for_the_rest_of_the_turn():
    ended = threading.Event()

    async def handler(message):
        await says(SAFETY)(message)
        await asyncio.sleep(1)
        ended.set()

    texts, took = answer(handler)
    assert texts == ["Call 112."]
    assert took < PATIENCE
    assert ended.wait(3)


def test_a_turn_that_blocks_its_thread_holds_up_no_alarm():
    released, said = threading.Event(), []

    async def handler(message):
        # As a database driver does that hangs.
        released.wait(10)
        await says({"text": "too late"})(message)
        said.append(message.output_channel.messages)

    texts, took = answer(handler)
    second, took_second = answer(handler)
    released.set()
    assert texts == second == [OWN]
    assert took < 1
    assert took_second < 1
    while len(said) < 2:
        time.sleep(0.01)
    assert said == [[], []]


def test_an_alarm_whose_turn_fails_or_stays_silent_is_answered():
    failures = []

    async def fails(message):
        failures.append(message.text)
        if len(failures) == 1:
            raise ValueError(message.text)

    assert answer(fails)[0] == [OWN]
    assert answer(says())[0] == [OWN]


def test_an_alarm_whose_turn_fails_is_in_the_conversation_before_the_next_message(monkeypatch):
    monkeypatch.setattr(turn_thread, "FIRST_PAUSE", 30.0)
    heard, down = [], [True]

    async def handler(message):
        if down[0]:
            raise RuntimeError("no lock")
        heard.append(message.text)
        await says({"text": f"You said: {message.text}"})(message)

    assert answer(handler, sender="again")[0] == [OWN]
    assert answer(handler, "hello", sender="again")[0] == [language().say("silence")]
    down[0] = False
    assert answer(handler, "hello", sender="somebody else")[0] == ["You said: hello"]
    assert answer(handler, "what is lupus?", sender="again")[0] == ["You said: what is lupus?"]
    assert heard == ["hello", ALARM, "what is lupus?"]


def test_an_alarm_whose_turn_fails_is_taken_by_and_by(monkeypatch):
    monkeypatch.setattr(turn_thread, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(turn_thread, "LONGEST_PAUSE", 0.05)
    calls = []

    async def handler(message):
        calls.append(message.text)
        if len(calls) < 3:
            raise RuntimeError("no lock")

    assert answer(handler, sender="by and by")[0] == [OWN]
    until = time.monotonic() + 5
    while len(calls) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.2)
    assert calls == [ALARM] * 3


def test_a_turn_that_knows_better_has_the_last_word():
    async def slow(message):
        await says({"text": "Next question"})(message)
        await asyncio.sleep(PATIENCE)
        await says({"text": "and more"})(message)

    assert answer(says({"text": "Noted."}))[0] == ["Noted."]
    assert answer(slow)[0] == ["Next question", "and more"]


def test_a_harmless_message_waits_for_its_turn():
    async def handler(message):
        await asyncio.sleep(PATIENCE + 0.3)
        await says({"text": "Lupus is"})(message)

    assert answer(handler, "what is lupus?")[0] == ["Lupus is"]
    assert answer(says(), "what is lupus?")[0] == [language().say("silence")]


def test_the_numbers_are_those_of_the_country_where_it_is_known():
    remember_country("kenyan", "KE")
    assert answer(says(), sender="kenyan")[0] == [TEXTS.reply("emergency", "KE")["text"]]
    remember_country("kenyan", None)
    assert country_of("kenyan") is None
    assert answer(says(), sender="kenyan")[0] == [OWN]
    assert TEXTS.reply("emergency", "KE")["text"] != OWN


def test_there_are_words_even_without_a_model():
    current.install(None)
    assert answer(says())[0] == [language().say("last_resort")]


@pytest.mark.parametrize("characters", [4_000, 20_000, 60_000])
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_an_alarm_anywhere_in_a_long_message_is_seen_and_given_to_the_bot(characters, place):
    heard = []

    async def handler(message):
        heard.append(message.text)
        await says(SAFETY)(message)

    sentences = [STORY] * (characters // len(STORY) + 1)
    sentences.insert(int(place * len(sentences)), f"Now {ALARM}. ")
    texts, took = answer(handler, "".join(sentences))
    assert texts == ["Call 112."]
    assert ALARM in heard[0]
    assert len(heard[0]) <= watch.LONGEST_WHOLE
    assert took < 1


def test_a_long_message_without_an_alarm_is_left_whole():
    heard = []

    async def handler(message):
        heard.append(message.text)

    answer(handler, STORY * 90)
    assert heard == [(STORY * 90).strip()]


def test_windows_leave_nothing_out():
    text = "".join(f"Sentence {number} of many. " for number in range(2000)) + "x" * 5000
    position = 0
    for window in watch.windows(text):
        start = text.index(window, max(0, position - watch.OVERLAP))
        assert start <= position
        position = start + len(window)
    assert position == len(text)


def test_a_detector_that_fails_is_no_alarm_and_quotes_nobody(caplog):
    class Broken:
        def look(self, text, rules_only=False):
            raise ValueError(text)

    watch.use(Broken())
    assert watch.look(ALARM) is None
    assert "ValueError" in caplog.text
    assert "chest" not in caplog.text
