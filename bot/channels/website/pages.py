"""Serves the widget's script and, in development, the demo clinic's page at the bot's own address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

WIDGET = Path(__file__).resolve().parents[3] / "widget"
BUNDLE = "dist/marrow-widget.js"
DEMO_PAGE = "demo/index.html"
CONTENT_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
# A new widget reaches patients within minutes; under a version's own name it never changes.
SOON_ASKED_AGAIN = "public, max-age=300"
KEPT = "public, max-age=31536000, immutable"
BUILD = "cd widget && npm ci && npm run build"
NOT_BUILT = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Marrow is running</title>
<h1>Marrow is running</h1>
<p>The chat window for websites has not been built yet. It needs Node.js 20 or newer.
In the project's folder, run:</p>
<pre>{BUILD}</pre>
<p>Then load this page again. Until then you can chat with <code>make shell</code>.</p>
</html>
"""


class Pages:
    """The files of `folder` (the widget's) that browsers may fetch."""

    def __init__(self, development: bool, folder: Path = WIDGET) -> None:
        self._development = development
        self._folder = folder.resolve()

    def install(self, app: Sanic) -> None:
        """Adds the paths to `app`. `/` is Rasa's own, and a middleware is what comes before it."""
        methods = ["GET", "HEAD"]
        app.add_route(self._script, "/widget/marrow-widget.js", methods=methods, name="marrow_widget")
        versioned = "/widget/<version:[0-9a-f]{16}>/marrow-widget.js"
        app.add_route(self._version, versioned, methods=methods, name="marrow_widget_version")
        if self._development:
            app.add_route(self._asset, "/demo/<name:path>", methods=methods, name="marrow_demo")
            app.register_middleware(self._root, "request")

    async def _script(self, request: Request) -> HTTPResponse:
        answer = self._widget(request)
        if not self._development and answer.status != 404:
            answer.headers["Cache-Control"] = SOON_ASKED_AGAIN
        return answer

    async def _version(self, request: Request, version: str) -> HTTPResponse:
        """The widget under the name of its content, which browsers may keep; another version is not there any more."""
        answer = self._widget(request)
        if answer.headers.get("ETag") != f'"{version}"':
            return response.text("This version of the widget is gone.\n", status=404, headers=dict(PAGE_HEADERS))
        answer.headers["Cache-Control"] = KEPT
        return answer

    def _widget(self, request: Request) -> HTTPResponse:
        answer = self._file(BUNDLE)
        if answer is None:
            return response.text(f"The widget is not built: {BUILD}\n", status=404, headers=dict(PAGE_HEADERS))
        tag = f'"{hashlib.sha256(answer.body or b"").hexdigest()[:16]}"'
        known = [entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")]
        if tag in known:
            answer = response.empty(status=304, headers=dict(PAGE_HEADERS))
        answer.headers["ETag"] = tag
        # Clinics' own websites load it from here.
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    async def _asset(self, request: Request, name: str) -> HTTPResponse:
        answer = self._file(f"demo/{name}")
        return answer or response.text("Not found\n", status=404, headers=dict(PAGE_HEADERS))

    def _root(self, request: Request) -> HTTPResponse | None:
        if request.path != "/" or request.method not in ("GET", "HEAD"):
            return None
        page = self._file(DEMO_PAGE) if (self._folder / BUNDLE).is_file() else None
        return page or response.html(NOT_BUILT, headers=dict(PAGE_HEADERS))

    def _file(self, name: str) -> HTTPResponse | None:
        """A file below the folder; None when there is none, or when the name leads elsewhere."""
        try:
            path = (self._folder / name).resolve()
            content_type = CONTENT_TYPES.get(path.suffix)
            if content_type is None or not path.is_relative_to((self._folder / name.split("/")[0]).resolve()):
                return None
            content = path.read_bytes()
        except (OSError, ValueError):
            return None
        return response.raw(content, headers=dict(PAGE_HEADERS), content_type=content_type)
