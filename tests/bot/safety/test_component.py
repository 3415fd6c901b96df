"""The Rasa component: trained, stored, loaded elsewhere, overriding the intent."""

import json
from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.lexicon import LexiconError
from bot.nlu.safety.component import SafetyDetector, is_list_answer
from bot.nlu.safety.decision import decide
from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.rules import RedFlags
from bot.nlu.safety.second_look import SecondLook
from bot.nlu.sentence_encoder import SentenceVectors
from bot.tools.prepare_encoder import prepare
from tests.bot.clinical.conftest import LEXICON, SCHEMA

ORDINARY = [
    Message(data={"text": text, "intent": "faq"}) for text in ("what is lupus", "how much does it cost", "hello")
]
HELD_OUT = [json.loads(line) for line in (Path(__file__).parent / "held_out.jsonl").read_text("utf-8").splitlines()]
LEAST_FOUND = 0.95
MOST_FALSE_ALARMS = 0.07
# Most of the examples were written to be hard to tell: alarms in a roundabout way, harmless lines that sound like one.
LEAST_FOUND_AMONG_EXAMPLES = 0.94
MOST_FALSE_ALARMS_AMONG_EXAMPLES = 0.16
FOLDS = 3


@pytest.fixture(scope="module")
def vectors() -> SentenceVectors:
    return SentenceVectors(prepare())


@pytest.fixture(scope="module")
def component(tmp_path_factory: pytest.TempPathFactory) -> SafetyDetector:
    storage = LocalModelStorage(tmp_path_factory.mktemp("model"))
    context = ExecutionContext(GraphSchema({}))
    resource = Resource("safety")
    config = {"lexicon": str(LEXICON), "schema": str(SCHEMA), "content": str(LEXICON.parent)}
    SafetyDetector.create(config, storage, resource, context).train(TrainingData(ORDINARY))
    elsewhere = {**SafetyDetector.get_default_config(), "lexicon": "nowhere", "content": "nowhere"}
    return SafetyDetector.load(elsewhere, storage, resource, context)


def heard(component: SafetyDetector, text: str, **confidences: float) -> Message:
    ranking = [{"name": name, "confidence": confidence} for name, confidence in confidences.items()]
    message = Message(data={"text": text, "intent": ranking[0], "intent_ranking": ranking})
    component.process([message])
    return message


def test_an_alarm_overrides_the_intent_and_names_its_rule(component: SafetyDetector) -> None:
    message = heard(component, "my chest hurts", inform=0.9, emergency=0.1)
    assert message.get("intent") == {"name": "emergency", "confidence": 1.0}
    assert [entry["name"] for entry in message.get("intent_ranking")] == ["emergency", "inform"]
    safety = message.get("safety")
    assert (safety["kind"], safety["rule"], safety["text"]) == ("emergency", "chest_pain", "chest hurts")
    assert any("Lupus Foundation" in source for source in safety["sources"])
    assert "safety" in message.as_dict(only_output_properties=True)


def test_a_harmless_message_is_left_alone(component: SafetyDetector) -> None:
    message = heard(component, "how much does it cost", faq=0.8, emergency=0.2)
    assert message.get("intent")["name"] == "faq"
    assert message.get("safety") is None


def test_a_sure_classifier_raises_the_alarm_alone(component: SafetyDetector) -> None:
    message = heard(component, "something unheard of is going on with me", emergency=0.97)
    assert message.get("safety")["rule"] == "classifier"


def test_an_alarm_of_the_classifier_alone_is_taken_back_when_it_is_unsure(component: SafetyDetector) -> None:
    message = heard(component, "prednisone makes my face round", emergency=0.5, faq=0.4, inform=0.1)
    assert message.get("intent") == {"name": "faq", "confidence": 0.4}
    assert [entry["name"] for entry in message.get("intent_ranking")] == ["faq", "inform"]


def test_taking_an_alarm_back_does_not_make_a_guess(component: SafetyDetector) -> None:
    message = heard(component, "prednisone makes my face round", emergency=0.5, faq=0.2)
    assert message.get("intent")["name"] == "nlu_fallback"


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        (None, "fever, headache", True),
        (None, "fever and a headache", False),
        ("symptoms", "Fever, Headache, Short of breath at times", True),
        ("allergies", "kiwifruit and zinc plasters", True),
        ("symptoms", "i feel like everything around me is going dark right now", False),
        ("symptoms", "fever, and now my whole left side will not move any more", False),
    ],
)
def test_a_list_that_answers_the_open_question_is_left_to_the_rules(
    asked: str | None, text: str, expected: bool
) -> None:
    assert is_list_answer(asked, text) is expected


