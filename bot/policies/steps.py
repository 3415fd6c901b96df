"""Base of the policies that add fixed steps to a turn, whatever the rules and forms would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.importers.intake import CONTROL_SLOT

# RulePolicy has 6: with the same confidence the higher priority wins.
ABOVE_RULES = 7


def actions_since_last_message(tracker: DialogueStateTracker) -> list[str]:
    """Names of the actions run since the user's last message, oldest first."""
    names: list[str] = []
    for event in reversed(tracker.applied_events()):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name:
            names.append(event.action_name)
    return [name for name in reversed(names) if name != ACTION_LISTEN_NAME]


def last_message(events: Sequence[Event]) -> int:
    """The place of the user's last message among `events`."""
    return next((index for index in range(len(events) - 1, -1, -1) if isinstance(events[index], UserUttered)), 0)


def control_before_message(events: Sequence[Event]) -> Mapping[str, Any] | None:
    """The intake's state as it was when the user's last message came: what the turn does to it changes nothing."""
    before = reversed(events[: last_message(events)])
    return next((event.value for event in before if isinstance(event, SlotSet) and event.key == CONTROL_SLOT), None)


class StepPolicy(Policy):
    """A policy without training that names the next action, or None to leave it to the others."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Default config: a priority above RulePolicy's."""
        return {POLICY_PRIORITY: ABOVE_RULES}

    @staticmethod
    def supported_data() -> SupportedData:
        """Rules and stories alike."""
        return SupportedData.ML_AND_RULE_DATA

    def train(
        self,
        training_trackers: list[TrackerWithCachedStates],
        domain: Domain,
        **kwargs: Any,
    ) -> Resource:
        """There is nothing to learn; the resource stays empty."""
        with self._model_storage.write_to(self._resource):
            return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Policy:
        """Loads the policy (its config is all it has)."""
        return cls(config, model_storage, resource, execution_context)

    def next_action(self, tracker: DialogueStateTracker, domain: Domain) -> str | None:
        """The action that must come next, or None."""
        raise NotImplementedError

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Full confidence in `next_action`, none in anything when there is no such step."""
        action = self.next_action(tracker, domain)
        probabilities = self._default_predictions(domain)
        if action is not None:
            probabilities[domain.index_for_action(action)] = 1.0
        # A form that is open is predicted as "no user prediction", which would outrank any priority otherwise.
        return self._prediction(probabilities, is_no_user_prediction=action is not None)
