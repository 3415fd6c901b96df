"""What every answer of the desk carries and every question has to keep to, whatever page it is."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY = 256 * 1024
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-robots-tag": "noindex, nofollow",
}
_OVER_HTTPS = "max-age=31536000"
_NOTHING_KEPT = "no-store"


class Shield:
    """Adds the headers that keep a page to itself, lets nobody cache what is not static, and bounds bodies.

    Args:
        app: what answers.
        https: the desk is opened by https only, so that browsers are told to remember it.
        form_targets: other origins to which a form of the desk may lead (a sign-in service).
    """

    def __init__(self, app: ASGIApp, *, https: bool, form_targets: str = "") -> None:
        self._app = app
        self._headers = dict(HEADERS)
        if https:
            self._headers["strict-transport-security"] = _OVER_HTTPS
        if form_targets:
            policy = self._headers["content-security-policy"]
            self._headers["content-security-policy"] = policy.replace(
                "form-action 'self'", f"form-action 'self' {form_targets}"
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # What is too long is dropped: a form without its token is refused.
            return {"type": "http.request", "body": b"", "more_body": False} if taken > LONGEST_BODY else message

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                if "cache-control" not in headers:
                    headers["cache-control"] = _NOTHING_KEPT
            await send(message)

        await self._app(scope, bounded, shielded)
