"""The lexicon compiled for matching: plain data, kept in the model archive as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.nlu.clinical.lexicon import VOCABULARY_FILES, read_lexicon

CODE_SYSTEMS = ("rxnorm", "icd10cm", "hpo")


@dataclass(frozen=True)
class Concept:
    """One thing the lexicon knows, with what a finding of it carries."""

    type: str
    id: str
    label: str
    code: dict[str, str] | None = None
    vague: bool = False  # says too little in a sentence ("my pills", "my hand"): a finding only as a short answer
    lasting: bool = False  # a procedure that goes on (dialysis); others are over once they are spoken of


@dataclass(frozen=True)
class Vocabulary:
    """Everything matching needs, independent of the files it came from."""

    concepts: list[Concept]
    phrases: list[tuple[str, int]]  # phrase as written -> index of its concept
    acronyms: list[tuple[str, int]]  # case counts
    parts: list[dict[str, Any]]
    complaints: list[dict[str, Any]]
    assertions: dict[str, Any]
    respellings: dict[str, str]
    ordinary_words: list[str]

    @classmethod
    def compile(cls, folder: Path, schema_file: Path) -> Vocabulary:
        """Builds the vocabulary from data/lexicon.

        Raises:
            LexiconError: when a file is wrong.
        """
        files = read_lexicon(folder, schema_file)
        concepts: list[Concept] = []
        phrases: list[tuple[str, int]] = []
        acronyms: list[tuple[str, int]] = []
        for name in (*VOCABULARY_FILES, "countries"):
            kind = "country" if name == "countries" else files[name]["type"]
            for entry in files[name]["entries"]:
                index = len(concepts)
                about = (_code(entry.get("codes")), entry.get("vague", False), entry.get("lasting", False))
                concepts.append(Concept(kind, entry["id"], entry["label"], *about))
                names = [] if kind == "country" else [entry["id"].replace("_", " ")]
                names += [entry["label"], *entry.get("synonyms", ()), *entry.get("places", ())]
                phrases += [(phrase, index) for phrase in dict.fromkeys(name.lower() for name in names)]
                acronyms += [(acronym, index) for acronym in entry.get("acronyms", ())]
        words = (folder / "common_words.txt").read_text(encoding="utf-8").split()
        respellings = {wrong: right for right, wrongs in files["spelling"]["respellings"].items() for wrong in wrongs}
        return cls(
            concepts, phrases, acronyms, files["complaints"]["parts"], files["complaints"]["complaints"],
            {name: files["assertions"][name] for name in ("words", "rules", "not_findings")},
            respellings, words,
        )  # fmt: skip

    def to_json(self) -> str:
        """Everything, as the model archive keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Vocabulary:
        """The vocabulary that `to_json` wrote."""
        data = json.loads(text)
        data["concepts"] = [Concept(**concept) for concept in data["concepts"]]
        for key in ("phrases", "acronyms"):
            data[key] = [(phrase, index) for phrase, index in data[key]]
        return cls(**data)


def _code(codes: dict[str, str] | None) -> dict[str, str] | None:
    for system in CODE_SYSTEMS:
        if codes and system in codes:
            return {"system": system, "code": codes[system]}
    return None
