"""Conversations kept in memory between two turns, so that a turn need not read, decrypt and replay the whole of one.

One is taken out for a turn, and put back only when the turn is stored: a turn that fails leaves nothing behind, and no
two turns share one. Whoever takes it compares its `Stamp` with the database's: what another process stored, erased or
purged meanwhile shows there.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

MOST = 500
MOST_EVENTS = 50_000
MOST_SECONDS = 15 * 60.0


class Stamp(NamedTuple):
    """What is stored of a conversation: the greatest id, how many events, and the latest moment (Unix time).

    The id alone is not enough: SQLite gives the ids of erased rows once more.
    """

    last: int | None
    number: int
    moment: float | None


@dataclass(frozen=True)
class Kept:
    """A conversation as it was stored: its tracker with so many events, the stamp then, the domain it was made with."""

    tracker: DialogueStateTracker
    stamp: Stamp
    length: int
    domain: Domain

    def holds(self, stamp: Stamp, domain: Domain) -> bool:
        """Whether it is still what is stored, read with this domain, and nobody went on with it without storing it."""
        return self.stamp == stamp and self.domain is domain and self.length == len(self.tracker.events)


class KeptTrackers:
    """The conversations that were stored last, bounded by their number, their events and their age."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells seconds."""
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Kept]] = OrderedDict()
        self._events = 0
        self._changing = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, sender_id: str) -> Kept | None:
        """The conversation, no longer kept here; None where there is none that is young enough."""
        with self._changing:
            self._make_room()
            return self._remove(sender_id)

    def put(self, sender_id: str, kept: Kept) -> None:
        """Keeps a conversation, in the place of an earlier state of it."""
        with self._changing:
            self._remove(sender_id)
            self._kept[sender_id] = (self._clock(), kept)
            self._events += kept.length
            self._make_room()

    def drop(self, sender_ids: Iterable[str]) -> None:
        """Forgets conversations."""
        with self._changing:
            for sender_id in sender_ids:
                self._remove(sender_id)

    def _remove(self, sender_id: str) -> Kept | None:
        _, kept = self._kept.pop(sender_id, (0.0, None))
        if kept is not None:
            self._events -= kept.length
        return kept

    def _make_room(self) -> None:
        """Forgets what is too old, and the oldest while there is too much."""
        oldest = self._clock() - MOST_SECONDS
        while self._kept:
            sender_id, (since, _) = next(iter(self._kept.items()))
            if since >= oldest and len(self._kept) <= MOST and self._events <= MOST_EVENTS:
                return
            self._remove(sender_id)


def as_read(tracker: DialogueStateTracker, domain: Domain) -> DialogueStateTracker:
    """The tracker as Rasa would read it again: without what came before its latest session."""
    events = list(tracker.events)
    start = next((at for at in range(len(events) - 1, 0, -1) if isinstance(events[at], SessionStarted)), 0)
    if start == 0:
        return tracker
    return DialogueStateTracker.from_events(tracker.sender_id, events[start:], domain.slots)
