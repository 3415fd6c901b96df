"""The tables, as typed SQLAlchemy models; everything a patient tells is in an encrypted column."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, MetaData, String, Text
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
    others; `search_terms` holds more of them, and `search_name` the name as it is compared. `queue_key` sorts by
    urgency. `revision` guards against two writers who read the same row; `version` is what the team sees of that.
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
    words: Mapped[Any] = mapped_column(EncryptedJSON, nullable=True)
    consents: Mapped[Any] = mapped_column(EncryptedJSON)
    notes: Mapped[Any] = mapped_column(EncryptedJSON)
    left_open: Mapped[Any] = mapped_column(EncryptedJSON, nullable=True)
    conversation_id: Mapped[str | None] = mapped_column(EncryptedText)
    conversation_index: Mapped[str | None] = mapped_column(String(_DIGEST), index=True)
    earlier_conversations: Mapped[Any] = mapped_column(EncryptedJSON, nullable=True)
    birth_date_index: Mapped[str | None] = mapped_column(String(_DIGEST))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(server_default="1")
    changed_by: Mapped[str] = mapped_column(String(64), server_default="")
    change: Mapped[str] = mapped_column(String(32), server_default="")
    assigned_to: Mapped[str | None] = mapped_column(String(64), index=True)
    assigned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    queue_key: Mapped[str] = mapped_column(String(64), server_default="", index=True)
    search_name: Mapped[str | None] = mapped_column(EncryptedText)
    safety_events: Mapped[list["SafetyEventRow"]] = relationship(
        cascade="all, delete-orphan", order_by="SafetyEventRow.at", lazy="selectin"
    )
    stays: Mapped[list["StayRow"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="StayRow.id"
    )
    staff_notes: Mapped[list["NoteRow"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="NoteRow.id"
    )
    calls: Mapped[list["CallRow"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="CallRow.id"
    )
    additions: Mapped[list["AdditionRow"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="AdditionRow.id"
    )
    search_terms: Mapped[list["SearchTermRow"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __table_args__ = (
        Index("ix_consultation_requests_status_queue_key", "status", "queue_key"),
        Index("ix_consultation_requests_assigned_to_queue_key", "assigned_to", "queue_key"),
        Index("ix_consultation_requests_status_created_at", "status", "created_at"),
    )
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy's own protocol


class SearchTermRow(Base):
    """Something by which a request is found, as a keyed digest: a word of the name, an address, a person."""

    __tablename__ = "search_terms"

    request_id: Mapped[int] = mapped_column(
        ForeignKey("consultation_requests.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(_DIGEST), primary_key=True)

    # The newest of many who share a name are the end of a range.
    __table_args__ = (Index("ix_search_terms_digest_request_id", "digest", "request_id"),)


class AdditionRow(Base):
    """What a patient added to a request that was sent."""

    __tablename__ = "request_additions"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_requests.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class DraftRow(Base):
    """An unfinished intake; `code_index` and `birth_date_index` are keyed digests of its resume code and the date."""

    __tablename__ = "intake_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    intake_id: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(32))
    conversation_id: Mapped[str] = mapped_column(EncryptedText)
    conversation_index: Mapped[str] = mapped_column(String(_DIGEST), index=True)
    state: Mapped[Any] = mapped_column(EncryptedJSON)
    earlier_conversations: Mapped[Any] = mapped_column(EncryptedJSON, nullable=True)
    code_index: Mapped[str | None] = mapped_column(String(_DIGEST), index=True, unique=True)
    birth_date_index: Mapped[str | None] = mapped_column(String(_DIGEST))
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


class StayRow(Base):
    """The time that a request spent in one status."""

    __tablename__ = "status_stays"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_requests.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    actor: Mapped[str] = mapped_column(String(64))


class NoteRow(Base):
    """A note of the team for the team."""

    __tablename__ = "staff_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_requests.id", ondelete="CASCADE"), index=True)
    actor: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class CallRow(Base):
    """A call to a patient, and how it ended."""

    __tablename__ = "calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("consultation_requests.id", ondelete="CASCADE"), index=True)
    actor: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(EncryptedText)
    text: Mapped[str] = mapped_column(EncryptedText)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class OutboxRow(Base):
    """A message that the clinic is to get; a table of its own transaction's truth, delivered afterwards."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(
        ForeignKey("consultation_requests.reference", ondelete="CASCADE"), index=True
    )
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    urgent: Mapped[bool] = mapped_column()
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    next_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    attempts: Mapped[int] = mapped_column()
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem: Mapped[str] = mapped_column(String(200))


class AuditRow(Base):
    """One entry of the audit; the database refuses to change or delete one."""

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # As text, because the seal covers it to the last digit.
    at: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    session: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str | None] = mapped_column(String(_DIGEST), index=True)
    details: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(16))
    previous: Mapped[str] = mapped_column(String(_DIGEST))
    seal: Mapped[str] = mapped_column(String(_DIGEST))


class AuditHeadRow(Base):
    """How many entries there are, and the last one's seal; whoever adds one locks this row first."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column()
    seal: Mapped[str] = mapped_column(String(_DIGEST))


class AuditSubjectRow(Base):
    """The salt that links a request with its entries in the audit; without it nobody can."""

    __tablename__ = "audit_subjects"

    reference: Mapped[str] = mapped_column(
        ForeignKey("consultation_requests.reference", ondelete="CASCADE"), primary_key=True
    )
    salt: Mapped[str] = mapped_column(EncryptedText)


class AccountRow(Base):
    """An account of the clinic's staff; the hash of its password is encrypted as well."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str] = mapped_column(EncryptedText)
    is_active: Mapped[bool] = mapped_column()
    totp_secret: Mapped[str | None] = mapped_column(EncryptedText)
    totp_step: Mapped[int] = mapped_column()
    recovery: Mapped[Any] = mapped_column(EncryptedJSON, nullable=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy's own protocol


class DeskSessionRow(Base):
    """A session at the desk, under the digest of its token."""

    __tablename__ = "desk_sessions"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[str] = mapped_column(String(_DIGEST), unique=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    address: Mapped[str | None] = mapped_column(String(64))


class KeyCheckRow(Base):
    """One known text under the data key, so that a wrong key is noticed before it writes anything."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(EncryptedText)
