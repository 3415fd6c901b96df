"""The Rasa component that recognises an emergency or a crisis; the last one in the pipeline."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.inbound_text import clean_text
from bot.nlu.safety.decision import CRISIS, EMERGENCY, Decision, Sign, Thresholds, decide, quieted_by
from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.rules import RedFlags
from bot.nlu.safety.second_look import NONE, SecondLook
from bot.nlu.sentence_encoder import SentenceVectors, encoder_in_use, sentence_vector
from bot.safety import current, files, watch
from bot.safety.alarm import Alarm
from bot.safety.texts import SafetyTexts
from bot.tools.prepare_encoder import prepare

SAFETY = "safety"
SAFETY_NOTE = "safety_note"
ALARMS = frozenset({EMERGENCY, CRISIS})
FALLBACK = "nlu_fallback"
# Below it the next best intent is a guess, and topics are offered instead.
LEAST_CONFIDENCE = 0.3
# The longest item of a list that is taken for a mere name.
MOST_WORDS = 5
# With fewer words ("fever") there is nothing for a classifier to go by.
FEWEST_WORDS = 3


def is_list_answer(asked: str | None, text: str) -> bool:
    """Whether `text` is a bare word or two, or the plain answer to the question `asked`: names in a list.

    Somebody who ticks "fever, headache" when asked for symptoms tells a history, and the classifiers cannot tell
    that from a cry for help. The rules still look at every word.
    """
    if len(text.split()) < FEWEST_WORDS:
        return True
    if not asked:
        return False
    parts = [part.split() for part in re.split(r"[,;\n]", text)]
    return all(len(words) <= MOST_WORDS for words in parts)


def quieted_signs(signs: Iterable[Sign]) -> list[dict[str, str]]:
    """The signs that are real, but past or habitual: no alarm, and worth a line. One for each rule."""
    found = {sign.rule: {"rule": sign.rule, "kind": sign.kind, "why": quieted_by(sign) or ""} for sign in signs}
    return [note for note in found.values() if note["why"] in ("past", "habitual")]


def stand_down(message: Message) -> None:
    """Takes back an alarm that the intent classifier raised and this detector does not share.

    The next best intent stands in its place, or a fallback where that is no more than a guess.
    """
    ranking = [entry for entry in message.get(INTENT_RANKING_KEY) or [] if entry[INTENT_NAME_KEY] not in ALARMS]
    sure = [entry for entry in ranking[:1] if float(entry[PREDICTED_CONFIDENCE_KEY]) >= LEAST_CONFIDENCE]
    best = dict(sure[0]) if sure else {INTENT_NAME_KEY: FALLBACK, PREDICTED_CONFIDENCE_KEY: LEAST_CONFIDENCE}
    message.set(INTENT, best, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [best, *ranking[len(sure) :]], add_to_output=True)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyDetector(GraphComponent):
    """Overrides the intent with `emergency` or `crisis` and names the rule in the message property `safety`.

    Training compiles data/lexicon/redflags.yml into the model archive and fits the second look on the example lines
    beside it and on the training examples of every intent; a loaded model needs no file outside the archive, and
    brings the texts of the safety messages (bot.safety.current). The component stands behind SentenceEncoder, whose
    vectors the second look uses, and behind every intent classifier.
    """

    RULES_FILE = "redflags.json"
    EXAMPLES_FILE = "redflags_examples.jsonl"
    SECOND_LOOK_FILE = "second_look.npz"
    TEXTS_FILE = "safety_texts.json"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "lexicon": "data/lexicon",
            "schema": "data/schemas/lexicon.schema.json",
            "content": "data",
            "emergency_threshold": Thresholds().emergency,
            "crisis_threshold": Thresholds().crisis,
            "second_look_threshold": Thresholds().second_look,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Lexicon and safety texts belong to what is trained: a changed file means training anew."""
        settings = {**cls.get_default_config(), **config}
        words = fingerprint(Path(settings["lexicon"]), Path(settings["schema"]))
        return f"{words}{files.fingerprint(Path(settings['content']))}"

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetyDetector:
        return cls(config, model_storage, resource)

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        flags: RedFlags | None = None,
        second_look: SecondLook | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._thresholds = Thresholds(
            self._config["emergency_threshold"], self._config["crisis_threshold"], self._config["second_look_threshold"]
        )
        self._detector = RedFlagDetector(flags) if flags else None
        self._second_look = second_look
        # The watch looks at messages in threads of its own.
        self._lock = threading.Lock()

    def train(self, training_data: TrainingData) -> Resource:
        """Compiles the rules, fits the second look, and keeps both, with the texts that answer an alarm."""
        flags = RedFlags.compile(Path(self._config["lexicon"]), Path(self._config["schema"]))
        self._detector = RedFlagDetector(flags)
        self._second_look = self._train_second_look(self._detector, training_data)
        texts = files.read_safety_texts(Path(self._config["content"])).to_dict()
        with self._model_storage.write_to(self._resource) as folder:
            (folder / self.TEXTS_FILE).write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
            (folder / self.RULES_FILE).write_text(flags.to_json(), encoding="utf-8")
            self._second_look.save(folder / self.SECOND_LOOK_FILE)
        return self._resource

    def _train_second_look(self, detector: RedFlagDetector, training_data: TrainingData) -> SecondLook:
        text = (Path(self._config["lexicon"]) / self.EXAMPLES_FILE).read_text(encoding="utf-8")
        labels = {line["text"]: line["label"] for line in map(json.loads, text.splitlines())}
        vectors: dict[str, np.ndarray] = {}
        for message in training_data.training_examples:
            if not message.get(TEXT) or not message.get(INTENT):
                continue
            intent = message.get(INTENT)
            labels.setdefault(message.get(TEXT), intent if intent in ALARMS else NONE)
            vector = sentence_vector(message)
            if vector is not None:
                vectors[message.get(TEXT)] = vector
        missing = [line for line in labels if line not in vectors]
        vectors.update(zip(missing, SentenceVectors(prepare()).encode_batch(missing), strict=True))
        lines = list(labels)
        return SecondLook.train(
            [detector.words(line) for line in lines],
            np.stack([vectors[line] for line in lines]),
            list(labels.values()),
        )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SafetyDetector:
        with model_storage.read_from(resource) as folder:
            flags = RedFlags.from_json((folder / cls.RULES_FILE).read_text(encoding="utf-8"))
            second_look = SecondLook.load(folder / cls.SECOND_LOOK_FILE)
            texts = json.loads((folder / cls.TEXTS_FILE).read_text(encoding="utf-8"))
        current.install(SafetyTexts.from_dict(texts))
        component = cls(config, model_storage, resource, flags, second_look)
        watch.use(component)
        return component

    def look(self, text: str, rules_only: bool = False) -> Alarm | None:
        """The alarm that a message raises by its words alone; `process` knows the conversation too.

        `rules_only` leaves out the second look, which takes the time of a sentence vector.
        """
        cleaned = clean_text(text)
        if not cleaned or self._detector is None:
            return None
        message = Message(data={TEXT: cleaned})
        encoder = None if rules_only or is_list_answer(None, cleaned) else encoder_in_use()
        vector = encoder.vector(cleaned) if encoder else None
        with self._lock:
            decision = self._decide(self._detector, message, rules_only=vector is None, vector=vector)
        return Alarm(decision.kind, decision.rule or "") if decision.kind else None

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples keep their intents."""
        return training_data

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Overrides the intent of each message that raises an alarm.

        `tracker` is the conversation so far; Rasa passes it to a component that asks for it by this name.
        """
        asked = tracker.get_slot(REQUESTED_SLOT) if tracker else None
        for message in messages:
            text = message.get(TEXT)
            if text and self._detector:
                with self._lock:
                    decision = self._decide(
                        self._detector, message, is_list_answer(asked, text), sentence_vector(message)
                    )
                if decision.kind:
                    self._override(message, decision)
                    continue
                if notes := quieted_signs(self._detector.signs(text)):
                    message.set(SAFETY_NOTE, notes, add_to_output=True)
                if (message.get(INTENT) or {}).get(INTENT_NAME_KEY) in ALARMS:
                    stand_down(message)
        return messages

    def _decide(
        self, detector: RedFlagDetector, message: Message, rules_only: bool, vector: np.ndarray | None
    ) -> Decision:
        text = message.get(TEXT)
        harmless = detector.asks_in_general(text) or detector.tells_it_is_over(text)
        if rules_only:
            return decide(detector.signs(text), (), None, harmless, self._thresholds)
        second_look = None
        if self._second_look and vector is not None:
            second_look = self._second_look.probabilities(detector.words(text), vector)
        return decide(
            detector.signs(text),
            message.get(INTENT_RANKING_KEY) or [],
            second_look,
            harmless,
            self._thresholds,
        )

    def _override(self, message: Message, decision: Decision) -> None:
        alarm = {INTENT_NAME_KEY: decision.kind, PREDICTED_CONFIDENCE_KEY: 1.0}
        before = [entry for entry in message.get(INTENT_RANKING_KEY) or [] if entry[INTENT_NAME_KEY] != decision.kind]
        sources = self._detector.sources.get(decision.rule or "", []) if self._detector else []
        message.set(INTENT, alarm, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [alarm, *before], add_to_output=True)
        message.set(
            SAFETY,
            {"kind": decision.kind, "rule": decision.rule, "text": decision.text, "sources": sources},
            add_to_output=True,
        )
