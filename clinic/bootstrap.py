"""Puts the clinic's parts together from the settings, for every entry point."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from clinic.domain.calendar import Deadlines
from clinic.service.limits import AttemptLimiter
from clinic.service.lookup import LookupLimiter
from clinic.settings import Settings, load_settings
from clinic.storage.conversations import Conversations, days_kept
from clinic.storage.data_key import load_keyring
from clinic.storage.database import Database
from clinic.storage.erasure_log import ErasureLog
from clinic.storage.presence import check_exists
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork


@dataclass(frozen=True)
class Clinic:
    """The parts that an entry point needs; share one in a process."""

    settings: Settings
    database: Database
    limiter: LookupLimiter

    @property
    def deadlines(self) -> Deadlines:
        """By when a patient who waits should have heard from the clinic."""
        return self.settings.deadlines

    def attempt_limiter(self, limits_of: Mapping[str, str]) -> AttemptLimiter:
        """Return a limiter with limits for several purposes, counting where the settings say."""
        redis = self.settings.redis_url
        return AttemptLimiter(self.database.keyring, limits_of, redis.get_secret_value() if redis else None)

    def conversations(self) -> Conversations:
        """Return the bot's conversations."""
        return Conversations(self.settings, os.environ)

    @property
    def keep_conversations_days(self) -> int:
        """For how many days the bot keeps them."""
        return days_kept(os.environ)

    def secret_for(self, purpose: str) -> str:
        """Return a secret for one purpose, the same in every process with the same data key."""
        return self.database.keyring.index("secret", purpose)

    def unit_of_work(self) -> SqlAlchemyUnitOfWork:
        """Return a new unit of work; one thread uses it at a time."""
        return SqlAlchemyUnitOfWork(self.database, ErasureLog(self.settings.erasure_log_path))


def bootstrap(settings: Settings | None = None, *, make_key: bool = True) -> Clinic:
    """Build the clinic; the database is made ready at its first use.

    Nothing is connected to, except where development has no data key yet: whether a new one may be made
    depends on whether the database holds data of another.

    Args:
        settings: read from the environment unless given.
        make_key: False for tools that only work on what is there: they never write a key.

    Raises:
        SettingsError: a setting is missing, malformed or unsafe, or the key of existing data is missing.
        SchemaError: `make_key` is False and there is no database yet.
        StorageUnavailable: development has no key, and the database that may hold data cannot be reached.
    """
    settings = settings or load_settings()
    if not make_key:
        check_exists(settings.resolved_database_url)
    keyring = load_keyring(settings, make=make_key)
    database = Database.from_settings(settings, keyring, make_key=make_key)
    if make_key:
        # A service that could not write its audit must not start.
        _ = database.trail.keys
    return Clinic(
        settings=settings,
        database=database,
        limiter=LookupLimiter.from_settings(settings, keyring),
    )
