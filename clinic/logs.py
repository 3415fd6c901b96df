"""Structured logs that cannot hold what patients tell: one JSON object a line, known fields only."""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

# What a record may carry. Answers, names, contacts and conversation ids (a phone number on WhatsApp) may not.
SAFE_FIELDS = frozenset(
    {
        "action", "attempt", "channel", "count", "drafts", "duration_ms", "environment", "error", "error_id",
        "intake_id", "kind", "messages", "port", "question_id", "questionnaire_version", "reference", "requests",
        "revision", "safety_events", "service", "status",
    }
)  # fmt: skip
_FIELDS = "marrow_fields"
_PERSONAL = re.compile(
    r"(?P<url>\w[\w+.-]*://[^\s/@]*:[^\s/@]+@)|(?P<email>[^\s@<>\"']+@[^\s@<>\"']+)"
    r"|(?P<number>\+?\d[\d\s().-]{5,}\d)"
)
# These print whole trackers, statements or addresses below the level that is given here.
_CHATTY = {
    "rasa_sdk": logging.INFO,
    "sanic": logging.INFO,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,
    "urllib3": logging.WARNING,
}


def configure_logging(level: str = "INFO", stream: TextIO | None = None, form: str = "json") -> None:
    """Send all log records of this process, one a line and without personal data, to a stream.

    Args:
        level: least severe level of our own records; libraries that print data stay above DEBUG.
        stream: standard error unless given.
        form: "json" for machines, "text" for people.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(SafeFormatter() if form == "json" else PlainFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    wanted = logging.getLevelNamesMapping()[level]
    for name, least in _CHATTY.items():
        logging.getLogger(name).setLevel(max(least, wanted))


def log_event(logger: logging.Logger, event: str, level: int = logging.INFO, **fields: object) -> None:
    """Log a named event with safe fields.

    Args:
        logger: the module's own.
        event: a constant name such as "request_submitted", never a text made of data.
        level: a level of `logging`.
        fields: see SAFE_FIELDS.

    Raises:
        ValueError: a field is not known to be safe. It is a mistake in the program, found by its first test.
    """
    if unsafe := set(fields) - SAFE_FIELDS:
        raise ValueError(f"not safe to log: {', '.join(sorted(unsafe))}")
    logger.log(level, event, extra={_FIELDS: fields})


class SafeFormatter(logging.Formatter):
    """Writes a record as JSON: time, level, logger, event, safe fields, and where an exception came from.

    An exception's own text is left out, because it may quote a value; its type and stack are kept.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(self.fields(record), ensure_ascii=False, default=str)

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Return what the line says."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redact(record.getMessage()),
        }
        line.update(getattr(record, _FIELDS, {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return line


class PlainFormatter(SafeFormatter):
    """The same for people: time, level, logger, event, and the fields behind it; a stack on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text in the form of the bot's log."""
        fields = self.fields(record)
        for name in ("time", "level", "logger"):
            del fields[name]
        event, stack = fields.pop("event"), fields.pop("stack", [])
        time = datetime.fromtimestamp(record.created).strftime("%Y-%m-%d %H:%M:%S")
        said = " ".join([str(event), *(f"{name}={value}" for name, value in fields.items())])
        lines = [f"{time} {record.levelname:<8} {record.name}  - {said}"]
        return "\n    ".join([*lines, *(stack if isinstance(stack, list) else [])])


def redact(text: str) -> str:
    """Replace e-mail addresses, phone numbers, dates in digits and passwords in URLs, as a last net."""
    return _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", text)
