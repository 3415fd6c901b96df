"""The components train, persist and answer as Rasa's own do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rasa.core.actions.action import ActionRetrieveResponse
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoder.component import SentenceEncoder
from bot.nlu.scope.component import ScopeExamples
from bot.nlu.topics.component import TopicClassifier

LEXICON = str(Path(__file__).resolve().parents[3] / "data" / "lexicon")
ANSWERS = {
    "lupus_contagious": "Lupus does not pass from one person to another.",
    "lupus_cure": "There is no cure for lupus today, but treatment can calm it.",
    "cost_general": "Prices differ between clinics. Ask for a written quote.",
    "ahsct_therapy": "A stem cell transplant resets the immune system after chemotherapy.",
    "ahsct_risks": "A transplant can bring serious infections and infertility.",
    "recovery_ahsct": "Recovery after a transplant takes months.",
}
EXAMPLES = {
    "faq/lupus_contagious": [
        "is lupus contagious",
        "can I catch lupus",
        "can lupus spread to my family",
        "is it catching",
    ],
    "faq/lupus_cure": [
        "is there a cure for lupus",
        "can lupus be cured",
        "does lupus ever go away",
        "will it ever end",
    ],
    "faq/cost_general": [
        "how much does it cost",
        "what is the price",
        "how expensive is treatment",
        "cost of stem cells",
    ],
    "faq/ahsct_therapy": [
        "what is ahsct",
        "how does a stem cell transplant work",
        "explain the transplant",
        "what is hsct",
    ],
    "faq/ahsct_risks": [
        "risks of ahsct",
        "is a stem cell transplant dangerous",
        "can a transplant kill me",
        "transplant risks",
    ],
    "faq/recovery_ahsct": ["recovery after ahsct", "how long to recover from a transplant", "when am I fit again"],
    "greet": ["hello", "hi there", "good morning", "hey"],
    "thank": ["thank you", "thanks a lot", "many thanks", "cheers"],
    "inform": ["I am 34 and live in Spain", "I take prednisone", "diagnosed in 2015", "my name is Ana"],
    "out_of_scope": ["what is the weather", "tell me a joke", "who won the game", "buy a car"],
}


def training_data():
    messages = [Message.build(text=text, intent=label) for label, texts in EXAMPLES.items() for text in texts]
    responses = {
        f"utter_faq/{topic}": [{"text": answer, "custom": {"faq": {"id": topic}}}] for topic, answer in ANSWERS.items()
    }
    return TrainingData(messages, responses=responses)


class Pipeline:
    """Trains the components once, then runs loaded copies of them, as Rasa's graph does."""

    def __init__(self, folder):
        self.storage = LocalModelStorage.create(folder)
        data = ScopeExamples({"lexicon": LEXICON}).process_training_data(training_data())
        self.train(SentenceEncoder, data)
        self.encoder = self.load(SentenceEncoder)
        self.train(TopicClassifier, self.encoder.process_training_data(data))
        self.classifier = self.load(TopicClassifier)

    def arguments(self, component):
        config = {**component.get_default_config(), "lexicon": LEXICON}
        context = ExecutionContext(GraphSchema({}), node_name=component.__name__)
        return config, self.storage, Resource(component.__name__), context

    def train(self, component, data):
        component.create(*self.arguments(component)).train(data)

    def load(self, component):
        return component.load(*self.arguments(component))

    def parse(self, text, events=()):
        message = Message.build(text=text)
        tracker = DialogueStateTracker.from_events("patient", list(events))
        self.classifier.process(self.encoder.process([message]), tracker)
        return message.as_dict(only_output_properties=True)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    return Pipeline(tmp_path_factory.mktemp("model"))


def uttered(pipeline, text, events=()):
    parse = pipeline.parse(text, events)
    return UserUttered(text, parse["intent"], parse.get("entities"), parse)


