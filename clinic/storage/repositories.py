"""Drafts and safety events: translate between the domain's records and rows, and find rows by keyed digests."""

import hmac
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Delete, delete, or_, select
from sqlalchemy.orm import Session

from clinic.domain.codes import code_from
from clinic.domain.requests import Addition, Draft, SafetyEvent
from clinic.errors import IntakeMoved
from clinic.keys import Keyring
from clinic.storage.failures import storage_errors
from clinic.storage.models import AdditionRow, DraftRow, RequestRow, SafetyEventRow

CONVERSATION = "conversation"
NO_DIGEST = "0" * 64
_CODE, _CODE_ROW, _BORN = "resume-code", "resume-code-row", "draft-birth-date"


class SqlAlchemyDrafts:
    """Unfinished intakes in one session."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def get(self, intake_id: str) -> Draft | None:
        """Return the draft of an intake, with the safety events of its conversation, or None."""
        row = self._row(intake_id)
        return None if row is None else self._draft(row)

    def of_conversation(self, conversation_id: str) -> list[Draft]:
        """Return every draft of a conversation, oldest first."""
        digests = self._keyring.indexes(CONVERSATION, conversation_id)
        rows = self._session.scalars(
            select(DraftRow).where(DraftRow.conversation_index.in_(digests)).order_by(DraftRow.id)
        )
        return [self._draft(row) for row in rows.all()]

    def put(self, intake_id: str, conversation_id: str, channel: str, state: dict[str, Any], now: datetime) -> None:
        """Store or replace the draft of an intake.

        Raises:
            DuplicateRow: another process stored the first draft of this intake at the same moment.
            IntakeMoved: the intake goes on in another conversation.
        """
        row = self._row(intake_id)
        if row is None:
            row = DraftRow(intake_id=intake_id, created_at=now)
            self._session.add(row)
        elif row.conversation_id != conversation_id:
            raise IntakeMoved("the intake goes on in another conversation")
        row.conversation_id = conversation_id
        row.channel = channel
        row.state = state
        row.updated_at = now
        index_draft(row, self._keyring)
        with storage_errors():
            self._session.flush()

    def code(self, intake_id: str) -> tuple[str, bool] | None:
        """Return the resume code of a draft, and whether it was given for the first time now.

        None without a draft, and while it holds no date of birth, which the code has to be used with.
        """
        row = self._row(intake_id)
        if row is None or row.birth_date_index is None:
            return None
        code = _given_code(row, self._keyring)
        if code is not None:
            return code, False
        code = code_from(lambda number: self._keyring.index(_CODE, f"{intake_id}/{number}"))
        row.code_index = self._keyring.index(_CODE_ROW, code)
        with storage_errors():
            self._session.flush()
        return code, True

    def by_code(self, code: str | None, born: date) -> Draft | None:
        """Return the draft if a code and a date of birth belong together, or None.

        As with requests, every wrong pair costs one indexed read and one comparison in constant time for each key.
        """
        digests = self._keyring.indexes(_CODE_ROW, code or "")
        found = select(DraftRow.intake_id, DraftRow.birth_date_index).where(DraftRow.code_index.in_(digests))
        row = self._session.execute(found).first()
        intake_id, stored = (row.intake_id, row.birth_date_index) if row is not None else ("", None)
        typed = self._keyring.indexes(_BORN, _born_text(intake_id, born.isoformat()))
        matches = [hmac.compare_digest(digest, stored or NO_DIGEST) for digest in typed]
        return self.get(intake_id) if any(matches) else None

    def hand_over(self, intake_id: str, conversation_id: str, channel: str, now: datetime) -> None:
        """Have a draft go on in another conversation; the one before is remembered, to be erased with it."""
        row = self._row(intake_id)
        if row is None or row.conversation_id == conversation_id:
            return
        earlier = [each for each in row.earlier_conversations or [] if each != conversation_id]
        row.earlier_conversations = [*earlier, row.conversation_id]
        row.conversation_id, row.channel, row.updated_at = conversation_id, channel, now
        index_draft(row, self._keyring)
        with storage_errors():
            self._session.flush()

    def remove_untouched_since(self, moment: datetime) -> int:
        """Delete the drafts that were last changed before `moment`; return how many."""
        return deleted(self._session, delete(DraftRow).where(DraftRow.updated_at < moment))

    def remove(self, intake_id: str) -> None:
        """Delete the draft of an intake, if there is one."""
        self._session.execute(delete(DraftRow).where(DraftRow.intake_id == intake_id))

    def remove_conversation(self, conversation_id: str) -> None:
        """Delete every draft of a conversation."""
        digests = self._keyring.indexes(CONVERSATION, conversation_id)
        self._session.execute(delete(DraftRow).where(DraftRow.conversation_index.in_(digests)))

    def _draft(self, row: DraftRow) -> Draft:
        events = SqlAlchemySafetyEvents(self._session, self._keyring)
        return Draft(
            intake_id=row.intake_id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            state=row.state,
            created_at=row.created_at,
            updated_at=row.updated_at,
            safety_events=events.waiting(row.conversation_id, row.intake_id),
            earlier_conversations=tuple(row.earlier_conversations or ()),
        )

    def _row(self, intake_id: str) -> DraftRow | None:
        with self._session.no_autoflush:
            return self._session.scalar(select(DraftRow).where(DraftRow.intake_id == intake_id))


class SqlAlchemyAdditions:
    """What patients added to their requests, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, reference: str, addition: Addition) -> None:
        """Store an addition to a request that is there."""
        request_id = self._session.scalar(select(RequestRow.id).where(RequestRow.reference == reference))
        self._session.add(AdditionRow(request_id=request_id, text=addition.text, at=addition.at))
        with storage_errors():
            self._session.flush()

    def of(self, reference: str) -> list[Addition]:
        """Return the additions to a request, oldest first."""
        mine = select(AdditionRow).join(RequestRow).where(RequestRow.reference == reference).order_by(AdditionRow.id)
        return [Addition(row.text, row.at) for row in self._session.scalars(mine)]


