"""Delivers what waits in the outbox: at least once, with growing pauses, and never twice at the same moment."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from clinic.domain.events import WORTH_TELLING, Channel, OutboxMessage, agreed_address, wait_after
from clinic.errors import DeliveryError
from clinic.logs import log_event
from clinic.service.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

# Longer than any sender waits for its answer.
_LEASE = timedelta(minutes=5)
_AT_ONCE = 50


class Sender(Protocol):
    """A channel to the clinic."""

    def send(self, message: OutboxMessage) -> None:
        """Hand a message over, or raise DeliveryError."""


@dataclass(frozen=True)
class Delivered:
    """How many messages were handed over, and how many were not."""

    sent: int
    failed: int


def deliver_due(
    uow: UnitOfWork, senders: Mapping[Channel, Sender], now: Callable[[], datetime], limit: int = _AT_ONCE
) -> Delivered:
    """Deliver the messages whose time has come.

    A process that dies between handing over and noting it leaves a message that is delivered again, with the same id.

    Args:
        uow: unit of work, not entered.
        senders: the channels that are set up; messages to others wait until they are deleted.
        now: tells the present time with its zone.
        limit: the most messages in one call.

    Raises:
        StorageUnavailable: call again later.
    """
    channels = tuple(senders)
    with uow:
        due = uow.outbox.due(channels, now(), limit)
    results = [_deliver(uow, senders[message.channel], message, now) for message in due]
    return Delivered(sent=results.count(True), failed=results.count(False))


def _deliver(uow: UnitOfWork, sender: Sender, message: OutboxMessage, now: Callable[[], datetime]) -> bool | None:
    with uow:
        if not uow.outbox.lease(message, now() + _LEASE):
            return None
        addressed = _addressed(uow, message, now())
        if addressed is None:
            uow.outbox.remove(message.id)
        uow.commit()
    if addressed is None:
        return None
    attempts = message.attempts + 1
    try:
        sender.send(addressed)
    except DeliveryError as error:
        log_event(
            logger,
            "delivery_failed",
            logging.WARNING,
            channel=str(message.channel),
            reference=message.reference,
            attempt=attempts,
            error=str(error),
        )
        with uow:
            uow.outbox.failed(message.id, str(error), now() + wait_after(attempts))
            uow.commit()
        return False
    with uow:
        uow.outbox.delivered(message.id, now())
        uow.commit()
    return True


def _addressed(uow: UnitOfWork, message: OutboxMessage, now: datetime) -> OutboxMessage | None:
    """Return a message with its receiver; None for one to a patient that is too late, or that she may not get."""
    if message.channel is not Channel.PATIENT:
        return message
    request = uow.requests.get(message.reference)
    address = agreed_address(request) if request is not None else None
    return replace(message, to=address) if address and now - message.created_at < WORTH_TELLING else None
