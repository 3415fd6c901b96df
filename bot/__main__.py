"""Rasa's command line, without the deprecation warnings of the libraries it stands on: `python -m bot train`."""

from __future__ import annotations

import os

from bot.logs import write_json
from bot.quiet import ignore_deprecations

if __name__ == "__main__":
    # Rasa tells a third party how it is used, and what fails, unless told not to.
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    ignore_deprecations()
    if os.environ.get("MARROW_LOG_FORMAT") == "json":
        write_json()
    from rasa.__main__ import main

    main()