class SqlAlchemySafetyEvents:
    """Safety events that wait for a request."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    def add(self, event: SafetyEvent, conversation_id: str, intake_id: str | None) -> None:
        """Store an event of a conversation that has no request yet."""
        self._session.add(
            SafetyEventRow(
                intake_id=intake_id,
                conversation_id=conversation_id,
                conversation_index=self._keyring.index(CONVERSATION, conversation_id),
                kind=event.kind,
                rule=event.rule,
                at=event.at,
            )
        )
        with storage_errors():
            self._session.flush()

    def waiting(self, conversation_id: str, intake_id: str | None) -> tuple[SafetyEvent, ...]:
        """Return the events of this conversation or intake that no request carries, oldest first."""
        return tuple(event_of(row) for row in self._waiting_rows(conversation_id, intake_id))

    def remove_waiting(self, conversation_id: str, intake_id: str | None) -> None:
        """Delete those events: a request carries them now, or the patient withdrew."""
        for row in self._waiting_rows(conversation_id, intake_id):
            self._session.delete(row)

    def remove_waiting_since(self, moment: datetime) -> int:
        """Delete the events from before `moment` that no request carries; return how many."""
        old = delete(SafetyEventRow).where(SafetyEventRow.request_id.is_(None), SafetyEventRow.at < moment)
        return deleted(self._session, old)

    def _waiting_rows(self, conversation_id: str, intake_id: str | None) -> Iterable[SafetyEventRow]:
        digests = self._keyring.indexes(CONVERSATION, conversation_id)
        same = SafetyEventRow.conversation_index.in_(digests)
        mine = same if intake_id is None else or_(same, SafetyEventRow.intake_id == intake_id)
        return self._session.scalars(
            select(SafetyEventRow).where(SafetyEventRow.request_id.is_(None), mine).order_by(SafetyEventRow.at)
        ).all()


def deleted(session: Session, statement: Delete) -> int:
    """Run a DELETE and return how many rows it took."""
    with storage_errors():
        return int(getattr(session.execute(statement), "rowcount", 0))


def index_conversation(row: DraftRow | SafetyEventRow, keyring: Keyring) -> None:
    """Set the keyed digest of the conversation of a draft or a safety event."""
    row.conversation_index = keyring.index(CONVERSATION, row.conversation_id)


def index_draft(row: DraftRow, keyring: Keyring) -> None:
    """Set what a draft is found by, under the newest key; a code that was given stays good."""
    index_conversation(row, keyring)
    born = row.state.get("born")
    row.birth_date_index = keyring.index(_BORN, _born_text(row.intake_id, born)) if born else None
    code = _given_code(row, keyring)
    row.code_index = keyring.index(_CODE_ROW, code) if code else None


def _given_code(row: DraftRow, keyring: Keyring) -> str | None:
    """Return the code that a draft was given, under whichever key; nothing but its digest is stored."""
    if row.code_index is None:
        return None

    def under(key: int) -> str:
        return code_from(lambda number: keyring.indexes(_CODE, f"{row.intake_id}/{number}")[key])

    codes = (under(key) for key in range(len(keyring.indexes(_CODE, ""))))
    return next((code for code in codes if row.code_index in keyring.indexes(_CODE_ROW, code)), None)


def _born_text(intake_id: str, born: str) -> str:
    # With the intake in it, equal dates of two patients have different digests.
    return f"{intake_id}/{born}"


def event_of(row: SafetyEventRow) -> SafetyEvent:
    """Return the event of a row."""
    return SafetyEvent(kind=row.kind, rule=row.rule, at=row.at)
