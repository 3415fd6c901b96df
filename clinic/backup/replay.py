"""Erases again what patients had erased after a backup was made, before the restored data is used."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from clinic.domain.actors import SYSTEM
from clinic.domain.audit import Act
from clinic.domain.statuses import RequestStatus
from clinic.keys import Keyring
from clinic.service.erasure import erase_request
from clinic.storage.bot_tables import erase_conversations
from clinic.storage.database import Database
from clinic.storage.erasure_log import Erasure, is_conversation
from clinic.storage.failures import storage_errors
from clinic.storage.models import DraftRow, SafetyEventRow
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

# The log and the backup may be written on two machines.
_CLOCKS_DIFFER = timedelta(minutes=1)


def later_than(erasures: Sequence[Erasure], moment: datetime) -> list[Erasure]:
    """Return the erasures since `moment`: earlier ones are in the backup, and the same chat may have gone on."""
    return [erasure for erasure in erasures if erasure.at >= moment - _CLOCKS_DIFFER]


def replay_on_requests(database: Database, erasures: Sequence[Erasure], now: datetime) -> int:
    """Erase requests, drafts and waiting safety events; return the number of requests that were erased.

    The audit goes on from where the backup ends, and says so: what came after it is known to be lost.
    """
    uow = SqlAlchemyUnitOfWork(database)
    erased = 0
    with uow:
        database.trail.note(uow.audit.head(), restored=True)
        uow.audit.record(SYSTEM, Act.RESTORED, now)
        for erasure in erasures:
            uow.drafts.remove(erasure.intake_id)
            request = uow.requests.get(erasure.reference) if erasure.reference else None
            if request is not None and request.status is not RequestStatus.WITHDRAWN:
                erase_request(SYSTEM, uow, request, now)
                erased += 1
        uow.commit()
    digests = _digests(erasures)
    with storage_errors(), Session(database.engine) as session:
        rows: list[DraftRow | SafetyEventRow] = [
            *session.scalars(select(DraftRow)),
            *session.scalars(select(SafetyEventRow).where(SafetyEventRow.request_id.is_(None))),
        ]
        for row in rows:
            if is_conversation(database.keyring, row.conversation_id, digests):
                session.delete(row)
        session.commit()
    return erased


def replay_on_conversations(url: URL, keyring: Keyring, erasures: Sequence[Erasure]) -> int:
    """Delete conversations from every table of the bot; return their number."""
    digests = _digests(erasures)
    erased: set[str] = set()

    def is_meant(conversation: str) -> bool:
        if is_conversation(keyring, conversation, digests):
            erased.add(conversation)
        return conversation in erased

    erase_conversations(url, is_meant)
    return len(erased)


def _digests(erasures: Sequence[Erasure]) -> set[str]:
    return {erasure.conversation for erasure in erasures if erasure.conversation}
