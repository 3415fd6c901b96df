"""Rasa component that names the intent of a message and, for a question, the FAQ topics that answer it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import RESPONSE_SELECTOR_PROPERTY_NAME
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    INTENT_RESPONSE_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.encoder.component import (
    SentenceEncoder,
    answer_vectors,
    encoder_in_use,
    is_gibberish,
    message_parts,
    sentence_vector,
)
from bot.nlu.scope.subjects import Scope, Subjects
from bot.nlu.stored import StoredComponent
from bot.nlu.topics.conversation import last_answered, waiting_question
from bot.nlu.topics.decision import FAQ, FAQ_PREFIX, NOTHING_IS_SURE, Limits, Understanding, decide, within_scope
from bot.nlu.topics.flags import message_flags
from bot.nlu.topics.follow_up import blend, continues, in_context, leans
from bot.nlu.topics.label_model import Inputs, LabelModel

RESPONSES_FILE = "responses.json"
SECOND_TOPIC = "second_topic"
# For `DirectAnswers`: what was answered last, the question as it was read, and which of its texts lean on that answer.
ANSWERED, ASKED, LEANING = "answered", "asked", "leaning"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(IntentClassifier, StoredComponent):
    """Classifies intents and selects FAQ topics in one step, in the shape of Rasa's own components.

    Sets `intent`, `intent_ranking` and `response_selector` as Rasa's classifier, FallbackClassifier and
    ResponseSelector do; a second question of the message becomes an entity `second_topic`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's settings: see `Limits`; `ranking_length` topics are told; `lexicon` is its folder."""
        limits = Limits()
        return {
            "answer": limits.answer,
            "second": limits.second,
            "ranking_length": 10,
            "lexicon": "data/lexicon",
        }

    @classmethod
    def required_components(cls) -> list[type]:
        """The sentence encoder comes before."""
        return [SentenceEncoder]

    @staticmethod
    def required_packages() -> list[str]:
        """Python packages this component needs."""
        return ["sklearn"]

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str | None:
        """Makes Rasa train again when the lexicon or the code changes, which Rasa itself does not look at."""
        return fingerprint(Path({**TopicClassifier.get_default_config(), **config}["lexicon"]))

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LabelModel | None = None,
        scope: Scope | None = None,
        responses: dict[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        """Builds the component; `model` and `scope` are absent until trained or loaded."""
        super().__init__(config, model_storage, resource)
        self._model = model
        self._scope = scope
        self._responses = responses or {}
        self._limits = Limits(answer=config["answer"], second=config["second"])

    @classmethod
    def read(cls, folder: Path) -> tuple[LabelModel, Scope, dict[str, list[dict[str, Any]]]]:
        """The model, what is within its scope, and the responses by name."""
        responses = json.loads((folder / RESPONSES_FILE).read_text(encoding="utf-8"))
        return LabelModel.load(folder), Scope.load(folder), responses

    def train(self, training_data: TrainingData) -> Resource:
        """Learns intents and topics from all examples that have a text and an intent.

        Args:
            training_data: examples featurized by `SentenceEncoder`.

        Returns:
            The resource that holds the model.

        Raises:
            ValueError: if there is too little to learn from.
        """
        examples = {
            message.get(TEXT): message
            for message in training_data.intent_examples
            if message.get(TEXT) and sentence_vector(message) is not None
        }
        texts = list(examples)
        labels = [examples[text].get(INTENT_RESPONSE_KEY) or examples[text].get(INTENT) for text in texts]
        answers = {
            label: vectors
            for text, label in zip(texts, labels, strict=True)
            if (vectors := answer_vectors(examples[text])) is not None
        }
        self._scope = Scope.from_lexicon(Path(self._config["lexicon"]))
        rows = [vector for text in texts if (vector := sentence_vector(examples[text])) is not None]
        if not rows:
            raise ValueError("there are no examples to learn intents and topics from")
        subjects = [self._scope.subjects(text) for text in texts]
        self._model = LabelModel.fit(_inputs(texts, rows, subjects), labels, answers)
        self._responses = {
            key: value for key, value in training_data.responses.items() if key.startswith(f"utter_{FAQ_PREFIX}")
        }
        with self._model_storage.write_to(self._resource) as directory:
            self._model.save(directory)
            self._scope.save(directory)
            (directory / RESPONSES_FILE).write_text(json.dumps(self._responses), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Adds intent, ranking and selected topics to incoming messages.

        Args:
            messages: messages featurized by `SentenceEncoder`.
            tracker: the conversation so far; Rasa passes it to a component that asks for it by this name.

        Returns:
            The same messages.
        """
        answered = last_answered(tracker)
        topic = answered.topic if answered else None
        for message in messages:
            vector = sentence_vector(message)
            if vector is None:
                message.set(INTENT, {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}, add_to_output=True)
                continue
            text = message.get(TEXT)
            question, encoder = waiting_question(tracker, text), encoder_in_use()
            if question and encoder:
                text = f"{question} ({text})"
                vector = encoder.vector(text)
                message.set(ASKED, text)
            # A form's own question is answered first: there, only what is an FAQ anyway may lean on the last one.
            message.set(ANSWERED, None if tracker and tracker.active_loop_name else answered)
            self._write(message, self._understand(message, text, vector, topic))
        return messages

    def _understand(self, message: Message, text: str, vector: np.ndarray, topic: str | None) -> Understanding:
        if self._model is None or self._scope is None:
            raise RuntimeError("the topic classifier is used before it was trained or loaded")
        model = self._model
        parts = message_parts(message)
        texts = [text, *(part.text for part, _ in parts)]
        vectors = [vector, *(of_part for _, of_part in parts)]
        subjects = [self._scope.subjects(text) for text in texts]
        rows = self._judge(model, _inputs(texts, vectors, subjects), subjects)
        leaning = [leans(one, subject) for one, subject in zip(texts, subjects, strict=True)]
        message.set(LEANING, [one for one, leant in zip(texts, leaning, strict=True) if leant or continues(one)])
        if topic and leaning[0]:
            moved = [in_context(vectors[0], model.centre(f"{FAQ_PREFIX}{topic}"))]
            context = self._judge(model, _inputs(texts[:1], moved, subjects[:1]), subjects[:1])
            rows[0] = blend(model.labels, rows[0], context[0], topic)
        judged = [(part, row) for (part, _), row in zip(parts, rows[1:], strict=True)]
        # A rare name ("mastocytosis forum") is strange to the encoder, but the lexicon knows what it is.
        limits = NOTHING_IS_SURE if is_gibberish(message) and not subjects[0].elsewhere else self._limits
        return decide(model.labels, rows[0], judged, limits)

    @staticmethod
    def _judge(model: LabelModel, inputs: Inputs, subjects: list[Subjects]) -> np.ndarray:
        probabilities, familiarity = model.judge(inputs)
        return np.stack(
            [
                within_scope(model.labels, row, subject, float(near))
                for row, subject, near in zip(probabilities, subjects, familiarity, strict=True)
            ]
        )

    def _write(self, message: Message, understanding: Understanding) -> None:
        length = self._config["ranking_length"]
        ranking = [
            {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence}
            for name, confidence in understanding.intents[:length]
        ]
        intent = {INTENT_NAME_KEY: understanding.intent, PREDICTED_CONFIDENCE_KEY: understanding.confidence}
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        if understanding.topics:
            selected = selection(understanding.topics[:length], self._responses)
            message.set(RESPONSE_SELECTOR_PROPERTY_NAME, selected, add_to_output=True)
        if understanding.second:
            second = understanding.second
            entity = {
                "entity": SECOND_TOPIC,
                "start": second.part.start,
                "end": second.part.end,
                "value": second.topic,
                "text": second.part.text,
                "confidence_entity": second.confidence,
                "extractor": type(self).__name__,
            }
            message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)


def _inputs(texts: list[str], vectors: list[np.ndarray], subjects: list[Subjects]) -> Inputs:
    flags = [message_flags(text, subject) for text, subject in zip(texts, subjects, strict=True)]
    return Inputs(texts, np.stack(vectors).astype(np.float32), np.stack(flags))


def selection(topics: tuple[tuple[str, float], ...], responses: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Puts topics into the shape of Rasa's ResponseSelector.

    Args:
        topics: (topic id, probability), best first; at least one.
        responses: response variants by utter action, `utter_faq/<id>`.

    Returns:
        The value of a message's `response_selector`.
    """
    best, confidence = topics[0]
    key = f"{FAQ_PREFIX}{best}"
    action = f"utter_{key}"
    return {
        "all_retrieval_intents": [FAQ],
        FAQ: {
            "response": {
                "responses": responses.get(action) or [{"text": key}],
                "confidence": confidence,
                "intent_response_key": key,
                "utter_action": action,
            },
            "ranking": [
                {"confidence": value, "intent_response_key": f"{FAQ_PREFIX}{topic}"} for topic, value in topics
            ],
        },
    }
