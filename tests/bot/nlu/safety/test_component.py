"""The Rasa component: trained, stored, loaded elsewhere, overriding the intent."""

import shutil
from collections.abc import Iterator
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
from bot.nlu.encoder.vectors import SentenceVectors
from bot.nlu.safety.component import SafetyDetector
from bot.nlu.safety.judge import is_list_answer
from bot.nlu.safety.rules import RedFlags
from bot.nlu.safety.second_look import SecondLook, ngrams
from bot.safety import current, watch
from bot.tools.prepare_encoder import prepare
from tests.bot.nlu.clinical.conftest import LEXICON, SCHEMA

# Every so many lines: enough to learn from, and the whole is measured in test_safety_set.py.
SHARE = 12
ORDINARY = [
    Message(data={"text": text, "intent": "faq"}) for text in ("what is lupus", "how much does it cost", "hello")
]


@pytest.fixture(scope="module")
def vectors() -> SentenceVectors:
    return SentenceVectors(prepare())


def small_lexicon(folder: Path) -> Path:
    """A copy of the lexicon with some of its example lines."""
    shutil.copytree(LEXICON, folder)
    for file in [*folder.glob("*/*.txt"), folder / "redflags" / "examples.jsonl"]:
        lines = file.read_text(encoding="utf-8").splitlines()
        file.write_text("\n".join(lines[::SHARE]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def component(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SafetyDetector]:
    storage = LocalModelStorage(tmp_path_factory.mktemp("model"))
    context = ExecutionContext(GraphSchema({}))
    resource = Resource("safety")
    lexicon = small_lexicon(tmp_path_factory.mktemp("content") / "lexicon")
    config = {"lexicon": str(lexicon), "schema": str(SCHEMA), "content": str(LEXICON.parent)}
    SafetyDetector.create(config, storage, resource, context).train(TrainingData(ORDINARY))
    elsewhere = {**SafetyDetector.get_default_config(), "lexicon": "nowhere", "content": "nowhere"}
    yield SafetyDetector.load(elsewhere, storage, resource, context)
    watch.use(None)
    current.install(None)


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
        (None, "fever, headache", False),
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


def test_an_alarm_in_another_language_names_the_language(component: SafetyDetector, vectors: SentenceVectors) -> None:
    message = Message(data={"text": "me duele mucho el pecho y no puedo respirar"})
    component.process([message])
    assert (message.get("safety")["kind"], message.get("safety")["language"]) == ("emergency", "es")
    assert component.look("Ich will nicht mehr leben, ich bringe mich um").language == "de"


def test_who_has_done_it_already_is_told_to_call_first(component: SafetyDetector) -> None:
    assert component.look("I want to die, I took all my tablets").form == "already_taken"
    assert component.look("I want to die, I have not taken anything").form == "now"


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
    assert ngrams(["left", "one", "."]) == ngrams(["left", "one"]), "where a sentence ends tells nothing"
    labels = ["emergency", "emergency", "crisis", "crisis", "none", "none"]
    look = SecondLook.train(words, vectors.encode_batch(lines), labels)
    look.save(tmp_path / "look.npz")
    loaded = SecondLook.load(tmp_path / "look.npz")
    for line, split, label in zip(lines, words, labels, strict=True):
        likely = loaded.probabilities(split, vectors.encode(line))
        assert max(likely, key=likely.get) == label
        assert likely == pytest.approx(look.probabilities(split, vectors.encode(line)), abs=0.01)
        assert sum(likely.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("breath", ("source: [nhs_999", "source: [nobody"), "'nobody'; add it to `sources`"),
        ("breath", ("kind: emergency", "kind: alarm"), "alarm"),
        ("breath", ("id: asthma_attack", "id: bleeding"), "'bleeding' stands in bleeding.yml already"),
        ("breath", ("{breathe}", "{breath}"), "uses the list 'breath'"),
        ("shared", ("order:\n  [", "order:\n  [cold_feet, "), "no family has a rule 'cold_feet'"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(tmp_path: Path, file: str, change: tuple[str, str], says: str) -> None:
    lexicon = shutil.copytree(LEXICON, tmp_path / "lexicon", ignore=shutil.ignore_patterns("languages", "harmless"))
    path = lexicon / "redflags" / f"{file}.yml"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(LexiconError, match=rf"{file}\.yml:\d+: ") as error:
        RedFlags.compile(lexicon, SCHEMA)
    assert says in str(error.value)


def test_signs_and_what_they_share_do_not_change_places(tmp_path: Path) -> None:
    lexicon = shutil.copytree(LEXICON, tmp_path / "lexicon", ignore=shutil.ignore_patterns("languages", "harmless"))
    (lexicon / "redflags" / "breath.yml").write_text("type: redflags\nsources: {}\nlists: {}\norder: []\n", "utf-8")
    with pytest.raises(LexiconError, match=r"breath\.yml:1: a family has `rules`"):
        RedFlags.compile(lexicon, SCHEMA)
    shutil.copy(lexicon / "redflags" / "bleeding.yml", lexicon / "redflags" / "shared.yml")
    with pytest.raises(LexiconError, match=r"shared\.yml:1: lists, order, sources must stand here"):
        RedFlags.compile(lexicon, SCHEMA)


def test_a_sign_that_nobody_put_in_order_comes_last(tmp_path: Path) -> None:
    lexicon = shutil.copytree(LEXICON, tmp_path / "lexicon", ignore=shutil.ignore_patterns("languages", "harmless"))
    text = "type: redflags\nrules:\n  - {id: a_new_sign, kind: emergency, source: [nhs_999], signs: [blue lips]}\n"
    (lexicon / "redflags" / "a_new_family.yml").write_text(text, encoding="utf-8")
    ids = [rule["id"] for rule in RedFlags.compile(lexicon, SCHEMA).rules]
    assert (ids[0], ids[-1]) == ("chest_pain", "a_new_sign")
