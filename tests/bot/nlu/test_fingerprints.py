"""A component that learns is trained anew when anything it learns from or by has changed, wherever that stands."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.nlu.clinical import lexicon

ROOT = Path(__file__).resolve().parents[3]
PIPELINE = [entry["name"] for entry in yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]]


def component(name: str) -> Any:
    module, _, cls = name.rpartition(".")
    return getattr(importlib.import_module(module), cls)


# What only cleans a message, or knows a code by its form, learns nothing.
LEARNING = [name for name in PIPELINE if "fingerprint_addon" in vars(component(name))]


def test_all_that_learn_have_a_fingerprint() -> None:
    assert [name.rpartition(".")[2] for name in PIPELINE if name not in LEARNING] == ["InboundText", "ResumeCodes"]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the lexicon and of the code, which a test may change."""
    monkeypatch.chdir(ROOT)
    shutil.copytree(ROOT / "data" / "lexicon", tmp_path / "lexicon")
    shutil.copytree(ROOT / "bot" / "nlu", tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(lexicon, "CODE", tmp_path / "code")
    return tmp_path


@pytest.mark.parametrize("name", LEARNING)
@pytest.mark.parametrize(
    "changed",
    [
        "code/safety/second_look.py", "code/clinical/analyser.py", "code/encoder/wording.py", "lexicon/symptoms.yml",
        "lexicon/common_words.txt", "lexicon/harmless/travel.txt", "lexicon/redflags/heart_and_circulation.yml",
    ],
)  # fmt: skip
def test_a_change_anywhere_trains_each_of_them_anew(copy: Path, name: str, changed: str) -> None:
    def now() -> str:
        return str(component(name).fingerprint_addon({"lexicon": str(copy / "lexicon")}))

    before = now()
    assert now() == before
    with (copy / changed).open("a", encoding="utf-8") as file:
        file.write("\n# changed")
    assert now() != before
