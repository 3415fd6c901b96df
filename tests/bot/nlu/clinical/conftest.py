"""The clinical analyser, compiled once from the lexicon."""

from pathlib import Path

import pytest

from bot.nlu.clinical.analyser import ClinicalAnalyser
from bot.nlu.clinical.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[4]
LEXICON = ROOT / "data" / "lexicon"
SCHEMA = ROOT / "data" / "schemas" / "lexicon.schema.json"


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary.compile(LEXICON, SCHEMA)


@pytest.fixture(scope="session")
def analyser(vocabulary: Vocabulary) -> ClinicalAnalyser:
    return ClinicalAnalyser(Vocabulary.from_json(vocabulary.to_json()))
