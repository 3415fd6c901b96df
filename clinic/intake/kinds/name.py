"""Reads a person's name, in any script."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar

from clinic.intake.kinds.base import Kind
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import looks_like_question

# "I am Julia Stein from Germany": only in lower case, for "In" and "From" are family names as well.
_TOLD_ON = re.compile(r"\s+(?:from|in|living|based|aged|born|with|diagnosed|writing|calling)\s+\S.*$", re.DOTALL)
_URL = re.compile(r"https?:|www\.|\w\.(?:com|net|org|io|info|ru)\b", re.IGNORECASE)
_BAD = re.compile(r"[@<>{}\[\]\\/|=_#$%^*~\"+]")


def _name_problem(language: Language, question: Question, name: str, text: str) -> str | None:
    """Return the key of the sentence that says what is wrong with a name, or None."""
    low, high = int(question.validation.get("min_length", 2)), int(question.validation.get("max_length", 120))
    if _URL.search(name) or _BAD.search(name):
        return "no_name_only_letters"
    if not any(unicodedata.category(ch).startswith("L") for ch in name):
        return "name_without_letters"
    if len(name) > high:
        return "name_too_long"
    if len(name) < low:
        return "name_too_short"
    return "no_name" if _is_sentence(language, name, text) else None


def _is_sentence(language: Language, name: str, text: str) -> bool:
    """Tell whether what is left of a text as its name is small talk, a question or a sentence."""
    words = [word.strip(".,").lower() for word in name.split()]
    functions = sum(word in language.words["function_words"] for word in words)
    if language.is_chat(name) or language.is_chat(text) or functions >= 2 or len(words) > 12:
        return True
    if name != text.strip() and name.split()[0] in language.words["no_first_name"]:
        return True
    return looks_like_question(name) or (looks_like_question(text) and len(words) > 2)


def _without_marks(name: str) -> str:
    """Return a name without the marks around it; brackets that belong together stay ("Somchai (สมชาย)")."""
    bare = name.strip(" .,;:!'\"-")
    whole = bare.startswith("(") and bare.endswith(")")
    return bare if bare.count("(") == bare.count(")") and not whole else bare.strip(" .,;:!'\"()-")


class NameKind(Kind):
    """A person's name."""

    own_words: ClassVar[bool] = True
    is_name: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a person's name in any script; what is plainly a sentence, an address or a number is refused."""
        patterns = context.language.patterns
        name = patterns["name_lead"].sub("", text.replace("\n", " "), count=1)
        name = _TOLD_ON.sub("", patterns["name_tail"].sub("", name))
        name = _without_marks(name)
        name = re.sub(r"\s+", " ", name)
        spoken = [e for e in context.entities if e.get("entity") == "person_name" and not e.get("negated")]
        problem = _name_problem(context.language, question, name, text)
        if problem and len(spoken) == 1 and not looks_like_question(text) and not context.language.is_chat(text):
            name = str(spoken[0].get("value", "")).strip()
            problem = _name_problem(context.language, question, name, name)
        if problem:
            return context.refuse(problem, limit=int(question.validation.get("max_length", 120)))
        return Accepted(name, exact=name == text.strip())
