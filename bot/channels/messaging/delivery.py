"""Sends to a platform's API: with a time-out, one retry where it helps, and errors without their words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
# For clients that block: connect and read time-outs, together shorter than a delivery's own.
BLOCKING_TIMEOUT = (3.0, 6.0)
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="messaging")


class DeliveryError(Exception):
    """The platform did not take a message; `status` is its HTTP status, None when it was not reached.

    It never carries the platform's own text, which may quote the message, the address or the token.
    """

    def __init__(self, status: int | None, retry_after: float | None = None) -> None:
        super().__init__("not reached" if status is None else f"status {status}")
        self.status = status
        self.retry_after = retry_after

    @property
    def is_passing(self) -> bool:
        """Whether the same message may well be taken a little later."""
        return self.status is None or self.status == 429 or self.status >= 500


async def in_thread(call: Callable[[], T]) -> T:
    """Runs a blocking call where it does not hold up the server."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, call)


def seconds_from(value: object) -> float | None:
    """A `Retry-After` value as seconds; None when it is none."""
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None


@dataclass(frozen=True)
class Delivery:
    """How patient outgoing calls are. Seconds."""

    timeout: float = 10.0
    pause: float = 1.0
    longest_pause: float = 30.0

    async def run(self, send: Callable[[], Awaitable[None]]) -> None:
        """Sends, and once more after a pause when the failure may pass; raises DeliveryError."""
        try:
            await self._once(send)
            return
        except DeliveryError as error:
            pause = self.pause if error.retry_after is None else error.retry_after
            if not error.is_passing or pause > self.longest_pause:
                raise
        await asyncio.sleep(pause)
        await self._once(send)

    async def _once(self, send: Callable[[], Awaitable[None]]) -> None:
        try:
            await asyncio.wait_for(send(), self.timeout)
        except asyncio.TimeoutError:
            raise DeliveryError(None) from None
