"""What the actions share: settings, the questionnaire's engine, the database and the look-up limits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from clinic.bootstrap import Clinic
from clinic.errors import StorageUnavailable
from clinic.intake.engine import IntakeEngine
from clinic.intake.kinds import Context, parse
from clinic.intake.model.content import read_yaml
from clinic.intake.model.conversation import Conversation
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Questionnaire
from clinic.knowledge import read_titles
from clinic.logs import log_event
from clinic.safety_numbers import emergency_numbers
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The present moment, with its time zone."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Built once at start, handed to every action."""

    clinic: Clinic
    questionnaire: Questionnaire
    language: Language
    conversation: Conversation
    topic_titles: dict[str, str]
    number_to_call: Callable[[str | None], str]
    # What the clinic says of itself, by the names of data/clinic.yml; what it does not say is not there.
    facts: Mapping[str, Any]
    now: Callable[[], datetime] = utc_now

    @classmethod
    def build(cls, clinic: Clinic) -> Services:
        """Reads the content the settings point to; raises what its readers raise for malformed content."""
        content = clinic.settings.content_dir
        language = Language.of(content)
        return cls(
            clinic=clinic,
            questionnaire=Questionnaire.load(clinic.settings.questionnaire_path),
            language=language,
            conversation=Conversation.load(content / "conversation.yml"),
            topic_titles=read_titles(content / "knowledge"),
            facts=read_yaml(content / "clinic.yml"),
            number_to_call=emergency_numbers(clinic.settings.safety_path, clinic.settings.default_country, language),
        )

    def unit_of_work(self) -> SqlAlchemyUnitOfWork:
        """A new unit of work, not entered."""
        return self.clinic.unit_of_work()

    def prepare_storage(self) -> None:
        """Makes or upgrades the tables now, so that a wrong key or schema is noticed at start.

        A database that is down is no reason not to start: patients can ask questions meanwhile.
        """
        try:
            self.clinic.database.ready()
        except StorageUnavailable:
            log_event(logger, "database_unreachable", logging.WARNING)

    def warm_up(self) -> None:
        """Loads the names of countries and languages, which would make the first patient wait."""
        parse(
            self.questionnaire.with_role("residence"),
            "Mexico",
            Context(today=self.now().date(), language=self.language),
        )

    @cached_property
    def engine(self) -> IntakeEngine:
        """The intake engine over the questionnaire."""
        return IntakeEngine(
            self.questionnaire,
            now=self.now,
            language=self.language,
            conversation=self.conversation,
            number=self.number_to_call,
        )
