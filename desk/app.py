"""Puts the desk together: its pages, the one door before them, and what is said when something goes wrong."""

import logging
from urllib.parse import quote, urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from clinic.bootstrap import Clinic
from clinic.errors import (
    AccessRefused,
    AccountProblem,
    Conflict,
    InvalidTransition,
    MarrowError,
    RequestNotFound,
    StorageUnavailable,
    TooManyAttempts,
)
from clinic.labels import Labels
from clinic.logs import log_event
from clinic.service import sign_in
from desk.access import NotSignedIn, authorise, check_form
from desk.assets import Assets
from desk.context import Desk, page
from desk.oidc import SESSION_COOKIE, origin_of_service, register_service
from desk.pages import account, accounts, audit, person, queue, retention, session, static
from desk.pages import request as request_page
from desk.shield import HEADERS, Shield
from desk.words import make_environment

logger = logging.getLogger(__name__)

_STATUS_OF: dict[type[MarrowError], int] = {
    AccessRefused: 403,
    RequestNotFound: 404,
    Conflict: 409,
    InvalidTransition: 409,
    AccountProblem: 422,
    TooManyAttempts: 429,
    StorageUnavailable: 503,
}
_TITLES = {
    400: "This was not understood",
    403: "You may not do this",
    404: "There is no such page",
    405: "There is no such page",
    409: "This is not possible now",
    422: "This cannot be done as asked",
    429: "Too many attempts",
    503: "The database cannot be reached",
}
# Every module with pages; a test holds each page of them to its right.
PAGES = (static, session, queue, request_page, person, account, accounts, audit, retention)
_LOCAL = ("127.0.0.1", "localhost")


def make_app(clinic: Clinic) -> FastAPI:
    """Return the desk as an ASGI application.

    Args:
        clinic: its database is made ready here, so that a wrong key is noticed before the first page.

    Raises:
        MarrowError: database or key are not fit.
    """
    try:
        clinic.database.ready()
    except StorageUnavailable as error:
        # It may come up later; until then each page says so.
        log_event(logger, "storage_unavailable", logging.WARNING, error=type(error).__name__)
    assets = Assets()
    labels, problem = Labels.read(clinic.settings.questionnaire_path)
    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(authorise), Depends(check_form)]
    )
    app.state.desk = desk = Desk(
        clinic=clinic,
        limiter=clinic.attempt_limiter(sign_in.LIMITS),
        environment=make_environment(assets, clinic.settings),
        assets=assets,
        labels=labels,
        labels_problem=problem,
        signs_in_elsewhere=register_service(app, clinic.settings),
        secret=clinic.secret_for("desk forms"),
    )
    for pages in PAGES:
        app.include_router(pages.router)
    _say_what_went_wrong(app)
    host = urlsplit(clinic.settings.desk_address).hostname or ""
    app.add_middleware(
        SessionMiddleware,
        secret_key=clinic.secret_for("desk sign-in service"),
        session_cookie=desk.cookie(SESSION_COOKIE),
        max_age=600,
        same_site="lax",
        https_only=desk.is_https,
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[host, *_LOCAL], www_redirect=False)
    app.add_middleware(Shield, https=desk.is_https, form_targets=origin_of_service(clinic.settings))
    return app


def _say_what_went_wrong(app: FastAPI) -> None:
    @app.exception_handler(NotSignedIn)
    def _sign_in_first(request: Request, _: Exception) -> Response:
        wanted = request.url.path if request.method == "GET" and "hx-request" not in request.headers else "/"
        address = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}"
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
        return Response(status_code=303, headers={"location": address})

    @app.exception_handler(MarrowError)
    def _expected(request: Request, error: MarrowError) -> Response:
        status = next((code for kind, code in _STATUS_OF.items() if isinstance(error, kind)), 500)
        if status >= 500:
            log_event(logger, "page_failed", logging.WARNING, error=type(error).__name__)
        return _problem(request, status, str(error) if status < 500 else "Nothing was changed. Try again in a moment.")

    @app.exception_handler(HTTPException)
    def _by_http(request: Request, error: HTTPException) -> Response:
        said = str(error.detail) if error.status_code == 403 else ""
        return _problem(request, error.status_code, said)

    @app.exception_handler(RequestValidationError)
    def _unreadable(request: Request, _: Exception) -> Response:
        # Its own text quotes what was typed.
        return _problem(request, 400, "A field is missing or cannot be read. Go back and try again.")

    @app.exception_handler(Exception)
    def _unexpected(request: Request, error: Exception) -> Response:
        log_event(logger, "page_failed", logging.ERROR, error=type(error).__name__)
        response = _problem(
            request, 500, "This is a fault of the program. Look whether your change is there, and try again."
        )
        # What is answered here has left the shield behind.
        response.headers.update({**HEADERS, "cache-control": "no-store"})
        return response


def _problem(request: Request, status: int, said: str) -> Response:
    if not hasattr(request.state, "actor"):
        request.state.actor = None
    title = _TITLES.get(status, "Something went wrong")
    return page(request, "problem.html", status, title=title, said=said[:1].upper() + said[1:])
