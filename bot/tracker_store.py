"""Tracker store that keeps conversations encrypted: no patient's words lie readable in a database file."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core import agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session, aliased

from bot import encryption
from bot.encryption import DATABASE_FILE, TRACKER_KEY, EncryptedText
from bot.kept_trackers import Kept, KeptTrackers, Stamp, as_read
from bot.rasa_version import is_checked
from bot.safety.known import country_in, remember_country

logger = logging.getLogger(__name__)

ERASE_SLOT = "erase_conversations"
DEFAULT_KEEP_DAYS = 30
MOST_DAYS = 3650
# Of a tracker: the stamp of what was stored when it was read, and how many of its events that were.
STORED = "_marrow_stored"
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
        self._trackers = KeptTrackers()
        self._keeps = is_checked("Keeping conversations between turns")
        self.purge(time.time())

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A conversation as Rasa's store reads it; read anew only where it was not kept, or has changed since."""
        tracker = self._kept_or_read(sender_id) if self._keeps else await super().retrieve(sender_id)
        if tracker is not None:
            remember_country(sender_id, country_in(tracker))
        return tracker

    def _kept_or_read(self, sender_id: str) -> DialogueStateTracker | None:
        kept = self._trackers.take(sender_id)
        with self.session_scope() as session:
            stamp = self._stamp(session, sender_id)
            if kept is not None and kept.holds(stamp, self.domain):
                return kept.tracker
            if not stamp.number:
                return None
            query = self._event_query(session, sender_id, fetch_events_from_all_sessions=False)
            rows = query.with_entities(self.SQLEvent.id, self.SQLEvent.data).all()
        events = [json.loads(data) for _, data in rows]
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        # Stored between the two questions: what is stored is then asked again.
        if rows and rows[-1][0] == stamp.last:
            tracker.__dict__[STORED] = (stamp, len(rows))
        return tracker

    def _stamp(self, session: Session, sender_id: str) -> Stamp:
        event = self.SQLEvent
        found = sa.select(sa.func.max(event.id), sa.func.count(), sa.func.max(event.timestamp))
        return Stamp(*session.execute(found.where(event.sender_id == sender_id)).one())

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
        self._trackers.drop([*doomed, tracker.sender_id])
        if not doomed:
            await self._append(tracker)
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
            await self._append(tracker)

    async def _append(self, tracker: DialogueStateTracker) -> None:
        """Stores what is new of the conversation, and keeps it for the next turn where it is exactly what is stored.

        What is new is known where nobody has stored anything since it was read; else as many events are taken for
        stored as the latest session has, as Rasa's store does.
        """
        known = tracker.__dict__.pop(STORED, None)
        if not self._keeps:
            await super().save(tracker)
            return
        await self.stream_events(tracker)
        events, sender_id = list(tracker.events), tracker.sender_id
        with self.session_scope() as session:
            before = self._stamp(session, sender_id)
            is_known = not before.number or (known is not None and known[0] == before)
            if is_known:
                stored = known[1] if before.number else 0
            else:
                stored = self._event_query(session, sender_id, fetch_events_from_all_sessions=False).count()
            rows = [_row(sender_id, event) for event in events[stored:]]
            if rows:
                session.execute(sa.insert(self.SQLEvent), rows)
            after = self._stamp(session, sender_id)
            session.commit()
        if is_known and after.number and after.number == before.number + len(rows):
            self._keep(tracker, after)

    def _keep(self, tracker: DialogueStateTracker, stamp: Stamp) -> None:
        tracker = as_read(tracker, self.domain)
        tracker.__dict__[STORED] = (stamp, len(tracker.events))
        self._trackers.put(tracker.sender_id, Kept(tracker, stamp, len(tracker.events), self.domain))


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    """The values of an event's row, as Rasa's store writes them."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
