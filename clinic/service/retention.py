"""Deletes what has been kept for as long as the privacy notice says, and no longer; says before what would go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from clinic.domain.actors import Actor, Right
from clinic.domain.audit import Act
from clinic.domain.retention import AHEAD, Aged, Kept
from clinic.service.access import check_right
from clinic.service.sign_in import LONGEST
from clinic.service.unit_of_work import UnitOfWork, in_transaction
from clinic.settings import Settings


@dataclass(frozen=True)
class Purged:
    """How much was deleted."""

    drafts: int
    safety_events: int
    requests: int
    messages: int = 0

    @property
    def total(self) -> int:
        """Everything together."""
        return self.drafts + self.safety_events + self.requests + self.messages


class QuietChats(Protocol):
    """How old the bot's conversations are; the bot deletes them by itself."""

    def ages(self, moments: Sequence[datetime]) -> tuple[int, tuple[int, ...], datetime | None]:
        """Return how many there are, how many had no word since each moment, and the oldest last word's time."""


def days_of(settings: Settings) -> dict[Kept, int]:
    """Return for how many days each kind is kept."""
    return {
        Kept.DRAFTS: settings.keep_drafts_days,
        Kept.SAFETY_EVENTS: settings.keep_drafts_days,
        Kept.REQUESTS: settings.keep_requests_days,
        Kept.MESSAGES: settings.keep_messages_days,
    }


def plan_purge(
    actor: Actor, uow: UnitOfWork, settings: Settings, chats: QuietChats, keep_conversations_days: int, now: datetime
) -> list[Aged]:
    """Say what the next purge would delete, by kind and age; delete nothing.

    Args:
        actor: who asks.
        uow: unit of work, not entered.
        settings: as for `purge`.
        chats: the bot's conversations.
        keep_conversations_days: for how long the bot keeps them.
        now: present time with its zone.

    Raises:
        AccessRefused: the actor may not ask.
        StorageUnavailable: a database cannot be reached.
    """
    check_right(actor, uow, Right.READ_RETENTION, now)

    def moments(days: int) -> list[datetime]:
        return [now - timedelta(days=days - ahead) for ahead in AHEAD]

    def count() -> list[Aged]:
        found = [Aged(kind, days, *uow.ages.of(kind, moments(days))) for kind, days in days_of(settings).items()]
        uow.audit.record(actor, Act.RETENTION_READ, now, details={"count": str(sum(each.going[0] for each in found))})
        return found

    counted = in_transaction(uow, count)
    conversations = chats.ages(moments(keep_conversations_days))
    return [*counted, Aged(Kept.CONVERSATIONS, keep_conversations_days, *conversations)]


def purge(actor: Actor, uow: UnitOfWork, settings: Settings, now: datetime) -> Purged:
    """Delete unsent intakes that nobody touched, events that no request took, and requests past their time.

    With a request go the team's notes and calls. The audit stays, and nothing links it with the request any more.

    Args:
        actor: who has it done.
        uow: unit of work, not entered.
        settings: `keep_drafts_days` counts from the last answer, `keep_requests_days` from the day of sending.
        now: present time with its zone.

    Raises:
        StorageUnavailable: nothing was deleted; call again later.
    """
    since = {kind: now - timedelta(days=days) for kind, days in days_of(settings).items()}
    with uow:
        messages = uow.outbox.remove_older_than(since[Kept.MESSAGES])
        uow.accounts.remove_sessions_before(now - LONGEST)
        purged = Purged(
            messages=messages,
            drafts=uow.drafts.remove_untouched_since(since[Kept.DRAFTS]),
            safety_events=uow.safety_events.remove_waiting_since(since[Kept.SAFETY_EVENTS]),
            requests=uow.requests.remove_sent_before(since[Kept.REQUESTS]),
        )
        if purged.total:
            uow.audit.record(actor, Act.PURGED, now, details={"count": str(purged.total)})
        uow.commit()
    return purged
