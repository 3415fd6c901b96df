"""The states of a conversation that policies compare, worked out once and only as far back as they look.

At each prediction Rasa lives through the whole conversation, three times over, and then looks at the last few states:
a rule is as long as its own states, a memorised turn as long as the policy's `max_history`.
"""

from __future__ import annotations

import json
from collections import deque
from operator import is_
from types import SimpleNamespace
from typing import Any, NamedTuple

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import Policy, SupportedData
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_UNLIKELY_INTENT_NAME,
    ACTIVE_LOOP,
    LOOP_NAME,
    PREVIOUS_ACTION,
    SLOTS,
    USER,
)
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME

from bot.copies import clone
from bot.rasa_version import is_checked

HISTORY = "_marrow_history"
MOST = "_marrow_most_states"
# An open form takes back what the turn before did to it: so many turns can be taken back without starting anew.
MARKS = 8

_prediction_states = Policy._prediction_states


class Moment(NamedTuple):
    """What a conversation was like before an action; the message stays the event itself, which Rasa may still mark."""

    message: UserUttered
    slots: dict[str, Any]
    action: dict[str, str]
    loop: dict[str, str | None]
    decides: bool
    """Whether it says of the following turns whether they are hidden from stories."""
    hidden: bool


class History:
    """The moments of a conversation, carried on with each new event."""

    def __init__(self, tracker: DialogueStateTracker, domain: Domain) -> None:
        self.domain = domain
        self._begin(tracker)

    def _begin(self, tracker: DialogueStateTracker) -> None:
        self._events: list[Event] = []
        self._moments: list[Moment] = []
        self._now = tracker.init_copy()
        self._marks: deque[tuple[int, int, DialogueStateTracker]] = deque(maxlen=MARKS)

    def follow(self, tracker: DialogueStateTracker) -> None:
        """Goes on to where the tracker is, back first where events that counted no longer do."""
        events = tracker.applied_events()
        if not all(map(is_, self._events, events)) or len(events) < len(self._events):
            self._go_back(tracker, events)
        done = len(self._events)
        if len(events) == done:
            return
        self._marks.append((done, len(self._moments), clone(self._now)))
        for event in events[done:]:
            if isinstance(event, ActionExecuted):
                self._moments.append(self._moment(event.hide_rule_turn))
            event.apply_to(self._now)
        self._events = events

    def _go_back(self, tracker: DialogueStateTracker, events: list[Event]) -> None:
        pairs = enumerate(zip(self._events, events, strict=False))
        same = next((at for at, (ours, theirs) in pairs if ours is not theirs), min(len(self._events), len(events)))
        while self._marks and self._marks[-1][0] > same:
            self._marks.pop()
        if not self._marks:
            self._begin(tracker)
            return
        done, moments, self._now = self._marks.pop()
        self._events, self._moments = self._events[:done], self._moments[:moments]

    def _moment(self, hidden: bool) -> Moment:
        now = self._now
        slots = self.domain._get_slots_sub_state(now)
        if self._moments and self._moments[-1].slots == slots:
            slots = self._moments[-1].slots
        loop = {LOOP_NAME: now.active_loop.name} if now.active_loop else {}
        decides = not now.followup_action and now.latest_action_name != now.active_loop_name
        return Moment(now.latest_message, slots, now.latest_action, loop, decides, hidden)

    def states(self, most: int, stories: bool, rule_only_data: dict[str, Any] | None) -> list[State] | None:
        """The last `most` states, as Rasa makes them; with `stories` as a policy sees them that knows no rules.

        None where Rasa must make them itself.
        """
        moments = [*self._moments, self._moment(False)]
        if not stories:
            return [self._state(moment) for moment in moments[-most:]]
        if any(moment.action.get(ACTION_NAME) == ACTION_UNLIKELY_INTENT_NAME for moment in moments):
            return None
        shown = _shown(moments)
        start = max(0, len(shown) - most)
        # Between two messages the states share what the first has of the user's.
        while start and shown[start][0].action.get(ACTION_NAME) != ACTION_LISTEN_NAME:
            start -= 1
        states: list[State] = []
        for moment, action in shown[start:]:
            state = self._state(moment)
            self.domain._remove_rule_only_features(state, rule_only_data)
            if states:
                self.domain._substitute_rule_only_user_input(state, states[-1])
            if action:
                state[PREVIOUS_ACTION] = action
            states.append(self.domain._clean_state(state))
        return states[-most:]

    def _state(self, moment: Moment) -> State:
        user = self.domain._get_user_sub_state(SimpleNamespace(latest_message=moment.message))
        parts = {USER: user, SLOTS: dict(moment.slots), PREVIOUS_ACTION: moment.action, ACTIVE_LOOP: dict(moment.loop)}
        return self.domain._clean_state(parts)


def _shown(moments: list[Moment]) -> list[tuple[Moment, dict[str, str]]]:
    """The moments that a story could hold, each with the action that came last there."""
    shown = []
    action: dict[str, str] = {}
    hidden = False
    for moment in moments:
        if not hidden:
            action = moment.action
        if moment.decides:
            hidden = moment.hidden
        if not hidden:
            shown.append((moment, action))
    return shown


def recent_states(
    tracker: DialogueStateTracker, domain: Domain, most: int, stories: bool, rule_only_data: dict[str, Any] | None
) -> list[State] | None:
    """See `History.states`."""
    history = tracker.__dict__.get(HISTORY)
    if history is None or history.domain is not domain:
        history = tracker.__dict__[HISTORY] = History(tracker, domain)
    history.follow(tracker)
    return history.states(most, stories, rule_only_data)


def longest_rule(lookup: dict[str, Any]) -> int:
    """How many states the longest of the rules has that a RulePolicy looks up."""
    keys = [key for rules in lookup.values() for key in rules if key.startswith("[")]
    return max((len(json.loads(key)) for key in keys), default=0)


def most_states(policy: Policy) -> int | None:
    """How far back a policy looks, in states; None for one that looks at all."""
    if isinstance(policy, RulePolicy):
        if policy.featurizer.max_history is not None:
            return None
        if MOST not in policy.__dict__:
            # One more tells a conversation that goes back further from one that begins as the rule does.
            policy.__dict__[MOST] = longest_rule(policy.lookup) + 1
        return int(policy.__dict__[MOST])
    return policy.featurizer.max_history or None


def prediction_states(
    policy: Policy,
    tracker: DialogueStateTracker,
    domain: Domain,
    use_text_for_last_user_input: bool = False,
    rule_only_data: dict[str, Any] | None = None,
) -> list[State]:
    """As Rasa's `Policy._prediction_states`, no longer than the policy looks back."""
    most = most_states(policy)
    stories = policy.supported_data() == SupportedData.ML_DATA
    states = recent_states(tracker, domain, most, stories, rule_only_data) if most else None
    if states is None:
        return _prediction_states(policy, tracker, domain, use_text_for_last_user_input, rule_only_data)
    policy.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
    return states


def cut_states() -> None:
    """Call before a model is served."""
    if is_checked("Cutting states before they are built"):
        RulePolicy._prediction_states = prediction_states
        MemoizationPolicy._prediction_states = prediction_states
