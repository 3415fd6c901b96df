"""Notes each message in the bot's database until it is answered, so that the death of a process loses none.

Whoever answers a message holds a lease on it and renews it. A lease that ran out tells of a process that died: another
one, or the same after its restart, takes the message up. See docs/decisions/0010-answered-not-acknowledged.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from bot.channels.messaging.inbound import Inbound
from bot.channels.website.history import History
from bot.encryption import EncryptedText

LEASE_SECONDS = 15.0
CONVERSATION_INDEX = "messaging_inbox_conversation"
# A database that does not answer must not hold a message up.
SQLITE_WAIT_SECONDS = 2
MOST_ADOPTED = 100
# What a platform did not take is tried again after this, and no more when an answer would only puzzle.
AGAIN_SECONDS = 60.0
TOO_LATE_SECONDS = 6 * 3600.0

Reply = dict[str, Any]


class State(Enum):
    """How a message that came in stands."""

    NEW = "new"
    """Nobody has seen it: it is the caller's now."""
    TAKEN = "taken"
    """It came before, and is being answered, or will be taken up when its lease has run out."""
    ANSWERED = "answered"
    """It came before, and the platform has taken the answer."""


@dataclass(frozen=True)
class Older:
    """Messages that come before another: those that were taken up, the oldest first, and whether others are held."""

    adopted: list[tuple[str, Inbound]]
    held: bool


