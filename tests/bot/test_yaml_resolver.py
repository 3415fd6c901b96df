"""Plain words get the types that the library gives them, and reading them leaves its patterns as they were."""

from __future__ import annotations

import ruamel.yaml
from rasa.shared.utils.io import read_yaml
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from bot.yaml_resolver import FAULTY, _resolve

PLAIN = [
    "",
    "word",
    "true",
    "no",
    "12",
    "1.5",
    "0x1f",
    "~",
    "null",
    "2026-11-26",
    "${HOME}",
    "a ${HOME} b",
    "<<",
    "=",
    "é",
    "-",
]


def patterns_after(resolve, words):
    resolver = VersionedResolver(version=(1, 2), loadumper=ruamel.yaml.YAML(typ="safe"))
    tags = [resolve(resolver, ScalarNode, word, (True, False)) for word in words]
    return tags, sum(len(found) for found in resolver.versioned_resolver.values())


def test_this_is_the_version_that_needs_mending():
    assert ruamel.yaml.__version__ == FAULTY
    assert VersionedResolver.resolve is not _resolve


def test_each_plain_word_gets_the_type_that_the_library_gives_it():
    ours, _ = patterns_after(VersionedResolver.resolve, PLAIN)
    theirs, _ = patterns_after(_resolve, PLAIN)
    assert ours == theirs
    assert len(set(ours)) > 4


def test_reading_words_adds_no_patterns():
    def grown(resolve):
        return patterns_after(resolve, PLAIN * 100)[1] - patterns_after(resolve, PLAIN)[1]

    assert grown(VersionedResolver.resolve) == 0
    assert grown(_resolve) > 0, "the library is mended: bot/yaml_resolver.py can go"


def test_environment_variables_are_still_read(monkeypatch):
    monkeypatch.setenv("MARROW_TEST_WORD", "seen")
    assert read_yaml("a: ${MARROW_TEST_WORD}\nb: [1, true, x, '12']") == {"a": "seen", "b": [1, True, "x", "12"]}
