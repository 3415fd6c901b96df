"""Looks at each message before anything else does: in this process, without the conversation, within milliseconds.

The detector of the loaded model registers itself here, so that there is one set of rules and not two. Looking
takes no database, no Redis, no action server and no lock of a conversation.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from bot.safety.alarm import Alarm

logger = logging.getLogger(__name__)

# A message up to this length is read as a whole, as the pipeline reads it.
LONGEST_WHOLE = 4000
# The most of a message that is read at all, in characters.
LONGEST_READ = 64_000
WINDOW = 1500
OVERLAP = 200
# Reading ends here, so that the answer is out within a second. Seconds of work, not of the clock: on a busy machine the
# answer may come later, but an alarm is not missed.
MOST_SECONDS = 0.4
_END = re.compile(r"[.!?\n]\s")
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="watch")


class Detector(Protocol):
    """What the watch needs of the model's SafetyDetector."""

    def look(self, text: str, rules_only: bool = False) -> Alarm | None:
        """The alarm that the words raise on their own; `rules_only` leaves the slow second look out."""


_in_use: list[Detector] = []


def use(detector: Detector | None) -> None:
    """Makes `detector` the one that looks, for the whole process; a model that is loaded later replaces it."""
    _in_use[:] = [detector] if detector is not None else []


def look(text: str) -> Alarm | None:
    """The alarm in `text`, however long it is; None without one, or while no model is loaded.

    A failure counts as no alarm: the bot's own look, later in the turn, is still to come.
    """
    if not _in_use or not text.strip():
        return None
    try:
        return _look(_in_use[0], text)
    except Exception as error:
        # Only the kind: the words of an error may quote the patient.
        logger.error("The watch could not look at a message: %s", type(error).__name__)
        return None


async def look_aside(text: str) -> Alarm | None:
    """`look` in a thread of its own, so that nobody else's message waits for it."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, look, text)


def _look(detector: Detector, text: str) -> Alarm | None:
    if len(text) <= LONGEST_WHOLE:
        return detector.look(text)
    until = time.thread_time() + MOST_SECONDS
    parts = list(enumerate(windows(text[:LONGEST_READ])))
    while parts:
        # From both ends inwards: should the time not suffice, it is the middle that stays unread.
        number, window = parts.pop(-1 if len(parts) % 2 else 0)
        # The slow second look reads what the pipeline itself would read.
        alarm = detector.look(window, rules_only=number * WINDOW >= LONGEST_WHOLE)
        if alarm is not None:
            return replace(alarm, passage=window)
        if time.thread_time() > until and parts:
            logger.warning("A very long message was not read to its end: %d parts are left", len(parts))
            return None
    return None


def windows(text: str) -> Iterator[str]:
    """`text` in overlapping parts, each ended with a sentence where that is possible."""
    start = 0
    while start < len(text):
        end = min(len(text), start + WINDOW)
        if end < len(text):
            ends = [match.end() for match in _END.finditer(text, start + 2 * OVERLAP, end)]
            end = ends[-1] if ends else end
        yield text[start:end]
        if end == len(text):
            return
        # A cut may go through the alarm's own words, which the next part then holds.
        start = end - OVERLAP
