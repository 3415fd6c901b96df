"""What staff do with consultation requests: list, read, export and move them."""

from collections.abc import Iterable
from datetime import datetime

from clinic.domain.requests import ConsultationRequest, RequestStatus
from clinic.errors import RequestNotFound
from clinic.service.unit_of_work import UnitOfWork


def list_requests(uow: UnitOfWork, statuses: Iterable[RequestStatus] = ()) -> list[ConsultationRequest]:
    """Return the requests, newest first; only those in `statuses` when any is given.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    with uow:
        return list(uow.requests.all(statuses))


def export_requests(uow: UnitOfWork, statuses: Iterable[RequestStatus] = ()) -> list[ConsultationRequest]:
    """Return the requests with everything they hold, to be written into a file.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    return list_requests(uow, statuses)


def view_request(uow: UnitOfWork, reference: str) -> ConsultationRequest:
    """Return one request with everything it holds.

    Raises:
        RequestNotFound: no request has this reference.
        StorageUnavailable: the database cannot be reached.
    """
    with uow:
        return _known(uow, reference)


def change_status(uow: UnitOfWork, reference: str, status: RequestStatus, now: datetime) -> ConsultationRequest:
    """Move a request to another status on behalf of staff.

    Raises:
        RequestNotFound: no request has this reference.
        InvalidTransition: the status cannot follow the present one.
        ConcurrentChange: somebody else changed it at the same moment.
        StorageUnavailable: nothing was changed.
    """
    with uow:
        moved = _known(uow, reference).moved_to(status, now)
        uow.requests.update(moved)
        uow.commit()
        return moved


def _known(uow: UnitOfWork, reference: str) -> ConsultationRequest:
    request = uow.requests.get(reference)
    if request is None:
        raise RequestNotFound(f"no request has the reference {reference}")
    return request
