"""Rasa featurizer that turns each message into one MiniLM sentence vector, run by onnxruntime."""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, RESPONSE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.encoder.parts import Part, split_parts
from bot.nlu.encoder.vectors import SentenceVectors
from bot.nlu.encoder.wording import Wording
from bot.nlu.scope.subjects import read_lexicon_file
from bot.tools.prepare_encoder import MODEL_FILE, TOKENIZER_FILE, prepare

logger = logging.getLogger(__name__)

GIBBERISH = "gibberish"
PARTS = "parts"
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n-?\s*")
_SHORTEST_SENTENCE = 9
# The encoder of the model that was loaded last, for those who look at a message before the pipeline does.
_in_use: list[SentenceEncoder] = []


def encoder_in_use() -> SentenceEncoder | None:
    """The encoder of the loaded model; None before one is loaded."""
    return _in_use[0] if _in_use else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds the sentence vector of a message's text as Rasa's dense sentence features.

    "Training" stores the encoder in the model archive, so that a trained model runs on another machine.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The component's settings.

        `threads` of one run, `cache_size` in texts, `lexicon` with the abbreviations, `alias` of the features.
        """
        return {"threads": 1, "cache_size": 2048, "lexicon": "data/lexicon", "alias": "SentenceEncoder"}

    @staticmethod
    def required_packages() -> list[str]:
        """Python packages this component needs."""
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accepts any configuration: unknown keys are refused by Rasa's own recipe."""

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
        encoder: SentenceVectors | None = None,
        wording: Wording | None = None,
    ) -> None:
        """Builds the component; `encoder` and `wording` are absent until trained or loaded."""
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = encoder
        self._wording = wording

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str | None:
        """Makes Rasa train again when the abbreviations change."""
        return fingerprint(Path({**SentenceEncoder.get_default_config(), **config}["lexicon"]))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Creates an untrained component (see parent class)."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoder:
        """Loads the encoder from a trained model (see parent class)."""
        with model_storage.read_from(resource) as directory:
            encoder = SentenceVectors(directory, config["threads"], config["cache_size"])
            wording = Wording.load(directory)
        component = cls(config, execution_context.node_name, model_storage, resource, encoder, wording)
        _in_use[:] = [component]
        return component

    def vector(self, text: str) -> np.ndarray:
        """The vector that `process` would leave on a message with this text."""
        encoder, wording = self._ready()
        return encoder.encode(wording.plain(text))

    def train(self, training_data: TrainingData) -> Resource:
        """Stores the prepared encoder in the model, and the words of the training examples.

        Args:
            training_data: the examples.

        Returns:
            The resource that holds the encoder.

        Raises:
            EncoderError: if the encoder is not prepared and cannot be.
        """
        source = prepare(say=logger.info)
        wording = learn_wording(training_data, SentenceVectors(source), Path(self._config["lexicon"]))
        with self._model_storage.write_to(self._resource) as directory:
            for name in (MODEL_FILE, TOKENIZER_FILE):
                shutil.copyfile(source / name, directory / name)
            wording.save(directory)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Featurizes all training examples in batches, and the sentences of the answers to them.

        Args:
            training_data: examples with or without text.

        Returns:
            The same data with features: a sentence vector for each text, and as sequence features of the
            response one vector for each sentence of the answer.
        """
        encoder, wording = self._ready()
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        texts = list(dict.fromkeys(message.get(TEXT) for message in messages))
        vectors = dict(zip(texts, encoder.encode_batch([wording.plain(text) for text in texts]), strict=True))
        answers: dict[str, Features] = {}
        for message in messages:
            self._set(message, vectors[message.get(TEXT)])
            answer = message.get(RESPONSE)
            if not answer:
                continue
            if answer not in answers:
                rows = encoder.encode_batch(answer_sentences(answer))
                answers[answer] = Features(rows, FEATURE_TYPE_SEQUENCE, RESPONSE, self._identifier)
            message.add_features(answers[answer])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Featurizes incoming messages one by one, and the parts of those that have several.

        Args:
            messages: incoming messages.

        Returns:
            The same messages with features.
        """
        encoder, wording = self._ready()
        for message in messages:
            if not message.get(TEXT):
                continue
            self._set(message, encoder.encode(wording.plain(message.get(TEXT))))
            message.set(GIBBERISH, wording.is_gibberish(message.get(TEXT)))
            parts = split_parts(message.get(TEXT))
            if len(parts) > 1:
                message.set(PARTS, [(part, encoder.encode(wording.plain(part.text))) for part in parts])
        return messages

    def _ready(self) -> tuple[SentenceVectors, Wording]:
        if self._encoder is None or self._wording is None:
            raise RuntimeError("the sentence encoder is used before it was trained or loaded")
        return self._encoder, self._wording

    def _set(self, message: Message, vector: np.ndarray) -> None:
        features = Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
        message.add_features(features)


def learn_wording(training_data: TrainingData, encoder: SentenceVectors, lexicon: Path) -> Wording:
    """How messages are put into the words that the encoder knows, learnt from the training examples."""
    texts = [message.get(TEXT) for message in training_data.training_examples if message.get(TEXT)]
    return Wording.learn(texts, encoder.words, read_lexicon_file(lexicon / "scope.yml")["abbreviations"])


def answer_sentences(answer: str) -> list[str]:
    """Cuts an answer into sentences and list items.

    Args:
        answer: the body of an article.

    Returns:
        Its sentences; the whole answer if it has none worth the name.
    """
    sentences = [sentence.strip(" -") for sentence in _SENTENCE.split(answer)]
    return [sentence for sentence in sentences if len(sentence) >= _SHORTEST_SENTENCE] or [answer]


def answer_vectors(message: Message) -> np.ndarray | None:
    """Reads the vectors of the answer to a training example.

    Args:
        message: an example featurized by `SentenceEncoder.process_training_data`.

    Returns:
        float32 [sentences, dimension], or None when the example has no answer.
    """
    features, _ = message.get_dense_features(RESPONSE, ["SentenceEncoder"])
    return None if features is None else features.features


def sentence_vector(message: Message) -> np.ndarray | None:
    """Reads the sentence vector that `SentenceEncoder` left on a message.

    Args:
        message: a featurized message.

    Returns:
        float32 [dimension], or None when the message has no text.
    """
    _, features = message.get_dense_features(TEXT, ["SentenceEncoder"])
    return None if features is None else features.features[0]


def is_gibberish(message: Message) -> bool:
    """Whether `SentenceEncoder` took a message for words that nobody knows."""
    return bool(message.get(GIBBERISH, False))


def message_parts(message: Message) -> list[tuple[Part, np.ndarray]]:
    """Reads the parts that `SentenceEncoder` left on a message.

    Args:
        message: a featurized message.

    Returns:
        Each part with its vector; nothing for a message of one part.
    """
    return message.get(PARTS, [])
