"""Takes the README's pictures of the widget: `.venv/bin/python -m tests.browser.pictures` (needs a trained model)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import Visits, chromium
from tests.browser.patient import DESKTOP, PHONE, TOUCH, Patient
from tests.e2e.servers import ROOT, Stack

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 150_000
ON_PHONE: dict[str, Any] = {"size": PHONE, "device_scale_factor": 1.5, **TOUCH}


def demo_page(patient: Patient) -> None:
    """The demo clinic's page with the chat beside it."""
    patient.open()


def answer(patient: Patient) -> None:
    """An article with its sources open."""
    patient.open()
    patient.choose("What is lupus?")
    patient.log.locator(".sources summary").click()
    patient.log.locator(".vote").evaluate("element => element.scrollIntoView({block: 'end'})")


def question(patient: Patient) -> None:
    """A question with answers to tick."""
    patient.up_to_symptoms()
    for label in ("Fatigue", "Joint pain", "Rash"):
        patient.host.locator("label.check").get_by_text(label, exact=True).click()


def review(patient: Patient) -> None:
    """The list of answers before sending."""
    patient.through_intake()
    end = "element => { element.scrollTop = element.scrollHeight }"
    patient.host.locator(".scroll").evaluate(end)


def emergency(patient: Patient) -> None:
    """The numbers to call, above the interrupted intake."""
    patient.up_to_birth()
    patient.say("I have crushing chest pain")


def dark(patient: Patient) -> None:
    """An intake question in the dark scheme."""
    patient.up_to_birth()


PICTURES: dict[str, tuple[Callable[[Patient], None], dict[str, Any]]] = {
    "demo-page": (demo_page, {"size": DESKTOP}),
    "answer-with-sources": (answer, ON_PHONE),
    "intake-question": (question, ON_PHONE),
    "review": (review, ON_PHONE),
    "emergency": (emergency, ON_PHONE),
    "dark": (dark, {**ON_PHONE, "color_scheme": "dark"}),
}


def take(page: Page, name: str) -> None:
    """Writes one picture; raises ValueError when it is too big for a README."""
    page.evaluate("() => document.querySelector('marrow-chat').shadowRoot.activeElement?.blur()")
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    if file.stat().st_size > MOST_BYTES:
        raise ValueError(f"{file} has {file.stat().st_size} bytes, more than {MOST_BYTES}")


def main() -> None:
    """Starts the servers, takes every picture, stops them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        stack = Stack(Path(folder)).start()
        visits = Visits(browser)
        try:
            base = stack.webhook.removesuffix("/webhooks/rest/webhook")
            for name, (show, view) in PICTURES.items():
                patient = Patient(visits.open(f"{base}/", **view), base)
                show(patient)
                take(patient.page, name)
        finally:
            visits.close()
            stack.stop()


if __name__ == "__main__":
    main()
