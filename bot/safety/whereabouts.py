"""In which country somebody says to be: so that the number to call is the one of that place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# First person only: where a sister lives is no help, and "I was treated in" tells of another time.
_HERE = (
    r"(?:\b(?:i|we)(?:['’]?(?:m|re)| am| are)?"
    r"(?: (?:live|living|reside|stay|staying|based|currently|now|here|right|at home|alone|on holiday|on vacation))*"
    r" (?:in|from|near)|\bhere in|\b(?:writing|calling|texting|messaging) from|\bmy country is"
    r"|\bi(?: have|['’]ve)? moved to)(?: the)? "
)
_BARE = r"(?:the )?"


class Places:
    """Names of countries and large cities, each with the country it stands for (ISO 3166 alpha-2).

    `names` are read without regard to case, `acronyms` ("US") only as they stand.
    """

    def __init__(self, names: Mapping[str, str], acronyms: Mapping[str, str]) -> None:
        self._codes = {name.casefold(): code for name, code in names.items()}
        self._acronyms = dict(acronyms)
        words = [f"(?i:{_either(self._codes)})", *([_either(self._acronyms)] if self._acronyms else [])]
        place = rf"(?P<place>{'|'.join(words)})(?!\w)"
        self._here = re.compile(f"(?i:{_HERE}){place}")
        self._alone = re.compile(f"(?i:{_BARE}){place}")

    @classmethod
    def of(cls, entries: Iterable[Mapping[str, object]]) -> Places:
        """The places of data/lexicon/countries.yml: entries with `id`, `label`, `synonyms`, `places` and `acronyms`."""
        names: dict[str, str] = {}
        acronyms: dict[str, str] = {}
        for entry in entries:
            code = str(entry["id"])
            names |= {str(name): code for name in (entry["label"], *_list(entry, "synonyms"), *_list(entry, "places"))}
            acronyms |= {str(name): code for name in _list(entry, "acronyms")}
        return cls(names, acronyms)

    @classmethod
    def from_dict(cls, data: Mapping[str, Mapping[str, str]]) -> Places:
        """The places that `to_dict` wrote."""
        return cls(data["names"], data["acronyms"])

    def to_dict(self) -> dict[str, dict[str, str]]:
        """The names, as JSON can keep them."""
        return {"names": self._codes, "acronyms": self._acronyms}

    def told(self, text: str) -> str | None:
        """The country that `text` says its writer is in; the last one named, None without any."""
        found = [match["place"] for match in self._here.finditer(text)]
        if not found and (alone := self._alone.fullmatch(text.strip(" .!,"))):
            found = [alone["place"]]
        if not found:
            return None
        return self._acronyms.get(found[-1]) or self._codes.get(found[-1].casefold())


def _list(entry: Mapping[str, object], key: str) -> list[object]:
    value = entry.get(key) or []
    return list(value) if isinstance(value, list | tuple) else []


def _either(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
