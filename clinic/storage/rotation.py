"""Rewrites everything under the newest data key, so that the old key can be thrown away."""

from sqlalchemy import select
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from clinic.storage.database import Database
from clinic.storage.failures import storage_errors
from clinic.storage.models import (
    AccountRow,
    AdditionRow,
    AuditSubjectRow,
    Base,
    CallRow,
    DraftRow,
    KeyCheckRow,
    NoteRow,
    RequestRow,
    SafetyEventRow,
)
from clinic.storage.repositories import index_conversation, index_draft
from clinic.storage.requests import index_request
from clinic.storage.types import EncryptedJSON, EncryptedText

_TABLES: tuple[type[Base], ...] = (
    RequestRow,
    DraftRow,
    SafetyEventRow,
    NoteRow,
    CallRow,
    AdditionRow,
    AuditSubjectRow,
    AccountRow,
    KeyCheckRow,
)


def rotate_keys(database: Database) -> int:
    """Encrypt and index every row again under the first key of the ring, in one transaction.

    Returns:
        The number of rows that were rewritten.

    Raises:
        DataKeyMismatch: a row was written with a key that is not in the ring; nothing is changed.
        StorageUnavailable: the database cannot be reached or written.
        ConcurrentChange: a row was changed meanwhile; nothing is changed, run it again.
    """
    rewritten = 0
    with storage_errors(), Session(database.engine) as session:
        for table in _TABLES:
            encrypted = [
                column.key
                for column in inspect(table).column_attrs
                if isinstance(column.columns[0].type, EncryptedText | EncryptedJSON)
            ]
            for row in session.scalars(select(table)):
                for name in encrypted:
                    if getattr(row, name) is not None:
                        flag_modified(row, name)
                if isinstance(row, RequestRow):
                    index_request(row, database.keyring)
                elif isinstance(row, DraftRow):
                    index_draft(row, database.keyring)
                elif isinstance(row, SafetyEventRow):
                    index_conversation(row, database.keyring)
                rewritten += 1
        session.commit()
    return rewritten
