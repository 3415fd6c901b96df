"""The tables, as typed SQLAlchemy models; everything a patient tells is in an encrypted column."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from clinic.storage.types import EncryptedJSON, EncryptedText, UTCDateTime

_DIGEST = 64


class Base(DeclarativeBase):
    """Base of all models; constraint names are fixed, so that migrations can name them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RequestRow(Base):
    """A consultation request.

    `birth_date_index` and `conversation_index` are keyed digests, so that a row is found without decrypting
    others. `revision` guards against two writers who read the same row.
    """

    __tablename__ = "consultation_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column()
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    intake_id: Mapped[str] = mapped_column(String(64), unique=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(35))
    questionnaire_version: Mapped[str] = mapped_column(String(32))
    answers: Mapped[Any] = mapped_column(EncryptedJSON)
    consents: Mapped[Any] = mapped_column(EncryptedJSON)
    notes: Mapped[Any] = mapped_column(EncryptedJSON)
    conversation_id: Mapped[str | None] = mapped_column(EncryptedText)
    conversation_index: Mapped[str | None] = mapped_column(String(_DIGEST), index=True)
    birth_date_index: Mapped[str | None] = mapped_column(String(_DIGEST))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    safety_events: Mapped[list["SafetyEventRow"]] = relationship(
        cascade="all, delete-orphan", order_by="SafetyEventRow.at", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy's own protocol


class DraftRow(Base):
    """An unfinished intake."""

    __tablename__ = "intake_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    intake_id: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(32))
    conversation_id: Mapped[str] = mapped_column(EncryptedText)
    conversation_index: Mapped[str] = mapped_column(String(_DIGEST), index=True)
    state: Mapped[Any] = mapped_column(EncryptedJSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SafetyEventRow(Base):
    """An emergency or crisis in a conversation; it belongs to no request until one is submitted."""

    __tablename__ = "safety_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int | None] = mapped_column(
        ForeignKey("consultation_requests.id", ondelete="CASCADE"), index=True
    )
    intake_id: Mapped[str | None] = mapped_column(String(64), index=True)
    conversation_index: Mapped[str] = mapped_column(String(_DIGEST), index=True)
    conversation_id: Mapped[str] = mapped_column(EncryptedText)
    kind: Mapped[str] = mapped_column(EncryptedText)
    rule: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class KeyCheckRow(Base):
    """One known text under the data key, so that a wrong key is noticed before it writes anything."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(EncryptedText)
