"""A running clinic whose database, Redis and action server stand behind gates, and its patients on every channel."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.e2e.gates import Gate
from tests.e2e.messengers import CALLS, Platforms
from tests.e2e.servers import Stack
from tests.e2e.website import Chat

POSTGRES_URL = os.environ.get("MARROW_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
ALARMS = {"emergency": "my chest hurts and i cant breathe", "crisis": "I want to kill myself"}
# What could not be done is tried again with pauses of up to 30 s, one after another (LONGEST_PAUSE in bot/).
WAIT = 120
UNLIMITED = dict.fromkeys(
    ("MARROW_WEBSITE_ADDRESS_LIMIT", "MARROW_WEBSITE_START_LIMIT", "MARROW_WEBSITE_SESSION_LIMIT"), "1000000/second"
)


@dataclass
class Clinic:
    """A running bot and action server, and the gates to what they need."""

    stack: Stack
    platforms: Platforms
    gates: dict[str, Gate] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The bot's webhooks."""
        return self.stack.webhook.removesuffix("/rest/webhook")

    def chat(self) -> Chat:
        """A new patient on the website."""
        return Chat(f"{self.base}/website")

    def post(self, channel: str, person: int, text: str) -> None:
        """Has the platform of a messaging channel call the bot."""
        path, body, headers = CALLS[channel](person, text)
        httpx.post(f"{self.base}/{path}/webhook", content=body, headers=headers, timeout=30).raise_for_status()

    def heard(self, since: int, seconds: float = 30) -> tuple[float, str]:
        """When the first message after the first `since` ones was sent, and its text."""
        until = time.monotonic() + seconds
        while len(self.platforms.sent) <= since:
            assert time.monotonic() < until, "no answer on the platform"
            time.sleep(0.005)
        return self.platforms.sent[since]

    def learn_texts(self) -> None:
        """What the bot says to each kind of alarm while nothing is wrong."""
        for kind, text in ALARMS.items():
            (reply,) = self.stack.say(f"healthy-{kind}", text)
            assert reply["custom"]["safety"]["kind"] == kind
            self.texts[kind] = reply["text"]


def wait_until(condition: Callable[[], bool], seconds: float = WAIT) -> None:
    """Waits until `condition` holds, fails when it never does."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.3)


@contextmanager
def schema_of_its_own() -> Iterator[str]:
    """The options of a PostgreSQL schema that is dropped in the end; skips where there is no PostgreSQL."""
    try:
        admin = psycopg.connect(POSTGRES_URL.replace("+psycopg", ""), connect_timeout=3, autocommit=True)
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must be reachable in CI: {error}")
        pytest.skip("no PostgreSQL at MARROW_TEST_POSTGRES_URL")
    schema = f"marrow_{uuid.uuid4().hex[:12]}"
    with admin:
        admin.execute(f'CREATE SCHEMA "{schema}"')
        yield f"options=-csearch_path%3D{schema}"
        admin.execute(f'DROP SCHEMA "{schema}" CASCADE')


@contextmanager
def clinic_on(directory: Path, gates: dict[str, Gate], **settings: str) -> Iterator[Clinic]:
    """A bot with all channels and an action server behind a gate."""
    platforms = Platforms()
    stack = Stack(directory, **UNLIMITED, **platforms.settings(), **settings)
    gates["action server"] = Gate(("127.0.0.1", int(stack.environment["MARROW_ACTIONS_PORT"])))
    try:
        stack.servers["actions"].start()
        stack.servers["bot"].start(MARROW_ACTIONS_PORT=str(gates["action server"].port))
        clinic = Clinic(stack, platforms, gates)
        clinic.learn_texts()
        yield clinic
    finally:
        for gate in gates.values():
            gate.close()
        stack.stop()
        platforms.stop()
