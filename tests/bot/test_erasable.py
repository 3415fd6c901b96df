"""Every table of the bot names the conversation of each row, so that an erasure by the clinic's staff reaches it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet
from rasa.shared.core.domain import Domain

from bot.channels.messaging.inbound import Inbound
from bot.channels.messaging.inbox import Inbox
from bot.channels.website.settings import Settings
from bot.channels.website.store import Store
from bot.tracker_store import EncryptedTrackerStore, database_url

# As clinic/storage/bot_tables.py looks for them.
COLUMNS = {"sender_id", "conversation"}
OF_NOBODY = {"website_votes": "an answer's keyed digest and its topic: nobody can tell who voted"}


def test_every_table_of_the_bot_names_its_conversations(tmp_path: Path) -> None:
    place = database_url("", tmp_path)
    EncryptedTrackerStore(domain=Domain.empty(), data_dir=str(tmp_path))
    Store(Settings.read({"data_dir": str(tmp_path), "environment": "development"}))
    Inbox(place, [Fernet.generate_key().decode()]).take(
        "e", "telegram", Inbound("e", "telegram", "42", ("42",), "text"), "one", 1.0
    )
    found = {table.name: set(table.columns.keys()) for table in reflected(place)}
    assert len(found) == 5, "the check sees the tables at all"
    without = {name for name, columns in found.items() if not columns & COLUMNS}
    assert without == OF_NOBODY.keys(), "a table of whom nobody knows whose it is cannot be erased"


def reflected(place: sa.engine.URL) -> list[sa.Table]:
    metadata = sa.MetaData()
    engine = sa.create_engine(place)
    metadata.reflect(engine)
    engine.dispose()
    return list(metadata.tables.values())
