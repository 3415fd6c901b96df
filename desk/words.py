"""Words and numbers as the team reads them: labels of codes, times in the clinic's zone, and the templates."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from clinic.domain.accounts import STAFF_ROLES
from clinic.domain.actors import Right
from clinic.domain.audit import Act
from clinic.domain.casework import CallOutcome
from clinic.domain.queue import OPEN, Order
from clinic.domain.statuses import RequestStatus
from clinic.service.queue import MOST_COUNTED
from clinic.settings import Settings
from desk.assets import Assets

STATUS = {
    RequestStatus.NEW: "New",
    RequestStatus.IN_REVIEW: "In review",
    RequestStatus.CONTACTED: "Contacted",
    RequestStatus.SCHEDULED: "Scheduled",
    RequestStatus.COMPLETED: "Completed",
    RequestStatus.DECLINED: "Declined",
    RequestStatus.WITHDRAWN: "Withdrawn",
    RequestStatus.SPAM: "Spam",
    RequestStatus.DUPLICATE: "Duplicate",
}
# What a button that moves a request there says.
MOVE = {
    RequestStatus.IN_REVIEW: "Take into review",
    RequestStatus.CONTACTED: "Mark as contacted",
    RequestStatus.SCHEDULED: "Mark as scheduled",
    RequestStatus.COMPLETED: "Complete",
    RequestStatus.DECLINED: "Decline",
    RequestStatus.SPAM: "Spam",
    RequestStatus.DUPLICATE: "Duplicate",
}
CALL = {
    CallOutcome.REACHED: "Reached",
    CallOutcome.NO_ANSWER: "No answer",
    CallOutcome.VOICEMAIL: "Voicemail",
    CallOutcome.CALL_BACK: "Call again",
    CallOutcome.WRONG_NUMBER: "Wrong number",
    CallOutcome.REFUSED: "Does not want a call",
}
ORDER = {Order.URGENCY: "Urgency", Order.NEWEST: "Newest", Order.OLDEST: "Oldest"}
# What somebody else did, after "Ana ...": the codes of ConsultationRequest.change that are no status.
_CHANGE = {
    "note": "added a note",
    "call": "noted a call",
    "claimed": "took this request",
    "released": "gave this request back",
    "safety_event": "had an emergency in the chat",
    "submitted": "sent this request",
    "withdrawn": "withdrew this request",
    "erased": "erased this request",
}
ROLE_TASKS = {
    "coordinator": "reads requests and works on them",
    "clinician": "reads requests and works on them",
    "lead": "also takes requests from others, exports and erases",
    "admin": "manages accounts, erases, sees no patient",
    "auditor": "reads the audit, changes nothing",
}
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def sentence(error: Exception) -> str:
    """Return what an error says as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def change_words(change: str) -> str:
    """Return what was done, to follow a name."""
    if change in _CHANGE:
        return _CHANGE[change]
    return (
        f"moved it to “{STATUS[RequestStatus(change)]}”" if change in set(RequestStatus) else f"changed it ({change})"
    )


def span(length: timedelta) -> str:
    """Return a length of time to its largest unit."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if length >= unit:
            count = int(length / unit)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "a moment"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was."""
    return f"{span(now - moment)} ago"


def due_words(due_at: datetime | None, now: datetime) -> str:
    """Return by when a patient should hear from the clinic."""
    if due_at is None:
        return ""
    return f"due in {span(due_at - now)}" if due_at > now else f"overdue by {span(now - due_at)}"


def capped(count: int) -> str:
    """Return a count as it is shown."""
    return f"{MOST_COUNTED:,}+" if count >= MOST_COUNTED else str(count)


def clock(zone: ZoneInfo, layout: str) -> Callable[[datetime], str]:
    """Return a filter that shows a moment in the clinic's time zone."""
    return lambda moment: moment.astimezone(zone).strftime(layout)


def make_environment(assets: Assets, settings: Settings) -> Environment:
    """Return the templates with everything that they may use."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    zone = ZoneInfo(settings.clinic_time_zone)
    environment.filters |= {
        "when": clock(zone, "%-d %b %Y, %H:%M"),
        "day": clock(zone, "%-d %b %Y"),
        "iso": lambda moment: moment.isoformat(),
        "ago": ago,
        "due": due_words,
        "capped": capped,
        "change": change_words,
    }
    environment.globals |= {
        "asset": assets.address,
        "STATUS": STATUS,
        "MOVE": MOVE,
        "CALL": CALL,
        "ORDER": ORDER,
        "OPEN": OPEN,
        "ROLES": STAFF_ROLES,
        "ROLE_TASKS": ROLE_TASKS,
        "RIGHT": Right,
        "ACTS": {str(act): str(act).replace("_", " ") for act in Act},
        "zone_name": settings.clinic_time_zone,
    }
    return environment
