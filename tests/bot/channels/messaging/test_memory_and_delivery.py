"""What is remembered, in memory and in a real Redis, and how often a delivery is tried."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.messaging.delivery import Delivery, DeliveryError, seconds_from
from bot.channels.messaging.memory import LocalMemory, SharedMemory


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_claim_is_won_once_until_it_expires() -> None:
    clock = Clock()
    memory = LocalMemory(clock)

    async def claim_all() -> list[bool]:
        return list(await asyncio.gather(*(memory.claim("x", 10) for _ in range(5))))

    assert asyncio.run(claim_all()) == [True, False, False, False, False]
    clock.now = 9.9
    assert asyncio.run(memory.claim("x", 10)) is False
    clock.now = 10.0
    assert asyncio.run(memory.claim("x", 10)) is True


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    memory = LocalMemory(limit=100)

    async def fill() -> None:
        for number in range(1000):
            await memory.put(str(number), "v", 60)

    asyncio.run(fill())
    assert len(memory) == 100
    assert asyncio.run(memory.get("999")) == "v"
    assert asyncio.run(memory.get("899")) is None


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Redis server of our own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    directory: Path = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield port
    process.terminate()
    process.wait()


def test_two_processes_share_claims_and_options(redis_port: int) -> None:
    async def both() -> tuple[list[bool], str | None]:
        one, two = (SharedMemory(f"redis://127.0.0.1:{redis_port}/0") for _ in range(2))
        claims = [await one.claim("x", 60), await two.claim("x", 60), await one.claim("x", 60)]
        await one.put("options", "kept", 60)
        value = await two.get("options")
        await one.close()
        await two.close()
        return claims, value

    assert asyncio.run(both()) == ([True, False, False], "kept")


def test_a_shared_value_expires(redis_port: int) -> None:
    async def read_later() -> str | None:
        memory = SharedMemory(f"redis://127.0.0.1:{redis_port}/0")
        await memory.put("short", "v", 0.05)
        await asyncio.sleep(0.1)
        value = await memory.get("short")
        await memory.close()
        return value

    assert asyncio.run(read_later()) is None


def test_without_redis_this_process_remembers_and_says_so_once(caplog: Any) -> None:
    async def use() -> list[Any]:
        memory = SharedMemory("redis://127.0.0.1:1/0")
        await memory.put("options", "kept", 60)
        found = [await memory.claim("x", 60), await memory.claim("x", 60), await memory.get("options")]
        await memory.close()
        return found

    assert asyncio.run(use()) == [True, False, "kept"]
    assert caplog.text.count("Redis cannot be reached") == 1


@pytest.mark.parametrize(
    ("failures", "tries", "delivered"),
    [
        ([], 1, True),
        ([DeliveryError(429, 0.01)], 2, True),
        ([DeliveryError(503)], 2, True),
        ([DeliveryError(None)], 2, True),
        ([DeliveryError(400)], 1, False),
        ([DeliveryError(403)], 1, False),
        ([DeliveryError(500), DeliveryError(500)], 2, False),
        ([DeliveryError(429, 999.0)], 1, False),
    ],
)
def test_a_delivery_is_tried_again_only_when_that_helps(
    failures: list[DeliveryError], tries: int, delivered: bool
) -> None:
    made = []

    async def send() -> None:
        made.append(1)
        if len(made) <= len(failures):
            raise failures[len(made) - 1]

    try:
        asyncio.run(Delivery(timeout=1, pause=0.01, longest_pause=1).run(send))
        succeeded = True
    except DeliveryError:
        succeeded = False
    assert (len(made), succeeded) == (tries, delivered)


def test_a_platform_that_never_answers_is_given_up() -> None:
    async def send() -> None:
        await asyncio.sleep(60)

    begun = time.monotonic()
    with pytest.raises(DeliveryError):
        asyncio.run(Delivery(timeout=0.05, pause=0.01).run(send))
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("value", "seconds"), [("3", 3.0), (2, 2.0), ("soon", None), (None, None), ("-1", None), ("nan", None)]
)
def test_retry_after_is_read(value: object, seconds: float | None) -> None:
    assert seconds_from(value) == seconds
