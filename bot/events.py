"""Reads a conversation's events once where Rasa reads them at each question about them.

Rasa looks for an event's class among all classes for each stored event, and works out which events count (none that
was taken back, of a form only the last run) a dozen times a turn, the whole conversation each time.
"""

from __future__ import annotations

from functools import cache

from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
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
    length, first, last, kept, loops = tracker.__dict__.get(KEPT) or (0, None, None, [], frozenset())
    # Events are only ever added, or all of them replaced.
    if length == len(events) and first is events[0] and last is events[-1]:
        return list(kept)
    new = [events[at] for at in range(length, len(events))] if 0 < length < len(events) else None
    if new is None or first is not events[0] or last is not events[length - 1] or _opens_another(new, loops):
        kept = _applied(tracker)
        loops = frozenset(event.name for event in events if isinstance(event, ActiveLoop) and event.name)
    else:
        kept = _carried_on(tracker, list(kept), new, loops)
    tracker.__dict__[KEPT] = (len(events), events[0], events[-1], kept, loops)
    return list(kept)


def _opens_another(events: list[Event], loops: frozenset[str]) -> bool:
    """Whether a form is opened that was not open before: actions of its name are then seen in another light."""
    return any(isinstance(event, ActiveLoop) and event.name and event.name not in loops for event in events)


def _carried_on(
    tracker: DialogueStateTracker, applied: list[Event], new: list[Event], loops: frozenset[str]
) -> list[Event]:
    """What counts after the `new` events, as the end of Rasa's own loop; changes `applied`."""
    for event in new:
        if isinstance(event, (Restarted, SessionStarted)):
            applied = []
        elif isinstance(event, ActionReverted):
            tracker._undo_till_previous(ActionExecuted, applied)
        elif isinstance(event, UserUtteranceReverted):
            tracker._undo_till_previous(UserUttered, applied)
            tracker._undo_till_previous(ActionExecuted, applied)
        elif (
            isinstance(event, ActionExecuted)
            and event.action_name in loops
            and not tracker._first_loop_execution_or_unhappy_path(event.action_name, applied)
        ):
            tracker._undo_till_previous_loop_execution(event.action_name, applied)
        else:
            applied.append(event)
    return applied


def read_events_once() -> None:
    """Call before a model is served."""
    if is_checked("Reading a conversation's events once"):
        Event.resolve_by_type = staticmethod(resolve_event)
        DialogueStateTracker.applied_events = applied_events
