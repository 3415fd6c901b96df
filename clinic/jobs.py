"""What runs by itself beside the servers: tells the clinic what waits in the outbox, and deletes what is past its time.

What was written back after an erasure is deleted as well. `python -m clinic.jobs` runs until it is stopped; `--once`
does everything that is due and ends.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from clinic import jobs_lock
from clinic.bootstrap import Clinic, bootstrap
from clinic.domain.actors import SYSTEM
from clinic.domain.events import Channel
from clinic.errors import MarrowError
from clinic.logs import configure_logging, log_event
from clinic.notify.senders import senders_of
from clinic.service.deadlines import recompute_deadlines
from clinic.service.notifications import Sender, deliver_due
from clinic.service.retention import purge
from clinic.storage.erasure_log import ErasureLog

logger = logging.getLogger("clinic.jobs")

SECONDS_BETWEEN_LOOKS = 5.0
DAILY, AFTER_A_FAILURE = timedelta(days=1), timedelta(hours=1)
# A message that was being answered during an erasure may store its conversation once more, for no longer than this.
BETWEEN_LOOKS_AFTER, LOOKED_AFTER = timedelta(minutes=1), timedelta(minutes=15)


def utc_now() -> datetime:
    """The present moment, with its time zone."""
    return datetime.now(UTC)


class Jobs:
    """Does what is due; a failure is logged and tried again, and stops nothing else."""

    def __init__(
        self, clinic: Clinic, senders: Mapping[Channel, Sender], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._clinic, self._senders, self._now = clinic, senders, now
        self._next_purge: datetime | None = None
        self._next_look: datetime | None = None

    def run_due(self) -> None:
        """Deliver what is due; once a day delete what is past its time and compute deadlines anew."""
        self._safely("delivery_not_possible", self._deliver)
        if self._next_look is None or self._now() >= self._next_look:
            self._next_look = self._now() + BETWEEN_LOOKS_AFTER
            self._safely("erasing_again_failed", self._erase_again)
        if self._next_purge is None or self._now() >= self._next_purge:
            done = [self._safely("purge_failed", self._purge), self._safely("deadlines_failed", self._recompute)]
            self._next_purge = self._now() + (DAILY if all(done) else AFTER_A_FAILURE)

    def _safely(self, event: str, job: Callable[[], None]) -> bool:
        try:
            job()
        except Exception as error:
            log_event(logger, event, logging.WARNING, error=type(error).__name__)
            return False
        return True

    def _deliver(self) -> None:
        if self._senders:
            delivered = deliver_due(self._clinic.unit_of_work(), self._senders, self._now)
            if delivered.sent:
                log_event(logger, "delivered", count=delivered.sent)

    def _purge(self) -> None:
        purged = purge(SYSTEM, self._clinic.unit_of_work(), self._clinic.settings, self._now())
        log_event(logger, "purged", count=purged.total, **asdict(purged))

    def _erase_again(self) -> None:
        """Erase what a turn has written back that was under way while its conversation was erased."""
        clinic, since = self._clinic, self._now() - LOOKED_AFTER
        log = ErasureLog(clinic.settings.erasure_log_path)
        if not log.path.exists() or log.path.stat().st_mtime < since.timestamp():
            return
        recent = [each for each in log.read()[0] if each.at >= since and each.conversation]
        again = sum(clinic.conversations().erase_again(clinic.database.keyring, each) for each in recent)
        if again:
            log_event(logger, "erased_again", count=again)

    def _recompute(self) -> None:
        moved = recompute_deadlines(self._clinic.unit_of_work(), self._clinic.deadlines)
        log_event(logger, "deadlines_computed", count=moved)


def main(arguments: list[str] | None = None) -> None:
    """Run the jobs until SIGTERM or Ctrl-C; a wrong setting ends them with a plain message."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="do everything that is due, and end")
    once = parser.parse_args(arguments).once
    try:
        clinic = bootstrap()
        jobs_lock.hold(clinic.settings.data_dir)
    except (MarrowError, OSError) as error:
        sys.exit(f"The jobs cannot start: {error}")
    configure_logging(clinic.settings.log_level, form=clinic.settings.log_format)
    jobs = Jobs(clinic, senders_of(clinic.settings))
    stop = threading.Event()
    if not once:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: stop.set())
    log_event(logger, "jobs_ready")
    jobs.run_due()
    while not once and not stop.wait(SECONDS_BETWEEN_LOOKS):
        jobs.run_due()
    clinic.database.dispose()


if __name__ == "__main__":
    main()
