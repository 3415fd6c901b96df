"""Tracker store that keeps conversations encrypted: no patient's words lie readable in a database file."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core import agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import aliased

from bot import encryption
from bot.encryption import DATABASE_FILE, TRACKER_KEY, EncryptedText
from bot.rasa_version import is_checked
from bot.safety.known import country_in, remember_country

logger = logging.getLogger(__name__)

ERASE_SLOT = "erase_conversations"
DEFAULT_KEEP_DAYS = 30
MOST_DAYS = 3650
SECONDS_OF_A_DAY = 24 * 60 * 60
SECONDS_BETWEEN_PURGES = 60 * 60
DELETED_AT_ONCE = 500
# Rasa's table has no index for the age of an event, which is asked for every hour.
BY_TIME = sa.Index("ix_events_timestamp", SQLTrackerStore.SQLEvent.__table__.c.timestamp)
# The website channel keeps each message's replies for a while, so that a retry can be answered.
KEPT_REPLIES = sa.table("website_messages", sa.column("conversation"), sa.column("replies"))


def without_fallback(store: TrackerStore) -> TrackerStore:
    """The store as it is, in the place of Rasa's `FailSafeTrackerStore`.

    That one goes on in memory while the database is locked or gone: the patient is told that her answer was taken, and
    at her next message it is not there. Without it the turn fails, and its channel says so (bot/channels/replies.py).
    """
    return store


if is_checked("Keeping conversations out of memory while the database fails"):
    agent.FailSafeTrackerStore = without_fallback


def days(value: str | int | None) -> int:
    """The setting as a number of days; raises RasaException for anything but 1 to 3650."""
    text = str(value or DEFAULT_KEEP_DAYS)
    if not text.isdigit() or not 1 <= int(text) <= MOST_DAYS:
        raise RasaException(f"MARROW_KEEP_CONVERSATIONS_DAYS must be a number of days from 1 to {MOST_DAYS}")
    return int(text)


def read_keys(data_dir: Path, environment: str, value: str | None) -> list[str]:
    """The keys of the tracker store, newest first; see `bot.encryption.read_keys`."""
    return encryption.read_keys(data_dir, environment, value, TRACKER_KEY)


def database_url(url: str, data_dir: Path) -> URL:
    """Where conversations are kept: `url`, or a SQLite file in `data_dir` (made if need be) without one."""
    if url:
        return make_url(url)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return URL.create("sqlite", database=str(data_dir / DATABASE_FILE))


class EncryptedTrackerStore(SQLTrackerStore):
    """Rasa's SQL tracker store with encrypted events, on SQLite or PostgreSQL.

    `url` is a SQLAlchemy URL; empty means a SQLite file in `data_dir`. Rasa's loader hands it over as `host`.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: str = "",
        data_dir: str = "var",
        environment: str = "development",
        key: str = "",
        keep_days: str | int | None = None,
        event_broker: EventBroker | None = None,
        url: str = "",
        **kwargs: Any,
    ) -> None:
        directory = Path(data_dir or "var")
        column = self.SQLEvent.__table__.c.data
        column.type = EncryptedText(read_keys(directory, environment or "development", key or None))
        place = database_url(url or host, directory)
        super().__init__(
            domain=domain,
            event_broker=event_broker,
            dialect=place.drivername,
            host=place.host,
            port=place.port,
            db=place.database,
            username=place.username,
            password=place.password,
            query=dict(place.query),
        )
        self._keep_seconds = days(keep_days) * SECONDS_OF_A_DAY
        self._purged_at = 0.0
        self.purge(time.time())

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Reads a conversation, as Rasa's store does."""
        tracker = await super().retrieve(sender_id)
        if tracker is not None:
            remember_country(sender_id, country_in(tracker))
        return tracker

    def purge(self, now: float) -> None:
        """Deletes the conversations whose last event is older than they are kept; at most once an hour.

        `now` is a Unix time. A purge that fails is logged and tried again an hour later.
        """
        if now - self._purged_at < SECONDS_BETWEEN_PURGES:
            return
        self._purged_at = now
        try:
            BY_TIME.create(self.engine, checkfirst=True)
            while self._delete_quiet(now - self._keep_seconds):
                pass
        except sa.exc.SQLAlchemyError as error:
            logger.warning("Old conversations could not be deleted: %s", type(error).__name__)

    def _delete_quiet(self, moment: float) -> bool:
        """Deletes some conversations without an event since `moment`; says whether there were any."""
        event, later = self.SQLEvent, aliased(self.SQLEvent)
        since = sa.exists().where(later.sender_id == event.sender_id, later.timestamp >= moment)
        quiet = sa.select(event.sender_id).where(event.timestamp < moment, ~since).distinct().limit(DELETED_AT_ONCE)
        with self.session_scope() as session:
            senders = session.scalars(quiet).all()
            session.execute(
                sa.delete(event)
                .where(event.sender_id.in_(senders), event.timestamp < moment)
                .execution_options(synchronize_session=False)
            )
            session.commit()
        return bool(senders)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores the tracker's new events, unless this turn asks for conversations to be erased.

        A withdrawal names them in the slot `erase_conversations`; only an action can set it.
        """
        # First: it is needed most when saving fails or hangs.
        remember_country(tracker.sender_id, country_in(tracker))
        await self._save_or_erase(tracker)
        # After saving: somebody who comes back on the last day finds the conversation.
        self.purge(time.time())

    async def _save_or_erase(self, tracker: DialogueStateTracker) -> None:
        doomed = tracker.get_slot(ERASE_SLOT) or []
        if not doomed:
            await super().save(tracker)
            return
        for sender_id in doomed:
            remember_country(sender_id, None)
        with self.session_scope() as session:
            session.query(self.SQLEvent).filter(self.SQLEvent.sender_id.in_(doomed)).delete(synchronize_session=False)
            if sa.inspect(session.connection()).has_table(KEPT_REPLIES.name):
                # A message without replies is this very turn: its place is kept, so that a retry finds it.
                session.execute(
                    KEPT_REPLIES.delete().where(
                        KEPT_REPLIES.c.conversation.in_(doomed), KEPT_REPLIES.c.replies.is_not(None)
                    )
                )
            session.commit()
        if tracker.sender_id not in doomed:
            tracker.update(SlotSet(ERASE_SLOT, None))
            await super().save(tracker)
