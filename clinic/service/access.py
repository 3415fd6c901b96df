"""Lets through who may do something, and notes who was refused."""

from datetime import datetime

from clinic.domain.actors import Actor, Right
from clinic.domain.audit import Act
from clinic.errors import AccessRefused
from clinic.service.unit_of_work import UnitOfWork


def check_right(actor: Actor, uow: UnitOfWork, right: Right, now: datetime) -> None:
    """Check that an actor has a right; a refusal is audited.

    Raises:
        AccessRefused: the actor's role does not have it.
        StorageUnavailable: the refusal could not be noted; nothing is allowed either.
    """
    try:
        actor.check(right)
    except AccessRefused:
        with uow:
            uow.audit.record(actor, Act.ACCESS_REFUSED, now, details={"right": str(right)})
            uow.commit()
        raise
