"""The bot's log as JSON: one object a line, without an exception's words."""

from __future__ import annotations

import json
import logging

import pytest
import rasa.utils.io

from bot.logs import write_json


def test_rasas_commands_log_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa.utils.io, "configure_colored_logging", rasa.utils.io.configure_colored_logging)
    write_json()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        # What Rasa's command line calls as it begins.
        rasa.utils.io.configure_colored_logging("INFO")
        logging.getLogger().info("plain \x1b words")
        logging.getLogger("rasa").warning('{"event": "processor.load", "event_info": "Loading the model"}')
        try:
            raise ValueError("Ana Ruiz has a fever")
        except ValueError:
            logging.getLogger("rasa").exception("failed")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    plain, structured, failed = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (plain["level"], plain["logger"], plain["event"]) == ("info", "root", "plain \x1b words")
    assert structured["event"] == "Loading the model"
    assert failed["exception"] == "ValueError"
    assert "test_logs.py" in failed["stack"][0]
    assert "Ana" not in json.dumps(failed)
