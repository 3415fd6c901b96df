"""Rasa importer that adds the clinic's own content, articles and questionnaire above all, to the files Rasa reads."""

from __future__ import annotations

import copy
from functools import cached_property
from pathlib import Path
from typing import Any

from rasa.shared.constants import LATEST_TRAINING_DATA_FORMAT_VERSION
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph, StoryStep
from rasa.shared.importers import utils
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from bot.importers.articles import FAQ_INTENT, Article, direct_responses, read_articles, response_of
from bot.importers.content_files import load_schema, raise_all, read_yaml
from bot.importers.conversation import read_conversation, rules_of, unknown_names
from bot.importers.intake import intake_domain, read_questions
from bot.importers.safety import handoff_responses, safety_responses
from bot.language import read_language
from bot.safety.files import read_safety_texts

# Their files have keys of their own (`rules:`, an answer called `stories:`) that Rasa would take for conversation data.
OWN_FOLDERS = frozenset({"lexicon", "knowledge"})


class ContentImporter(RasaFileImporter):
    """Reads what `RasaFileImporter` reads, and beside it the files under `content`.

    `content` is a folder, taken relative to the folder of config.yml, that holds `knowledge/`,
    `language/`, `conversation.yml`, `intake.yml`, `safety.yml`, `safety_texts.yml`, `clinic.yml` and `schemas/`.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        content: str = "data",
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        self._nlu_files: list[str] = _for_rasa(self._nlu_files)
        self._story_files: list[str] = _for_rasa(self._story_files)
        base = Path(config_file).parent if config_file else Path()
        self._content = base / content
        self._schemas = self._content / "schemas"

    @cached_property
    def _articles(self) -> list[Article]:
        # Rasa asks for domain and examples many times over, and reading takes seconds.
        return read_articles(self._content / "knowledge", self._schemas)

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Rasa's own NLU files plus one retrieval example for each question of each article as a whole.

        Those of direct answers are none: thousands of short ones ("who pays", "how long") draw in everybody else's.

        Titles are examples too: clients offer them as related topics and send them as they stand.
        """
        return self._nlu_data(language)

    @cached_method
    def _nlu_data(self, language: str | None) -> TrainingData:
        # Rasa asks with and without the language, and takes that for two questions.
        examples = [
            Message.build(text=question, intent=article.intent)
            for article in self._articles
            for question in article.examples
        ]
        written = super().get_nlu_data(language)
        # In the order of domain.yml, so that what is learnt does not depend on how the files are cut.
        order = {intent: place for place, intent in enumerate(super().get_domain().intent_properties)}
        written.training_examples.sort(key=lambda example: order.get(example.get(INTENT), len(order)))
        return written.merge(TrainingData(examples))

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """Stories and rules, those of conversation.yml first.

        The retrieval intent is known to them though Rasa adds it to the domain later.
        """
        domain = self.get_domain().merge(Domain.from_dict({"intents": [FAQ_INTENT]}))
        written = utils.story_graph_from_paths(self._story_files, domain, exclusion_percentage)
        return StoryGraph([*self._answering_rules(domain), *written.story_steps])

    def _answering_rules(self, domain: Domain) -> list[StoryStep]:
        path = self._content / "conversation.yml"
        table = read_conversation(path, self._schemas / "conversation.schema.json")
        # The responses of data/responses.yml and the articles' common one reach the domain later.
        answers = {*domain.action_names_or_texts, *self.get_nlu_data().responses, f"utter_{FAQ_INTENT}"}
        raise_all(unknown_names(table, domain.intents, answers, domain.forms))
        rules = {"version": LATEST_TRAINING_DATA_FORMAT_VERSION, "rules": rules_of(table)}
        return YAMLStoryReader(domain, str(path)).read_from_parsed_yaml(_plain(rules))

    def get_domain(self) -> Domain:
        """domain.yml plus the responses, slots, form and actions that follow from the content."""
        # Rasa merges into the domain it is given: what it adds would be there already at the next time.
        return copy.deepcopy(self._domain())

    @cached_method
    def _domain(self) -> Domain:
        articles = self._articles
        titles = {article.topic: article.title for article in articles}
        clinic = read_yaml(self._content / "clinic.yml").check(load_schema(self._schemas / "clinic.schema.json")).data
        questions = read_questions(self._content / "intake.yml", self._schemas / "intake.schema.json")
        generated: dict[str, Any] = {
            "responses": {
                **{f"utter_{article.intent}": [response_of(article, titles)] for article in articles},
                **{
                    name: told
                    for article in articles
                    for name, told in direct_responses(article, titles, clinic).items()
                },
                **safety_responses(read_safety_texts(self._content)),
                **handoff_responses(clinic, read_language(self._content)),
            },
            **intake_domain(questions),
        }
        return super().get_domain().merge(Domain.from_dict(_plain(generated)))


def _for_rasa(paths: list[str]) -> list[str]:
    return [path for path in paths if not OWN_FOLDERS & set(Path(path).parts)]


def _plain(value: Any) -> Any:
    """The same data without the YAML reader's own types, which a model archive should not carry."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value
