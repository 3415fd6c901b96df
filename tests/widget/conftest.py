"""The widget in a real browser, against its scripted development server."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import BUNDLE, WIDGET, Visits, chromium, unavailable
from tests.ports import free_port

START_SECONDS = 15

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """Address of a freshly started development server."""
    node = shutil.which("node")
    if node is None:
        unavailable("Node.js is not installed: the scripted assistant of these tests needs it (Node 20 or newer).")
    if not BUNDLE.is_file():
        pytest.fail("The widget is not built: run `make widget`.")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([node, "dev/server.mjs", str(port)], cwd=WIDGET, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"{address}/webhooks/website/health")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(address).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


# Playwright's event loop must be gone before other folders' tests use one of their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Browser, base: str) -> Iterator[OpenPage]:
    """Opens the demo page in a context of its own; `page.problems` and `page.requested` collect what went on."""
    visits = Visits(browser)

    def open_demo(path: str = "/", *, size: tuple[int, int] = (1280, 800), **options: Any) -> Page:
        httpx.post(f"{base}/dev/faults", json={})
        page = visits.open(base + path if path.startswith("/") else path, size, **options)
        page.problems = visits.problems  # type: ignore[attr-defined]
        page.requested = visits.requested  # type: ignore[attr-defined]
        return page

    yield open_demo
    visits.close()
