"""A pseudo-language: a copy of the content in which every text that a patient can see is marked, «like this».

Each part of a sentence is marked by itself, so that what is filled in between has to bring its own marks: a word that
comes from code stands out.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.servers import Reply

_FILLED_IN = re.compile(r"(\{[a-z_.]+\})")
_NOTE = re.compile(r"(?:evidence|fact|basis|dated): ")
_SPAN = re.compile("«[^«»]*»")
# Addresses, of the web with or without its scheme, and references.
_NOWORDS = re.compile(r"\S*@\S*|https?://\S+|\b(?:[\w-]+\.)+(?:com|org)\b|\bMR-\w{4}-\w{4}\b")
WORD = re.compile(r"[^\W\d_]{2,}")
# What of the questionnaire, of a response and of the clinic a patient reads.
_OF_QUESTIONS = frozenset({"label", "label_other", "prompt", "prompt_other", "help", "why", "text"})
_OF_RESPONSES = frozenset({"text", "title"})
_OF_CLINIC = frozenset({"name", "hours_text", "address"})


def mark(text: str) -> str:
    """The text with marks around each part that is not filled in."""
    parts = _FILLED_IN.split(text)
    return "".join(f"«{part}»" if WORD.search(part) and not _FILLED_IN.fullmatch(part) else part for part in parts)


def marked_content(root: Path, target: Path) -> Path:
    """A copy of `data/` of the project `root` in `target`, marked; domain.yml lies beside it. Returns the copy."""
    content = Path(shutil.copytree(root / "data", target / "data"))
    shutil.copy(root / "domain.yml", target / "domain.yml")
    for path in (content / "language").rglob("*.yml"):
        if path.name not in ("words.yml", "patterns.yml"):
            _rewrite(path, lambda key: not key.startswith("typed_"))
    _rewrite(content / "intake.yml", _OF_QUESTIONS.__contains__)
    _rewrite(content / "clinic.yml", _OF_CLINIC.__contains__)
    _rewrite(content / "safety_texts.yml", lambda key: True)
    _rewrite(content / "safety.yml", {"name"}.__contains__)
    for path in (content / "responses.yml", content / "responses_messaging.yml", target / "domain.yml"):
        _rewrite(path, _OF_RESPONSES.__contains__)
    for path in (content / "knowledge").glob("*.md"):
        path.write_text("\n".join(_article(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    return content


def unmarked(replies: list[Reply], known: set[str]) -> list[str]:
    """The words that a patient sees without a mark, and that are none of `known` (small letters)."""
    found: dict[str, None] = {}
    for text in visible(replies):
        left = _NOWORDS.sub(" ", _SPAN.sub(" ", text))
        words = [word for word in WORD.findall(left) if word.casefold() not in known]
        found.update(dict.fromkeys(f"'{word}' of '{text}'" for word in words))
        if "«" in left or "»" in left:
            found[f"half a mark in '{text}'"] = None
    return list(found)


def visible(replies: list[Reply]) -> Iterator[str]:
    """Every text of the replies that a client shows."""
    for reply in replies:
        yield reply.get("text", "")
        yield from (button["title"] for button in reply.get("buttons", []))
        custom = reply.get("custom", {})
        yield from (choice["label"] for choice in custom.get("question", {}).get("choices", []))
        yield from (item[key] for item in custom.get("summary", {}).get("items", []) for key in ("label", "value"))
        faq = custom.get("faq", {})
        yield from (part["title"] for part in ([faq] if faq else []) + faq.get("related", []) + faq.get("sources", []))
        yield from (source["ref"] for source in faq.get("sources", []))
        yield from (topic["title"] for topic in custom.get("fallback", {}).get("suggestions", []))
        yield from custom.get("handoff", {}).get("contact", {}).values()
        for number in custom.get("safety", {}).get("numbers", []):
            yield from (number[key] for key in ("name", "hours") if key in number)


def _rewrite(path: Path, is_shown: Callable[[str], bool]) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(_walk(data, is_shown), allow_unicode=True, sort_keys=False), encoding="utf-8")


def _walk(value: Any, is_shown: Callable[[str], bool], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _walk(part, is_shown, str(name)) for name, part in value.items()}
    if isinstance(value, list):
        return [_walk(part, is_shown) for part in value]
    return mark(value) if isinstance(value, str) and is_shown(key) else value


def _article(lines: list[str]) -> Iterator[str]:
    """An article: the titles and sources of its head, and what it answers."""
    fences = [number for number, line in enumerate(lines) if line == "---"]
    head = yaml.safe_load("\n".join(lines[fences[0] + 1 : fences[1]]))
    yield from ("---", yaml.safe_dump(_walk(head, {"title", "ref"}.__contains__), allow_unicode=True).strip(), "---")
    for line in lines[fences[1] + 1 :]:
        if line.startswith("source: "):
            title, kind, ref = line.removeprefix("source: ").split("|")
            yield f"source: {mark(title.strip())} | {kind.strip()} | {mark(ref.strip())}"
        elif line.startswith("missing: "):
            yield f"missing: {mark(line.removeprefix('missing: '))}"
        else:
            yield line if line.startswith("## ") or _NOTE.match(line) else mark(line)
