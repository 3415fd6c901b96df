"""What the website channel remembers in the bot's database: answered messages, ended chats and votes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from bot.channels.website.settings import Settings
from bot.channels.website.tokens import Session
from bot.encryption import EncryptedText

SQLITE_WAIT_SECONDS = 15

Reply = dict[str, Any]


class ClaimState(Enum):
    """What to do about a message that came in."""

    OURS = "ours"
    """Answer it: it is new, or its first process died before a word of it was kept."""
    TAKEN_OVER = "taken over"
    """Answer it, but look first whether the process that died had saved the turn."""
    ANSWERED = "answered"
    """Send the replies again."""
    BUSY = "busy"
    """Wait: another call of the same message is being answered."""
    CONFLICT = "conflict"
    """Refuse: the id belongs to a message with another text."""
    ENDED = "ended"
    """Refuse: the chat is over."""


@dataclass(frozen=True)
class Claim:
    """The state of a message, with its replies once it is answered."""

    state: ClaimState
    replies: tuple[Reply, ...] = ()


class Store:
    """The channel's tables, on SQLite or PostgreSQL. Its methods block: call them in a thread.

    Every time is Unix time in seconds.
    """

    def __init__(self, settings: Settings) -> None:
        # Parameters are hidden: a driver's error message must not quote a conversation.
        options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}
        if settings.database.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": SQLITE_WAIT_SECONDS}
        self.engine: Engine = sa.create_engine(settings.database, **options)
        self._secret = settings.session_keys[-1].encode()
        self._lease_seconds = settings.lease_seconds
        encrypted = EncryptedText(list(settings.tracker_keys))
        metadata = sa.MetaData()
        self._messages = sa.Table(
            "website_messages",
            metadata,
            sa.Column("conversation", sa.String(64), primary_key=True),
            sa.Column("message_id", sa.String(64), primary_key=True),
            sa.Column("fingerprint", sa.String(64), nullable=False),
            sa.Column("owner", sa.String(32), nullable=False),
            sa.Column("lease_until", sa.Float, nullable=False),
            sa.Column("replies", encrypted),
            sa.Column("expires_at", sa.Float, nullable=False, index=True),
        )
        self._ended = sa.Table(
            "website_ended_sessions",
            metadata,
            sa.Column("conversation", sa.String(64), primary_key=True),
            sa.Column("expires_at", sa.Float, nullable=False, index=True),
        )
        self._votes = sa.Table(
            "website_votes",
            metadata,
            sa.Column("answer", sa.String(64), primary_key=True),
            sa.Column("topic", sa.String(64), nullable=False),
            sa.Column("helpful", sa.Boolean, nullable=False),
        )
        self._create(metadata)

    def _create(self, metadata: sa.MetaData) -> None:
        try:
            metadata.create_all(self.engine)
        except (OperationalError, ProgrammingError, IntegrityError):
            # Another process may have created the tables between our look and our own attempt.
            metadata.create_all(self.engine)

    def check(self) -> None:
        """Raises SQLAlchemyError when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(sa.select(self._ended.c.conversation).limit(1)).first()

    def fingerprint(self, text: str) -> str:
        """Keyed digest of a message's text: tells two texts apart and shows neither."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def is_ended(self, conversation: str) -> bool:
        """Whether the patient ended this chat."""
        with self.engine.connect() as connection:
            return self._is_ended(connection, conversation)

    def _is_ended(self, connection: Any, conversation: str) -> bool:
        ended = sa.select(self._ended.c.conversation).where(self._ended.c.conversation == conversation)
        return connection.execute(ended).first() is not None

    def claim(self, session: Session, message_id: str, fingerprint: str, owner: str, now: float) -> Claim:
        """Takes the message for `owner` when nobody is answering it, and says how it stands."""
        with self.engine.begin() as connection:
            if self._is_ended(connection, session.conversation):
                return Claim(ClaimState.ENDED)
            row = self._row(connection, session.conversation, message_id)
        if row is None:
            if self._insert(session, message_id, fingerprint, owner, now):
                return Claim(ClaimState.OURS)
            with self.engine.begin() as connection:
                row = self._row(connection, session.conversation, message_id)
            if row is None:
                return Claim(ClaimState.BUSY)
        if not hmac.compare_digest(row.fingerprint, fingerprint):
            return Claim(ClaimState.CONFLICT)
        if row.replies is not None:
            return Claim(ClaimState.ANSWERED, tuple(json.loads(row.replies)))
        if row.lease_until < now and self._take_over(session.conversation, message_id, owner, now):
            return Claim(ClaimState.TAKEN_OVER)
        return Claim(ClaimState.BUSY)

    def _row(self, connection: Any, conversation: str, message_id: str) -> Any:
        return connection.execute(sa.select(self._messages).where(*self._is_message(conversation, message_id))).first()

    def _is_message(self, conversation: str, message_id: str) -> tuple[Any, Any]:
        table = self._messages.c
        return table.conversation == conversation, table.message_id == message_id

    def _insert(self, session: Session, message_id: str, fingerprint: str, owner: str, now: float) -> bool:
        try:
            with self.engine.begin() as connection:
                connection.execute(
                    self._messages.insert().values(
                        conversation=session.conversation,
                        message_id=message_id,
                        fingerprint=fingerprint,
                        owner=owner,
                        lease_until=now + self._lease_seconds,
                        expires_at=session.expires_at,
                    )
                )
        except IntegrityError:
            return False
        return True

    def _take_over(self, conversation: str, message_id: str, owner: str, now: float) -> bool:
        table = self._messages
        with self.engine.begin() as connection:
            result = connection.execute(
                table.update()
                .where(
                    *self._is_message(conversation, message_id),
                    table.c.replies.is_(None),
                    table.c.lease_until < now,
                )
                .values(owner=owner, lease_until=now + self._lease_seconds)
            )
        return bool(result.rowcount)

    def renew(self, conversation: str, message_id: str, owner: str, now: float) -> None:
        """Keeps a message taken while its owner is still answering it."""
        with self.engine.begin() as connection:
            connection.execute(
                self._messages.update()
                .where(*self._is_message(conversation, message_id), self._messages.c.owner == owner)
                .values(lease_until=now + self._lease_seconds)
            )

    def keep_replies(self, conversation: str, message_id: str, owner: str, replies: Sequence[Reply]) -> Claim:
        """Keeps the replies for later retries.

        Returns what to tell the caller: the replies kept, which are another process's when that took
        the message over in the meantime, or that the chat was ended while the bot was answering.
        """
        with self.engine.begin() as connection:
            connection.execute(
                self._messages.update()
                .where(
                    *self._is_message(conversation, message_id),
                    self._messages.c.owner == owner,
                    self._messages.c.replies.is_(None),
                )
                .values(replies=json.dumps(list(replies), ensure_ascii=False))
            )
            if self._is_ended(connection, conversation):
                connection.execute(self._messages.delete().where(self._messages.c.conversation == conversation))
                return Claim(ClaimState.ENDED)
            row = self._row(connection, conversation, message_id)
        kept = json.loads(row.replies) if row is not None and row.replies is not None else replies
        return Claim(ClaimState.ANSWERED, tuple(kept))

    def replies_to(self, conversation: str, message_ids: Sequence[str]) -> dict[str, list[Reply]]:
        """The kept replies to these messages, by message id."""
        query = sa.select(self._messages.c.message_id, self._messages.c.replies).where(
            self._messages.c.conversation == conversation, self._messages.c.message_id.in_(list(message_ids))
        )
        with self.engine.connect() as connection:
            return {row.message_id: json.loads(row.replies) for row in connection.execute(query) if row.replies}

    def end(self, session: Session, now: float) -> None:
        """Ends a chat for good: its token opens nothing any more, and its kept replies are gone."""
        try:
            with self.engine.begin() as connection:
                connection.execute(
                    self._ended.insert().values(conversation=session.conversation, expires_at=session.expires_at)
                )
        except IntegrityError:
            return
        with self.engine.begin() as connection:
            connection.execute(
                self._messages.delete().where(
                    self._messages.c.conversation == session.conversation,
                    sa.or_(self._messages.c.replies.is_not(None), self._messages.c.lease_until < now),
                )
            )

    def vote(self, conversation: str, message_id: str, topic: str, helpful: bool) -> None:
        """Counts one vote for an answer; a second vote for the same answer replaces the first.

        The row names the topic, and the answer only by a keyed digest: nobody can tell who voted.
        """
        answer = hmac.new(self._secret, f"{conversation} {message_id}".encode(), hashlib.sha256).hexdigest()
        table = self._votes
        with self.engine.begin() as connection:
            changed = connection.execute(
                table.update().where(table.c.answer == answer).values(topic=topic, helpful=helpful)
            )
            if changed.rowcount:
                return
        try:
            with self.engine.begin() as connection:
                connection.execute(table.insert().values(answer=answer, topic=topic, helpful=helpful))
        except IntegrityError:
            # The same vote came twice at once, and the other call has stored it.
            return

    def votes(self) -> dict[str, tuple[int, int]]:
        """For each topic: how many found its answer helpful, and how many did not."""
        table = self._votes
        helpful = sa.func.sum(sa.case((table.c.helpful, 1), else_=0))
        query = sa.select(table.c.topic, helpful, sa.func.count()).group_by(table.c.topic)
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(table.c.topic)).all()
        return {topic: (int(liked), int(total) - int(liked)) for topic, liked, total in rows}

    def purge(self, now: float) -> None:
        """Deletes what no token can reach any more."""
        with self.engine.begin() as connection:
            for table in (self._messages, self._ended):
                connection.execute(table.delete().where(table.c.expires_at < now))
