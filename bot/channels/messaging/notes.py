"""The inbox as the channels use it: never in the way of an answer, and with this process' memory where it fails."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.messaging.inbound import Inbound
from bot.channels.messaging.inbox import Inbox, Older, Reply, State
from bot.channels.messaging.memory import Memory

logger = logging.getLogger(__name__)

# Telegram repeats a call for up to a day, the others for some hours.
SEEN_SECONDS = 2 * 24 * 3600
# So long a message waits to be noted; then it is answered without a note.
PATIENCE_SECONDS = 0.3
# A turn that was taken before is looked for with more patience: to take it twice would be worse.
LOOK_SECONDS = 10.0
# Order and options are worth a little waiting: the turn needs the same database.
ORDER_SECONDS = 2.0
REST_SECONDS = 5.0
COMPLAINT_SECONDS = 60
NONE_OLDER = Older([], held=False)

T = TypeVar("T")


class Notes:
    """What one channel notes of its messages. Without an `inbox` it remembers only which it has seen."""

    def __init__(self, channel: str, memory: Memory, inbox: Inbox | None = None) -> None:
        self._channel = channel
        self._memory = memory
        self._inbox = inbox
        self._owner = secrets.token_hex(16)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix=f"inbox-{channel}")
        self._resting_until = 0.0

    async def is_new(self, event: str, inbound: Inbound, conversation: str | None = None) -> bool:
        """Whether this message of `conversation` is to be answered now; it is noted as this process'."""
        inbox = self._inbox
        state = None
        if inbox is not None:
            state = await self._ask(
                lambda: inbox.take(event, self._channel, inbound, self._owner, time.time(), conversation)
            )
        if state in (State.TAKEN, State.ANSWERED):
            return False
        # Also seen in the memory: what came while the database was away must not be new when it is back.
        new = await self._memory.claim(f"seen:{event}", SEEN_SECONDS)
        if not new and state is State.NEW:
            await self.close(event)
        return new

    async def close(self, event: str, options: str | None = None) -> None:
        """The message is answered, and the answer offered these options."""
        inbox = self._inbox
        if inbox is not None:
            await self._ask(lambda: inbox.close(event, time.time(), options), LOOK_SECONDS)

    async def options(self, conversation: str) -> str | None:
        """What the newest answer offered, as far as it is noted."""
        inbox = self._inbox
        return None if inbox is None else await self._ask(lambda: inbox.options(conversation), ORDER_SECONDS)

    async def older(self, event: str, conversation: str) -> Older:
        """What is to be answered before `event`: what was taken up now, and whether another process has some still."""
        inbox = self._inbox
        if inbox is None:
            return NONE_OLDER
        asked = await self._ask(lambda: inbox.older(event, conversation, self._owner, time.time()), ORDER_SECONDS)
        return asked or NONE_OLDER

    async def put_back(self, event: str) -> None:
        """The platform did not take the answer."""
        inbox = self._inbox
        if inbox is not None:
            await self._ask(lambda: inbox.put_back(event, time.time()), LOOK_SECONDS)

    async def recorded(self, conversation: str, event: str) -> list[Reply] | None:
        """The replies of the turn of a message that was taken up, when it was taken before."""
        inbox = self._inbox
        return None if inbox is None else await self._ask(lambda: inbox.recorded(conversation, event), LOOK_SECONDS)

    async def keep_watch(self, take_up: Callable[[str, Inbound], None]) -> None:
        """Renews this process' leases, takes up what another left, and forgets what is old; ends when cancelled."""
        inbox = self._inbox
        if inbox is None:
            return
        purged = 0.0
        while True:
            now = time.time()
            await self._ask(lambda: inbox.renew(self._owner, time.time()), LOOK_SECONDS)
            left = await self._ask(lambda: inbox.adopt(self._channel, self._owner, time.time()), LOOK_SECONDS)
            for event, inbound in left or []:
                take_up(event, inbound)
            if now - purged > SEEN_SECONDS / 24:
                purged = now
                await self._ask(lambda: inbox.purge(time.time() - SEEN_SECONDS), LOOK_SECONDS)
            await asyncio.sleep(inbox.lease_seconds / 4)

    def dispose(self) -> None:
        """Gives connections back."""
        self._threads.shutdown(wait=False)
        if self._inbox is not None:
            self._inbox.dispose()

    async def _ask(self, call: Callable[[], T], patience: float = PATIENCE_SECONDS) -> T | None:
        """What the inbox answers; None when it does not in time, and for a while after that."""
        if time.monotonic() < self._resting_until and patience <= PATIENCE_SECONDS:
            return None
        work = asyncio.get_running_loop().run_in_executor(self._threads, call)
        try:
            return await asyncio.wait_for(asyncio.shield(work), patience)
        except (SQLAlchemyError, OSError, asyncio.TimeoutError, RuntimeError) as error:
            work.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._resting_until = time.monotonic() + REST_SECONDS
            if await self._memory.claim("complaint:inbox", COMPLAINT_SECONDS):
                logger.warning(
                    "Messaging: messages cannot be noted (%s); a restart now could leave one unanswered",
                    type(error).__name__,
                )
            return None
