"""Reads a conversation's events once where Rasa reads them at each question about them.

Rasa looks for an event's class among all classes for each stored event, and works out which events count (none that
was taken back, of a form only the last run) a dozen times a turn, the whole conversation each time.
"""

from __future__ import annotations

from functools import cache

from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_version import is_checked

KEPT = "_marrow_applied"

_resolve = Event.resolve_by_type
_applied = DialogueStateTracker.applied_events


@cache
def resolve_event(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """The class of an event by its name on the wire; raises ValueError for an unknown one, as Rasa's."""
    return _resolve(type_name, default)


def applied_events(tracker: DialogueStateTracker) -> list[Event]:
    """The events that count, oldest first, in a list of the caller's own."""
    events = tracker.events
    if not events:
        return []
    length, first, last, kept = tracker.__dict__.get(KEPT) or (0, None, None, [])
    # Events are only ever added, or all of them replaced.
    if length != len(events) or first is not events[0] or last is not events[-1]:
        kept = _applied(tracker)
        tracker.__dict__[KEPT] = (len(events), events[0], events[-1], kept)
    return list(kept)


def read_events_once() -> None:
    """Call before a model is served."""
    if is_checked("Reading a conversation's events once"):
        Event.resolve_by_type = staticmethod(resolve_event)
        DialogueStateTracker.applied_events = applied_events
