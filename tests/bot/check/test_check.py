"""`python -m bot check` tells every fault of the content at once, each with its file and line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.check.run import faults_of

ROOT = Path(__file__).resolve().parents[3]
# File, what stands there, what takes its place, what is told; all planted in one copy.
PLANTED = [
    ("data/conversation.yml", "thank: {outside_a_form: utter", "thank: {outside_a_form: utter_a", "'utter_a_thank'"),
    ("data/rules.yml", "- intent: check_status", "- intent: chek_status", "there is no intent 'chek_status'"),
    ("data/rules.yml", "- action: action_lookup\n", "- action: action_loockup\n", "action 'action_loockup'"),
    ("data/stories.yml", "- intent: bot_challenge", "- intent: challenge", "there is no intent 'challenge'"),
    ("data/nlu.yml", "- intent: ask_why", "- intent: ask_y", "domain.yml has no intent 'ask_y'"),
    ("data/nlu/greet.yml", "- hiya\n", "- many thanks\n", "is an example of thank already (nlu.yml)"),
    ("data/knowledge/lupus_cure.md", "evidence: established", "evidence: proven", "evidence: 'proven'"),
    ("data/knowledge/exosomes.questions.yml", "article:", "articles:", "'article' is a required property"),
    ("data/intake.yml", "{question: for_whom,", "{question: for_whome,", "there is no question 'for_whome'"),
    ("data/clinic.yml", '"09:00", close', '"9 am", close', "'9 am' does not match"),
    ("data/safety.yml", "checked: null", "checked: yes", "checked"),
    ("data/lexicon/symptoms.yml", "- id:", "- idd:", "'idd' was unexpected"),
    ("data/lexicon/scope.yml", "[hydroxychloroquine,", "[hydroxychlorokine,", "no entry 'hydroxychlorokine'"),
    ("data/lexicon/redflags/shared.yml", "[chest_pain, ", "[chest_pane, ", "no family has a rule 'chest_pane'"),
]  # fmt: skip


def test_the_content_of_the_project_is_right() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot", "check"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (run.returncode, run.stdout) == (0, "The content is right.\n"), run.stderr[-2000:]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of all content, which a test may spoil."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copy(ROOT / "domain.yml", tmp_path)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_planted_fault_is_told_with_its_line(copy: Path) -> None:
    for file, old, new, _ in PLANTED:
        spoil(copy / file, old, new)
    faults = faults_of(copy)
    for file, old, _, says in PLANTED:
        line = (ROOT / file).read_text(encoding="utf-8").split(old)[0].count("\n") + 1
        assert [f for f in faults if f.startswith(f"{copy / file}:{line}: ") and says in f], (file, line, says)


def test_what_one_file_takes_from_another_is_missed_there(copy: Path) -> None:
    spoil(copy / "data" / "nlu" / "skip.yml", "- skip\n", "- Lupus cure?\n")
    spoil(copy / "data" / "safety_texts.yml", "    safe_now: I am safe now\n", "")
    spoil(copy / "data" / "lexicon" / "redflags" / "breath.yml", "[nhs_999", "[nhs_99")
    spoil(copy / "data" / "lexicon" / "redflags" / "bleeding.yml", "id: bleeding", "id: stroke")
    spoil(copy / "domain.yml", "- action_fallback\n", "- action_fall_back\n")
    faults = "\n".join(faults_of(copy))
    assert "Lupus cure?' is an example of faq/lupus_cure already" in faults
    assert "en.buttons: 'safe_now' is a required property" in faults
    assert "names the source 'nhs_99'; add it to `sources` in shared.yml" in faults
    assert "rule 'stroke' stands in bleeding.yml already" in faults
    assert "there is no response or action 'action_fallback'" in faults


def test_a_wrong_schema_is_told_before_anything_is_checked_against_it(copy: Path) -> None:
    spoil(copy / "data" / "schemas" / "intake.schema.json", '"type": "object",', '"type": "thing",')
    (fault,) = faults_of(copy)
    assert "intake.schema.json:1: not a JSON Schema" in fault


def test_what_is_no_yaml_or_missing_is_told_beside_the_rest(copy: Path) -> None:
    (copy / "data" / "nlu" / "deny.yml").write_text("nlu: [unclosed\n", encoding="utf-8")
    (copy / "data" / "lexicon" / "organs.yml").unlink()
    (copy / "data" / "lexicon" / "danger" / "alarm.heart.txt").write_text("my heart\n", encoding="utf-8")
    (copy / "data" / "knowledge" / "lupus_cure.questions.yml").unlink()
    faults = "\n".join(faults_of(copy))
    assert "deny.yml:2: not valid YAML" in faults
    assert "organs.yml: cannot be read" in faults
    assert "alarm.heart.txt: the name must tell the label" in faults
    assert "lupus_cure.md:1: the questions of this article are missing" in faults
