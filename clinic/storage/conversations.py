"""Reads the bot's conversations where they are kept, and erases them; keeps no copy."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import column, create_engine, func, inspect, select, table
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from clinic.domain.casework import Line
from clinic.domain.questions import Heard
from clinic.errors import SettingsError
from clinic.keys import Keyring, split_keys
from clinic.settings import Settings
from clinic.storage import bot_tables
from clinic.storage.erasure_log import Erasure, is_conversation
from clinic.storage.failures import storage_errors
from clinic.storage.presence import read_url, sqlite_path

# As bot/tracker_store.py has it.
_KEEP_DAYS = 30
TRACKER_KEY_FILE = "tracker.key"
_EVENTS = table("events", column("id"), column("sender_id"), column("type_name"), column("timestamp"), column("data"))
# What the rows of the bot's tables are, to people; a table that is not here goes by its name.
_HOLDS = {
    "events": "entries of the chat",
    "website_messages": "answers kept by the website's chat",
    "messaging_inbox": "messages on their way to an answer",
}
_VOTES = table("website_votes", column("topic"), column("helpful"))


def tracker_keys(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """Return the keys of the conversations, newest first; none when they are missing."""
    if given := split_keys(environment.get("MARROW_TRACKER_KEY", "")):
        return given
    file = settings.data_dir / TRACKER_KEY_FILE
    return split_keys(file.read_text(encoding="utf-8")) if os.access(file, os.R_OK) else []


def days_kept(environment: Mapping[str, str]) -> int:
    """Return for how many days the bot keeps conversations (MARROW_KEEP_CONVERSATIONS_DAYS, by default 30)."""
    text = environment.get("MARROW_KEEP_CONVERSATIONS_DAYS", "")
    return int(text) if text.isdigit() else _KEEP_DAYS


class Conversations:
    """The bot's database, as far as the clinic has to do with it."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._url = read_url(settings.resolved_tracker_url, "MARROW_TRACKER_URL")
        self._keys = tracker_keys(settings, environment)

    def heard(self) -> Iterator[Heard]:
        """Yield what patients wrote, in the order in which it was stored.

        Raises:
            SettingsError: the key of the conversations is missing.
            DataKeyMismatch: it is another one than they were written with.
            StorageUnavailable: the database cannot be reached.
        """
        engine = self._engine(_EVENTS.name)
        if engine is None:
            return
        keyring = self._keyring()
        wanted = select(_EVENTS).where(_EVENTS.c.type_name.in_(("user", "active_loop"))).order_by(_EVENTS.c.id)
        forms: dict[str, bool] = {}
        with storage_errors(), engine.connect() as connection:
            for row in connection.execution_options(yield_per=500).execute(wanted):
                event = json.loads(keyring.decrypt(row.data))
                if row.type_name == "active_loop":
                    forms[row.sender_id] = event.get("name") is not None
                    continue
                at = datetime.fromtimestamp(float(row.timestamp), UTC)
                open_form = forms.get(row.sender_id, False)
                yield Heard(row.sender_id, at, str(event.get("text") or ""), event.get("parse_data") or {}, open_form)

    def transcript(self, conversation_id: str) -> list[Line]:
        """Return what was said in one conversation, oldest first; nothing when the bot does not keep it any more.

        Raises:
            SettingsError: the key of the conversations is missing.
            DataKeyMismatch: it is another one than they were written with.
            StorageUnavailable: the database cannot be reached.
        """
        engine = self._engine(_EVENTS.name)
        if engine is None:
            return []
        if not self._keys:
            raise SettingsError(
                f"MARROW_TRACKER_KEY: the conversations' key is missing, and no {TRACKER_KEY_FILE} is there"
            )
        keyring = Keyring(self._keys)
        wanted = (
            select(_EVENTS)
            .where(_EVENTS.c.sender_id == conversation_id, _EVENTS.c.type_name.in_(("user", "bot")))
            .order_by(_EVENTS.c.id)
        )
        lines = []
        with storage_errors(), engine.connect() as connection:
            for row in connection.execute(wanted):
                text = str(json.loads(keyring.decrypt(row.data)).get("text") or "")
                if text and not text.startswith("/"):
                    at = datetime.fromtimestamp(float(row.timestamp), UTC)
                    lines.append(Line(row.type_name == "user", text, at))
        return lines

    def held(self, conversations: set[str]) -> dict[str, int]:
        """Return how much the bot keeps of these conversations, by what it is.

        Raises:
            StorageUnavailable: the database cannot be reached.
        """
        return _named(bot_tables.held_of(self._url, conversations))

    def erase(self, conversations: set[str]) -> dict[str, int]:
        """Delete these conversations from every table of the bot; return how much went, by what it is.

        Raises:
            StorageUnavailable: nothing was deleted.
        """
        return _named(bot_tables.erase_conversations(self._url, conversations.__contains__))

    def erase_again(self, keyring: Keyring, erasure: Erasure) -> int:
        """Delete what the bot holds of an erased conversation from before its erasure; return the number of rows.

        Raises:
            StorageUnavailable: nothing was deleted.
        """
        digests = {erasure.conversation or ""}
        return sum(
            bot_tables.erase_conversations(
                self._url,
                lambda conversation: is_conversation(keyring, conversation, digests),
                until=erasure.at.timestamp(),
            ).values()
        )

    def ages(self, moments: Sequence[datetime]) -> tuple[int, tuple[int, ...], datetime | None]:
        """Return how many conversations there are, how many had no word since each moment, and the oldest last word.

        Raises:
            StorageUnavailable: the database cannot be reached.
        """
        engine = self._engine(_EVENTS.name)
        if engine is None:
            return 0, tuple(0 for _ in moments), None
        last = select(func.max(_EVENTS.c.timestamp).label("at")).group_by(_EVENTS.c.sender_id).subquery()
        with storage_errors(), engine.connect() as connection:
            held, oldest = connection.execute(select(func.count(), func.min(last.c.at))).one()
            before = [
                connection.scalar(select(func.count()).where(last.c.at < moment.timestamp())) or 0 for moment in moments
            ]
        return held, tuple(before), None if oldest is None else datetime.fromtimestamp(float(oldest), UTC)

    def votes(self) -> dict[str, tuple[int, int]]:
        """Return for each answer, or article, how many found it helpful and how many did not.

        Raises:
            StorageUnavailable: the database cannot be reached.
        """
        engine = self._engine(_VOTES.name)
        counts: dict[str, tuple[int, int]] = {}
        if engine is None:
            return counts
        with storage_errors(), engine.connect() as connection:
            for topic, helpful in connection.execute(select(_VOTES.c.topic, _VOTES.c.helpful)):
                yes, no = counts.get(topic, (0, 0))
                counts[topic] = (yes + 1, no) if helpful else (yes, no + 1)
        return counts

    def _keyring(self) -> Keyring:
        if not self._keys:
            raise SettingsError(
                f"MARROW_TRACKER_KEY: the conversations' key is missing, and no {TRACKER_KEY_FILE} is there"
            )
        return Keyring(self._keys)

    def _engine(self, needed: str) -> Engine | None:
        """Return a way to the database; None when it, or the table, is not there yet."""
        path = sqlite_path(self._url)
        if path is not None and not path.exists():
            return None
        engine = create_engine(self._url, poolclass=NullPool, hide_parameters=True)
        with storage_errors(), engine.connect() as connection:
            return engine if inspect(connection).has_table(needed) else None


def _named(counts: Mapping[str, int]) -> dict[str, int]:
    return {_HOLDS.get(name, name): count for name, count in counts.items()}
