"""Rasa component that adds examples at training time: questions about other matters, statements of other diseases."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.scope.subjects import Scope, read_lexicon_file
from bot.nlu.topics.decision import OUT_OF_SCOPE

# How many examples of each kind; more of them helped no further (docs/understanding.md).
AMOUNTS = {
    "other_conditions": 620,
    "other_medicines": 160,
    "other_procedures": 270,
    "other_uses": 190,
    "everyday_matters": 160,
    "general_health": 130,
}
STATEMENT_AMOUNTS = {"other_conditions": 180, "other_medicines": 80}
INFORM = "inform"


def scope_examples(folder: Path, seed: int = 0) -> list[tuple[str, str]]:
    """Combines the names and the patterns of the lexicon.

    Args:
        folder: the lexicon, with `scope.yml`.
        seed: of the random choice; the same seed gives the same examples.

    Returns:
        (text, intent) of questions that are out of scope, and of statements that are facts for the intake;
        sorted, without repeats.
    """
    content = read_lexicon_file(folder / "scope.yml")
    names = {**content, **Scope.from_lexicon(folder).names}
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of examples, no secret
    examples = dict.fromkeys(content["examples"], OUT_OF_SCOPE)
    for patterns, amounts, intent in (
        (content["patterns"], AMOUNTS, OUT_OF_SCOPE),
        (content["statements"], STATEMENT_AMOUNTS, INFORM),
    ):
        for kind, amount in amounts.items():
            for text in _combined(patterns[kind], sorted(set(names[kind])), amount, chance):
                examples.setdefault(text, intent)
    return sorted(examples.items())


def _combined(patterns: list[str], names: list[str], amount: int, chance: random.Random) -> list[str]:
    order = list(patterns)
    texts = []
    for number in range(amount):
        if number % len(order) == 0:
            chance.shuffle(order)
        texts.append(order[number % len(order)].format(chance.choice(names)))
    return texts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ScopeExamples(GraphComponent):
    """Adds `scope_examples` to the training data; leaves incoming messages alone."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's settings: `lexicon` is the folder of the lexicon."""
        return {"lexicon": "data/lexicon"}

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str | None:
        """Makes Rasa train again when the lexicon changes."""
        return fingerprint(Path({**ScopeExamples.get_default_config(), **config}["lexicon"]))

    def __init__(self, config: dict[str, Any]) -> None:
        """Builds the component."""
        self._lexicon = Path(config["lexicon"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ScopeExamples:
        """Creates the component (see parent class)."""
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the examples.

        Args:
            training_data: what Rasa read from the files.

        Returns:
            The same with more examples of `out_of_scope` and `inform`.
        """
        known = {str(message.get(TEXT)).lower() for message in training_data.training_examples}
        examples = [
            Message.build(text=text, intent=intent)
            for text, intent in scope_examples(self._lexicon)
            if text.lower() not in known
        ]
        return training_data.merge(TrainingData(examples))

    def process(self, messages: list[Message]) -> list[Message]:
        """Passes messages on.

        Args:
            messages: incoming messages.

        Returns:
            The same messages.
        """
        return messages
