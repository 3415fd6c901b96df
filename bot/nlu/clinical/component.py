"""The Rasa component that adds clinical entities to each message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.analyser import ClinicalAnalyser
from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.clinical.vocabulary import Vocabulary
from bot.nlu.stored import StoredComponent

ASSERTIONS = "assertions"  # in `tracker.latest_message` of an action, beside `entities`


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ClinicalEntities(StoredComponent, EntityExtractorMixin):
    """Finds coded clinical entities and plain facts in the text of a message.

    Training compiles data/lexicon into the model archive; a loaded model needs no file outside it.
    """

    VOCABULARY_FILE = "vocabulary.json"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`lexicon` is the folder of the vocabulary, `schema` the schema of its files."""
        return {"lexicon": "data/lexicon", "schema": "data/schemas/lexicon.schema.json"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The lexicon belongs to what is trained: a changed file means training anew."""
        settings = {**cls.get_default_config(), **config}
        return fingerprint(Path(settings["lexicon"]), Path(settings["schema"]))

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        super().__init__({**self.get_default_config(), **config}, model_storage, resource)
        self._analyser = ClinicalAnalyser(vocabulary) if vocabulary else None

    def train(self, training_data: TrainingData) -> Resource:
        """Compiles the lexicon and keeps it; the training examples play no part."""
        vocabulary = Vocabulary.compile(Path(self._config["lexicon"]), Path(self._config["schema"]))
        with self._model_storage.write_to(self._resource) as folder:
            (folder / self.VOCABULARY_FILE).write_text(vocabulary.to_json(), encoding="utf-8")
        self._analyser = ClinicalAnalyser(vocabulary)
        return self._resource

    @classmethod
    def read(cls, folder: Path) -> tuple[Vocabulary]:
        """The compiled vocabulary."""
        return (Vocabulary.from_json((folder / cls.VOCABULARY_FILE).read_text(encoding="utf-8")),)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples keep the entities written in them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities found, and what is said of them, to each message that has text."""
        for message in messages:
            text = message.get(TEXT)
            if text and self._analyser:
                read = self._analyser.message(text)
                message.set(ENTITIES, message.get(ENTITIES, []) + read.entities, add_to_output=True)
                message.set(ASSERTIONS, read.assertions, add_to_output=True)
        return messages
