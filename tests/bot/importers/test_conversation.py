"""The table of answers stands for exactly the rules of its snapshot, and a new row is a whole new digression."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.core.training_data.structures import RuleStep

from bot.importers.content import ContentImporter
from bot.importers.content_files import ContentError, ContentFile, read_yaml
from bot.importers.conversation import read_conversation, rules_of

ROOT = Path(__file__).resolve().parents[3]
TABLE = ROOT / "data" / "conversation.yml"
SNAPSHOT = Path(__file__).with_name("conversation.snapshot.yml")
HEAD = "# The rules that data/conversation.yml stands for; renewed by RENEW_SNAPSHOTS=1 (see test_conversation.py).\n"


def read(path: Path) -> ContentFile:
    return read_conversation(path, ROOT / "data" / "schemas" / "conversation.schema.json")


def test_the_rules_are_those_of_the_snapshot() -> None:
    """After a wanted change of the table: RENEW_SNAPSHOTS=1, then read the difference before it is committed."""
    rules = rules_of(read(TABLE))
    if os.environ.get("RENEW_SNAPSHOTS"):
        text = yaml.safe_dump({"rules": yaml.safe_load(yaml.safe_dump(rules))}, sort_keys=False, width=110)
        SNAPSHOT.write_text(HEAD + text, encoding="utf-8")
    assert rules == read_yaml(SNAPSHOT).data["rules"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the importer reads, which a test may change."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def rules_in(project: Path) -> dict[str, RuleStep]:
    files = [str(project / name) for name in ("config.yml", "domain.yml")]
    steps: list[Any] = ContentImporter(*files, [str(project / "data")]).get_stories().story_steps
    return {step.block_name: step for step in steps if isinstance(step, RuleStep)}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_new_row_is_answered_outside_a_form_and_in_each(project: Path) -> None:
    before = rules_in(project)
    change(project / "domain.yml", "intents:\n", "intents:\n  - parking\n")
    change(
        project / "data" / "conversation.yml",
        "intents:\n",
        "intents:\n  parking: {outside_a_form: utter_chitchat, in_a_form: utter_greet}\n",
    )
    after = rules_in(project)
    added = {name: [str(event) for event in after[name].events] for name in after.keys() - before.keys()}
    assert added.keys() == {
        "answer parking outside a form",
        "answer parking in the middle of intake_form",
        "answer parking in the middle of lookup_form",
    }
    assert "utter_chitchat" in " ".join(added["answer parking outside a form"])
    assert "utter_greet" in " ".join(added["answer parking in the middle of lookup_form"])


def test_an_intent_without_a_row_stops_training(project: Path) -> None:
    change(project / "domain.yml", "intents:\n", "intents:\n  - parking\n")
    with pytest.raises(ContentError, match="no row for the intent 'parking'"):
        rules_in(project)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("utter_greet, in", "utter_grete, in", "no response or action 'utter_grete'"),
        ("  greet:", "  hello:", "no intent 'hello'"),
        ("small_talk: true", "small_talk: false", "small_talk"),
        ("lookup_form]", "search_form]", "no form 'search_form'"),
        ("in_a_form: utter_greet", "in_form: utter_greet", "in_form"),
        ("outside_a_form: utter_faq, ", "", "'outside_a_form' is a dependency of 'goes_on'"),
    ],
)
def test_a_wrong_row_stops_training_with_its_line(project: Path, old: str, new: str, problem: str) -> None:
    path = project / "data" / "conversation.yml"
    line = path.read_text(encoding="utf-8").split(old)[0].count("\n") + 1
    change(path, old, new)
    with pytest.raises(ContentError, match=problem) as caught:
        rules_in(project)
    assert (caught.value.path, caught.value.line) == (path, line)
