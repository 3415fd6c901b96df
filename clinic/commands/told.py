"""What a patient who asks for the status of a request reads in the chat."""

from collections.abc import Callable
from pathlib import Path

from clinic.domain.statuses import RequestStatus
from clinic.intake.model.language import Language, LanguageError

Told = Callable[[RequestStatus, str], str]


def read_told(content: Path) -> Told:
    """Return what says it for a status and a reference, in the words of the content directory.

    A request has to be readable also while the content is being edited: then only the status is named.
    """
    try:
        language = Language.of(content)
    except LanguageError:
        return lambda status, reference: f"({status}: its sentence cannot be read, see `marrow doctor`)"
    return lambda status, reference: language.say(f"status_{status}", reference=reference)
