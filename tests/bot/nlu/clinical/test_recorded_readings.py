"""What the clinic's tests take for the bot's reading of a message is the bot's reading of it."""

import json
import os
from pathlib import Path
from typing import Any

from bot.nlu.clinical.analyser import ClinicalAnalyser

FILE = Path(__file__).resolve().parents[3] / "readings.json"


def test_the_bot_reads_the_recorded_messages_as_recorded(analyser: ClinicalAnalyser) -> None:
    recorded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    now = {}
    for text in recorded:
        message = analyser.message(text)
        now[text] = {"entities": message.entities, "assertions": message.assertions}
    if os.environ.get("MARROW_RECORD"):
        FILE.write_text(json.dumps(now, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert recorded
    assert recorded == now or os.environ.get("MARROW_RECORD")
