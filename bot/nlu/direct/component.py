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
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.importers.articles import Article, read_articles
from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.direct.model import Asked, DirectAnswerModel
from bot.nlu.direct.ranking import has_an_answer, weighed_anew
from bot.nlu.encoder.component import SentenceEncoder, encoder_in_use, message_parts, sentence_vector
from bot.nlu.stored import StoredComponent
from bot.nlu.topics.component import ANSWERED, ASKED, LEANING, SECOND_TOPIC
from bot.nlu.topics.conversation import Answered
from bot.nlu.topics.decision import FALLBACK, FAQ, FAQ_PREFIX, MEDICAL_ADVICE, OUT_OF_SCOPE

RESPONSES_FILE = "direct_responses.json"
# From this score on, a message that leans on the last answer asks for another answer of its topic; higher where the
# message alone was no question to us.
FOLLOWS, FOLLOWS_FROM_ELSEWHERE = 0.45, 0.6
UNANSWERED = frozenset({FALLBACK, OUT_OF_SCOPE})
RECONSIDERED = frozenset({MEDICAL_ADVICE})


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
            messages: messages that `TopicClassifier` has read, in their conversation.

        Returns:
            The same messages.
        """
        for message in messages:
            if sentence_vector(message) is None:
                continue
            self._reconsider(message)
            if message.get(ANSWERED):
                self._follow(message, message.get(ANSWERED))
            if message.get(INTENT, {}).get(INTENT_NAME_KEY) == FAQ:
                self._lead(message)
                self._lead_second(message)
        return messages

    def _reconsider(self, message: Message) -> None:
        """Weighs the topics anew by how well their direct answers fit a message of one part.

        A neighbour whose answer fits exactly comes before a leader that has no more to say than its whole article.
        """
        selected = message.get(RESPONSE_SELECTOR_PROPERTY_NAME, {}).get(FAQ, {})
        rows, intent = selected.get("ranking"), message.get(INTENT, {}).get(INTENT_NAME_KEY)
        text, vector = _texts(message)[0]
        alone = not message_parts(message) and text not in message.get(LEANING, [])
        if self._model is None or not rows or not alone:
            return
        fits = self._model.best_of_topics(text, vector)
        ranking = weighed_anew(rows, fits)
        topic = ranking[0]["intent_response_key"].removeprefix(FAQ_PREFIX)
        if intent == FAQ:
            selected["ranking"] = ranking
            if topic != rows[0]["intent_response_key"].removeprefix(FAQ_PREFIX):
                self._turn_to(message, topic, float(ranking[0]["confidence"]))
        elif intent in RECONSIDERED and has_an_answer(rows, topic, fits):
            selected["ranking"] = ranking
            self._turn_to(message, topic, min(fits[topic], 1.0))

    def _follow(self, message: Message, answered: Answered) -> None:
        """Stays with the topic answered last where a message that leans on it asks for one of its direct answers."""
        intent = message.get(INTENT)[INTENT_NAME_KEY]
        asked = _texts(message)[:1]
        if asked[0][0] not in message.get(LEANING, []) or intent not in (FAQ, *UNANSWERED):
            return
        ranking = message.get(RESPONSE_SELECTOR_PROPERTY_NAME, {}).get(FAQ, {}).get("ranking") or []
        leader = ranking[0]["intent_response_key"].removeprefix(FAQ_PREFIX) if intent == FAQ and ranking else ""
        _, here = self._nearest(answered.topic, asked)
        least, there = (FOLLOWS, self._nearest(leader, asked)[1]) if leader else (FOLLOWS_FROM_ELSEWHERE, 0.0)
        if leader != answered.topic and here >= least and here > there:
            self._turn_to(message, answered.topic, float(ranking[0]["confidence"]) if leader else min(here, 1.0))

    @staticmethod
    def _turn_to(message: Message, topic: str, confidence: float) -> None:
        """Makes `topic` the leader; one that led before comes second, close behind."""
        key = f"{FAQ_PREFIX}{topic}"
        row = {"confidence": confidence, "intent_response_key": key}
        ranking = message.get(RESPONSE_SELECTOR_PROPERTY_NAME, {}).get(FAQ, {}).get("ranking") or []
        others = [other for other in ranking if other["intent_response_key"] != key]
        response = {**row, "utter_action": f"utter_{key}", "responses": []}
        selected = {"all_retrieval_intents": [FAQ], FAQ: {"response": response, "ranking": [row, *others]}}
        message.set(RESPONSE_SELECTOR_PROPERTY_NAME, selected, add_to_output=True)
        if message.get(INTENT)[INTENT_NAME_KEY] != FAQ:
            intent = {INTENT_NAME_KEY: FAQ, PREDICTED_CONFIDENCE_KEY: confidence}
            rest = [other for other in message.get(INTENT_RANKING_KEY, []) if other[INTENT_NAME_KEY] != FAQ]
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [intent, *rest], add_to_output=True)

    def _lead(self, message: Message) -> None:
        selected = message.get(RESPONSE_SELECTOR_PROPERTY_NAME, {}).get(FAQ)
        if not selected:
            return
        topic = selected["response"]["intent_response_key"].removeprefix(FAQ_PREFIX)
        second = {str(entity.get("text")) for entity in _second_topics(message)}
        asked = [(text, vector) for text, vector in _texts(message) if text not in second]
        name = self._best_in_context(topic, message, asked[:1]) or self._best(topic, asked)
        if name:
            selected["response"] = {
                **selected["response"],
                "utter_action": name,
                "responses": self._responses[name],
            }

    def _best_in_context(self, topic: str, message: Message, asked: list[tuple[str, np.ndarray]]) -> str | None:
        """The direct answer to a message that goes on from the last question, read together with it.

        None where the message says more by itself, and where both together ask for what was answered last.
        """
        answered, encoder = message.get(ANSWERED), encoder_in_use()
        if not answered or not answered.question or encoder is None or asked[0][0] not in message.get(LEANING, []):
            return None
        text = f"{answered.question} {asked[0][0]}"
        answer, score = self._nearest(topic, [(text, encoder.vector(text))])
        if score < FOLLOWS or score <= self._nearest(topic, asked)[1]:
            return None
        name = f"utter_{FAQ_PREFIX}{topic}.{answer}"
        repeated = (topic, answer) == (answered.topic, answered.answer)
        return name if name in self._responses and not repeated else None

    def _lead_second(self, message: Message) -> None:
        """Names the direct answer to the second question; drops a second question that the first answer answers."""
        response = message.get(RESPONSE_SELECTOR_PROPERTY_NAME, {}).get(FAQ, {}).get("response", {})
        first = str(response.get("utter_action"))
        topic = str(response.get("intent_response_key")).removeprefix(FAQ_PREFIX)
        vectors = {part.text: vector for part, vector in message_parts(message)}
        for entity in _second_topics(message):
            text = str(entity.get("text"))
            if text not in vectors:
                continue
            asked = [(text, vectors[text])]
            second = str(entity["value"])
            # "What is CAR-T? Is it approved?": of CAR-T.
            if text in message.get(LEANING, []) and self._nearest(topic, asked)[1] >= max(
                FOLLOWS, self._nearest(second, asked)[1]
            ):
                second = topic
            name = self._best(second, asked) or f"utter_{FAQ_PREFIX}{second}"
            if name == first or (second == topic and name == f"utter_{FAQ_PREFIX}{topic}"):
                message.set(ENTITIES, [other for other in message.get(ENTITIES) if other is not entity], True)
            else:
                entity["value"] = name.removeprefix(f"utter_{FAQ_PREFIX}")

    def _nearest(self, topic: str, asked: list[tuple[str, np.ndarray]]) -> tuple[str, float]:
        """The direct answer of a topic that fits one of these best, and its score."""
        if self._model is None:
            raise RuntimeError("direct answers are asked for before they were trained or loaded")
        found = [self._model.scores(topic, text, vector)[:1] for text, vector in asked]
        return max((best[0] for best in found if best), key=lambda best: best[1], default=("", 0.0))

    def _best(self, topic: str, asked: list[tuple[str, np.ndarray]]) -> str | None:
        """The response of the direct answer that fits one of these best, or None where none is near."""
        answer, score = self._nearest(topic, asked)
        name = f"utter_{FAQ_PREFIX}{topic}.{answer}"
        return name if score >= float(self._config["least"]) and name in self._responses else None


def _texts(message: Message) -> list[tuple[str, np.ndarray]]:
    """The message as it was read, and its parts: of several, the part that asks fits better than the whole."""
    text, vector = message.get(ASKED), sentence_vector(message)
    encoder = encoder_in_use()
    if text and encoder is not None:
        vector = encoder.vector(text)
    parts = [(part.text, of_part) for part, of_part in message_parts(message)]
    return [(text or message.get(TEXT), vector), *parts] if vector is not None else parts


def _second_topics(message: Message) -> list[dict[str, Any]]:
    return [entity for entity in message.get(ENTITIES, []) if entity.get("entity") == SECOND_TOPIC]


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
