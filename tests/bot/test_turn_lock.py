"""Two processes on one Redis: a conversation is in one hand at a time, in order, also when that hand is killed."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import rasa
import redis
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.lock_store import ConfiguredLockStore, MemoryTurnLocks
from bot.rasa_version import CHECKED
from bot.turn_lock import LIFETIME, RedisTurnLocks, keys_of

REDIS_URL = os.environ.get("MARROW_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
CONVERSATIONS, ROUNDS = 50, 4
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def memory() -> Iterator[redis.Redis]:
    """The tests' Redis."""
    connection = redis.Redis.from_url(REDIS_URL, decode_responses=True, socket_connect_timeout=3)
    try:
        connection.ping()
    except redis.RedisError as error:
        if os.environ.get("CI"):
            pytest.fail(f"Redis must be reachable in CI: {error}")
        pytest.skip("no Redis at MARROW_TEST_REDIS_URL")
    yield connection
    connection.close()


@pytest.fixture
def run_id(memory: redis.Redis) -> Iterator[str]:
    """Begins the names of a test's conversations; what Redis keeps of them is deleted in the end."""
    name = uuid.uuid4().hex[:12]
    yield name
    for key in memory.scan_iter(f"*{name}*"):
        memory.delete(key)


class Worker:
    """A process that holds locks (turn_worker.py)."""

    def __init__(self, journal: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bot.turn_worker", REDIS_URL, journal],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def heard(self) -> str:
        return self.process.stdout.readline().strip()

    def send(self, conversation: str, number: str, seconds: float = 0.003) -> None:
        self.process.stdin.write(f"{conversation} {number} {seconds}\n")
        self.process.stdin.flush()

    def finish(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(120) == 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def workers(run_id: str) -> Iterator[list[Worker]]:
    """Three of them."""
    started = [Worker(f"journal-{run_id}") for _ in range(3)]
    for worker in started:
        assert worker.heard() == "ready"
    yield started
    for worker in started:
        if worker.process.poll() is None:
            worker.kill()
        for pipe in (worker.process.stdin, worker.process.stdout):
            pipe.close()


def send_in_pairs(one: Worker, other: Worker, run_id: str) -> None:
    """400 messages, each two of a conversation to both processes at once; the next when both are in the line."""
    for number in range(ROUNDS):
        for conversation in range(CONVERSATIONS):
            for name, worker in (("a", one), ("b", other)):
                worker.send(f"{run_id}-{conversation}", f"{number}{name}")
            for name, worker in (("a", one), ("b", other)):
                assert worker.heard() == f"{number}{name}"


def journal_of(memory: redis.Redis, run_id: str) -> dict[str, list[tuple[str, str]]]:
    """What was done, by conversation."""
    done: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in memory.lrange(f"journal-{run_id}", 0, -1):
        conversation, what, number = line.split()
        done[conversation].append((what, number))
    return done


def check_order(steps: list[tuple[str, str]]) -> None:
    """Each message once, each ended before the next began, and no pair before an earlier one."""
    begun = [number for what, number in steps if what == "begin"]
    assert steps == [(what, number) for number in begun for what in ("begin", "end")]
    assert sorted(begun) == [f"{number}{name}" for number in range(ROUNDS) for name in "ab"]
    assert [int(number[0]) for number in begun] == sorted(int(number[0]) for number in begun)


def test_four_hundred_messages_in_pairs_are_handled_one_at_a_time_and_in_order(memory, run_id, workers):
    one, other, _ = workers
    send_in_pairs(one, other, run_id)
    one.finish()
    other.finish()
    done = journal_of(memory, run_id)
    assert len(done) == CONVERSATIONS
    for steps in done.values():
        check_order(steps)
    assert not [key for number in range(CONVERSATIONS) for key in keys_of(f"{run_id}-{number}") if memory.exists(key)]


def test_a_process_killed_while_it_holds_and_waits_holds_nobody_up_for_long(memory, run_id, workers):
    one, other, victim = workers
    for conversation in range(CONVERSATIONS):
        # One message that it handles for ever, and one that it never comes to.
        for number in ("held", "waiting"):
            victim.send(f"{run_id}-{conversation}", number, seconds=1000)
            assert victim.heard() == number
    while memory.llen(f"journal-{run_id}") < CONVERSATIONS:
        time.sleep(0.05)
    send_in_pairs(one, other, run_id)
    assert memory.llen(f"journal-{run_id}") == CONVERSATIONS
    killed = time.monotonic()
    victim.kill()
    one.finish()
    other.finish()
    # Without the lease they would wait until the locks themselves run out.
    assert time.monotonic() - killed < LIFETIME / 2
    done = journal_of(memory, run_id)
    assert len(done) == CONVERSATIONS
    for steps in done.values():
        assert steps[0] == ("begin", "held")
        check_order(steps[1:])


def store_for(kind: str) -> LockStore:
    url = REDIS_URL if kind == "redis" else ""
    return ConfiguredLockStore(EndpointConfig(redis_url=url))


@pytest.mark.parametrize("kind", ["redis", "memory"])
def test_the_second_message_of_a_patient_does_not_wait_a_second(memory, run_id, kind):
    store = store_for(kind)
    ended: list[float] = []

    async def turn() -> None:
        async with store.lock(run_id):
            await asyncio.sleep(0.02)
        ended.append(time.monotonic())

    async def both() -> None:
        await asyncio.gather(turn(), turn())

    asyncio.run(both())
    assert ended[1] - ended[0] < 0.3


@pytest.mark.parametrize("kind", ["redis", "memory"])
def test_a_turn_that_never_ends_loses_its_lock_after_the_lifetime(memory, run_id, kind):
    store = store_for(kind)

    async def run() -> None:
        holds = store.lock(run_id, lock_lifetime=0.5)
        await holds.__aenter__()
        began = time.monotonic()
        async with store.lock(run_id, lock_lifetime=5):
            assert 0.3 < time.monotonic() - began < 1.5

    asyncio.run(run())


def test_who_waits_too_long_is_told_and_leaves_the_line(memory, run_id):
    store = store_for("redis")

    async def run() -> None:
        async with store.lock(run_id):
            with pytest.raises(LockError, match="not free"):
                await store.lock(run_id, lock_lifetime=0.3).__aenter__()
        async with store.lock(run_id, lock_lifetime=3):
            pass

    asyncio.run(run())


def test_who_waits_while_redis_is_emptied_stands_in_line_again(memory, run_id):
    store = store_for("redis")

    async def run() -> None:
        async with store.lock(run_id):
            waiting = asyncio.create_task(store.lock(run_id).__aenter__())
            await asyncio.sleep(0.1)
            memory.delete(*keys_of(run_id))
        await asyncio.wait_for(waiting, 3)

    asyncio.run(run())


def test_a_redis_that_goes_during_a_turn_does_not_fail_it_and_the_lock_is_given_back_later(memory, run_id, monkeypatch):
    store = store_for("redis")
    assert isinstance(store, RedisTurnLocks)

    def gone(*args, **kwargs):
        raise redis.ConnectionError("gone")

    async def run() -> None:
        async with store.lock(run_id):
            # The script's own call fails, as with a connection that breaks; the next one works.
            monkeypatch.setattr(store, "_leave", gone)
        assert memory.exists(*keys_of(run_id)) == 2
        began = time.monotonic()
        async with store.lock(run_id):
            assert time.monotonic() - began < 2.5

    asyncio.run(run())


def test_without_redis_at_all_a_message_is_refused_and_its_ticket_taken_back(run_id):
    store = RedisTurnLocks(host="127.0.0.1", port=1)

    async def run() -> None:
        with pytest.raises(LockError, match="No lock from Redis"):
            await store.lock(run_id).__aenter__()

    asyncio.run(run())


def test_a_fork_speaks_for_itself(memory, run_id):
    store = store_for("redis")
    assert isinstance(store, RedisTurnLocks)
    parent = store._presence.ticket().split("/")[0]
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, store._presence.ticket().split("/")[0].encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() != parent
    os.close(read)
    os.close(write)


def test_rasa_is_the_version_whose_inside_was_looked_at():
    assert rasa.__version__ == CHECKED


def test_rasa_takes_locks_by_the_one_method_that_is_replaced():
    used = set()
    for path in Path(rasa.__file__).parent.rglob("*.py"):
        if path.name != "lock_store.py":
            used |= set(re.findall(r"(?<!\w)lock_store\.(\w+)\(", path.read_text(encoding="utf-8")))
    assert used == {"lock"}
    names = ["self", "conversation_id", "lock_lifetime", "wait_time_in_seconds"]
    for kind in (LockStore, RedisTurnLocks, MemoryTurnLocks):
        assert list(inspect.signature(kind.lock).parameters) == names
