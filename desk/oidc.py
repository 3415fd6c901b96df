"""Signing in by the clinic's own service (OpenID Connect, authorization code with PKCE), through Authlib."""

import logging
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import Response
from joserfc.errors import JoseError

from clinic.errors import SignInFailed
from clinic.logs import log_event
from clinic.settings import Settings

logger = logging.getLogger(__name__)

SESSION_COOKIE = "marrow_openid"
_NAME = "clinic"


def register_service(app: FastAPI, settings: Settings) -> bool:
    """Make the service known to the desk; return whether there is one."""
    secret = settings.desk_oidc_client_secret
    if not (settings.desk_oidc_issuer and settings.desk_oidc_client_id):
        return False
    oauth = OAuth()
    oauth.register(
        _NAME,
        client_id=settings.desk_oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        server_metadata_url=f"{settings.desk_oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "timeout": 10},
    )
    app.state.sign_in_service = oauth.create_client(_NAME)
    return True


def origin_of_service(settings: Settings) -> str:
    """Return the origin to which the form of the sign-in page leads on; an empty text without a service."""
    parts = urlsplit(settings.desk_oidc_issuer)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


async def lead_to_service(request: Request, settings: Settings) -> Response:
    """Send the browser to the service.

    Raises:
        SignInFailed: it cannot be reached.
    """
    try:
        answer: Response = await _client(request).authorize_redirect(request, f"{settings.desk_address}/sign-in/back")
    except (AuthlibBaseError, httpx.HTTPError, ValueError) as error:
        raise _failed(error) from None
    return answer


async def name_from_service(request: Request, settings: Settings) -> str:
    """Return whom the service vouches for, after it sent the browser back.

    State, nonce, signature, issuer and audience are checked.

    Raises:
        SignInFailed: it vouches for nobody, or not in a way that holds.
    """
    try:
        token: dict[str, Any] = await _client(request).authorize_access_token(
            request, claims_options={"iss": {"values": [settings.desk_oidc_issuer]}}
        )
    except (AuthlibBaseError, JoseError, httpx.HTTPError, ValueError, KeyError) as error:
        raise _failed(error) from None
    name = (token.get("userinfo") or {}).get(settings.desk_oidc_claim)
    if not isinstance(name, str) or not name:
        raise SignInFailed("the sign-in service did not say who you are")
    return name


def _client(request: Request) -> Any:
    return request.app.state.sign_in_service


def _failed(error: Exception) -> SignInFailed:
    log_event(logger, "sign_in_service_failed", logging.WARNING, error=type(error).__name__)
    return SignInFailed("the sign-in service did not answer as it should: try again")
