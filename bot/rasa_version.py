"""The version of Rasa that Marrow's changes to its inside were made for and are tested with."""

from __future__ import annotations

import logging

import rasa

logger = logging.getLogger(__name__)

CHECKED = "3.6.21"


def is_checked(what: str) -> bool:
    """Whether this is that version; if not, the log says that `what` has not been tried with it."""
    if rasa.__version__ == CHECKED:
        return True
    logger.warning("%s was made for Rasa %s and has not been tried with %s.", what, CHECKED, rasa.__version__)
    return False
