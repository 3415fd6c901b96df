"""Keeps unsent answers with the clinic, so that an intake can go on in another chat; writes only what has changed."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Tracker

from actions.services import Services
from actions.tracker import channel_of
from clinic.errors import StorageUnavailable
from clinic.intake.model.state import IntakeState
from clinic.logs import log_event
from clinic.service.continuity import resume_code
from clinic.service.submission import discard_draft, save_draft

logger = logging.getLogger(__name__)

# What belongs to one conversation, or to one failed answer, and is nothing to go on with elsewhere.
_NOT_KEPT = frozenset({"read", "attempts", "wants_code"})


def draft_of(services: Services, state: IntakeState) -> dict[str, Any] | None:
    """The stored form of an intake; None while there is nothing to keep."""
    if not state.answers:
        return None
    control = {key: value for key, value in state.control().items() if key not in _NOT_KEPT}
    return {"answers": dict(state.answers), "control": control, "born": born(services, state)}


def born(services: Services, state: IntakeState) -> str | None:
    """The patient's date of birth (ISO 8601), once it is known."""
    return state.answers.get(services.questionnaire.with_role("birth_date").id)


def keep_draft(services: Services, tracker: Tracker, before: IntakeState | None, state: IntakeState) -> None:
    """Stores what is answered so far, unless it is what was stored `before` this turn.

    The conversation holds it as well, so a failure is told nobody but the log. Raises IntakeMoved when the intake goes
    on in another conversation.
    """
    draft = draft_of(services, state)
    if draft is None or (before is not None and draft == draft_of(services, before)):
        return
    store_draft(services, tracker, state)


def store_draft(services: Services, tracker: Tracker, state: IntakeState) -> bool:
    """Stores the draft, and says whether that worked; raises IntakeMoved."""
    try:
        draft = draft_of(services, state) or {}
        save_draft(
            services.unit_of_work(), state.intake_id, tracker.sender_id, channel_of(tracker), draft, services.now()
        )
    except StorageUnavailable:
        log_event(logger, "draft_not_stored", logging.WARNING, intake_id=state.intake_id)
        return False
    return True


def drop_draft(services: Services, state: IntakeState) -> None:
    """Deletes the draft of an intake that is over, and its code with it."""
    try:
        discard_draft(services.unit_of_work(), state.intake_id, services.now())
    except StorageUnavailable:
        log_event(logger, "draft_not_stored", logging.WARNING, intake_id=state.intake_id)


def code_of(services: Services, state: IntakeState) -> str | None:
    """The resume code of an intake; None while it is not stored, or its patient's date of birth is not known."""
    try:
        return resume_code(services.unit_of_work(), state.intake_id)
    except StorageUnavailable:
        return None


def code_message(services: Services, code: str) -> dict[str, Any]:
    """What is said of a code, with its wire-contract object."""
    days = services.clinic.settings.keep_drafts_days
    text = services.language.say("code_given", code=code, days=days)
    return {"text": text, "json_message": {"resume": {"code": code, "days": days}}}
