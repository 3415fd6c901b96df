"""deploy/prometheus: the alerts name only metrics that bot and action server have, with labels that name nobody."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

from actions import metrics

ROOT = Path(__file__).resolve().parents[2]
RULES = YAML(typ="safe").load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
# Made by Prometheus itself.
ITS_OWN = {"up"}
FUNCTIONS = {"sum", "max", "rate", "increase", "histogram_quantile", "by", "le", "and"}
HARMLESS_LABELS = {"channel", "kind"}


def declared(text: str) -> set[str]:
    """The series of the metrics that a module makes, by the names that Prometheus gives them."""
    found = set()
    for kind, name in re.findall(r'\b(Counter|Histogram|GaugeMetricFamily)\(\s*"(marrow_\w+)"', text):
        ends = {"Counter": ["_total"], "Histogram": ["_bucket", "_sum", "_count"], "GaugeMetricFamily": [""]}[kind]
        found |= {name + end for end in ends}
    return found


BOT = (ROOT / "bot/metrics.py").read_text(encoding="utf-8")
KNOWN = declared(BOT) | declared(Path(metrics.__file__).read_text(encoding="utf-8"))


def test_every_metric_of_an_alert_exists() -> None:
    assert len(KNOWN) > 10
    for rule in RULES:
        named = set(re.findall(r"(?<![\"\w])[a-z_]+\b(?![\"\w])", re.sub(r"\{[^}]*\}|\[[^]]*\]", "", rule["expr"])))
        assert named - FUNCTIONS, rule
        assert named - FUNCTIONS <= KNOWN | ITS_OWN, rule["alert"]


def test_every_metric_of_the_bot_is_watched_or_a_count() -> None:
    expressions = " ".join(rule["expr"] for rule in RULES)
    for name in (
        "turns",
        "turn_seconds",
        "fallbacks",
        "safety_events",
        "requests",
        "outbox_depth",
        "lock_wait_seconds",
    ):
        assert f"marrow_{name}" in expressions


def test_an_alert_says_what_to_do() -> None:
    for rule in RULES:
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["do"]
        assert rule["labels"]["severity"] in ("page", "warn")


def test_labels_name_nobody() -> None:
    for text in (BOT, Path(metrics.__file__).read_text(encoding="utf-8")):
        for labels in re.findall(r'"marrow_\w+",\s*"[^"]+",\s*\[([^]]*)\]', text):
            assert set(re.findall(r'"(\w+)"', labels)) <= HARMLESS_LABELS
