"""Silences the deprecation warnings of the libraries that Rasa stands on: nobody who runs Marrow can act on them."""

from __future__ import annotations

import warnings


def ignore_deprecations() -> None:
    """Call before anything else imports Rasa's commands."""
    import sanic  # noqa: F401 - switches deprecation warnings on when it is imported
    from rasa.utils.common import EXPECTED_WARNINGS

    # Rasa sets filters of its own when a command begins, from this list.
    EXPECTED_WARNINGS.append((DeprecationWarning, ""))
    warnings.filterwarnings("ignore", category=DeprecationWarning)
