"""Chooses where conversation locks live: memory for one process, Redis for several."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from rasa.core.actions import action as rasa_action
from rasa.core.lock import TicketLock
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.shared.exceptions import RasaException

from bot import server_access
from bot.rasa_version import is_checked
from bot.turn_lock import LIFETIME, PAUSE, RedisTurnLocks

DEFAULT_ACTION_TIMEOUT = 15
# Below LIFETIME, for which a message may hold its conversation.
LONGEST_ACTION_TIMEOUT = 60


def redis_arguments(url: str) -> dict[str, Any]:
    """The arguments of redis-py's client for a `redis://[user:password@]host[:port][/db]` URL.

    Raises RasaException for another kind of URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise RasaException("MARROW_REDIS_URL must look like redis://host:6379/0 (or rediss:// for TLS)")
    return {
        "host": parts.hostname,
        "port": parts.port or 6379,
        "db": int(parts.path.strip("/") or 0),
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "ssl": parts.scheme == "rediss",
    }


def seconds(value: Any) -> int:
    """The time-out setting as a number; raises RasaException for anything but 1 to 60."""
    text = str(value or DEFAULT_ACTION_TIMEOUT)
    if not text.isdigit() or not 1 <= int(text) <= LONGEST_ACTION_TIMEOUT:
        raise RasaException(f"MARROW_ACTION_TIMEOUT must be a number of seconds from 1 to {LONGEST_ACTION_TIMEOUT}")
    return int(text)


class MemoryTurnLocks(InMemoryLockStore):
    """Rasa's store in memory: safe in the turns' thread and the server's own together, and looked at more often."""

    def __init__(self) -> None:
        super().__init__()
        self._changing = threading.RLock()

    def issue_ticket(self, conversation_id: str, lock_lifetime: float = LIFETIME) -> int:
        """As Rasa's, by one thread at a time."""
        with self._changing:
            return super().issue_ticket(conversation_id, lock_lifetime)

    def update_lock(self, conversation_id: str) -> None:
        """As Rasa's, by one thread at a time."""
        with self._changing:
            super().update_lock(conversation_id)

    def cleanup(self, conversation_id: str, ticket_number: int) -> None:
        """As Rasa's, by one thread at a time."""
        with self._changing:
            super().cleanup(conversation_id, ticket_number)

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LIFETIME,
        wait_time_in_seconds: float = PAUSE,
    ) -> AsyncGenerator[TicketLock, None]:
        """As Rasa's, with another lifetime and a shorter pause."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as held:
            yield held


class ConfiguredLockStore(LockStore):
    """The lock store of endpoints.yml: Redis when `redis_url` is set, memory otherwise.

    It also sets how long Rasa waits for an action (`action_timeout`, seconds): with Rasa's own 300 s a hanging
    action would outlive the conversation's lock, and the next message would overtake it. And it reads the secret that
    opens the action server (`actions_secret`), since Rasa makes its lock store when it starts, and its calls later.
    """

    def __new__(cls, endpoint_config: Any) -> LockStore:  # type: ignore[misc]
        """Returns the store of the right kind."""
        is_checked("The lock of a conversation")
        rasa_action.DEFAULT_REQUEST_TIMEOUT = seconds(endpoint_config.kwargs.get("action_timeout"))
        server_access.use(endpoint_config.kwargs)
        url = (endpoint_config.kwargs.get("redis_url") or "").strip()
        return RedisTurnLocks(**redis_arguments(url)) if url else MemoryTurnLocks()
