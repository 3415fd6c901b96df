"""Which databases a backup holds: requests and conversations, in one database or in two."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from clinic.settings import Settings
from clinic.storage.presence import read_url, sqlite_path

REQUESTS, CONVERSATIONS = "requests", "conversations"


@dataclass(frozen=True)
class Part:
    """One database, and what it holds."""

    holds: tuple[str, ...]
    url: URL

    @property
    def file_name(self) -> str:
        """Its name within the backup."""
        return "-".join(self.holds)

    @property
    def path(self) -> Path | None:
        """Its file, if it is SQLite."""
        return sqlite_path(self.url)


def parts_of(settings: Settings) -> list[Part]:
    """Return the databases that the settings name.

    Raises:
        SettingsError: a URL cannot be read.
    """
    requests = read_url(settings.resolved_database_url)
    conversations = read_url(settings.resolved_tracker_url, "MARROW_TRACKER_URL")
    if _place(requests) == _place(conversations):
        return [Part((REQUESTS, CONVERSATIONS), requests)]
    return [Part((REQUESTS,), requests), Part((CONVERSATIONS,), conversations)]


def _place(url: URL) -> tuple[str, str, int, str]:
    path = sqlite_path(url)
    if path is not None:
        return "", "", 0, str(path.absolute())
    return "postgresql", url.host or "", url.port or 5432, url.database or ""


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
