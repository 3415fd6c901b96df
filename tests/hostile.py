"""What nobody means and somebody sends: texts for parsers, up to a channel's limit, and JSON that is nearly a call.

`MARROW_TEST_HOSTILE` says how many inputs the parsers get in all (2,000 unless set; `make prove` takes 100,000).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

INPUTS = int(os.environ.get("MARROW_TEST_HOSTILE", "2000"))
# What the website takes; messaging takes 4,000, and cuts the rest.
LONGEST = 2500
# Processor time, not the clock's: of a machine that is busy otherwise nothing is told.
MOST_SECONDS = 1.0

PIECES = (
    # Almost an answer.
    "1985-03-05", "5 March 1985", "31/31/1985", "0000-00-00", "99999999999999999999", "1e309", "-1", "½", "٣", "Ⅳ",
    "ana@example.org", "a@", "@@", "a@b", ".com", "+52 55 1234 5678", "tel:", "ext. ", "+", "00", "(", ")", "Mexico",
    "Côte d'Ivoire", "yes", "no", "not", "never", "no longer", "except", "but", "and", ", ", "; ", " - ", "none",
    "the second one", "change", "actually", "my name is", "I was born", "in", "weeks ago", "since", "chest pain",
    "methotrexate", "prednisone", "kidneys", "lupus", "my daughter", "not mine", "/",
    "/affirm", "{", "}", "{name}", "%s", "${x}",
    # Scripts, marks and what is not seen.
    "\u200b", "\u202e", "\u0301", "\ufeff", "\u00ad", "ﷺ", "ß", "İ", "ı", "ﬁ", "👩‍⚕️", "👍", "日本", "Ω", "ё",
    "\x00", "\x1b[31m",
    "\n", "\r\n", "\t", "\u2028", "\ud7ff", "\U0010ffff", "\u3000",
    # Of other languages that read texts.
    "' OR 1=1 --", "<script>", "&amp;", "&#0;", "\\", "\\u0000", '"', "`", "=cmd()", "../", "%00",
    "[](", "**", "__", "|",
)  # fmt: skip
_piece = st.sampled_from(PIECES)
_words = st.lists(_piece | st.text(max_size=12), max_size=25).map("".join)
_spaced = st.lists(_piece | st.text(max_size=12), max_size=25).map(" ".join)
# The same again and again, and then something else: what makes a careless expression run for hours.
_between = st.sampled_from(["", " ", ",", ".", "1", "a", "-", "@", "\n"])
_end = st.sampled_from(["", "!", "x", "\x00"])


def _filled(piece: str, size: int) -> str:
    return (piece * (size // max(1, len(piece)) + 1))[:size]


_again = st.builds(
    lambda piece, other, end: _filled(piece + other, LONGEST - 1) + end,
    _piece | st.text(min_size=1, max_size=3),
    _between,
    _end,
)
_long = st.builds(_filled, _spaced.filter(bool), st.integers(500, LONGEST))
texts: st.SearchStrategy[str] = (_words | _spaced | _spaced | _again | _long | st.text(max_size=80)).map(
    lambda text: text[:LONGEST]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | texts


def nearly(names: tuple[str, ...], values: tuple[str, ...]) -> st.SearchStrategy[object]:
    """JSON of `names`, nested in ways that a platform never nests them; `values` are some of what it would say."""
    leaf = scalars | st.sampled_from(values)
    key = st.sampled_from(names) | st.text(max_size=6)
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(key, inner, max_size=5), max_leaves=12
    )


def inputs(share: float) -> Callable[..., Callable[..., None]]:
    """Settings for a share of all inputs; the same ones each time in the short form."""
    return settings(
        max_examples=max(1, round(INPUTS * share)),
        deadline=None,
        derandomize=INPUTS <= 2000,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


@contextmanager
def quick(what: str) -> Iterator[None]:
    """Fails where the block takes more processor time than an answer may."""
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    assert took < MOST_SECONDS, f"{took:.1f} s of processor time: {what}"
