"""One thread in which the bot takes its turns, so that a database that hangs holds up turns and nothing else.

Rasa's tracker store and its lock on Redis block the event loop they are called in. In the server's own loop one
hung call would stop every patient's request, an emergency's too.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage

logger = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

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


def take_turn(on_new_message: OnNewMessage, message: UserMessage) -> asyncio.Future[None]:
    """Has the bot take its turn in the thread; turns begin in the order of these calls.

    The future belongs to the caller's loop and ends with the turn, also with one that fails. Cancelling it does not
    end the turn: what the patient said is to be kept, even when nobody waits for the answer any more.
    """

    async def turn() -> None:
        try:
            await on_new_message(message)
        except Exception as error:
            # The traceback's own text may quote the message, so only its type is logged.
            logger.error("A message could not be answered: %s", type(error).__name__)

    return asyncio.shield(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(turn(), turn_loop())))
