"""The vocabulary files: their breadth, and errors that say where."""

import json
from pathlib import Path

import pytest

from bot.nlu.clinical.lexicon import LexiconError, read_file
from bot.nlu.clinical.vocabulary import Vocabulary
from tests.bot.nlu.clinical.conftest import SCHEMA


@pytest.fixture(scope="module")
def schema() -> dict:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("type: symptom\nentries:\n  - id: Knee\n    label: Knee\n", 3, "does not match"),
        ("type: symptom\nentries:\n  - id: knee\n", 3, "'label' is a required property"),
        ("type: symptom\nentries:\n  - {id: a, label: A}\n  - {id: a, label: B}\n", 4, "used twice"),
        (
            "type: symptom\nentries:\n  - {id: a, label: A, synonyms: [x]}\n  - {id: b, label: B, synonyms: [X]}\n",
            4,
            "belongs to 'a'",
        ),
        ("type: symptom\nentries:\n  - {id: a, label: A, synonyms: [x, x]}\n", 3, "written twice: 'x'"),
        ("type: symptom\nentries:\n  - {id: a, label: A, codes: {hpo: '123'}}\n", 3, "does not match"),
        ("type: symptom\nentries:\n  - {id: a, label: A, colour: red}\n", 3, "colour"),
        ("type: rocket\nentries:\n  - {id: a, label: A}\n", 1, "rocket"),
        ("type: symptom\nentries:\n  - {id: a, label: [}\n", 3, "not valid YAML"),
        ("- a\n", 1, "must be a mapping"),
    ],
)
def test_an_error_names_the_line(tmp_path: Path, schema: dict, content: str, line: int, says: str) -> None:
    file = tmp_path / "symptoms.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(LexiconError) as error:
        read_file(file, schema)
    assert f"symptoms.yml:{line}:" in str(error.value)
    assert says in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path, schema: dict) -> None:
    with pytest.raises(LexiconError, match=r"gone\.yml: cannot be read"):
        read_file(tmp_path / "gone.yml", schema)


@pytest.mark.parametrize(
    ("kind", "at_least"),
    [
        ("symptom", 200),
        ("condition", 340),
        ("medication", 600),
        ("procedure", 120),
        ("organ", 50),
        ("country", 195),
        ("lupus_type", 4),
        ("therapy", 3),
    ],
)
def test_the_vocabulary_is_broad(vocabulary: Vocabulary, kind: str, at_least: int) -> None:
    assert sum(concept.type == kind for concept in vocabulary.concepts) >= at_least


def test_the_values_the_intake_knows_exist(vocabulary: Vocabulary) -> None:
    known = {(concept.type, concept.id) for concept in vocabulary.concepts}
    organs = ("kidneys", "heart", "lungs", "brain", "skin", "joints", "blood")
    assert {("organ", organ) for organ in organs} <= known
    assert {("lupus_type", kind) for kind in ("sle", "discoid", "drug_induced", "neonatal")} <= known
    assert {("therapy", therapy) for therapy in ("msc", "ahsct", "exosomes")} <= known


def test_a_vocabulary_survives_its_json(vocabulary: Vocabulary) -> None:
    assert Vocabulary.from_json(vocabulary.to_json()) == vocabulary


def test_complaints_name_known_parts_and_organs(vocabulary: Vocabulary) -> None:
    parts = {part["id"] for part in vocabulary.parts}
    organs = {concept.id for concept in vocabulary.concepts if concept.type == "organ"}
    for complaint in vocabulary.complaints:
        assert set(complaint.get("parts", ())) | set(complaint.get("ids", ())) <= parts, complaint["id"]
    assert {part["organ"] for part in vocabulary.parts if "organ" in part} <= organs
