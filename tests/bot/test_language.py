"""What the bot says by itself stands in data/language: complete, used, and wrong with file and line."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

from bot.importers.content_files import ContentError
from bot.language import language, read_language

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "data" / "schemas" / "replies.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the content, which a test may spoil."""
    for name in ("language", "schemas"):
        shutil.copytree(ROOT / "data" / name, tmp_path / name)
    return tmp_path


def test_every_sentence_is_said_somewhere() -> None:
    words = {
        node.value
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(SCHEMA["required"]) == set(language().sentences)
    assert {re.sub(r"\d+$", "", key) for key in SCHEMA["required"]} <= words


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("empty: ", "emptied: ", "'empty' is a required property"),
        ("{phone}", "{fax}", "handoff_call"),
        ("{phone}", "{phone} or {fax}", r"nothing fills in \['fax'\]"),
        ("empty: ", "empty: 3 #", "not of type 'string'"),
    ],
)
def test_a_broken_file_is_refused_with_file_and_line(copy: Path, old: str, new: str, problem: str) -> None:
    path = copy / "language" / "en" / "replies.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=problem) as caught:
        read_language(copy)
    assert str(caught.value).startswith(f"{path}:{caught.value.line}: ")