def test_a_message_without_text_passes(component: SafetyDetector) -> None:
    assert component.process([Message(data={})])[0].get("intent") is None


def alarm(component: SafetyDetector, vectors: SentenceVectors, text: str) -> str | None:
    message = Message(data={"text": text})
    message.add_features(Features(vectors.encode(text)[np.newaxis], FEATURE_TYPE_SENTENCE, "text", "SentenceEncoder"))
    component.process([message])
    return (message.get("safety") or {}).get("kind")


def test_lines_outside_the_examples_are_heard(component: SafetyDetector, vectors: SentenceVectors) -> None:
    alarms = [line["text"] for line in HELD_OUT if line["label"] != "none"]
    harmless = [line["text"] for line in HELD_OUT if line["label"] == "none"]
    missed = [text for text in alarms if alarm(component, vectors, text) is None]
    false = [text for text in harmless if alarm(component, vectors, text) is not None]
    assert len(missed) / len(alarms) <= 1 - LEAST_FOUND, missed
    assert len(false) / len(harmless) <= MOST_FALSE_ALARMS, false


def test_rules_and_second_look_hear_examples_that_were_kept_from_it(vectors: SentenceVectors) -> None:
    lines = [json.loads(line) for line in (LEXICON / "redflags_examples.jsonl").read_text("utf-8").splitlines()]
    detector = RedFlagDetector(RedFlags.compile(LEXICON, SCHEMA))
    words = [detector.words(line["text"]) for line in lines]
    encoded = vectors.encode_batch([line["text"] for line in lines])
    labels = np.array([line["label"] for line in lines])
    alarmed = np.zeros(len(lines), dtype=bool)
    for fold in range(FOLDS):
        kept = np.arange(len(lines)) % FOLDS == fold
        learnt = np.flatnonzero(~kept)
        look = SecondLook.train([words[row] for row in learnt], encoded[learnt], labels[learnt].tolist())
        for row in np.flatnonzero(kept):
            text = lines[row]["text"]
            harmless = detector.asks_in_general(text) or detector.tells_it_is_over(text)
            likely = look.probabilities(words[row], encoded[row])
            # The intent classifier is left out of this test: the second look stands in for it.
            ranking = [{"name": kind, "confidence": likely[kind]} for kind in ("emergency", "crisis")]
            alarmed[row] = decide(detector.signs(text), ranking, likely, harmless).kind is not None
    found, false = alarmed[labels != "none"].mean(), alarmed[labels == "none"].mean()
    assert found >= LEAST_FOUND_AMONG_EXAMPLES, found
    assert false <= MOST_FALSE_ALARMS_AMONG_EXAMPLES, false


def test_the_second_look_survives_its_file(tmp_path: Path, vectors: SentenceVectors) -> None:
    lines = [
        "my chest hurts now",
        "my chest hurts today",
        "i want to die now",
        "i want to die today",
        "what is it",
        "what is this",
    ]
    words = [line.split() for line in lines]
    labels = ["emergency", "emergency", "crisis", "crisis", "none", "none"]
    look = SecondLook.train(words, vectors.encode_batch(lines), labels)
    look.save(tmp_path / "look.npz")
    loaded = SecondLook.load(tmp_path / "look.npz")
    for line, split, label in zip(lines, words, labels, strict=True):
        likely = loaded.probabilities(split, vectors.encode(line))
        assert max(likely, key=likely.get) == label
        assert likely == pytest.approx(look.probabilities(split, vectors.encode(line)))
        assert sum(likely.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("source: [aha_heart, nhs_999]", "source: [nobody]"), "'nobody'; add it to `sources`"),
        (("kind: emergency", "kind: alarm"), "alarm"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    for file in LEXICON.iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    rules = tmp_path / "redflags.yml"
    rules.write_text(rules.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(LexiconError, match=r"redflags\.yml:\d+: ") as error:
        RedFlags.compile(tmp_path, SCHEMA)
    assert says in str(error.value)
