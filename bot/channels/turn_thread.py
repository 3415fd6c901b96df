"""One thread in which the bot takes its turns, so that a database that hangs holds up turns and nothing else.

Rasa's tracker store and its lock on Redis block the event loop they are called in. In the server's own loop one
hung call would stop every patient's request, an emergency's too.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from rasa.core.channels.channel import UserMessage

logger = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

# Turns of alarms that failed, and how long until they are tried again.
MOST_FAILED = 500
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
LONGEST_KEPT = 24 * 60 * 60.0

_starting = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


def turn_loop() -> asyncio.AbstractEventLoop:
    """The loop of the thread, which is started with the first turn (after a server's fork, that is)."""
    with _starting:
        if not _loops:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="turns", daemon=True).start()
            _loops.append(loop)
        return _loops[0]


@dataclass(frozen=True)
class Turn:
    """A message and who answers it."""

    on_new_message: OnNewMessage
    message: UserMessage
    since: float = field(default_factory=time.monotonic)

    async def take(self) -> bool:
        """Whether the bot took its turn; a failure is logged by its kind."""
        try:
            await self.on_new_message(self.message)
        except Exception as error:
            # The traceback's own text may quote the message, so only its type is logged.
            logger.error("A message could not be answered: %s", type(error).__name__)
            return False
        return True


class FailedTurns:
    """Turns of alarms that failed (the lock's Redis was gone, say), kept in memory and taken as soon as that works.

    The patient has been answered; this puts into the conversation what was said. Used in the turns' loop only.
    """

    def __init__(self) -> None:
        self._turns: deque[Turn] = deque(maxlen=MOST_FAILED)
        self._retrying: asyncio.Task[None] | None = None

    def keep(self, turn: Turn) -> None:
        """Has `turn` taken later."""
        self._turns.append(turn)
        logger.error("Alarms answered, but not yet in their conversations: %d", len(self._turns))
        if self._retrying is None or self._retrying.done():
            self._retrying = asyncio.get_running_loop().create_task(self._retry())

    async def settle(self, sender_id: str | None = None) -> None:
        """Takes what waits, of one conversation before its next message, or of all."""
        for turn in [turn for turn in self._turns if sender_id in (None, turn.message.sender_id)]:
            if turn not in self._turns:
                continue
            # Out of the list while it is taken, so that nobody else takes it too.
            self._turns.remove(turn)
            if not await turn.take() and time.monotonic() - turn.since < LONGEST_KEPT:
                self._turns.append(turn)

    async def _retry(self) -> None:
        pause = FIRST_PAUSE
        while self._turns:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            await self.settle()


_failed = FailedTurns()


def take_turn(on_new_message: OnNewMessage, message: UserMessage, *, again: bool = False) -> asyncio.Future[bool]:
    """Has the bot take its turn in the thread; turns begin in the order of these calls.

    The future belongs to the caller's loop and ends with the turn; it says whether the turn was taken and stored.
    Cancelling it does not end the turn: what the patient said is to be kept, even when nobody waits for the answer any
    more. `again`: a turn that fails is taken later, and before the next one of its conversation.
    """
    turn = Turn(on_new_message, message)

    async def take() -> bool:
        await _failed.settle(message.sender_id)
        taken = await turn.take()
        if not taken and again:
            _failed.keep(turn)
        return taken

    return asyncio.shield(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(take(), turn_loop())))
