"""The inbox: who may answer a message, for how long, and what is left of it afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot.channels.messaging.identity import conversation_id
from bot.channels.messaging.inbound import Inbound
from bot.channels.messaging.inbox import AGAIN_SECONDS, LEASE_SECONDS, TOO_LATE_SECONDS, Inbox, Older, State
from bot.channels.messaging.memory import LocalMemory
from bot.channels.messaging.notes import Notes
from bot.tracker_store import database_url
from tests.bot.channels.messaging import calls
from tests.bot.channels.messaging.harness import SHARED, Server

NOW = 1_800_000_000.0
MESSAGE = Inbound(key="7", channel="telegram", user="42", address=("42",), kind="text", text="my knees hurt so much")


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(database_url("", tmp_path), [Fernet.generate_key().decode()])


def take(
    inbox: Inbox, event: str = "event", owner: str = "one", now: float = NOW, conversation: str | None = None
) -> State:
    return inbox.take(event, "telegram", MESSAGE, owner, now, conversation)


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


def test_an_older_message_of_a_dead_process_is_taken_up_before_a_new_one(inbox: Inbox) -> None:
    take(inbox, "older", owner="dead", conversation="hers")
    take(inbox, "of another", owner="dead", conversation="his")
    take(inbox, "new", now=NOW + 1, conversation="hers")
    assert inbox.older("new", "hers", "one", NOW + LEASE_SECONDS - 1) == Older([], held=True)
    assert inbox.older("new", "hers", "one", NOW + LEASE_SECONDS + 1) == Older([("older", MESSAGE)], held=False)
    assert inbox.older("new", "hers", "one", NOW + LEASE_SECONDS + 1) == Older([], held=False)


def test_what_is_answered_newer_or_refused_by_the_platform_holds_nothing_up(inbox: Inbox) -> None:
    for event in ("answered", "refused", "newer"):
        take(inbox, event, owner="two", now=NOW + (event == "newer") * 9, conversation="hers")
    inbox.close("answered", NOW)
    inbox.put_back("refused", NOW)
    take(inbox, "new", now=NOW + 1, conversation="hers")
    assert inbox.older("new", "hers", "one", NOW + 2) == Older([], held=False)


def test_the_newest_answer_tells_what_was_offered_and_keeps_it_encrypted(inbox: Inbox, tmp_path: Path) -> None:
    for number, offered in enumerate(("first", "second", None)):
        take(inbox, f"event-{number}", now=NOW + number, conversation="hers")
        inbox.close(f"event-{number}", NOW + number, offered)
    assert (inbox.options("hers"), inbox.options("his")) == ("second", None)
    with sqlite3.connect(tmp_path / "conversations.db") as connection:
        kept = [row[0] for row in connection.execute("SELECT options FROM messaging_inbox WHERE options IS NOT NULL")]
    assert len(kept) == 2
    assert not {"first", "second"} & set(kept)


def test_a_table_of_an_earlier_version_goes_on_and_so_does_a_bot_of_that_version(inbox: Inbox, tmp_path: Path) -> None:
    columns = "event, channel, owner, lease_until, arrived_at, answered"
    row = f"INSERT INTO messaging_inbox ({columns}) VALUES (?, 'telegram', 'dead', 0, 0, 1)"
    with sqlite3.connect(tmp_path / "conversations.db") as connection:
        connection.execute(
            "CREATE TABLE messaging_inbox (event VARCHAR(96) PRIMARY KEY, channel VARCHAR(32) NOT NULL, inbound TEXT, "
            "owner VARCHAR(32) NOT NULL, lease_until FLOAT NOT NULL, arrived_at FLOAT NOT NULL, answered BOOLEAN)"
        )
        connection.execute(row, ["before"])
    assert take(inbox, "before") is State.ANSWERED
    assert take(inbox, "new", conversation="hers") is State.NEW
    with sqlite3.connect(tmp_path / "conversations.db") as connection:
        connection.execute(row, ["by an old bot"])
    assert take(inbox, "by an old bot") is State.ANSWERED


@pytest.fixture
def noted(make_server: Callable[..., Server], tmp_path: Path) -> Server:
    """WhatsApp, with a database to note messages in."""
    return make_server("twilio", data_dir=str(tmp_path), tracker_url="", tracker_key=Fernet.generate_key().decode())


def ask(server: Server, text: str) -> None:
    body, headers = calls.twilio(Body=text, From=f"whatsapp:{calls.PHONE}")
    assert server.post(body, headers).status_code == 200


def test_a_number_is_understood_after_a_restart_without_redis(noted: Server) -> None:
    choice = [{"title": "Costs", "payload": "what does it cost"}, {"title": "Risks", "payload": "what are the risks"}]
    noted.bot.script["hello"] = [{"text": "Choose.", "buttons": choice}]
    ask(noted, "hello")
    noted.wait_until_idle()
    channel: Any = noted.channel
    channel.memory = LocalMemory()
    ask(noted, "2")
    noted.wait_for(lambda: noted.bot.texts == ["hello", "what are the risks"])


def test_two_messages_keep_their_order_when_the_bot_dies_between_them(noted: Server) -> None:
    ask(noted, "hello")
    noted.wait_until_idle()
    channel: Any = noted.channel
    inbox: Inbox = channel.notes._inbox
    (conversation,) = {message.sender_id for message in noted.bot.heard}
    name = f"whatsapp:{calls.PHONE}"
    first = Inbound("9", "whatsapp", name, (name, "whatsapp:+15005550006"), "text", "the first of two")
    assert conversation_id(SHARED["key"], first.channel, first.user) == conversation
    # Its process died a moment ago: the lease goes on for another second.
    inbox.take("older", "twilio", first, "dead", time.time() + 1 - inbox.lease_seconds, conversation)
    ask(noted, "the second of two")
    noted.wait_for(lambda: len(noted.bot.heard) == 3, 20)
    assert noted.bot.texts == ["hello", "the first of two", "the second of two"]