class Inbox:
    """The table of messages, on SQLite or PostgreSQL. Its methods block: call them in a thread.

    `owner` names a process; every time is Unix time in seconds. Words are kept encrypted, and no longer than until the
    message is answered.
    """

    def __init__(self, database: URL, keys: Sequence[str], lease_seconds: float = LEASE_SECONDS) -> None:
        # Parameters are hidden: a driver's error message must not quote a patient.
        options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}
        if database.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": SQLITE_WAIT_SECONDS}
        self.engine: Engine = sa.create_engine(database, **options)
        self.lease_seconds = lease_seconds
        self._history = History(keys, self)
        self._table = sa.Table(
            "messaging_inbox",
            sa.MetaData(),
            sa.Column("event", sa.String(96), primary_key=True),
            sa.Column("channel", sa.String(32), nullable=False),
            sa.Column("inbound", EncryptedText(list(keys))),
            sa.Column("owner", sa.String(32), nullable=False),
            sa.Column("lease_until", sa.Float, nullable=False, index=True),
            sa.Column("arrived_at", sa.Float, nullable=False, index=True),
            sa.Column("answered", sa.Boolean, nullable=False),
            # Both came later: rows of an earlier version have none. By the conversation staff erase a message, too.
            sa.Column("conversation", sa.String(64)),
            sa.Column("options", EncryptedText(list(keys))),
            sa.Index(CONVERSATION_INDEX, "conversation", "arrived_at"),
        )
        self._made = False

    def take(
        self, event: str, channel: str, inbound: Inbound, owner: str, now: float, conversation: str | None = None
    ) -> State:
        """Notes a message of `conversation` that came in as `owner`'s, unless it is known."""
        self._make()
        values = {
            "event": event,
            "channel": channel,
            "conversation": conversation,
            "inbound": json.dumps(asdict(inbound), ensure_ascii=False),
            "owner": owner,
            "lease_until": now + self.lease_seconds,
            "arrived_at": now,
            "answered": False,
        }
        try:
            with self.engine.begin() as connection:
                connection.execute(self._table.insert().values(**values))
            return State.NEW
        except IntegrityError:
            with self.engine.connect() as connection:
                known = sa.select(self._table.c.answered).where(self._table.c.event == event)
                answered = connection.execute(known).scalar()
            return State.ANSWERED if answered else State.TAKEN

    def renew(self, owner: str, now: float) -> None:
        """Keeps what `owner` has not answered yet."""
        self._make()
        table = self._table
        with self.engine.begin() as connection:
            connection.execute(
                table.update()
                .where(table.c.owner == owner, table.c.answered.is_(False))
                .values(lease_until=now + self.lease_seconds)
            )

    def close(self, event: str, now: float, options: str | None = None) -> None:
        """The platform has taken the answer: the words go, the event stays known, and the options that it offered."""
        table = self._table
        with self.engine.begin() as connection:
            connection.execute(
                table.update()
                .where(table.c.event == event)
                .values(answered=True, inbound=None, lease_until=now, options=options)
            )

    def options(self, conversation: str) -> str | None:
        """What the newest answer to `conversation` offered; None when none is known."""
        self._make()
        table = self._table
        query = sa.select(table.c.options).where(
            table.c.conversation == conversation, table.c.answered.is_(True), table.c.options.is_not(None)
        )
        with self.engine.connect() as connection:
            return connection.execute(query.order_by(table.c.arrived_at.desc()).limit(1)).scalar()

    def put_back(self, event: str, now: float) -> None:
        """The platform did not take the answer: the message waits to be taken up again."""
        table = self._table
        with self.engine.begin() as connection:
            connection.execute(
                table.update().where(table.c.event == event).values(owner="", lease_until=now + AGAIN_SECONDS)
            )

    def adopt(self, channel: str, owner: str, now: float) -> list[tuple[str, Inbound]]:
        """Takes up what a process that died has left on `channel`: each event with its message, the oldest first."""
        self._make()
        table = self._table
        left = (
            table.c.channel == channel,
            table.c.answered.is_(False),
            table.c.lease_until < now,
            table.c.arrived_at > now - TOO_LATE_SECONDS,
        )
        query = sa.select(table.c.event, table.c.inbound).where(*left).order_by(table.c.arrived_at).limit(MOST_ADOPTED)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [(row.event, _read(row.inbound)) for row in rows if row.inbound and self._adopted(row, left, owner, now)]

    def _adopted(self, row: Any, left: Sequence[Any], owner: str, now: float) -> bool:
        table = self._table
        with self.engine.begin() as connection:
            taken = connection.execute(
                table.update()
                .where(table.c.event == row.event, *left)
                .values(owner=owner, lease_until=now + self.lease_seconds)
            )
        return bool(taken.rowcount)

    def older(self, event: str, conversation: str, owner: str, now: float) -> Older:
        """What is to be answered before `event` and is not `owner`'s; it becomes `owner`'s when its lease has run out.

        What a platform did not take is nobody's: its turn is over, and it keeps nothing waiting.
        """
        table = self._table
        mine = sa.select(table.c.arrived_at).where(table.c.event == event).scalar_subquery()
        left = (
            table.c.conversation == conversation,
            table.c.answered.is_(False),
            table.c.owner.not_in(["", owner]),
            table.c.arrived_at < mine,
        )
        columns = (table.c.event, table.c.inbound, table.c.lease_until)
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(*columns).where(*left).order_by(table.c.arrived_at)).all()
        over = (*left, table.c.lease_until < now)
        due = [row for row in rows if row.lease_until < now and row.inbound]
        adopted = [(row.event, _read(row.inbound)) for row in due if self._adopted(row, over, owner, now)]
        return Older(adopted, held=len(rows) > len(adopted))

    def recorded(self, conversation: str, event: str) -> list[Reply] | None:
        """The replies of a turn that was taken before its process died; None when there was no such turn."""
        return self._history.replies_to(conversation, event)

    def replies_to(self, conversation: str, message_ids: Sequence[str]) -> dict[str, list[Reply]]:
        """Nothing: what the bot said stands in its tracker store."""
        return {}

    def purge(self, before: float) -> None:
        """Forgets what arrived before a time."""
        self._make()
        table = self._table
        with self.engine.begin() as connection:
            connection.execute(table.delete().where(table.c.arrived_at < before))

    def dispose(self) -> None:
        """Gives connections back."""
        self.engine.dispose()

    def _make(self) -> None:
        if self._made:
            return
        try:
            self._table.metadata.create_all(self.engine)
        except (OperationalError, ProgrammingError, IntegrityError):
            # Another process may have made it between our look and our own attempt.
            self._table.metadata.create_all(self.engine)
        self._add_what_came_later()
        self._made = True

    def _add_what_came_later(self) -> None:
        """Columns and index that a table of an earlier version lacks; a bot of that version goes on with the table."""
        table = self._table
        known = {column["name"] for column in sa.inspect(self.engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                kind = column.type.compile(self.engine.dialect)
                self._alter(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}")
        index = next(index for index in table.indexes if index.name == CONVERSATION_INDEX)
        columns = ", ".join(column.name for column in index.columns)
        self._alter(f"CREATE INDEX IF NOT EXISTS {index.name} ON {table.name} ({columns})")

    def _alter(self, statement: str) -> None:
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.text(statement))
        except (OperationalError, ProgrammingError, IntegrityError):
            # Another process may have done it at the same moment; what is really wrong shows at the next use.
            return


def _read(inbound: str) -> Inbound:
    told = json.loads(inbound)
    return Inbound(**{**told, "address": tuple(told["address"])})
