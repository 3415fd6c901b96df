"""The Rasa component that recognises an emergency or a crisis; the last one in the pipeline."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.lexicon import fingerprint
from bot.nlu.encoder.component import encoder_in_use, learn_wording, sentence_vector
from bot.nlu.encoder.vectors import SentenceVectors
from bot.nlu.inbound.component import clean_text
from bot.nlu.safety.decision import CRISIS, EMERGENCY, Sign, Thresholds, quieted_by
from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.examples import read_examples, read_other_languages
from bot.nlu.safety.judge import Encode, Judge, Verdict
from bot.nlu.safety.languages import ENGLISH, OtherLanguages
from bot.nlu.safety.rules import RedFlags
from bot.nlu.safety.second_look import NONE, SecondLook
from bot.nlu.stored import StoredComponent
from bot.safety import current, files, watch
from bot.safety.alarm import Alarm
from bot.safety.texts import SafetyTexts
from bot.tools.prepare_encoder import prepare

SAFETY = "safety"
SAFETY_NOTE = "safety_note"
# A language that is named and not understood.
OTHER_LANGUAGE = "other_language"
ALARMS = frozenset({EMERGENCY, CRISIS})
FALLBACK = "nlu_fallback"
# Below it the next best intent is a guess, and topics are offered instead.
LEAST_CONFIDENCE = 0.3
# English lines that the naming of languages learns from: one in so many of the harmless ones.
ENGLISH_SHARE = 8
# Questions about lupus are harmless in much the same way: all of them take twice the time, and nothing more is heard.
FAQ = "faq"
QUESTIONS_SHARE = 4


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
class SafetyDetector(StoredComponent):
    """Overrides the intent with `emergency` or `crisis` and names the rule in the message property `safety`.

    Training compiles data/lexicon/redflags into the model archive and fits the second look on the example lines
    beside it and on the training examples of every intent; a loaded model needs no file outside the archive, and
    brings the texts of the safety messages (bot.safety.current). The component stands behind SentenceEncoder, whose
    vectors the second look uses, and behind every intent classifier.
    """

    RULES_FILE = "redflags.json"
    SECOND_LOOK_FILE = "second_look.npz"
    TEXTS_FILE = "safety_texts.json"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`lexicon`, `schema` and `content` are read in training; the thresholds (0 to 1) hold for each message."""
        bounds = Thresholds()
        return {
            "lexicon": "data/lexicon",
            "schema": "data/schemas/lexicon.schema.json",
            "content": "data",
            "second_look_threshold": bounds.second_look,
            "rule_threshold": bounds.rule,
            "certain_threshold": bounds.certain,
            "other_languages_threshold": bounds.other_languages,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Lexicon, safety texts and this package's code belong to what is trained: a change means training anew."""
        settings = {**cls.get_default_config(), **config}
        words = fingerprint(Path(settings["lexicon"]), Path(settings["schema"]))
        return f"{words}{files.fingerprint(Path(settings['content']))}"

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        judge: Judge | None = None,
    ) -> None:
        super().__init__({**self.get_default_config(), **config}, model_storage, resource)
        self._judge = judge
        # The watch looks at messages in threads of its own.
        self._lock = threading.Lock()

    def train(self, training_data: TrainingData) -> Resource:
        """Compiles the rules, fits the second looks, and keeps all, with the texts that answer an alarm."""
        lexicon = Path(self._config["lexicon"])
        flags = RedFlags.compile(lexicon, Path(self._config["schema"]))
        second_look, english = _train_second_look(RedFlagDetector(flags), lexicon, training_data)
        languages = OtherLanguages.train(read_other_languages(lexicon), english[::ENGLISH_SHARE])
        texts = files.read_safety_texts(Path(self._config["content"])).to_dict()
        with self._model_storage.write_to(self._resource) as folder:
            (folder / self.TEXTS_FILE).write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
            (folder / self.RULES_FILE).write_text(flags.to_json(), encoding="utf-8")
            second_look.save(folder / self.SECOND_LOOK_FILE)
            languages.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SafetyDetector:
        """The detector of a trained model, which from now on is the one that the watch looks with."""
        settings = {**cls.get_default_config(), **config}
        bounds = Thresholds(
            second_look=settings["second_look_threshold"],
            rule=settings["rule_threshold"],
            certain=settings["certain_threshold"],
            other_languages=settings["other_languages_threshold"],
        )
        with model_storage.read_from(resource) as folder:
            flags = RedFlags.from_json((folder / cls.RULES_FILE).read_text(encoding="utf-8"))
            second_look = SecondLook.load(folder / cls.SECOND_LOOK_FILE)
            languages = OtherLanguages.load(folder)
            texts = json.loads((folder / cls.TEXTS_FILE).read_text(encoding="utf-8"))
        languages.warm_up()
        current.install(SafetyTexts.from_dict(texts))
        judge = Judge(RedFlagDetector(flags), second_look, languages, bounds)
        component = cls(config, model_storage, resource, judge)
        watch.use(component)
        return component

    def look(self, text: str, rules_only: bool = False) -> Alarm | None:
        """The alarm that a message raises by its words alone; `process` knows the conversation too.

        `rules_only` leaves out the second look, which takes the time of a sentence vector.
        """
        cleaned = clean_text(text)
        if not cleaned or self._judge is None:
            return None
        verdict = self._verdict(self._judge, cleaned, None if rules_only else _vector_of, None)
        decision = verdict.decision
        if not decision.kind:
            return None
        texts = current.texts()
        country = texts.country_told(cleaned) if texts else None
        return Alarm(decision.kind, decision.rule or "", verdict.language, verdict.form, country=country)

    def _verdict(self, judge: Judge, text: str, encode: Encode | None, asked: str | None) -> Verdict:
        with self._lock:
            return judge.judge(text, encode, asked)

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
            if text and self._judge:
                self._mark(self._judge, message, text, asked)
        return messages

    def _mark(self, judge: Judge, message: Message, text: str, asked: str | None) -> None:
        own = sentence_vector(message)
        verdict = self._verdict(judge, text, lambda part: own if part == text else _vector_of(part), asked)
        if verdict.decision.kind:
            _override(message, verdict, judge.detector.sources)
            return
        if verdict.language != ENGLISH:
            message.set(OTHER_LANGUAGE, verdict.language, add_to_output=True)
        if notes := quieted_signs(judge.detector.signs(text)):
            message.set(SAFETY_NOTE, notes, add_to_output=True)
        if (message.get(INTENT) or {}).get(INTENT_NAME_KEY) in ALARMS:
            stand_down(message)


