"""Errors that the clinic runtime raises on purpose; each message names what was wrong and what to do."""

from datetime import datetime


class MarrowError(Exception):
    """Base of every expected error: its text may be shown to staff as it stands and holds no patient data."""


class SettingsError(MarrowError):
    """A setting is missing, malformed or unsafe."""


class LearningOff(MarrowError):
    """The clinic has not turned on that staff may read what patients asked in vain."""


class StorageUnavailable(MarrowError):
    """The database, or the rate limiter's store, cannot be reached or written now; trying again may help."""


class DataKeyMismatch(MarrowError):
    """The data key does not fit the data that is stored."""


class SchemaError(MarrowError):
    """The database is missing, older or newer than this version of Marrow expects."""


class ConcurrentChange(MarrowError):
    """Somebody else changed the same record between reading and writing it; read it again."""


class Conflict(ConcurrentChange):
    """Somebody else changed a request after it was read: `who` did `what`, and `when`. Nothing is overwritten."""

    def __init__(self, reference: str, who: str, what: str, when: datetime) -> None:
        super().__init__(
            f"{reference} was changed meanwhile by {who} ({what}, {when:%Y-%m-%d %H:%M} UTC): read it again"
        )
        self.reference, self.who, self.what, self.when = reference, who, what, when


class DuplicateRow(MarrowError):
    """A unique value (an intake id or a reference) is already stored."""


class InvalidTransition(MarrowError):
    """A request cannot go from its status to the one asked for."""


class AccessRefused(MarrowError):
    """Whoever asked may not do this; that it was tried is noted in the audit."""


class AccountProblem(MarrowError):
    """An account cannot be made or changed as asked."""


class SignInFailed(MarrowError):
    """Name, password or code are wrong; which of them is not told."""


class DeliveryError(MarrowError):
    """A message could not be handed over to a mail server or a web address; it is tried again later."""


class IntakeMoved(MarrowError):
    """An intake goes on in another conversation, which was given its code; this one must not write to it any more."""


class ConsentMissing(MarrowError):
    """A request was submitted without the patient's consent to the privacy notice."""


class BackupError(MarrowError):
    """A backup cannot be made, read or restored."""


class RequestNotFound(MarrowError):
    """No request has this reference."""


class ErasureNotConfirmed(MarrowError):
    """What was typed to confirm an erasure is not the reference."""


class TooManyAttempts(MarrowError):
    """A status lookup or withdrawal was tried too often.

    `retry_after` is the number of seconds until the next attempt is allowed.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts, try again in {retry_after} seconds")
        self.retry_after = retry_after
