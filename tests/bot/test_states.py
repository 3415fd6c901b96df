"""The states that policies are given are the last ones of those that Rasa makes, after every event."""

from __future__ import annotations

import json
import random

import pytest
from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot import states as ours
from bot.states import longest_rule, prediction_states, recent_states

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet, affirm, faq]
entities: [drug]
slots:
  country: {type: text, mappings: [{type: custom}], influence_conversation: true}
  open: {type: bool, mappings: [{type: custom}], influence_conversation: true}
forms: {intake_form: {required_slots: []}}
actions: [utter_faq, utter_greet]
""")
INTENTS = ("greet", "affirm", "faq", None)


def said(choose) -> UserUttered:
    intent = choose.choice(INTENTS)
    entities = [{"entity": "drug", "value": "x"}] if choose.random() < 0.3 else []
    return UserUttered(choose.choice(["yes", "hello"]), {"name": intent, "confidence": 1.0}, entities)


KINDS = [
    said,
    lambda choose: ActionExecuted("action_listen", hide_rule_turn=choose.random() < 0.2),
    lambda choose: ActionExecuted("intake_form", hide_rule_turn=choose.random() < 0.3),
    lambda choose: ActionExecuted("utter_faq", hide_rule_turn=choose.random() < 0.3),
    lambda choose: ActiveLoop("intake_form"),
    lambda choose: ActiveLoop(None),
    lambda choose: LoopInterrupted(True),
    lambda choose: ActionExecutionRejected("intake_form"),
    lambda choose: SlotSet("country", choose.choice(["ES", None])),
    lambda choose: SlotSet("open", choose.choice([True, False, None])),
    lambda choose: BotUttered("hello"),
    lambda choose: FollowupAction("utter_greet"),
    # Rasa says it once of a message.
    lambda choose: DefinePrevUserUtteredFeaturization(choose.by_text),
    lambda choose: AllSlotsReset(),
    lambda choose: ActionReverted(),
    lambda choose: UserUtteranceReverted(),
    lambda choose: SessionStarted(),
    lambda choose: Restarted(),
]
OFTEN = [14, 14, 12, 6, 4, 2, 2, 3, 6, 4, 6, 1, 5, 1, 1, 1, 1, 1]
RULE_ONLY = {"rule_only_slots": ["open"], "rule_only_loops": ["intake_form"]}


def chooser(seed: int) -> random.Random:
    choose = random.Random(seed)
    choose.by_text = bool(seed % 2)
    return choose


@pytest.mark.parametrize("seed", range(30))
def test_after_each_event_they_are_rasas_last_ones(seed):
    choose = chooser(seed)
    tracker = DialogueStateTracker("me", DOMAIN.slots)
    for _ in range(90):
        tracker.update(choose.choices(KINDS, OFTEN)[0](choose))
        if choose.random() < 0.3:
            continue
        tracker.past_states(DOMAIN)  # Rasa marks messages while it looks at them, and sees the marks the next time.
        for stories, data in ((False, None), (True, RULE_ONLY), (True, None)):
            expected = tracker.past_states(DOMAIN, ignore_rule_only_turns=stories, rule_only_data=data)
            for most in (1, 4, 1000):
                assert recent_states(tracker, DOMAIN, most, stories, data) == expected[-most:]
        if choose.random() < 0.1:
            tracker = tracker.copy()


def test_another_domain_begins_anew():
    tracker = DialogueStateTracker.from_events("me", [SlotSet("country", "ES")], DOMAIN.slots)
    assert recent_states(tracker, DOMAIN, 3, False, None) == [{"slots": {"country": (1.0,)}}]
    other = Domain.empty()
    assert recent_states(tracker, other, 3, False, None) == tracker.past_states(other)


def policy(kind, folder, lookup, **config):
    storage = LocalModelStorage(folder)
    context = ExecutionContext(GraphSchema({}), "a model")
    return kind({**kind.get_default_config(), **config}, storage, Resource("policy"), context, lookup=lookup)


def listening(*intents: str) -> list[dict[str, object]]:
    """The states of a rule, oldest first."""
    return [{"prev_action": {"action_name": "action_listen"}, "user": {"intent": intent}} for intent in intents]


def key(states) -> str:
    return json.dumps(states, sort_keys=True)


RULE = {key(listening("greet", "faq")): "utter_faq", key([{}, *listening("faq")]): "utter_greet"}


def conversation(length: int) -> DialogueStateTracker:
    tracker = DialogueStateTracker("me", DOMAIN.slots)
    for number in range(length):
        tracker.update(ActionExecuted("action_listen"))
        tracker.update(UserUttered("x", {"name": "greet" if number < length - 1 else "faq", "confidence": 1.0}))
    return tracker


@pytest.mark.parametrize("length", [1, 2, 3, 10])
@pytest.mark.parametrize("text", [False, True])
def test_rules_apply_as_they_do_with_the_whole_conversation(tmp_path, length, text):
    rules = policy(RulePolicy, tmp_path, {RULES: RULE, "rules_for_loop_unhappy_path": {}})
    tracker = conversation(length)
    whole = ours._prediction_states(rules, tracker, DOMAIN, text)
    cut = prediction_states(rules, tracker, DOMAIN, text)
    assert cut == whole[-3:]
    found = {rules.lookup[RULES][key] for key in rules._get_possible_keys(RULE, cut)}
    assert found == {rules.lookup[RULES][key] for key in rules._get_possible_keys(RULE, whole)}
    assert text or found == {"utter_greet" if length == 1 else "utter_faq"}


def test_a_longer_rule_is_looked_back_for(tmp_path):
    long = key(listening(*["greet"] * 6, "faq"))
    assert longest_rule({RULES: {long: "utter_faq"}, "rules_not_in_stories": ["default rule", long]}) == 7
    rules = policy(RulePolicy, tmp_path, {RULES: {long: "utter_faq"}})
    assert len(prediction_states(rules, conversation(20), DOMAIN)) == 8


@pytest.mark.parametrize("history", [2, 6, None])
def test_a_memorised_turn_is_as_long_as_its_policy_looks(tmp_path, history):
    memory = policy(MemoizationPolicy, tmp_path, {}, max_history=history)
    tracker = conversation(20)
    expected = ours._prediction_states(memory, tracker, DOMAIN)
    assert prediction_states(memory, tracker, DOMAIN) == expected
    tracker.update(ActionExecuted("action_unlikely_intent"))
    assert prediction_states(memory, tracker, DOMAIN) == ours._prediction_states(memory, tracker, DOMAIN)
