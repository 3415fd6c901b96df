"""A resume code in a message means one thing only, whatever the words around it sound like."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

HAVE_CODE = "have_code"
# The clinic makes and checks codes (clinic/domain/codes.py); tests/codes.json holds both to the same ones.
ALPHABET = "23456789CFHJKMNPQRTVWXY"
_OFFSET = 18
_CODE = re.compile(r"(?<![\w-])([0-9A-Za-z]{5})[\s\-\u2010-\u2015]*([0-9A-Za-z]{5})(?![\w-])")
_LOOK_ALIKES = str.maketrans("0OD1ILSZBGU", "QQQ7JJ5286V")
_MOST_WORDS_BESIDE = 8


def holds_code(text: str) -> bool:
    """Whether a short message holds a resume code without a typing mistake."""
    return any(
        _is_code("".join(found.groups()).upper().translate(_LOOK_ALIKES))
        and len(_CODE.sub(" ", text).split()) <= _MOST_WORDS_BESIDE
        for found in _CODE.finditer(text)
    )


def _is_code(code: str) -> bool:
    """Whether it has letters and digits of the alphabet only, and their weighted sum fits (weights 10 to 1)."""
    if any(letter not in ALPHABET for letter in code) or code.isalpha() or code.isdigit():
        return False
    total = sum(weight * ALPHABET.index(letter) for weight, letter in zip(range(len(code), 0, -1), code, strict=True))
    return (total + _OFFSET) % len(ALPHABET) == 0


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ResumeCodes(GraphComponent):
    """Makes `have_code` the intent of a message with a code, before an emergency is looked for."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ResumeCodes:
        """Creates the component (it has no settings)."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent of `messages` in place and returns them."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and holds_code(text):
                intent = {INTENT_NAME_KEY: HAVE_CODE, PREDICTED_CONFIDENCE_KEY: 1.0}
                ranking = [row for row in message.get(INTENT_RANKING_KEY) or [] if row[INTENT_NAME_KEY] != HAVE_CODE]
                message.set(INTENT, intent, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [intent, *ranking], add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """There is nothing to learn."""
        return training_data
