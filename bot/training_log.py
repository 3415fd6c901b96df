"""What `python -m bot train` says to a person: one line a step, and what went wrong."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence

STEPS = "rasa.engine.training.hooks"
SAID = {"Starting to train component": "  learning: {}", "Restored component": "  unchanged: {}"}
# Whoever asks for one of these wants Rasa's own log.
OWN_WISHES = frozenset({"-v", "--verbose", "-vv", "--debug", "--quiet", "--logging-config-file"})


class StepFormatter(logging.Formatter):
    """A step by its component's name; a warning or an error by its level and words."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, an exception's traceback after it."""
        step = re.match(r"(.+) '(\w+)'", record.getMessage()) if record.name == STEPS else None
        if step and step[1] in SAID:
            return SAID[step[1]].format(step[2])
        told = super().format(record)
        return f"{record.levelname.capitalize()}: {told}"


def is_told(record: logging.LogRecord) -> bool:
    """Whether a person is told of the record."""
    return record.levelno >= logging.WARNING or (
        record.name == STEPS and any(record.getMessage().startswith(begin) for begin in SAID)
    )


def tell_steps(arguments: Sequence[str]) -> None:
    """Has a training say its steps; call before Rasa's commands begin. Other commands and wishes stay as they are."""
    if list(arguments[:1]) != ["train"] or OWN_WISHES & set(arguments):
        return
    import rasa.utils.io

    def configure(level: str | int | None) -> None:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(StepFormatter())
        handler.addFilter(is_told)
        root = logging.getLogger()
        root.handlers[:] = [handler]
        root.setLevel(level or logging.INFO)

    rasa.utils.io.configure_colored_logging = configure
