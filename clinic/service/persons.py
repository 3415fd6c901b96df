"""Everything that is kept of one person: shown as counts, exported, and erased everywhere, by staff.

A person is known by the reference of a request. Others that seem to be hers are named beside it; which of them are
hers, a human says.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.actors import Actor, Right
from clinic.domain.audit import Act
from clinic.domain.casework import Line
from clinic.domain.reference import ALPHABET, normalise_reference
from clinic.domain.requests import ConsultationRequest, Draft
from clinic.domain.search import same_person
from clinic.domain.statuses import RequestStatus
from clinic.errors import ErasureNotConfirmed, RequestNotFound
from clinic.service.access import check_right
from clinic.service.chats import Chats
from clinic.service.erasure import erase_request
from clinic.service.requests import Case, case_of, known_request
from clinic.service.unit_of_work import UnitOfWork, in_transaction

_MOST_OTHERS = 20
_RECEIPT_LETTERS = 8


@dataclass(frozen=True)
class Held:
    """One request of a person, and how many rows of what is kept with it."""

    request: ConsultationRequest
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Person:
    """What is kept of a person: the request asked for, and others that may be hers."""

    own: Held
    others: tuple[Held, ...]


@dataclass(frozen=True)
class PersonData:
    """Everything that is kept of a person, to be handed over."""

    cases: tuple[Case, ...]
    drafts: tuple[Draft, ...]
    chats: Mapping[str, Sequence[Line]]


@dataclass(frozen=True)
class Receipt:
    """What was erased: numbers and references, and nothing that anybody told. `number` stands in the audit, too."""

    number: str
    references: tuple[str, ...]
    counts: Mapping[str, int]
    at: datetime
    by: str


def find_person(actor: Actor, uow: UnitOfWork, chats: Chats, reference: str, now: datetime) -> Person:
    """Return what is kept of a person, in numbers, with the other requests that may be hers.

    Raises:
        AccessRefused: the actor may not erase.
        RequestNotFound: no request has this reference.
        StorageUnavailable: a database cannot be reached.
    """
    check_right(actor, uow, Right.ERASE, now)

    def find() -> Person:
        request = known_request(uow, reference)
        uow.audit.record(actor, Act.VIEWED, now, reference, {"reason": "person"})
        others = [_held(uow, chats, other) for other in _others(uow, request)]
        return Person(_held(uow, chats, request), tuple(others))

    return in_transaction(uow, find)


def export_person(
    actor: Actor, uow: UnitOfWork, chats: Chats, references: Sequence[str], now: datetime, *, layout: str
) -> PersonData:
    """Return everything that is kept of a person, to be written into a file of the given layout.

    Args:
        actor: who exports.
        uow: unit of work, not entered.
        chats: the bot's conversations.
        references: of the requests that are hers.
        now: present time with its zone.
        layout: for the audit.

    Raises:
        AccessRefused: the actor may not export.
        RequestNotFound: no request has one of these references.
        StorageUnavailable: a database cannot be reached.
        SettingsError, DataKeyMismatch: the key of the conversations is missing, or is not theirs.
    """
    check_right(actor, uow, Right.EXPORT, now)

    def read() -> tuple[list[Case], list[Draft]]:
        cases = [case_of(uow, known_request(uow, reference)) for reference in references]
        drafts = {
            draft.intake_id: draft
            for case in cases
            for conversation in case.request.conversations
            for draft in uow.drafts.of_conversation(conversation)
        }
        for reference in references:
            uow.audit.record(actor, Act.EXPORTED, now, reference, {"format": layout, "reason": "person"})
        return cases, list(drafts.values())

    # Noted first: nobody gets what the audit does not know of.
    cases, drafts = in_transaction(uow, read)
    conversations = sorted({each for case in cases for each in case.request.conversations})
    return PersonData(tuple(cases), tuple(drafts), {each: chats.transcript(each) for each in conversations})


def erase_person(
    actor: Actor,
    uow: UnitOfWork,
    chats: Chats,
    references: Sequence[str],
    now: datetime,
    *,
    retyped: str,
) -> Receipt:
    """Erase everything that is kept of a person: requests, unfinished intakes, conversations, and what belongs to them.

    The conversations go first: while the bot's database cannot be reached, nothing is erased at all. They go once
    more afterwards, for a message that was being answered meanwhile; the jobs look again some minutes later.

    Args:
        actor: who erases.
        uow: unit of work, not entered.
        chats: the bot's conversations.
        references: of the requests that are hers, the one that was asked for first.
        now: present time with its zone.
        retyped: the first reference, typed again.

    Raises:
        AccessRefused: the actor may not erase.
        ErasureNotConfirmed: it is not the reference; nothing was erased.
        RequestNotFound: no request has one of these references, or it is erased already; nothing was erased.
        StorageUnavailable: nothing was erased in the clinic's database; erase again.
    """
    check_right(actor, uow, Right.ERASE, now)
    if not references or normalise_reference(retyped) != references[0]:
        raise ErasureNotConfirmed(
            "the reference typed for confirmation is not that of this request: nothing was erased"
        )
    with uow:
        found = [known_request(uow, reference) for reference in references]
    if gone := [each.reference for each in found if each.status is RequestStatus.WITHDRAWN]:
        raise RequestNotFound(f"{', '.join(gone)} is erased already: nothing was erased now")
    conversations = {conversation for each in found for conversation in each.conversations}
    number = _receipt_number()
    counts = dict(chats.erase(conversations))

    def erase() -> dict[str, int]:
        requests = [known_request(uow, reference) for reference in references]
        held = [uow.persons.held(request) for request in requests]
        for request in requests:
            erase_request(actor, uow, request, now, {"reason": "staff", "receipt": number})
        return _summed(held)

    counts = _summed([in_transaction(uow, erase), counts, chats.erase(conversations)])
    return Receipt(number, tuple(references), counts, now, actor.id)


def _held(uow: UnitOfWork, chats: Chats, request: ConsultationRequest) -> Held:
    return Held(request, _summed([uow.persons.held(request), chats.held(set(request.conversations))]))


def _others(uow: UnitOfWork, request: ConsultationRequest) -> list[ConsultationRequest]:
    found = [each.reference for each in uow.queue.with_terms(same_person(request.answers), _MOST_OTHERS)]
    found += uow.persons.others_in_conversation(request)[:_MOST_OTHERS]
    # A list does not know the conversation.
    return [known_request(uow, each) for each in dict.fromkeys(found) if each != request.reference]


def _summed(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    names = [name for each in counts for name in each]
    return {name: sum(each.get(name, 0) for each in counts) for name in dict.fromkeys(names)}


def _receipt_number() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_RECEIPT_LETTERS))
    return f"E-{letters[:4]}-{letters[4:]}"
