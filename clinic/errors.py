"""Errors that the clinic runtime raises on purpose; each message names what was wrong and what to do."""


class MarrowError(Exception):
    """Base of every expected error: its text may be shown to staff as it stands and holds no patient data."""


class SettingsError(MarrowError):
    """A setting is missing, malformed or unsafe."""


class StorageUnavailable(MarrowError):
    """The database, or the rate limiter's store, cannot be reached or written now; trying again may help."""


class DataKeyMismatch(MarrowError):
    """The data key does not fit the data that is stored."""


class SchemaError(MarrowError):
    """The database is missing, older or newer than this version of Marrow expects."""


class ConcurrentChange(MarrowError):
    """Somebody else changed the same record between reading and writing it; read it again."""


class DuplicateRow(MarrowError):
    """A unique value (an intake id or a reference) is already stored."""


class InvalidTransition(MarrowError):
    """A request cannot go from its status to the one asked for."""


class ConsentMissing(MarrowError):
    """A request was submitted without the patient's consent to the privacy notice."""


class BackupError(MarrowError):
    """A backup cannot be made, read or restored."""


class RequestNotFound(MarrowError):
    """No request has this reference."""


class TooManyAttempts(MarrowError):
    """A status lookup or withdrawal was tried too often.

    `retry_after` is the number of seconds until the next attempt is allowed.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts, try again in {retry_after} seconds")
        self.retry_after = retry_after
