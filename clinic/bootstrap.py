"""Puts the clinic's parts together from the settings, for every entry point."""

from dataclasses import dataclass

from clinic.service.lookup import LookupLimiter
from clinic.service.unit_of_work import SqlAlchemyUnitOfWork
from clinic.settings import Settings, load_keyring, load_settings
from clinic.storage.database import Database


@dataclass(frozen=True)
class Clinic:
    """The parts that an entry point needs; share one in a process."""

    settings: Settings
    database: Database
    limiter: LookupLimiter

    def unit_of_work(self) -> SqlAlchemyUnitOfWork:
        """Return a new unit of work; one thread uses it at a time."""
        return SqlAlchemyUnitOfWork(self.database)


def bootstrap(settings: Settings | None = None) -> Clinic:
    """Build the clinic without connecting to anything; the database is made ready at its first use.

    Args:
        settings: read from the environment unless given.

    Raises:
        SettingsError: a setting is missing, malformed or unsafe.
    """
    settings = settings or load_settings()
    keyring = load_keyring(settings)
    return Clinic(
        settings=settings,
        database=Database.from_settings(settings, keyring),
        limiter=LookupLimiter.from_settings(settings, keyring),
    )
