"""The safety texts of the loaded model, for every part of the bot process that must answer without anything else."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.safety.texts import SafetyTexts

logger = logging.getLogger(__name__)


@dataclass
class _Current:
    texts: SafetyTexts | None = None
    default_country: str | None = None
    production: bool = False


_current = _Current()


def install(texts: SafetyTexts | None) -> None:
    """Makes `texts` those of this process; a model does so each time it is loaded."""
    _current.texts = SafetyTexts(texts.to_dict(), _current.default_country) if texts else None
    _tell_what_nobody_checked()


def configure(default_country: str | None, production: bool) -> None:
    """What the installation decides: the country assumed while a patient's is unknown, and whether patients are real.

    Rasa reads its endpoints before it loads a model, but either order will do.
    """
    _current.default_country, _current.production = default_country, production
    if _current.texts:
        install(_current.texts)


def texts() -> SafetyTexts | None:
    """The texts to answer with, or None before a model is loaded."""
    return _current.texts


def _tell_what_nobody_checked() -> None:
    """A production start counts the numbers that nobody has checked."""
    if not _current.production or _current.texts is None:
        return
    unchecked, numbers = _current.texts.unchecked()
    if unchecked:
        logger.warning(
            "Nobody has checked %d of %d emergency and crisis numbers. Check those of your patients' countries and "
            "sign them in data/safety.yml (docs/safety.md).",
            unchecked,
            numbers,
        )
