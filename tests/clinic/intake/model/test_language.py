"""What the intake says stands in data/language: complete, used, and wrong with file and line."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.intake.model.language import Language, LanguageError

ROOT = Path(__file__).resolve().parents[4]
ENGLISH = ROOT / "data" / "language" / "en"
SCHEMA = json.loads((ROOT / "data" / "schemas" / "sentences.schema.json").read_text(encoding="utf-8"))


def keys_in_code() -> Iterator[str]:
    """The keys that `say` and `refuse` are called with, each as a pattern: a part that varies fits anything."""
    for path in [*(ROOT / "clinic").rglob("*.py"), *(ROOT / "actions").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = (re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values)
                yield "".join(map(str, parts))


def said_in_code() -> Iterator[str]:
    for path in [*(ROOT / "clinic").rglob("*.py"), *(ROOT / "actions").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("say", "_say", "refuse") and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def test_whatever_is_said_has_a_sentence() -> None:
    said = set(said_in_code())
    assert len(said) > 50
    assert said <= set(SCHEMA["required"])


def test_every_sentence_is_said_somewhere() -> None:
    patterns = {re.compile(key) for key in keys_in_code() if len(key) < 60 and key != r"\w+"}
    assert [key for key in SCHEMA["required"] if not any(pattern.fullmatch(key) for pattern in patterns)] == []


def test_the_words_that_are_filled_in_are_filled_in() -> None:
    language = Language.load(ENGLISH)
    assert language.say("progress", step=3, total=28) == "(Question 3 of 28)"
    assert language.say("changed", label="Sex", before="{x}", after="Male") == "I changed “Sex” from {x} to Male."
    assert language.list_or(["Mexico", "Spain"]) == "Mexico or Spain"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "data" / "lexicon", tmp_path / "lexicon", ignore=shutil.ignore_patterns("red*", "danger"))
    return Path(shutil.copytree(ENGLISH, tmp_path / "language" / "en"))


def changed(folder: Path, old: str, new: str) -> None:
    path = folder / "sentences.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("kept:", "keptt:", "kept"),
        ("kept: ", "kept: [] #", "kept|not of type"),
        ("(Question {step} of {total})", "(Question {step})", "total"),
        ("(Question {step} of {total})", "(Question {step} of {total}, {name})", "nothing fills in .*name"),
        ("kept: ", "kept: [", "not valid YAML"),
    ],
)
def test_a_broken_file_is_refused_with_file_and_line(copy: Path, old: str, new: str, problem: str) -> None:
    changed(copy, old, new)
    with pytest.raises(LanguageError, match=problem) as caught:
        Language.load(copy)
    assert str(caught.value).startswith(f"{copy / 'sentences.yml'}:{caught.value.line}: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=r"words\.yml:1: cannot be read"):
        Language.load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("\nnothing: [", "\nnothings: [", "nothing"),
        ("\n  leave: [", "\n  leaves: [", "leave"),
        ("\nno_item: [nothing,", "\nno_item: [nothing, nothing,", "non-unique"),
        ("\nfinish: [finish,", "\nfinish: [3,", "not of type"),
    ],
)
def test_words_that_are_missing_or_wrong_are_refused_with_file_and_line(
    copy: Path, old: str, new: str, problem: str
) -> None:
    path = copy / "words.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LanguageError, match=problem) as caught:
        Language.load(copy)
    assert str(caught.value).startswith(f"{path}:{caught.value.line}: ")


def test_whole_messages_are_heard_in_their_normal_form() -> None:
    language = Language.load(ENGLISH)
    assert language.means("nothing", "No, none!")
    assert language.has_no_answer("I don’t remember")
    assert language.is_chat("Good morning")
    assert not language.is_chat("Ana Ruiz")
