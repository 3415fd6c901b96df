"""Copies of conversations without living through them again, and none for lines of a log that is off.

Before each action Rasa copies the conversation by applying every event of it to a new one, and for its debug lines it
copies messages and states deeply, whether such lines are written or not.
"""

from __future__ import annotations

import copy
from collections import deque
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar

from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.policies import memoization, rule_policy
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_version import is_checked

T = TypeVar("T")
# What belongs to one tracker alone.
OWN = ("_marrow_stored", "_marrow_history")
# Their `copy.deepcopy` stands in calls of the debug log only.
QUIET: tuple[ModuleType, ...] = (processor, forms, memoization, rule_policy)
# Applied once more they leave the action that must follow next as it is.
ORDINARY = (
    UserUttered,
    BotUttered,
    SlotSet,
    ActiveLoop,
    LoopInterrupted,
    ActionExecutionRejected,
    DefinePrevUserUtteredFeaturization,
)

_copy = DialogueStateTracker.copy


def duplicate(thing: T) -> T:
    """A shallow copy of a plain object, as `copy.copy` makes it, in a tenth of its time."""
    made = object.__new__(type(thing))
    made.__dict__.update(thing.__dict__)
    return made


def clone(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A tracker in the same state with the same events, which goes its own way from here."""
    made = duplicate(tracker)
    for name in OWN:
        made.__dict__.pop(name, None)
    made.events = deque(tracker.events, tracker.events.maxlen)
    made.slots = {name: duplicate(slot) for name, slot in tracker.slots.items()}
    made.active_loop = copy.copy(tracker.active_loop)
    return made


def copied(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """As Rasa's `copy`: the events' doing, without what was done to the tracker beside them."""
    if type(tracker) is not DialogueStateTracker or not _is_settled(tracker):
        return _copy(tracker)
    made = clone(tracker)
    made.model_id = made.assistant_id = None
    return made


def _is_settled(tracker: DialogueStateTracker) -> bool:
    """Whether no action waits to follow: Rasa takes that note away from the tracker, and its events bring it back."""
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            return tracker.followup_action is None
        if not isinstance(event, ORDINARY):
            return False
    return False


def copy_quickly() -> None:
    """Call before a model is served."""
    if not is_checked("Copying conversations quickly"):
        return
    DialogueStateTracker.copy = copied
    uncopied: Any = SimpleNamespace(deepcopy=lambda value: value)
    for module in QUIET:
        module.copy = uncopied  # type: ignore[attr-defined]
