"""The bot sees the codes that the clinic makes, and takes nothing else for one."""

import json
from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.codes.component import HAVE_CODE, ResumeCodes, holds_code

CODES = json.loads((Path(__file__).resolve().parents[2] / "codes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", range(len(CODES["codes"])))
def test_a_message_with_a_code_has_one_meaning(row: int) -> None:
    message = Message({"text": CODES["codes"][row][0], "intent": {"name": "out_of_scope", "confidence": 0.9}})
    ResumeCodes().process([message])
    assert message.get("intent") == {"name": HAVE_CODE, "confidence": 1.0}
    assert message.get("intent_ranking")[0]["name"] == HAVE_CODE


@pytest.mark.parametrize("row", range(len(CODES["none"])))
def test_other_words_keep_their_meaning(row: int) -> None:
    message = Message({"text": CODES["none"][row], "intent": {"name": "inform", "confidence": 0.9}})
    ResumeCodes().process([message])
    assert message.get("intent")["name"] == "inform"


def test_a_code_in_a_long_message_is_not_what_it_is_about() -> None:
    assert not holds_code(f"{CODES['codes'][0][1]} is what stood on the box of the medicine that I took until last May")
