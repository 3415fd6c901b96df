"""Files that hold nothing of anybody, and whether the desk is up."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from desk.access import Door, needs
from desk.context import DeskOf

router = APIRouter()


@router.get("/static/{digest}/{name}")
@needs(Door.PUBLIC)
def static_file(request: Request, desk: DeskOf) -> Response:
    """A file whose address changes with its content."""
    asset = desk.assets.at(request.url.path)
    if asset is None:
        raise HTTPException(404)
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(asset.content, media_type=asset.media_type, headers=kept)


@router.get("/health")
@router.get("/live")
@router.get("/ready")
@needs(Door.PUBLIC)
def health() -> Response:
    """Whether the desk answers."""
    return PlainTextResponse("ok")
