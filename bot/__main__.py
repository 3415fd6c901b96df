"""Rasa's command line, without the deprecation warnings of the libraries it stands on: `python -m bot train`."""

from __future__ import annotations

from bot.quiet import ignore_deprecations

if __name__ == "__main__":
    ignore_deprecations()
    from rasa.__main__ import main

    main()
