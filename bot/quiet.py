"""Silences what nobody who runs Marrow can act on, and keeps what only a terminal understands out of files."""

from __future__ import annotations

import sys
import warnings
from typing import Any


def ignore_deprecations() -> None:
    """Call before anything else imports Rasa's commands."""
    import sanic  # noqa: F401 - switches deprecation warnings on when it is imported
    from rasa.utils.common import EXPECTED_WARNINGS

    # Rasa sets filters of its own when a command begins, from this list.
    EXPECTED_WARNINGS.append((DeprecationWarning, ""))
    warnings.filterwarnings("ignore", category=DeprecationWarning)


def write_plainly() -> None:
    """No bars and no colours where no terminal shows them; call before Rasa's commands begin."""
    if not sys.stderr.isatty():
        _switch_bars_off()
    if not sys.stdout.isatty():
        import rasa.shared.utils.io

        def without_color(*args: Any, color: str) -> str:
            return " ".join(str(arg) for arg in args)

        rasa.shared.utils.io.wrap_with_color = without_color


def _switch_bars_off() -> None:
    from tqdm.std import tqdm

    begin = tqdm.__init__

    def without_bar(self: Any, *args: Any, **options: Any) -> None:
        # Rasa says at each bar that it shall be shown: neither tqdm's variable nor its default has a say.
        begin(self, *args, **{**options, "disable": True})

    tqdm.__init__ = without_bar
