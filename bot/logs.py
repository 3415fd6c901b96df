"""The bot's log as JSON, one object a line, in the form of the action server's (clinic/logs.py)."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import datetime, timezone


class JsonFormatter(logging.Formatter):
    """Time, level, logger, event; of an exception kind and place only, since its words may quote a patient."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            **event_of(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def write_json() -> None:
    """Has Rasa's commands log JSON; call before they begin. Rasa 3.6 would replace any handler by its coloured one."""
    import rasa.utils.io

    def configure(level: str | int | None) -> None:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        root = logging.getLogger()
        root.handlers[:] = [handler]
        root.setLevel(level or logging.INFO)

    rasa.utils.io.configure_colored_logging = configure


def event_of(message: str) -> dict[str, object]:
    """What a record says: Rasa's structured ones are JSON already, the others one text."""
    if message.startswith("{"):
        try:
            told = json.loads(message)
        except ValueError:
            return {"event": message}
        return {"event": told.get("event_info") or told.get("event") or message} if isinstance(told, dict) else {}
    return {"event": message}
