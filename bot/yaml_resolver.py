"""Mends how the bot's YAML library tells the type of a plain word: it slowed down with each word it had read.

ruamel.yaml 0.17.21 (the version that Rasa 3.6 is pinned to) adds the patterns without a first letter to the list it
looks words up in, at each look. Rasa has one such pattern (environment variables), so reading a domain of 20,000 lines
tried a hundred million patterns: 28 of the 34 seconds in which a model was loaded. Later versions copy the list.
"""

from __future__ import annotations

from typing import Any

import ruamel.yaml
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

FAULTY = "0.17.21"

_resolve = VersionedResolver.resolve


def _resolve_without_growing(self: VersionedResolver, kind: Any, value: Any, implicit: Any) -> Any:
    """The tag of a node, as the library's own `resolve` finds it."""
    if kind is not ScalarNode or not implicit[0]:
        return _resolve(self, kind, value, implicit)
    patterns = self.versioned_resolver
    for of_letter in (patterns.get(value[:1], ()), patterns.get(None, ())):
        for tag, pattern in of_letter:
            if pattern.match(value):
                return tag
    return _resolve(self, kind, value, (False, implicit[1]))


def mend_resolver() -> None:
    """Replaces the library's function where it is the faulty version; once is enough."""
    if ruamel.yaml.__version__ == FAULTY:
        VersionedResolver.resolve = _resolve_without_growing
