"""In which country a patient is: the answer to the question with the role, whatever it is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.importers.content_files import ContentError
from bot.safety.known import country_in, residence_slot

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def questionnaire(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A questionnaire that a test may change before it is read."""
    path = tmp_path / "intake.yml"
    path.write_text((ROOT / "data" / "intake.yml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("MARROW_CONTENT_DIR", str(tmp_path))
    residence_slot.cache_clear()
    yield path
    residence_slot.cache_clear()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_residence_may_be_called_anything(questionnaire: Path) -> None:
    change(questionnaire, "- id: country\n", "- id: lives_in\n")
    tracker = DialogueStateTracker.from_events("somebody", [SlotSet("lives_in", "PE"), SlotSet("country", "US")])
    assert country_in(tracker) == "PE"


def test_a_questionnaire_without_it_is_named_with_its_line(questionnaire: Path) -> None:
    change(questionnaire, "    role: residence\n", "")
    with pytest.raises(ContentError, match=r"intake\.yml:\d+: no question has the role 'residence'"):
        residence_slot()
