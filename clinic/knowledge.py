"""Titles of the FAQ articles, for the places where the clinic's side offers topics to read."""

from __future__ import annotations

from pathlib import Path

import frontmatter


def read_titles(folder: Path) -> dict[str, str]:
    """Topic id -> title of every article in `folder`.

    The articles are checked in full when the bot is trained; here only these two fields are read.
    """
    titles: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        article = frontmatter.load(str(path))
        titles[str(article["id"])] = str(article["title"])
    return titles
