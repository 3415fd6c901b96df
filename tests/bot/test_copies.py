"""A copy is what Rasa's copy is, and what is no longer copied is read by the debug log alone."""

from __future__ import annotations

import ast
import inspect

import pytest
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot import copies
from bot.copies import copied
from tests.bot.test_states import DOMAIN, KINDS, OFTEN, chooser


def state(tracker: DialogueStateTracker) -> dict[str, object]:
    more = {name: getattr(tracker, name) for name in ("model_id", "assistant_id", "latest_bot_utterance")}
    slots = {name: (slot.value, slot.has_been_set) for name, slot in tracker.slots.items()}
    return {**tracker.current_state(EventVerbosity.ALL), **more, "set": slots, "loop": tracker.active_loop}


@pytest.mark.parametrize("seed", range(20))
def test_after_each_event_a_copy_is_rasas_copy(seed):
    choose = chooser(seed)
    tracker = DialogueStateTracker("me", DOMAIN.slots)
    tracker.model_id = "a model"
    for _ in range(60):
        tracker.update(choose.choices(KINDS, OFTEN)[0](choose))
        if choose.random() < 0.1:
            tracker.clear_followup_action()
        made = copied(tracker)
        assert state(made) == state(copies._copy(tracker))
        assert list(made.events) == list(tracker.events)
        assert made.applied_events() == tracker.applied_events()


def test_a_copy_goes_its_own_way():
    tracker = DialogueStateTracker("me", DOMAIN.slots)
    for event in (UserUttered("hello"), SlotSet("country", "ES"), BotUttered("hi")):
        tracker.update(event)
    before = state(tracker)
    made = copied(tracker)
    for event in (UserUttered("more"), SlotSet("country", "US")):
        made.update(event)
    assert state(tracker) == before
    assert made.get_slot("country") == "US"


def test_slots_are_plain_objects():
    """`duplicate` copies what lies in `__dict__`."""
    kinds = {kind for slot in DOMAIN.slots for kind in type(slot).__mro__}
    assert not any(vars(kind).get("__slots__") for kind in kinds)
    for slot in DOMAIN.slots:
        assert vars(copies.duplicate(slot)) == vars(slot)


@pytest.mark.parametrize("module", copies.QUIET, ids=lambda module: module.__name__)
def test_rasa_copies_there_for_the_debug_log_only(module):
    tree = ast.parse(inspect.getsource(module))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    logged = [node for call in calls if ast.unparse(call.func) == "structlogger.debug" for node in ast.walk(call)]
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "copy"]
    assert used
    assert all(node in logged for node in used)
    assert all(
        ast.unparse(call.func) == "copy.deepcopy" for call in calls if ast.unparse(call.func).startswith("copy.")
    )
