"""Two bots on one PostgreSQL and one Redis, spoken to at once: nothing is lost or doubled, and order is kept."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.gated_clinic import POSTGRES_URL, schema_of_its_own
from tests.e2e.servers import ANSWER_SECONDS, Server, Stack, bot_server, webhook_of
from tests.ports import free_port

REDIS_URL = os.environ.get("MARROW_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
CONVERSATIONS = int(os.environ.get("MARROW_TEST_PAIRED_CONVERSATIONS", "10"))
ROUNDS = 4
# Without a lease, who waits for a killed bot waits until its locks run out (bot/turn_lock.py: 90 s).
LEASE_AND_MORE = 45
TEXTS = ("what is lupus", "is lupus contagious", "how much does it cost", "what are the risks of msc therapy")


@dataclass
class TwoBots:
    """Both, and where each takes messages."""

    stack: Stack
    other: Server
    webhooks: tuple[str, str]

    def say(self, bot: int, sender: str, text: str) -> list[dict[str, Any]]:
        """The replies to one message; raises httpx's errors."""
        answer = httpx.post(self.webhooks[bot], json={"sender": sender, "message": text}, timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        replies: list[dict[str, Any]] = answer.json()
        return replies

    def events(self, sender: str) -> list[dict[str, Any]]:
        """The conversation as the first bot reads it from the database."""
        url = self.webhooks[0].replace("/webhooks/rest/webhook", f"/conversations/{sender}/tracker?include_events=ALL")
        events: list[dict[str, Any]] = httpx.get(url, timeout=ANSWER_SECONDS).raise_for_status().json()["events"]
        return events


@pytest.fixture(scope="module")
def two_bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoBots]:
    """Both started on a schema of their own."""
    folder: Path = tmp_path_factory.mktemp("two-bots")
    with schema_of_its_own() as options:
        url = f"{POSTGRES_URL.replace('+psycopg', '')}?{options}"
        stack = Stack(folder, MARROW_TRACKER_URL=url, MARROW_REDIS_URL=REDIS_URL, MARROW_ACTION_TIMEOUT="60")
        port = free_port()
        other = bot_server(port, {**stack.environment, "MARROW_BOT_PORT": str(port)}, folder / "other.log")
        try:
            stack.start()
            other.start()
            yield TwoBots(stack, other, (stack.webhook, webhook_of(port)))
        finally:
            other.stop()
            stack.stop()


def test_messages_sent_to_both_at_once_are_each_answered_once_and_in_order(two_bots: TwoBots) -> None:
    senders = [f"pair-{uuid.uuid4().hex[:12]}" for _ in range(CONVERSATIONS)]
    said: dict[str, list[set[str]]] = {sender: [] for sender in senders}

    def pair(sender: str) -> None:
        """One round after the other; the two of a round at the same moment."""
        for number in range(ROUNDS):
            texts = [f"{TEXTS[number]} {'ab'[bot]}{number}" for bot in (0, 1)]
            said[sender].append(set(texts))
            start = threading.Barrier(2)

            def send(bot: int, start: threading.Barrier = start, texts: list[str] = texts) -> list[dict[str, Any]]:
                start.wait()
                return two_bots.say(bot, sender, texts[bot])

            with ThreadPoolExecutor(2) as both:
                assert all(list(both.map(send, (0, 1))))

    with ThreadPoolExecutor(8) as people:
        list(people.map(pair, senders))
    for sender in senders:
        events = two_bots.events(sender)
        heard = [event["text"] for event in events if event["event"] == "user"]
        assert len(heard) == 2 * ROUNDS
        assert [set(heard[place : place + 2]) for place in range(0, len(heard), 2)] == said[sender]
        assert [event["event"] for event in events].count("session_started") == 1
        told = [event["event"] for event in events if event["event"] in ("user", "bot")]
        assert all(after == "bot" for before, after in zip(told, [*told[1:], ""], strict=True) if before == "user")


def test_a_bot_killed_in_a_turn_holds_nobody_up_and_what_was_answered_is_there(two_bots: TwoBots) -> None:
    sender = f"killed-{uuid.uuid4().hex[:12]}"
    assert two_bots.say(1, sender, TEXTS[0])
    actions = two_bots.stack.servers["actions"]
    actions.signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as hanging:
            # Its turn waits for the action server, with the conversation locked.
            lost = hanging.submit(two_bots.say, 1, sender, "I want to request a consultation")
            time.sleep(3)
            assert not lost.done()
            two_bots.other.kill()
            assert isinstance(lost.exception(), httpx.HTTPError)
    finally:
        actions.signal(signal.SIGCONT)
    began = time.monotonic()
    assert two_bots.say(0, sender, TEXTS[1])
    assert time.monotonic() - began < LEASE_AND_MORE
    heard = [event["text"] for event in two_bots.events(sender) if event["event"] == "user"]
    assert heard == [TEXTS[0], TEXTS[1]]
    two_bots.other.start()
    assert two_bots.say(1, sender, TEXTS[2])
    heard = [event["text"] for event in two_bots.events(sender) if event["event"] == "user"]
    assert heard == [TEXTS[0], TEXTS[1], TEXTS[2]]