@pytest.mark.parametrize(
    ("text", "topic"),
    [("is SLE contagious?", "lupus_contagious"), ("tretment price", "cost_general"), ("can it be cured", "lupus_cure")],
)
def test_a_question_finds_its_topic(pipeline, text, topic):
    parse = pipeline.parse(text)
    assert parse["intent"]["name"] == "faq"
    assert parse["response_selector"]["faq"]["response"]["intent_response_key"] == f"faq/{topic}"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hey there", "greet"),
        ("thank you so much", "thank"),
        ("what are the symptoms of multiple sclerosis", "out_of_scope"),
        ("is crohn's disease contagious", "out_of_scope"),
        ("can hepatitis be cured", "out_of_scope"),
    ],
)
def test_everything_else_is_not_a_question_for_the_articles(pipeline, text, intent):
    assert pipeline.parse(text)["intent"]["name"] == intent


def test_the_selection_has_rasas_shape(pipeline):
    parse = pipeline.parse("is lupus contagious")
    selected = parse["response_selector"]
    assert selected["all_retrieval_intents"] == ["faq"]
    response, ranking = selected["faq"]["response"], selected["faq"]["ranking"]
    assert set(response) == {"responses", "confidence", "intent_response_key", "utter_action"}
    assert response["utter_action"] == "utter_faq/lupus_contagious"
    assert response["responses"][0]["custom"]["faq"]["id"] == "lupus_contagious"
    assert set(ranking[0]) == {"confidence", "intent_response_key"}
    assert [row["confidence"] for row in ranking] == sorted((row["confidence"] for row in ranking), reverse=True)
    assert parse["intent_ranking"][0] == {key: parse["intent"][key] for key in ("name", "confidence")}


def test_rasas_own_action_answers_with_it(pipeline):
    domain = Domain.from_dict(
        {"intents": ["faq"], "responses": {f"utter_faq/{topic}": [{"text": text}] for topic, text in ANSWERS.items()}}
    )
    tracker = DialogueStateTracker.from_events("patient", [uttered(pipeline, "can I catch lupus")])
    action = ActionRetrieveResponse("utter_faq")
    generator = TemplatedNaturalLanguageGenerator(domain.responses)
    events = asyncio.run(action.run(CollectingOutputChannel(), generator, tracker, domain))
    assert events[0].text == ANSWERS["lupus_contagious"]


def test_two_questions_are_both_found(pipeline):
    text = "Is lupus contagious and how much does it cost?"
    parse = pipeline.parse(text)
    assert parse["response_selector"]["faq"]["response"]["intent_response_key"] == "faq/lupus_contagious"
    (second,) = [entity for entity in parse["entities"] if entity["entity"] == "second_topic"]
    assert second["value"] == "cost_general"
    assert text[second["start"] : second["end"]] == "how much does it cost?"


def test_a_follow_up_is_read_in_context(pipeline):
    earlier = [uttered(pipeline, "what is ahsct")]
    selected = pipeline.parse("and how long is the recovery?", earlier)["response_selector"]["faq"]["response"]
    assert selected["intent_response_key"] == "faq/recovery_ahsct"


def test_a_message_without_text_has_no_intent(pipeline):
    assert pipeline.parse("")["intent"] == {"name": None, "confidence": 0.0}


def test_rasa_passes_the_tracker(pipeline):
    needs = DefaultV1Recipe()._get_needs_from_args(TopicClassifier, "process")
    assert needs == {"tracker": "__tracker__"}


def test_training_without_examples_says_so(tmp_path):
    storage = LocalModelStorage.create(tmp_path)
    config = {**TopicClassifier.get_default_config(), "lexicon": LEXICON}
    context = ExecutionContext(GraphSchema({}), node_name="empty")
    with pytest.raises(ValueError, match="no examples"):
        TopicClassifier.create(config, storage, Resource("empty"), context).train(TrainingData())


@pytest.mark.parametrize("component", [ScopeExamples, SentenceEncoder, TopicClassifier])
def test_a_fingerprint_needs_no_settings(component):
    # Rasa asks a component that it takes from its cache with the settings of the stand-in it puts in its place.
    assert component.fingerprint_addon({"output": None}) == component.fingerprint_addon(component.get_default_config())
