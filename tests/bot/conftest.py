"""The watch over messages with the rules of the lexicon, as a loaded model would set it up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.nlu.safety.component import SafetyDetector
from bot.nlu.safety.rules import RedFlags
from bot.safety import watch
from tests.bot.clinical.conftest import LEXICON, SCHEMA


@pytest.fixture(scope="session")
def rules_alone() -> SafetyDetector:
    """The detector without its second look, which needs a trained model."""
    return SafetyDetector({}, None, None, RedFlags.compile(LEXICON, SCHEMA))


@pytest.fixture
def watching(rules_alone: SafetyDetector) -> Iterator[SafetyDetector]:
    """The watch, on."""
    watch.use(rules_alone)
    yield rules_alone
    watch.use(None)
