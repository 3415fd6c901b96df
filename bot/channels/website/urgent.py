"""Answers alarms on the website when the channel's own store is down or hangs, and has them recorded later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.channels.website.history import numbered
from bot.channels.website.http import ProblemError
from bot.channels.website.store import Reply
from bot.channels.website.tokens import Session
from bot.safety.alarm import Alarm
from bot.safety.reply import safety_reply

logger = logging.getLogger(__name__)

# From the call's arrival to its answer, store and turn included. Seconds.
PATIENCE = 0.65
LEAST_PATIENCE = 0.1
MOST_WAITING = 500
PAUSE = 2.0


@dataclass(frozen=True)
class Message:
    """A patient's message, as often as it is tried; `session` is None where the token opens nothing."""

    session: Session | None
    id: str
    text: str

    @property
    def conversation(self) -> str:
        """The conversation it belongs to; empty where that is unknown."""
        return self.session.conversation if self.session is not None else ""


Take = Callable[[Message], Awaitable[Any]]


class Urgent:
    """Gives an alarm's turn `PATIENCE` seconds, then answers without it.

    Messages that could not be taken because the store was down wait in memory (a restart loses them) and are handed
    to the bot again, by the same id, until that works: then the conversation holds them and the clinic knows of them.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._waiting: deque[Message] = deque(maxlen=MOST_WAITING)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lock = asyncio.Lock()
        self._retrying: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Stops trying."""
        if self._retrying is not None:
            self._retrying.cancel()

    async def answer(
        self, work: Coroutine[Any, Any, list[Reply]], alarm: Alarm, message: Message, arrived: float
    ) -> list[Reply]:
        """The replies of `work`, or in time the safety message alone; a refusal carries it too.

        `arrived` is when the call came in (time.monotonic).
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task}, timeout=max(LEAST_PATIENCE, PATIENCE - (time.monotonic() - arrived)))
        answer = safety_reply(alarm, message.conversation)
        if not task.done():
            task.add_done_callback(lambda done: self._keep_if_failed(done, message))
            return numbered(message.id, [(answer, time.time())])
        error = task.exception()
        if error is None:
            return task.result()
        if isinstance(error, ProblemError) and error.status < 500:
            error.safety = answer
            raise error
        self._keep_if_failed(task, message)
        return numbered(message.id, [(answer, time.time())])

    def _keep_if_failed(self, task: asyncio.Task[Any], message: Message) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None or message.session is None or (isinstance(error, ProblemError) and error.status < 500):
            return
        self._waiting.append(message)
        # Only the kind: the words of an error may quote the patient.
        logger.error("Alarms answered, but not yet recorded: %d (%s)", len(self._waiting), type(error).__name__)
        if self._retrying is None or self._retrying.done():
            self._retrying = asyncio.create_task(self._retry())

    async def settle(self, conversation: str) -> None:
        """Has what waits of a conversation taken now, before its next message; raises what still fails."""
        if any(message.conversation == conversation for message in self._waiting):
            async with self._lock:
                for message in [message for message in self._waiting if message.conversation == conversation]:
                    await self._take_late(message)

    async def _retry(self) -> None:
        while self._waiting:
            await asyncio.sleep(PAUSE)
            try:
                async with self._lock:
                    while self._waiting:
                        await self._take_late(self._waiting[0])
            except Exception as error:
                logger.warning("Alarms still not recorded: %d (%s)", len(self._waiting), type(error).__name__)
        logger.info("All alarms are recorded")

    async def _take_late(self, message: Message) -> None:
        try:
            await self._take(message)
        except ProblemError as problem:
            if problem.status >= 500:
                raise
        if message in self._waiting:
            self._waiting.remove(message)
