"""Lets staff learn from what patients asked in vain, from the conversations that are kept anyway."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from rapidfuzz import fuzz

from clinic.domain.actors import Actor, Right
from clinic.domain.audit import Act
from clinic.domain.questions import Heard, QuestionGroup, grouped, open_questions
from clinic.errors import LearningOff
from clinic.service.access import check_right
from clinic.service.unit_of_work import UnitOfWork, in_transaction

# Share of common words, whatever their order, from which two questions count as one.
_ALIKE = 80


class Conversations(Protocol):
    """What the bot keeps."""

    def heard(self) -> Iterable[Heard]:
        """The patients' messages and what was understood of each."""

    def votes(self) -> dict[str, tuple[int, int]]:
        """For each answer that was voted on: how many found it helpful, and how many did not."""


def asked_in_vain(
    actor: Actor, uow: UnitOfWork, kept: Conversations, known_words: frozenset[str], now: datetime, *, allowed: bool
) -> list[QuestionGroup]:
    """Return the questions without a sure answer, masked and grouped, the largest group first. It is audited.

    Args:
        actor: who asks.
        uow: where it is audited.
        kept: the conversations.
        known_words: the words of the content; others are masked unless several conversations use them.
        now: the time of the audit's entry.
        allowed: the clinic's setting MARROW_LEARN_FROM_QUESTIONS.

    Raises:
        LearningOff: the clinic has not turned it on.
        AccessRefused: the actor may not read what patients wrote.
        StorageUnavailable: a database cannot be reached.
    """
    check_right(actor, uow, Right.READ, now)
    if not allowed:
        raise LearningOff(
            "learning from questions is off: patients were not told of it. MARROW_LEARN_FROM_QUESTIONS=true turns it "
            "on, for the bot as well, which then says so in the chat"
        )
    groups = grouped(open_questions(kept.heard(), known_words), _alike)

    def note() -> list[QuestionGroup]:
        count = sum(len(group.questions) for group in groups)
        uow.audit.record(actor, Act.QUESTIONS_READ, now, details={"count": str(count)})
        return groups

    return in_transaction(uow, note)


def _alike(one: str, other: str) -> bool:
    return fuzz.token_sort_ratio(one.lower(), other.lower()) >= _ALIKE


def helpful_votes(actor: Actor, uow: UnitOfWork, kept: Conversations, now: datetime) -> list[tuple[str, int, int]]:
    """Return for each answer how many found it helpful and how many did not, those with most complaints first.

    Raises:
        AccessRefused: the actor may not read.
        StorageUnavailable: a database cannot be reached.
    """
    check_right(actor, uow, Right.READ, now)
    votes = [(answer, yes, no) for answer, (yes, no) in kept.votes().items()]
    return sorted(votes, key=lambda row: (-row[2], row[0]))
