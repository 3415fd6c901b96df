"""What the channels remember for a while: which calls were seen, and which options were offered last."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

MAXIMUM_ENTRIES = 50_000
# No message waits longer than this for Redis, and none at all for a while after one that waited in vain.
REDIS_TIMEOUT_SECONDS = 0.2
REST_SECONDS = 5.0
REDIS_PREFIX = "marrow:messaging:"

T = TypeVar("T")


class Memory(Protocol):
    """Short-lived values by name."""

    async def claim(self, name: str, seconds: float) -> bool:
        """True for the first caller within `seconds`, False for everyone after."""

    async def put(self, name: str, value: str, seconds: float) -> None:
        """Keeps `value` for `seconds`."""

    async def get(self, name: str) -> str | None:
        """The value, or None when there is none any more."""

    async def close(self) -> None:
        """Gives connections back."""


class LocalMemory:
    """In this process: bounded, and the oldest entries go first."""

    def __init__(self, now: Callable[[], float] = time.monotonic, limit: int = MAXIMUM_ENTRIES) -> None:
        self._now = now
        self._limit = limit
        self._entries: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    async def claim(self, name: str, seconds: float) -> bool:
        """See `Memory`; nothing is awaited between looking and taking, so two callers cannot both win."""
        if self._read(name) is not None:
            return False
        self._write(name, "1", seconds)
        return True

    async def put(self, name: str, value: str, seconds: float) -> None:
        """See `Memory`."""
        self._write(name, value, seconds)

    async def get(self, name: str) -> str | None:
        """See `Memory`."""
        return self._read(name)

    async def close(self) -> None:
        """Nothing to give back."""

    def _read(self, name: str) -> str | None:
        entry = self._entries.get(name)
        if entry is None:
            return None
        until, value = entry
        if until <= self._now():
            del self._entries[name]
            return None
        return value

    def _write(self, name: str, value: str, seconds: float) -> None:
        self._entries.pop(name, None)
        self._entries[name] = (self._now() + seconds, value)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)


class SharedMemory:
    """In Redis, for several processes; while Redis cannot be reached, this process remembers for itself."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        )
        self._own = LocalMemory()
        self._resting_until = 0.0

    async def claim(self, name: str, seconds: float) -> bool:
        """See `Memory`; claimed here too, so that a Redis that comes and goes lets nothing through twice."""
        if not await self._own.claim(name, seconds):
            return False
        asked = await self._ask(lambda: self._redis.set(REDIS_PREFIX + name, "1", nx=True, px=int(seconds * 1000)))
        return asked is None or bool(asked[0])

    async def put(self, name: str, value: str, seconds: float) -> None:
        """See `Memory`."""
        await self._own.put(name, value, seconds)
        await self._ask(lambda: self._redis.set(REDIS_PREFIX + name, value, px=int(seconds * 1000)))

    async def get(self, name: str) -> str | None:
        """See `Memory`."""
        asked = await self._ask(lambda: self._redis.get(REDIS_PREFIX + name))
        return await self._own.get(name) if asked is None else asked[0]

    async def _ask(self, command: Callable[[], Awaitable[T]]) -> tuple[T] | None:
        """What Redis answers, in a tuple of its own; None when it does not answer in time."""
        if time.monotonic() < self._resting_until:
            return None
        try:
            return (await asyncio.wait_for(command(), REDIS_TIMEOUT_SECONDS),)
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            self._resting_until = time.monotonic() + REST_SECONDS
            await self._complain(error)
            return None

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.close()

    async def _complain(self, error: Exception) -> None:
        if await self._own.claim("complaint", 60):
            logger.warning("Messaging: Redis cannot be reached (%s); remembering locally", type(error).__name__)


def memory_for(redis_url: str) -> Memory:
    """The memory that the settings ask for: Redis when there is an address, else this process."""
    return SharedMemory(redis_url) if redis_url else LocalMemory()
