"""Rasa component that leads an FAQ answer with the direct answer that fits, where one does."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import RESPONSE_SELECTOR_PROPERTY_NAME
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.importers.articles import Article, read_articles
from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.direct.model import Asked, DirectAnswerModel
from bot.nlu.encoder.component import SentenceEncoder, encoder_in_use, message_parts, sentence_vector
from bot.nlu.stored import StoredComponent
from bot.nlu.topics.component import SECOND_TOPIC
from bot.nlu.topics.decision import FAQ, FAQ_PREFIX

RESPONSES_FILE = "direct_responses.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DirectAnswers(IntentClassifier, StoredComponent):
    """Replaces the response of the chosen topic by one of its direct answers.

    Neither intent nor topic change: within the topic, the answer whose questions are nearest leads, where it is near
    enough; the article itself is offered beside it. The same holds for the second question of a message, whose entity
    then names `<topic>.<answer>`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`content` is the folder of `knowledge/` and `schemas/`; below `least` the article itself is the answer."""
        return {"content": "data", "lexicon": "data/lexicon", "least": 0.32}

    @classmethod
    def required_components(cls) -> list[type]:
        """The sentence encoder comes before; so does `TopicClassifier`, but not while Rasa trains."""
        return [SentenceEncoder]

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str | None:
        """Makes Rasa train again when the articles or the code change, which Rasa itself does not look at."""
        settings = {**DirectAnswers.get_default_config(), **config}
        digest = hashlib.sha256(fingerprint(Path(settings["lexicon"])).encode())
        for path in sorted((Path(settings["content"]) / "knowledge").iterdir()):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: DirectAnswerModel | None = None,
        responses: dict[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        """Builds the component; `model` is absent until trained or loaded."""
        super().__init__(config, model_storage, resource)
        self._model = model
        self._responses = responses or {}

    @classmethod
    def read(cls, folder: Path) -> tuple[DirectAnswerModel, dict[str, list[dict[str, Any]]]]:
        """The model, and the responses by name."""
        responses = json.loads((folder / RESPONSES_FILE).read_text(encoding="utf-8"))
        return DirectAnswerModel.load(folder), responses

    def train(self, training_data: TrainingData) -> Resource:
        """Learns which questions belong to which direct answer.

        Args:
            training_data: examples featurized by `SentenceEncoder`.

        Returns:
            The resource that holds the model.
        """
        content = Path(self._config["content"])
        articles = read_articles(content / "knowledge", content / "schemas")
        vectors = {
            message.get(TEXT): vector
            for message in training_data.training_examples
            if message.get(TEXT) and (vector := sentence_vector(message)) is not None
        }
        topics = {article.topic: asked for article in articles if (asked := _asked(article, vectors)) is not None}
        self._model = DirectAnswerModel.fit(topics)
        names = {f"utter_{FAQ_PREFIX}{topic}.{answer}" for topic, asked in topics.items() for answer in asked.answers}
        self._responses = {name: told for name, told in training_data.responses.items() if name in names}
        with self._model_storage.write_to(self._resource) as directory:
            self._model.save(directory)
            (directory / RESPONSES_FILE).write_text(json.dumps(self._responses), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Puts direct answers in the place of articles.

        Args:
            messages: messages that `TopicClassifier` has read.

        Returns:
            The same messages.
        """
        for message in messages:
            if message.get(INTENT, {}).get(INTENT_NAME_KEY) != FAQ or sentence_vector(message) is None:
                continue
            self._lead(message)
            self._lead_second(message)
        return messages

    def _lead(self, message: Message) -> None:
        selected = message.get(RESPONSE_SELECTOR_PROPERTY_NAME, {}).get(FAQ)
        if not selected:
            return
        topic = selected["response"]["intent_response_key"].removeprefix(FAQ_PREFIX)
        asked = [(message.get(TEXT), sentence_vector(message))]
        # Of a message with several parts, the part that asks fits better than the whole.
        asked += [(part.text, vector) for part, vector in message_parts(message)]
        name = self._best(topic, asked)
        if name:
            selected["response"] = {
                **selected["response"],
                "utter_action": name,
                "responses": self._responses[name],
            }

    def _lead_second(self, message: Message) -> None:
        entities = message.get(ENTITIES, [])
        for entity in entities:
            if entity.get("entity") != SECOND_TOPIC:
                continue
            vectors = {part.text: vector for part, vector in message_parts(message)}
            text = str(entity.get("text"))
            if text in vectors and (name := self._best(str(entity["value"]), [(text, vectors[text])])):
                entity["value"] = name.removeprefix(f"utter_{FAQ_PREFIX}")

    def _best(self, topic: str, asked: list[tuple[str, np.ndarray | None]]) -> str | None:
        """The response of the direct answer that fits one of these best, or None where none is near."""
        if self._model is None:
            raise RuntimeError("direct answers are asked for before they were trained or loaded")
        found = [self._model.scores(topic, text, vector)[:1] for text, vector in asked if vector is not None]
        answer, score = max((best[0] for best in found if best), key=lambda best: best[1], default=("", 0.0))
        name = f"utter_{FAQ_PREFIX}{topic}.{answer}"
        return name if score >= float(self._config["least"]) and name in self._responses else None


def _asked(article: Article, vectors: dict[str, np.ndarray]) -> Asked | None:
    """The questions of an article with their vectors; None for one without direct answers."""
    encoder = encoder_in_use()
    if not article.direct_answers or encoder is None:
        return None
    ids = tuple(answer.id for answer in article.direct_answers)
    owned = [(question, -1) for question in (article.title, *article.questions)]
    owned += [(question, ids.index(key)) for key, texts in article.direct_questions.items() for question in texts]
    # Not each question is an example of its topic.
    seen = [vectors[question] if question in vectors else encoder.vector(question) for question, _ in owned]
    return Asked(
        answers=ids,
        texts=tuple(question for question, _ in owned),
        owners=np.array([owner for _, owner in owned]),
        vectors=np.stack(seen),
        answer_vectors=np.stack([encoder.vector(answer.text) for answer in article.direct_answers]),
    )
