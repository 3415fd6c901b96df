"""Slips of spelling are mended, other words are left alone."""

from __future__ import annotations

import pytest

from bot.nlu.encoder.wording import Wording

EXAMPLES = [
    "is the treatment safe",
    "treatment cost",
    "what are the symptoms of lupus",
    "lupus symptoms",
    "expensive",
] * 3
DICTIONARY = ["is", "the", "treatment", "safe", "cost", "what", "are", "symptoms", "of", "manchester", "expensive"]


@pytest.fixture(scope="module")
def wording():
    return Wording.learn(EXAMPLES, DICTIONARY, {"sle": "lupus"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("lupus symtoms", "lupus symptoms"),
        ("treatmnet cost", "treatment cost"),
        ("SLE treatment", "lupus treatment"),
        ("Manchester", "Manchester"),
        ("untreatment", "untreatment"),
        ("saf", "saf"),
        ("Zzyzx 12 ???", "Zzyzx 12 ???"),
        ("", ""),
    ],
)
def test_plain(wording, written, meant):
    assert wording.plain(written) == meant


def test_wording_survives_saving(wording, tmp_path):
    wording.save(tmp_path)
    assert Wording.load(tmp_path).plain("SLE symtoms") == "lupus symptoms"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zzxq brrpt", True),
        ("lupus blorp", True),
        ("lupus symptoms blorp", False),
        ("lupus symtoms", False),
        ("SLE cost", False),
        ("ok 12 ???", False),
        ("", False),
        ("IBS symptoms", False),
        ("lupus-treatment", False),
    ],
)
def test_gibberish(wording, text, expected):
    assert wording.is_gibberish(text) is expected
