"""What has to be settled before the next question: one file a kind, with its question, its replies and its JSON.

A new kind is a new file, and its line in `_KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clinic.intake.model.pending import Pending
from clinic.intake.moves.pending.choose import Choose
from clinic.intake.moves.pending.deletion import Cancel, Restart
from clinic.intake.moves.pending.minor import Minor
from clinic.intake.moves.pending.no_contact import NoContact
from clinic.intake.moves.pending.safety_check import SafetyCheck
from clinic.intake.moves.pending.which import Which

__all__ = ["Cancel", "Choose", "Minor", "NoContact", "Restart", "SafetyCheck", "Which", "pending_of"]

_KINDS: dict[str, type[Pending]] = {
    kind.type: kind for kind in (Cancel, Restart, NoContact, Minor, Which, Choose, SafetyCheck)
}


def pending_of(stored: Any) -> Pending | None:
    """Return the pending that `Pending.plain` gave, or None unless it has the shape its kind needs."""
    if not isinstance(stored, Mapping) or not isinstance(stored.get("type"), str):
        return None
    kind = _KINDS.get(stored["type"])
    if kind is None:
        return None
    then = pending_of(stored.get("then"))
    if stored.get("then") is not None and then is None:
        return None
    return kind.stored(stored, then)
