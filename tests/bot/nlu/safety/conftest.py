"""The red-flag detector, compiled once from the lexicon."""

import pytest

from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.rules import RedFlags
from tests.bot.nlu.clinical.conftest import LEXICON, SCHEMA


@pytest.fixture(scope="session")
def flags() -> RedFlags:
    return RedFlags.compile(LEXICON, SCHEMA)


@pytest.fixture(scope="session")
def detector(flags: RedFlags) -> RedFlagDetector:
    return RedFlagDetector(RedFlags.from_json(flags.to_json()))
