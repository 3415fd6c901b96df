"""Messaging is answered, not acknowledged: a killed bot takes up what it had accepted, and moves the intake once.

`MARROW_TEST_KILLS` sets how often the bot is killed (3 unless set; `make prove` takes 20).
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.messengers import CALLS, Call, Platforms
from tests.e2e.servers import Stack

KILLS = int(os.environ.get("MARROW_TEST_KILLS", "3"))
CHANNELS = ("telegram", "whatsapp", "messenger")
PATIENCE_SECONDS = 90
# What is written in turn; after each the intake asks its next question, by number.
ROAD = ("I would like to request a consultation", "yes", "for myself", "Ana Quillfeather", "17 September 1983")


@pytest.fixture(scope="module")
def platforms() -> Iterator[Platforms]:
    servers = Platforms()
    yield servers
    servers.stop()


@pytest.fixture(scope="module")
def stack(platforms: Platforms, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {**platforms.settings(), "MARROW_MESSAGING_INTAKE": "chat"}
    stack = Stack(tmp_path_factory.mktemp("kills"), **settings).start()
    yield stack
    stack.stop()


def post(stack: Stack, call: Call) -> int:
    """Makes a platform's call; 0 when nobody answers it."""
    channel, body, headers = call
    address = stack.webhook.replace("/rest/webhook", f"/{channel}/webhook")
    try:
        return httpx.post(address, content=body, headers=headers, timeout=10).status_code
    except httpx.HTTPError:
        return 0


def wait_for_answers(platforms: Platforms, before: int, why: str) -> list[str]:
    """The texts that the platform was given since, once one is there and no other follows."""
    until = time.monotonic() + PATIENCE_SECONDS
    while len(platforms.sent) == before:
        assert time.monotonic() < until, f"no answer within {PATIENCE_SECONDS} s: {why}"
        time.sleep(0.05)
    seen = -1
    while len(platforms.sent) != seen:
        seen = len(platforms.sent)
        time.sleep(1.5)
    return [text for _, text in platforms.sent[before:]]


def test_no_message_stays_unanswered_and_none_moves_the_intake_twice(stack: Stack, platforms: Platforms) -> None:
    chance = random.Random(17)
    kills = doubles = 0
    user = 4_000_000
    while kills < KILLS:
        user += 1
        channel = CHANNELS[user % len(CHANNELS)]
        # Where on the road it dies, and how long after the platform's call.
        fatal = chance.randrange(1, len(ROAD))
        for step, words in enumerate(ROAD):
            before = len(platforms.sent)
            call = CALLS[channel](user, words)
            assert post(stack, call) == 200
            if step == fatal:
                time.sleep(chance.uniform(0.0, 0.5))
                answered = len(platforms.sent) > before
                stack.restart("bot")
                kills += 1
                # The platform asks again, as it does when it heard nothing.
                assert post(stack, call) == 200
                texts = wait_for_answers(platforms, before, f"{channel}, {words!r}")
                doubles += answered and len(texts) > len(set(texts))
                # Once more, long after: it is answered, and nothing more is said.
                said = len(platforms.sent)
                assert post(stack, call) == 200
                time.sleep(2)
                assert len(platforms.sent) == said
            else:
                texts = wait_for_answers(platforms, before, f"{channel}, {words!r}")
            # The next question follows: the answer was taken, and taken once.
            assert f"(You, {step + 1} of" in texts[-1], (channel, words, texts)
    print(f"{kills} kills: 0 unanswered, {doubles} answers said twice")
    assert doubles <= kills
