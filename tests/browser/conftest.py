"""The built widget in a real browser, with the real bot and the real action server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import BUNDLE, Visits, chromium
from tests.browser.patient import DESKTOP, Patient
from tests.e2e.servers import Stack
from tests.e2e.shared import shared_stack

Visit = Callable[..., Patient]
# What comes is waited for as long as a busy machine may take; what is wrong stays wrong.
expect.set_options(timeout=20_000)


# Playwright's event loop must be gone before other folders' tests use one of their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    if not BUNDLE.is_file():
        pytest.fail("The widget is not built: run `make widget`.")
    with chromium() as browser:
        yield browser


@pytest.fixture
def stack(browser: Browser, request: pytest.FixtureRequest) -> Stack:
    """The session's servers, once a browser is there; a test that kills one starts it again."""
    # All these visitors come from one address, and faster than people.
    return shared_stack(
        request.config, MARROW_WEBSITE_ADDRESS_LIMIT="6000/minute", MARROW_WEBSITE_START_LIMIT="600/minute"
    )


@pytest.fixture
def visit(browser: Browser, stack: Stack) -> Iterator[Visit]:
    """Opens the demo page at the bot's own address as a new visitor, with the chat open.

    Afterwards: nothing may have been asked of another origin, and no script may have failed.
    """
    base = stack.webhook.removesuffix("/webhooks/rest/webhook")
    visits = Visits(browser)

    def open_demo(size: tuple[int, int] = DESKTOP, **options: Any) -> Patient:
        return Patient(visits.open(f"{base}/", size, **options), base)

    yield open_demo
    visits.close()
    assert visits.other_origins(base) == set()
    assert visits.problems == []
