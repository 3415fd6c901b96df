"""The lock of a conversation on Redis: its messages stand in line and are answered one at a time, in any process.

Rasa's own store reads the line, changes it and writes it back, so that two processes overwrite each other's tickets.
Here each step is one script, which Redis runs as a whole. A process says every second that it is alive; the tickets of
one that has been silent for LEASE seconds are passed over, so that a killed process holds nobody up for long.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import redis
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockError, LockStore
from redis.commands.core import Script

from bot.metrics import LOCK_SECONDS

logger = logging.getLogger(__name__)

PREFIX = "marrow:turns"
ALIVE = f"{PREFIX}-alive:"
# The longest that a message waits for its conversation, and that it may hold it: longer than an action takes.
LIFETIME = 90.0
# How long a silent process keeps its places, and how often it says that it is there.
LEASE = 8.0
BEAT = 1.0
# How long a waiting message sleeps before it looks again.
PAUSE = 0.05
# A Redis that hangs holds up the turns of the process for so long.
REDIS_SECONDS = 5.0

# A conversation has two keys: KEYS[1], the line of its tickets, and KEYS[2], until when each of them counts (a hash of
# milliseconds by Redis's clock). A ticket is made of its process's name, a slash and a number.
NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function keep(ticket)
  redis.call('HSET', KEYS[2], ticket, now + ARGV[2])
  redis.call('PEXPIRE', KEYS[1], 2 * ARGV[2])
  redis.call('PEXPIRE', KEYS[2], 2 * ARGV[2])
end
"""
# ARGV: the ticket, its lifetime, the key that says that its process is alive, and for how long.
JOIN = f"""{NOW}
redis.call('SET', ARGV[3], 1, 'PX', ARGV[4])
redis.call('RPUSH', KEYS[1], ARGV[1])
keep(ARGV[1])
"""
# ARGV: the ticket, its lifetime, and what the keys of living processes begin with. Whoever looks removes the tickets
# before its own that are over, or whose process is dead.
MINE, NOT_YET, UNKNOWN = 1, 0, -1
LOOK = f"""{NOW}
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return {UNKNOWN} end
local first = redis.call('LINDEX', KEYS[1], 0)
while first and first ~= ARGV[1] do
  local until_then = tonumber(redis.call('HGET', KEYS[2], first) or 0)
  if until_then > now and redis.call('EXISTS', ARGV[3] .. string.match(first, '^[^/]+')) == 1 then
    return {NOT_YET}
  end
  redis.call('LPOP', KEYS[1])
  redis.call('HDEL', KEYS[2], first)
  first = redis.call('LINDEX', KEYS[1], 0)
end
if not first then return {UNKNOWN} end
keep(first)
return {MINE}
"""
LEAVE = """
redis.call('LREM', KEYS[1], 1, ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
"""


def keys_of(conversation_id: str) -> list[str]:
    """The two keys of a conversation."""
    return [f"{PREFIX}:{conversation_id}", f"{PREFIX}-until:{conversation_id}"]


class Presence:
    """Says that this process is there, and takes tickets back that could not be given back when their turn ended."""

    def __init__(self, connection: redis.Redis[Any], leave: Script) -> None:
        self._connection = connection
        self._leave = leave
        self._process = 0
        self._starting = threading.Lock()
        self.name = ""
        self.left: deque[tuple[str, str]] = deque()

    def ticket(self) -> str:
        """A new ticket of this process, which from now on says that it is alive (in a fork under a name of its own)."""
        with self._starting:
            if self._process != os.getpid():
                self._process, self.name = os.getpid(), secrets.token_hex(8)
                self.left.clear()
                threading.Thread(target=self._beat, args=(self.name,), name="turn locks", daemon=True).start()
        return f"{self.name}/{secrets.token_hex(8)}"

    @property
    def key(self) -> str:
        """Exists in Redis as long as this process is alive."""
        return f"{ALIVE}{self.name}"

    def _beat(self, name: str) -> None:
        while self.name == name:
            try:
                self._connection.set(self.key, 1, px=int(LEASE * 1000))
                while self.left:
                    conversation_id, ticket = self.left[0]
                    self._leave(keys=keys_of(conversation_id), args=[ticket])
                    self.left.popleft()
            except redis.RedisError as error:
                logger.warning("The locks' Redis cannot be reached: %s", type(error).__name__)
            time.sleep(BEAT)


class RedisTurnLocks(LockStore):
    """Rasa's lock store with `lock`, the one method that Rasa uses, made of three atomic steps.

    The others of Rasa's (`get_lock`, `save_lock` and what stands on them) are not there: they cannot be atomic.
    """

    def __init__(self, **connection: Any) -> None:
        """`connection`: the arguments of redis-py's client."""
        super().__init__()
        self._connection = redis.Redis(
            **connection,
            decode_responses=True,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
        )
        self._join = self._connection.register_script(JOIN)
        self._look = self._connection.register_script(LOOK)
        self._leave = self._connection.register_script(LEAVE)
        self._presence = Presence(self._connection, self._leave)

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LIFETIME,
        wait_time_in_seconds: float = PAUSE,
    ) -> AsyncGenerator[TicketLock, None]:
        """Holds the conversation; who asks first has it first. Raises LockError after `lock_lifetime` of waiting.

        A turn that takes longer than `lock_lifetime` loses it to the next one.
        """
        # Nothing is awaited before the place in the line is taken: it is taken in the order of the calls.
        ticket = self._presence.ticket()
        held = False
        try:
            self._stand_in_line(conversation_id, ticket, lock_lifetime)
            await self._until_its_turn(conversation_id, ticket, lock_lifetime, wait_time_in_seconds)
            held = True
            yield TicketLock(conversation_id)
        finally:
            self._step_out(conversation_id, ticket, held)

    def _stand_in_line(self, conversation_id: str, ticket: str, lifetime: float) -> None:
        self._ask(self._join, conversation_id, ticket, int(lifetime * 1000), self._presence.key, int(LEASE * 1000))

    async def _until_its_turn(self, conversation_id: str, ticket: str, lifetime: float, pause: float) -> None:
        begun = time.monotonic()
        while True:
            found = self._ask(self._look, conversation_id, ticket, int(lifetime * 1000), ALIVE)
            if found == MINE:
                LOCK_SECONDS.observe(time.monotonic() - begun)
                return
            if time.monotonic() - begun > lifetime:
                raise LockError(f"The conversation was not free within {lifetime:.0f} s")
            if found == UNKNOWN:
                # Redis was emptied or restarted: back into the line, rather than a message lost.
                self._stand_in_line(conversation_id, ticket, lifetime)
            await asyncio.sleep(pause)

    def _ask(self, script: Script, conversation_id: str, *arguments: Any) -> Any:
        try:
            return script(keys=keys_of(conversation_id), args=arguments)
        except redis.RedisError as error:
            raise LockError(f"No lock from Redis: {type(error).__name__}") from error

    def _step_out(self, conversation_id: str, ticket: str, held: bool) -> None:
        """Gives the ticket back. The turn is over: a Redis that is gone now is no failure of its message."""
        if held:
            try:
                self._ask(self._leave, conversation_id, ticket)
                return
            except LockError as error:
                logger.warning("A lock is given back later: %s", error)
        # Without the lock the reason may be a Redis that hangs, which would hold up everybody's turns once more.
        self._presence.left.append((conversation_id, ticket))
