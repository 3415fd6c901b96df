"""An emergency and a crisis are answered within a second on every channel, whatever else is down or hangs."""

from __future__ import annotations

import functools
import html
import os
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from urllib.parse import urlsplit

import pytest

from tests.e2e.gated_clinic import ALARMS, POSTGRES_URL, Clinic, clinic_on, schema_of_its_own, wait_until
from tests.e2e.gates import Gate
from tests.e2e.messengers import CALLS

REDIS_URL = os.environ.get("MARROW_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
WITHIN = 1.0
_people = count(1)


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """PostgreSQL, Redis and the action server, each behind a gate."""
    postgres, redis = urlsplit(POSTGRES_URL), urlsplit(REDIS_URL)
    with schema_of_its_own() as options:
        database = Gate((postgres.hostname or "127.0.0.1", postgres.port or 5432))
        memory = Gate((redis.hostname or "127.0.0.1", redis.port or 6379))
        login = postgres.netloc.rpartition("@")[0]
        url = f"postgresql://{login}@127.0.0.1:{database.port}{postgres.path}?{options}"
        with clinic_on(
            tmp_path_factory.mktemp("postgres"),
            {"database": database, "Redis": memory},
            MARROW_TRACKER_URL=url,
            MARROW_REDIS_URL=f"redis://127.0.0.1:{memory.port}{redis.path}",
            MARROW_ACTION_TIMEOUT="5",
        ) as clinic:
            yield clinic


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """SQLite, on a small disk of its own where that may be mounted."""
    folder = tmp_path_factory.mktemp("sqlite")
    with ExitStack() as undo:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
        )
        if mounted.returncode == 0:
            undo.callback(lambda: subprocess.run(["umount", "-l", str(folder)], check=False))
        yield undo.enter_context(clinic_on(folder, {}))


def on_website(clinic: Clinic, kind: str) -> float:
    """Seconds until a new patient's alarm has its safety object."""
    chat = clinic.chat()
    began = time.monotonic()
    answer = chat.send(ALARMS[kind])
    took = time.monotonic() - began
    assert answer.status_code == 200, answer.text
    assert [reply["custom"]["safety"]["kind"] for reply in answer.json()["replies"]] == [kind]
    return took


def on_rest(clinic: Clinic, kind: str) -> float:
    """Seconds until a new patient's alarm has its safety object."""
    began = time.monotonic()
    replies = clinic.stack.say(f"rest-{next(_people)}", ALARMS[kind])
    took = time.monotonic() - began
    assert [reply["custom"]["safety"]["kind"] for reply in replies] == [kind]
    return took


def on_messaging(clinic: Clinic, channel: str, kind: str) -> float:
    """Seconds from the platform's call until it has the words of the safety message."""
    since, began = len(clinic.platforms.sent), time.monotonic()
    clinic.post(channel, next(_people), ALARMS[kind])
    moment, said = clinic.heard(since)
    assert html.unescape(said)[:40] == clinic.texts[kind][:40]
    return moment - began


def check_all_channels(clinic: Clinic, why: str) -> None:
    """Both alarms on every channel by a new patient each: a safety object, or its words, within a second.

    What took longer is tried once more: something else may have kept this machine busy.
    """
    ways: dict[str, Callable[[Clinic, str], float]] = {"website": on_website, "rest": on_rest}
    ways |= {channel: functools.partial(_swapped, channel) for channel in CALLS}
    took: dict[str, float] = {}
    for kind in ALARMS:
        for channel, way in ways.items():
            seconds = way(clinic, kind)
            took[f"{channel} {kind}"] = seconds if seconds <= WITHIN else way(clinic, kind)
    slowest = max(took, key=lambda name: took[name])
    print(f"\n{why}: slowest {took[slowest]:.2f} s ({slowest}), mean {sum(took.values()) / len(took):.2f} s")
    assert took[slowest] <= WITHIN, took


def _swapped(channel: str, clinic: Clinic, kind: str) -> float:
    return on_messaging(clinic, channel, kind)


def check_goes_on(clinic: Clinic) -> None:
    """A new patient is answered as ever, by the bot itself."""

    def answered() -> bool:
        return "Lupus" in clinic.stack.say(f"after-{next(_people)}", "what is lupus?")[0]["text"]

    wait_until(answered)


def events_recorded(clinic: Clinic) -> int:
    """How many safety events the clinic's database holds that wait for a request."""
    with sqlite3.connect(f"file:{clinic.stack.data_dir}/clinic.db?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM safety_events").fetchone()[0])


