"""The action server deletes what was kept for its time, at its start and every day, whatever goes wrong."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from actions.server import SECONDS_OF_A_DAY, SECONDS_OF_AN_HOUR, purge_daily
from clinic.service.submission import load_draft, save_draft

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DRAFT = "d" * 32


class Clock:
    """Sleeps by moving the time on, and stops after some naps."""

    def __init__(self, naps: int) -> None:
        self.now, self.naps, self.slept = NOW, naps, []

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        if len(self.slept) == self.naps:
            raise asyncio.CancelledError


def run(services, clock):
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(purge_daily(services, clock.sleep))


def test_old_drafts_are_gone_after_their_days(services):
    clock = Clock(naps=3)
    services = replace(services, now=lambda: clock.now)
    save_draft(services.unit_of_work(), DRAFT, "chat-1", "rest", {"answers": {}}, NOW - timedelta(hours=1))
    assert load_draft(services.unit_of_work(), DRAFT) is not None
    run(services, clock)
    assert clock.slept == [SECONDS_OF_A_DAY] * 3
    assert load_draft(services.unit_of_work(), DRAFT) is None


def test_a_database_that_cannot_be_used_is_logged_and_tried_again_in_an_hour(services, caplog, tmp_path):
    clock = Clock(naps=2)
    services = replace(services, now=lambda: clock.now)
    (tmp_path / "var" / "clinic.db").mkdir(parents=True)
    with caplog.at_level(logging.INFO):
        run(services, clock)
    assert clock.slept == [SECONDS_OF_AN_HOUR] * 2
    assert caplog.text.count("purge_failed") == 2
