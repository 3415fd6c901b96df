"""The inbox: who may answer a message, for how long, and what is left of it afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.channels.messaging.inbound import Inbound
from bot.channels.messaging.inbox import AGAIN_SECONDS, LEASE_SECONDS, TOO_LATE_SECONDS, Inbox, State
from bot.channels.messaging.memory import LocalMemory
from bot.channels.messaging.notes import Notes
from bot.tracker_store import database_url

NOW = 1_800_000_000.0
MESSAGE = Inbound(key="7", channel="telegram", user="42", address=("42",), kind="text", text="my knees hurt so much")


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(database_url("", tmp_path), [Fernet.generate_key().decode()])


def take(inbox: Inbox, event: str = "event", owner: str = "one", now: float = NOW) -> State:
    return inbox.take(event, "telegram", MESSAGE, owner, now)


def test_a_message_is_new_once_and_answered_once_the_platform_has_the_answer(inbox: Inbox) -> None:
    assert [take(inbox), take(inbox), take(inbox, owner="two")] == [State.NEW, State.TAKEN, State.TAKEN]
    inbox.close("event", NOW)
    assert take(inbox) is State.ANSWERED
    assert inbox.adopt("telegram", "two", NOW + 10 * LEASE_SECONDS) == []


def test_what_a_dead_process_left_is_taken_up_by_one_in_the_order_it_came(inbox: Inbox) -> None:
    take(inbox, "second", now=NOW + 1)
    take(inbox, "first")
    assert inbox.adopt("telegram", "two", NOW + LEASE_SECONDS - 1) == []
    later = NOW + LEASE_SECONDS + 2
    assert inbox.adopt("messenger", "two", later) == []
    assert inbox.adopt("telegram", "two", later) == [("first", MESSAGE), ("second", MESSAGE)]
    assert inbox.adopt("telegram", "three", later) == []


def test_a_living_process_keeps_what_it_renews(inbox: Inbox) -> None:
    take(inbox, "mine")
    take(inbox, "other", owner="dead")
    inbox.renew("one", NOW + LEASE_SECONDS - 1)
    assert [event for event, _ in inbox.adopt("telegram", "two", NOW + LEASE_SECONDS + 1)] == ["other"]


def test_what_the_platform_did_not_take_is_tried_again_and_not_for_ever(inbox: Inbox) -> None:
    take(inbox)
    inbox.put_back("event", NOW)
    inbox.renew("one", NOW + 1)
    assert inbox.adopt("telegram", "one", NOW + AGAIN_SECONDS - 1) == []
    assert inbox.adopt("telegram", "one", NOW + AGAIN_SECONDS + 1) == [("event", MESSAGE)]
    inbox.put_back("event", NOW)
    assert inbox.adopt("telegram", "one", NOW + TOO_LATE_SECONDS + 1) == []


def test_words_are_encrypted_and_gone_once_answered(inbox: Inbox, tmp_path: Path) -> None:
    take(inbox)
    with sqlite3.connect(tmp_path / "conversations.db") as connection:
        (kept,) = connection.execute("SELECT inbound FROM messaging_inbox").fetchone()
        assert kept
        assert "knees" not in kept
        inbox.close("event", NOW)
        assert connection.execute("SELECT inbound, answered FROM messaging_inbox").fetchone() == (None, 1)
        inbox.purge(NOW + 1)
        assert connection.execute("SELECT count(*) FROM messaging_inbox").fetchone() == (0,)


def test_a_locked_database_holds_no_message_up_and_lets_none_through_twice(inbox: Inbox, tmp_path: Path) -> None:
    notes = Notes("telegram", LocalMemory(), inbox)
    take(inbox, "earlier")

    async def arrivals() -> list[bool]:
        lock = sqlite3.connect(tmp_path / "conversations.db", check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(4, lock.rollback)
        release.start()
        begun = asyncio.get_running_loop().time()
        first = await notes.is_new("event", MESSAGE)
        assert asyncio.get_running_loop().time() - begun < 1
        again = await notes.is_new("event", MESSAGE)
        await asyncio.to_thread(release.join)
        notes._resting_until = 0
        return [first, again, await notes.is_new("event", MESSAGE)]

    assert asyncio.run(arrivals()) == [True, False, False]
    assert take(inbox) is not State.NEW


def test_without_a_database_the_memory_alone_knows_what_was_seen() -> None:
    notes = Notes("telegram", LocalMemory())

    async def arrivals() -> list[bool]:
        return [await notes.is_new("event", MESSAGE), await notes.is_new("event", MESSAGE)]

    assert asyncio.run(arrivals()) == [True, False]


def test_a_table_of_an_older_version_learns_whose_a_message_is(tmp_path: Path) -> None:
    place = database_url("", tmp_path)
    assert place.database is not None
    old = Path(place.database)
    with sqlite3.connect(old) as connection:
        connection.execute(
            "CREATE TABLE messaging_inbox (event VARCHAR(96) PRIMARY KEY, channel VARCHAR(32) NOT NULL, inbound TEXT, "
            "owner VARCHAR(32) NOT NULL, lease_until FLOAT NOT NULL, arrived_at FLOAT NOT NULL, "
            "answered BOOLEAN NOT NULL)"
        )
        connection.execute("INSERT INTO messaging_inbox VALUES ('old', 'telegram', NULL, 'one', 1, 1, 1)")
    for _ in range(2):
        inbox = Inbox(place, [Fernet.generate_key().decode()])
        inbox.take("new", "telegram", MESSAGE, "one", NOW, "telegram-abc")
        inbox.dispose()
    with sqlite3.connect(old) as connection:
        rows = connection.execute("SELECT event, conversation FROM messaging_inbox ORDER BY event").fetchall()
    assert rows == [("new", "telegram-abc"), ("old", None)]
