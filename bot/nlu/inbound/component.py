"""First step of the pipeline: makes what people type safe and plain before anything reads it."""

from __future__ import annotations

import unicodedata
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

MAXIMUM_CHARACTERS = 4000
_KEPT_CONTROLS = "\n\t"


def clean_text(text: str) -> str:
    """`text` as a person meant it.

    A leading slash is dropped (Rasa obeys a typed `/intent{"slot": "value"}`; a patient must not be
    able to), control and direction-override characters go, curly apostrophes become straight, and
    what is longer than any answer allows is cut.
    """
    kept = "".join(
        character
        for character in text[:MAXIMUM_CHARACTERS]
        if character in _KEPT_CONTROLS
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
        or character in "\u200c\u200d"
    )
    plain = kept.replace("\u2019", "'").replace("\u2018", "'").strip()
    return plain.lstrip("/ \t\n\uff0f").strip() if plain.startswith(("/", "\uff0f")) else plain


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class InboundText(GraphComponent):
    """Applies `clean_text` to each message, in every channel alike."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> InboundText:
        """Creates the component (it has no settings)."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Cleans the text of `messages` in place and returns them."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str):
                message.set(TEXT, clean_text(text))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples are written plainly already."""
        return training_data
