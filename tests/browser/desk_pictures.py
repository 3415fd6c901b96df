"""Takes the desk's pictures for docs/desk.md: `.venv/bin/python -m tests.browser.desk_pictures [FOLDER]`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from clinic.domain.actors import Actor, Role
from clinic.service.requests import add_note
from tests.browser.chromium import Visits, chromium
from tests.browser.desk import ROOT, RunningDesk, running_desk

SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"size": (1280, 860)},
    "tablet": {"size": (820, 1180), "has_touch": True},
    "phone": {"size": (390, 844), "has_touch": True, "is_mobile": True},
}


def sign_in(page: Page, _: RunningDesk) -> None:
    """The form."""
    page.get_by_label("Name").fill("carla")


def queue(page: Page, desk: RunningDesk) -> None:
    """Who needs a call first."""
    desk.sign_in(page, "carla")


def request(page: Page, desk: RunningDesk) -> None:
    """The most urgent one."""
    queue(page, desk)
    page.locator("tbody a").first.click()


def conflict(page: Page, desk: RunningDesk) -> None:
    """Somebody else was faster."""
    request(page, desk)
    reference = page.url.rsplit("/", 1)[1]
    text = "Spoke with her sister: she is at the hospital since this morning."
    add_note(Actor("bruno", Role.COORDINATOR), desk.clinic.unit_of_work(), reference, text, datetime.now(UTC))
    page.locator("#note-title ~ form textarea").fill("Left a message on her phone. Will try again at four.")
    page.get_by_role("button", name="Add the note").click()


def audit(page: Page, desk: RunningDesk) -> None:
    """What an auditor sees."""
    desk.sign_in(page, "otto")
    page.get_by_role("button", name="Check the whole audit").click()


def accounts(page: Page, desk: RunningDesk) -> None:
    """What an admin sees."""
    desk.sign_in(page, "ada")


def account(page: Page, desk: RunningDesk) -> None:
    """One's own account."""
    desk.sign_in(page, "carla")
    page.goto(f"{desk.address}/account")


def person(page: Page, desk: RunningDesk) -> None:
    """What is kept of one person, for a lead."""
    desk.sign_in(page, "ines")
    page.locator("tbody a").first.click()
    page.get_by_role("link", name="Export or erase").click()


def retention(page: Page, desk: RunningDesk) -> None:
    """What is past its time, for an admin."""
    desk.sign_in(page, "ada")
    page.goto(f"{desk.address}/retention")


PICTURES = {
    "sign-in": sign_in, "queue": queue, "request": request, "conflict": conflict, "audit": audit, "accounts": accounts,
    "account": account, "person": person, "retention": retention,
}  # fmt: skip


# What docs/desk.md shows.
KEPT = (
    "desk-queue", "desk-request", "desk-conflict", "desk-audit", "desk-person", "desk-queue-phone",
    "desk-sign-in-phone", "desk-request-tablet",
)  # fmt: skip


def main(folder: Path, kept: tuple[str, ...] = ()) -> None:
    """Take the pictures that are kept, or every picture on every size."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, running_desk() as desk:
        visits = Visits(browser)
        for name, prepare in PICTURES.items():
            for device, options in SIZES.items():
                file = f"desk-{name}" if device == "desktop" else f"desk-{name}-{device}"
                if kept and file not in kept:
                    continue
                page = visits.open(f"{desk.address}/sign-in", **options)
                prepare(page, desk)
                page.screenshot(path=folder / f"{file}.png")
        visits.close()
        print(visits.problems)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        main(ROOT / "docs" / "images", KEPT)
