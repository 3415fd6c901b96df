"""What counts of a conversation is what Rasa says, after every event."""

from __future__ import annotations

import random

import pytest
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    Event,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot import events as ours
from bot.events import applied_events, resolve_event

KINDS = [
    lambda: UserUttered("yes", {"name": "affirm", "confidence": 1.0}),
    lambda: ActionExecuted("action_listen"),
    lambda: ActionExecuted("intake_form"),
    lambda: ActionExecuted("utter_faq"),
    lambda: ActiveLoop("intake_form"),
    lambda: ActiveLoop(None),
    lambda: LoopInterrupted(True),
    lambda: SlotSet("country", "ES"),
    lambda: BotUttered("hello"),
    lambda: ActionReverted(),
    lambda: UserUtteranceReverted(),
    lambda: SessionStarted(),
    lambda: Restarted(),
]
OFTEN = [12, 12, 12, 6, 4, 2, 2, 6, 6, 1, 1, 1, 1]


@pytest.mark.parametrize("seed", range(20))
def test_after_each_event_the_same_events_count(seed):
    choose = random.Random(seed)
    tracker = DialogueStateTracker("me", [])
    for _ in range(60):
        tracker.update(choose.choices(KINDS, OFTEN)[0]())
        expected = ours._applied(tracker)
        assert applied_events(tracker) == expected
        again = applied_events(tracker)
        again.clear()
        assert applied_events(tracker) == expected
        if choose.random() < 0.1:
            tracker = tracker.copy()


def test_replaced_events_count_instead():
    tracker = DialogueStateTracker.from_events("me", [SlotSet("a", 1), SlotSet("a", 2)])
    assert len(applied_events(tracker)) == 2
    tracker.events.clear()
    assert applied_events(tracker) == []
    for value in (3, 4):
        tracker.events.append(SlotSet("a", value))
    assert [event.value for event in applied_events(tracker)] == [3, 4]


def test_event_names_lead_to_rasas_classes():
    known = {name: ours._resolve(name) for name in ("user", "action", "slot", "bot", "active_loop", "session_started")}
    assert {name: resolve_event(name) for name in known} == known
    assert resolve_event("unheard", Event) is Event
    with pytest.raises(ValueError, match="unheard"):
        resolve_event("unheard")
