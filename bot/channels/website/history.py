"""Reads a chat's messages back from the tracker store, with the ids that `POST /message` gave them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.replies import content_of
from bot.channels.website.store import Reply
from bot.encryption import EncryptedText

# Rows read beyond a page, so that its first turn is whole: replies are numbered from their message on.
TURN_ROWS = 12


@dataclass(frozen=True)
class Row:
    """One event of the tracker store: its place in the chat (from 1), "user" or "bot", and its data."""

    place: int
    kind: str
    data: dict[str, Any]


def moment(timestamp: float) -> str:
    """Unix time as ISO 8601 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(timestamp, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def reply_id(message_id: str, number: int) -> str:
    """The id of the reply `number` (from 1) to a message."""
    return f"{message_id}.{number}"


def numbered(message_id: str, contents: Iterable[tuple[dict[str, Any], float]]) -> list[Reply]:
    """Replies as clients get them, from each one's content and time."""
    return [
        {"id": reply_id(message_id, number), **content, "at": moment(timestamp)}
        for number, (content, timestamp) in enumerate(contents, 1)
    ]


def bot_content(data: dict[str, Any]) -> dict[str, Any]:
    """What a client got of a stored bot event; empty when it said nothing."""
    return content_of({"text": data.get("text"), **(data.get("data") or {})})


def patient_message(row: Row) -> dict[str, Any]:
    """A stored user event as a message."""
    data = row.data
    return {
        "id": data.get("message_id") or f"m{row.place}",
        "from": "patient",
        "text": data.get("text") or "",
        "at": moment(data["timestamp"]),
    }


def messages_of(rows: Sequence[Row]) -> list[tuple[int, dict[str, Any]]]:
    """The messages of consecutive events, each with its place; replies are numbered within their turn."""
    messages: list[tuple[int, dict[str, Any]]] = []
    spoken_by_patient = "start"
    number = 0
    for row in rows:
        if row.kind == "user":
            message = patient_message(row)
            spoken_by_patient, number = message["id"], 0
            messages.append((row.place, message))
            continue
        content = bot_content(row.data)
        if content:
            number += 1
            reply = {"id": reply_id(spoken_by_patient, number), "from": "assistant", **content}
            messages.append((row.place, {**reply, "at": moment(row.data["timestamp"])}))
    return messages


class Kept(Protocol):
    """The database of the conversations, and what a channel itself has said there."""

    engine: Engine

    def replies_to(self, conversation: str, message_ids: Sequence[str]) -> dict[str, list[Reply]]:
        """The kept replies to these messages, by message id."""


class History:
    """Reads conversations of Rasa's SQL tracker store. Its methods block: call them in a thread."""

    def __init__(self, keys: Sequence[str], store: Kept) -> None:
        """`keys` are those of the tracker store, newest first; `store` holds its database."""
        self._store = store
        self._events = sa.Table(
            "events",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("sender_id", sa.String(255)),
            sa.Column("type_name", sa.String(255)),
            sa.Column("data", EncryptedText(list(keys))),
        )

    def page(self, conversation: str, before: int | None, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Up to `limit` messages before the place `before` (the newest ones without it), oldest first.

        Also returns the place to ask for next, or None at the beginning of the chat.
        """
        last = self._count(conversation)
        if before is not None:
            last = min(last, before - 1)
        first = last
        rows: list[Row] = []
        shown: list[tuple[int, dict[str, Any]]] = []
        while first > 0 and (len(shown) <= limit or rows[0].kind != "user"):
            first_wanted = max(0, first - limit - TURN_ROWS)
            rows = self._rows(conversation, first_wanted, first - first_wanted) + rows
            first = first_wanted
            shown = messages_of(rows)
        page = shown[-limit:]
        if not page:
            return [], None
        following = page[0][0] if len(shown) > limit else None
        # The event after the page tells whether the page's last message was left without a reply.
        after = self._rows(conversation, last, 1)
        speakers = [message["from"] for _, message in page[1:]]
        speakers.append("assistant" if after and after[0].kind == "bot" else "patient")
        return self._with_apologies(conversation, [message for _, message in page], speakers), following

    def _count(self, conversation: str) -> int:
        query = sa.select(sa.func.count()).select_from(self._events).where(*self._said_in(conversation))
        with self._store.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def _said_in(self, conversation: str) -> tuple[Any, Any]:
        columns = self._events.c
        return columns.sender_id == conversation, columns.type_name.in_(("user", "bot"))

    def _rows(self, conversation: str, skip: int, count: int) -> list[Row]:
        columns = self._events.c
        query = (
            sa.select(columns.type_name, columns.data)
            .where(*self._said_in(conversation))
            .order_by(columns.id)
            .offset(skip)
            .limit(count)
        )
        with self._store.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Row(skip + number, row.type_name, json.loads(row.data)) for number, row in enumerate(rows, 1)]

    def _with_apologies(
        self, conversation: str, messages: list[dict[str, Any]], followed_by: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Adds what the channel itself said to messages that the bot left without a reply."""
        silent = [
            message["id"]
            for message, speaker in zip(messages, followed_by, strict=True)
            if message["from"] == speaker == "patient"
        ]
        kept = self._store.replies_to(conversation, silent) if silent else {}
        complete: list[dict[str, Any]] = []
        for message in messages:
            complete.append(message)
            if message["id"] in silent:
                complete += [{"from": "assistant", **reply} for reply in kept.get(message["id"], [])]
        return complete

    def replies_to(self, conversation: str, message_id: str) -> list[Reply] | None:
        """The replies of a turn that the tracker store holds; None when it holds no such message."""
        messages, _ = self.page(conversation, None, 1000)
        if not any(message["id"] == message_id for message in messages):
            return None
        return [
            {key: value for key, value in message.items() if key != "from"}
            for message in messages
            if message["from"] == "assistant" and message["id"].rpartition(".")[0] == message_id
        ]
