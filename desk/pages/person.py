"""One person's data: what is kept, in numbers; a file to hand over; and erasing it everywhere."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from clinic.domain.actors import Actor, Right
from clinic.domain.reference import normalise_reference
from clinic.errors import ErasureNotConfirmed
from clinic.labels import Labels
from clinic.person_file import person_html, person_json
from clinic.service import persons as service
from desk.access import needs
from desk.context import ActorOf, Desk, DeskOf, page, to
from desk.pages.request import known_reference
from desk.words import sentence

router = APIRouter()
Others = Annotated[list[str], Form(max_length=50)]
# How a person's data is written, by its ending.
_WRITERS: Mapping[str, tuple[str, Callable[..., str]]] = {
    "json": ("application/json", person_json),
    "html": ("text/html; charset=utf-8", person_html),
}


@router.get("/person")
@needs(Right.ERASE)
def ask(request: Request, reference: Annotated[str, Query(max_length=32)] = "") -> Response:
    """Ask for a reference, and lead on to its page."""
    known = normalise_reference(reference)
    if known is not None:
        return to(f"/requests/{known}/person")
    return page(request, "person_ask.html", 422 if reference else 200, reference=reference)


@router.get("/requests/{reference}/person")
@needs(Right.ERASE)
def person_page(request: Request, desk: DeskOf, actor: ActorOf, reference: str) -> Response:
    """The page."""
    return _shown(request, desk, actor, known_reference(reference))


@router.post("/requests/{reference}/person/export")
@needs(Right.EXPORT)
def export(
    desk: DeskOf,
    actor: ActorOf,
    reference: str,
    layout: Annotated[Literal["json", "html"], Form()],
    others: Others = [],  # noqa: B006
) -> Response:
    """A file with everything."""
    known, now = known_reference(reference), desk.now()
    kind, write = _WRITERS[layout]
    data = service.export_person(
        actor, desk.uow(), desk.clinic.conversations(), _references(known, others), now, layout=layout
    )
    labels: Labels = desk.labels
    named = {"content-disposition": f'attachment; filename="{known}.{layout}"'}
    return Response(write(data, labels, now), media_type=kind, headers=named)


@router.post("/requests/{reference}/person/erase")
@needs(Right.ERASE)
def erase(
    request: Request,
    desk: DeskOf,
    actor: ActorOf,
    reference: str,
    retyped: Annotated[str, Form(max_length=64)] = "",
    others: Others = [],  # noqa: B006
) -> Response:
    """Erase it everywhere, and show the receipt."""
    known, chats = known_reference(reference), desk.clinic.conversations()
    try:
        receipt = service.erase_person(
            actor, desk.uow(), chats, _references(known, others), desk.now(), retyped=retyped
        )
    except ErasureNotConfirmed as error:
        return _shown(request, desk, actor, known, problem=sentence(error))
    return page(request, "receipt.html", receipt=receipt)


def _shown(request: Request, desk: Desk, actor: Actor, reference: str, *, problem: str = "") -> Response:
    person = service.find_person(actor, desk.uow(), desk.clinic.conversations(), reference, desk.now())
    return page(request, "person.html", 422 if problem else 200, person=person, problem=problem)


def _references(own: str, others: list[str]) -> list[str]:
    return list(dict.fromkeys([own, *(known_reference(each) for each in others)]))