@pytest.mark.parametrize("what", ["database", "Redis", "action server"])
@pytest.mark.parametrize("how", ["gone", "hung"])
def test_an_alarm_is_answered_while(on_postgres: Clinic, what: str, how: str) -> None:
    gate, before = on_postgres.gates[what], events_recorded(on_postgres)
    chat, kept = on_postgres.chat(), str(uuid.uuid4())
    chat.say("hello")
    try:
        if how == "gone":
            gate.close()
        else:
            gate.hang()
        began = time.monotonic()
        first = chat.say(ALARMS["emergency"], kept)
        took = time.monotonic() - began
        assert first[0]["custom"]["safety"]["kind"] == "emergency"
        assert took <= WITHIN
        check_all_channels(on_postgres, f"{what} {how}")
    finally:
        gate.open()
    check_goes_on(on_postgres)
    # A retry of the same id, and the chat itself, find the answer; the clinic hears of the alarm.
    wait_until(lambda: chat.send(ALARMS["emergency"], kept).status_code == 200)
    assert chat.say(ALARMS["emergency"], kept)[0]["custom"]["safety"]["kind"] == "emergency"
    wait_until(lambda: ALARMS["emergency"] in chat.history().text)
    wait_until(lambda: events_recorded(on_postgres) > before)


def test_an_alarm_does_not_wait_for_a_turn_that_hangs_before_it(on_postgres: Clinic) -> None:
    gate, person = on_postgres.gates["action server"], next(_people)
    gate.hang()
    try:
        since = len(on_postgres.platforms.sent)
        # The answer to words that nobody understands comes from the action server.
        on_postgres.post("telegram", person, "qwrtz plmkv bnxtr")
        time.sleep(0.3)
        began = time.monotonic()
        on_postgres.post("telegram", person, ALARMS["emergency"])
        moment, said = on_postgres.heard(since)
        assert said == on_postgres.texts["emergency"]
        assert moment - began <= WITHIN
    finally:
        gate.open()
    check_goes_on(on_postgres)


def test_the_next_message_does_not_wait_for_the_record(on_postgres: Clinic) -> None:
    gate, sender, before = on_postgres.gates["action server"], f"next-{next(_people)}", events_recorded(on_postgres)
    on_postgres.stack.say(sender, "hello")
    gate.hang()
    try:
        on_postgres.stack.say(sender, ALARMS["emergency"])
        began = time.monotonic()
        assert "Lupus" in on_postgres.stack.say(sender, "what is lupus?")[0]["text"]
        assert time.monotonic() - began < 3
    finally:
        gate.open()
    wait_until(lambda: events_recorded(on_postgres) > before)


def test_a_message_that_is_too_long_is_answered_when_it_holds_an_alarm(on_postgres: Clinic) -> None:
    story = "I have had lupus since 2015 and I take hydroxychloroquine every day. My joints hurt in the morning. "
    chat = on_postgres.chat()
    for length in (3000, 9000, 60_000):
        text = story * (length // len(story)) + "Now my chest hurts and i cant breathe. " + story
        began = time.monotonic()
        assert chat.say(text)[0]["custom"]["safety"]["kind"] == "emergency"
        assert on_postgres.stack.say(f"long-{length}", text)[0]["custom"]["safety"]["kind"] == "emergency"
        took = time.monotonic() - began
        print(f"\n{length} characters: {took:.2f} s for two answers")
        assert took <= 2 * WITHIN
    assert chat.send(story * 90).status_code == 413


def test_a_refused_call_still_tells_whom_to_call(on_postgres: Clinic) -> None:
    chat = on_postgres.chat()
    chat.end()
    for token in (chat.token, "forged"):
        chat.token = token
        answer = chat.send(ALARMS["crisis"])
        assert answer.status_code == 401
        assert answer.json()["safety"]["kind"] == "crisis"
        assert answer.json()["text"] == on_postgres.texts["crisis"]


def test_an_alarm_is_answered_while_the_database_file_is_locked(on_sqlite: Clinic) -> None:
    holder = sqlite3.connect(on_sqlite.stack.data_dir / "conversations.db", isolation_level=None)
    chats_before = on_sqlite.chat()
    chats_before.say("hello")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        check_all_channels(on_sqlite, "SQLite locked")
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    check_goes_on(on_sqlite)
    assert chats_before.say("what is lupus?")


def test_an_alarm_is_answered_while_the_disk_is_full(on_sqlite: Clinic) -> None:
    folder = on_sqlite.stack.data_dir.parent
    if not os.path.ismount(folder):
        pytest.skip("no small disk can be mounted here")
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while file.write(b"0" * size):
                    pass
            except OSError:
                continue
    try:
        check_all_channels(on_sqlite, "disk full")
    finally:
        filler.unlink()
    check_goes_on(on_sqlite)