def _override(message: Message, verdict: Verdict, sources: Mapping[str, list[str]]) -> None:
    decision = verdict.decision
    alarm = {INTENT_NAME_KEY: decision.kind, PREDICTED_CONFIDENCE_KEY: 1.0}
    before = [entry for entry in message.get(INTENT_RANKING_KEY) or [] if entry[INTENT_NAME_KEY] != decision.kind]
    message.set(INTENT, alarm, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [alarm, *before], add_to_output=True)
    message.set(
        SAFETY,
        {
            "kind": decision.kind,
            "rule": decision.rule,
            "text": decision.text,
            "sources": sources.get(decision.rule or "", []),
            "language": verdict.language,
            "form": verdict.form,
        },
        add_to_output=True,
    )


def _vector_of(text: str) -> np.ndarray | None:
    encoder = encoder_in_use()
    return encoder.vector(text) if encoder else None


def _vectors_of(lines: list[str], training_data: TrainingData, lexicon: Path) -> dict[str, np.ndarray]:
    encoder = SentenceVectors(prepare())
    wording = learn_wording(training_data, encoder, lexicon)
    return dict(zip(lines, encoder.encode_batch([wording.plain(line) for line in lines]), strict=True))


def _train_second_look(
    detector: RedFlagDetector, lexicon: Path, training_data: TrainingData
) -> tuple[SecondLook, list[str]]:
    """The English second look, and the harmless lines among its examples.

    It learns from the lexicon's examples, which are a message's neighbours, and from those of all other intents, of
    the many questions only from a share. The vectors are those that a message gets: abbreviations written out, slips
    of spelling mended.
    """
    labels = read_examples(lexicon)
    neighbours = set(labels)
    vectors: dict[str, np.ndarray] = {}
    for place, message in enumerate(training_data.training_examples):
        text, intent, vector = message.get(TEXT), message.get(INTENT), sentence_vector(message)
        if not text or not intent:
            continue
        if intent != FAQ or place % QUESTIONS_SHARE == 0:
            labels.setdefault(text, intent if intent in ALARMS else NONE)
        if vector is not None:
            vectors[text] = vector
    vectors.update(_vectors_of([line for line in labels if line not in vectors], training_data, lexicon))
    lines = list(labels)
    look = SecondLook.train(
        [detector.words(line) for line in lines],
        np.stack([vectors[line] for line in lines]),
        list(labels.values()),
        pool=np.array([line in neighbours for line in lines]),
    )
    return look, [line for line, label in labels.items() if label == NONE]
