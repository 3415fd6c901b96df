"""What the clinic's team does with a request: how long it stayed in each status, notes, and calls."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Of a note, or of what was said in a call, in characters.
LONGEST_TEXT = 4000


class CallOutcome(StrEnum):
    """How a call to a patient ended."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    CALL_BACK = "call_back"
    WRONG_NUMBER = "wrong_number"
    REFUSED = "refused"


@dataclass(frozen=True)
class Stay:
    """The time that a request spent in one status; `ended_at` is None for the present one. `by` began it."""

    status: str
    started_at: datetime
    ended_at: datetime | None
    by: str


@dataclass(frozen=True)
class InternalNote:
    """What somebody of the team wrote for the team; the patient never sees it."""

    by: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """One message of a chat, by the patient or by Marrow."""

    by_patient: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Call:
    """A call to the patient, with what the caller noted."""

    by: str
    outcome: CallOutcome
    text: str
    at: datetime
