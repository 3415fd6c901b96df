"""`python -m tests.conversations.marked_model CONTENT MODEL OUT`: the trained model, speaking a pseudo-language.

What it understands stays as it was learnt; what it says is what the importers make of the marked content. So nothing is
trained, and a sentence in an importer's code stays without a mark. For the bot's runtime.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain

from bot.importers import answers, articles
from bot.importers.content import ContentImporter
from bot.safety.files import read_safety_texts


def marked_model(content: Path, model: Path, out: Path) -> None:
    """Writes the archive `out`: `model` with the responses and safety texts of the folder `content`."""
    # The marks count as characters, and a full stop before one ends no sentence.
    articles.MAXIMUM_BODY_CHARACTERS = answers.MOST_CHARACTERS = sys.maxsize
    answers._text_problem = lambda *found: ""  # type: ignore[assignment]
    importer = ContentImporter("config.yml", str(content.parent / "domain.yml"), [str(content)], content=str(content))
    told = {**importer.get_domain().responses, **importer.get_nlu_data().responses}
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(model) as archive:
            archive.extractall(folder)
        root = Path(folder)
        metadata = json.loads((root / "metadata.json").read_text(encoding="utf-8"))
        _say(metadata["domain"]["responses"], told)
        (root / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
        Domain.from_dict(metadata["domain"]).persist(root / "components" / "domain_provider" / "domain.yml")
        for path in root.glob("components/*/*responses.json"):
            kept = json.loads(path.read_text(encoding="utf-8"))
            _say(kept, told)
            path.write_text(json.dumps(kept), encoding="utf-8")
        texts = json.dumps(read_safety_texts(content).to_dict())
        for path in root.glob("components/*/safety_texts.json"):
            path.write_text(texts, encoding="utf-8")
        with tarfile.open(out, "w:gz") as archive:
            archive.add(root, arcname="")


def _say(responses: dict[str, Any], told: dict[str, Any]) -> None:
    """Puts the marked responses in the place of those of the same names; raises KeyError for one that is not there."""
    for name in responses:
        responses[name] = told[name]


if __name__ == "__main__":
    marked_model(*map(Path, sys.argv[1:]))
