"""What the doctor finds."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    ADVICE = "advice"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One finding: what was looked at, how it is, and what to do (empty when there is nothing to do)."""

    level: Level
    subject: str
    text: str
    to_do: str = ""


def ok(subject: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, subject, text)


def advice(subject: str, text: str, to_do: str) -> Finding:
    """Works, and could be safer."""
    return Finding(Level.ADVICE, subject, text, to_do)


def problem(subject: str, text: str, to_do: str) -> Finding:
    """Missing or unsafe."""
    return Finding(Level.PROBLEM, subject, text, to_do)
