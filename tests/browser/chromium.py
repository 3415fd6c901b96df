"""Debian's Chromium for all browser tests, what happens on a page, and the checks that every state has to pass."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

WIDGET = Path(__file__).resolve().parents[2] / "widget"
BUNDLE = WIDGET / "dist" / "marrow-widget.js"
AXE = WIDGET / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = os.environ.get("MARROW_TEST_CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A browser's answer to a request that failed; the tests that break the network look at what the chat says.
EXPECTED = "Failed to load resource"


def unavailable(reason: str) -> NoReturn:
    """Skips the test with its reason; fails it where everything must be there (CI)."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One running Chromium."""
    if CHROMIUM is None:
        unavailable("No Chromium found: install Debian's `chromium`, or name one in MARROW_TEST_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Visits:
    """Opens pages, each in a context of its own, and keeps what went on in all of them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self.requested: list[str] = []

    def open(self, address: str, size: tuple[int, int], **options: Any) -> Page:
        """A fresh visitor's page at `address`."""
        viewport = {"width": size[0], "height": size[1]}
        context = self._browser.new_context(viewport=viewport, **{"reduced_motion": "reduce", **options})
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda line: self._note(line.type, line.text))
        page.on("request", lambda request: self.requested.append(request.url))
        page.goto(address)
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and EXPECTED not in text:
            self.problems.append(text)

    def other_origins(self, base: str) -> set[str]:
        """Origins that were asked for anything and are not `base`."""
        parts = [urlsplit(address) for address in self.requested]
        network = [part for part in parts if part.scheme not in ("data", "blob")]
        return {f"{part.scheme}://{part.netloc}" for part in network} - {base}

    def close(self) -> None:
        """Closes all pages."""
        for context in self._contexts:
            context.close()


def assert_accessible(page: Page, state: str) -> None:
    """Fails on any axe violation, on sideways scrolling, on small text fields and on small targets."""
    if not AXE.is_file():
        unavailable("axe-core is not installed: run `npm ci` in widget/ (Node 20 or newer).")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate(
        """async (rules) => (await axe.run(document, {runOnly: rules})).violations.map(
            (violation) => [violation.id, violation.nodes.map((node) => node.target.flat().join(' '))])""",
        RULES,
    )
    assert violations == [], state
    measured = page.evaluate(
        """() => {
            const root = document.querySelector('marrow-chat').shadowRoot;
            const shown = [...root.querySelectorAll('*')].filter((element) => element.getClientRects().length);
            const wide = shown.filter((element) => !element.closest('.hidden') &&
                (element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1));
            const fields = shown.filter((element) => element.matches('input:not([type=checkbox]), textarea, select'));
            const targets = shown.filter((element) => element.matches('button, label.chip, summary, a.number'));
            return {
                wide: wide.map((element) => element.outerHTML.slice(0, 90)),
                small: fields.filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16).length,
                targets: targets.filter((target) => target.getBoundingClientRect().height < 24)
                    .map((target) => target.outerHTML.slice(0, 90)),
            };
        }"""
    )
    assert measured == {"wide": [], "small": 0, "targets": []}, state
