"""Recognises commands to the intake ("go back", "skip this", "I need a break") by their wording."""

from __future__ import annotations

import re

from clinic.intake.model.commands import CommandName
from clinic.intake.model.language import Language
from clinic.intake.model.text import normalise, sentences

_MAX_WORDS = 30
_LATER = re.compile(
    r"(?:sorry |ok |okay |well |hi |hey |please |but |and )*"
    r"(?:can|could|may|shall|should|let|i will|i would like to|i would rather|i want to|i have to|i need to|i must|"
    r"we can|we could|is it (?:ok|okay|possible) (?:to|if))"
    r"(?: (?:we|i|us))? (?:please )?(?:continue|finish|go on|carry on|do|resume|complete|come back to|save)"
    r"(?: with)?(?: (?:this|it|here|that|the (?:form|rest|questions|intake|request)|the rest of (?:it|this)))?"
    r"(?: (?:later|tomorrow|tonight|another (?:time|day)|some other (?:time|day)|next (?:week|time)|"
    r"(?:in the|this|tomorrow) (?:morning|afternoon|evening)|on \w+day|in (?:an hour|a while|a bit|a minute)|"
    r"after (?:work|lunch|dinner|school)|for later))+(?: (?:please|instead|today|on|if possible))*"
)
_POLITE = re.compile(
    r"^(?:(?:please|ok|okay|well|so|um|uh|hmm|sorry|hey|hi|no|actually|and|but|oh|can you please|could you "
    r"please|could you|can you|would you|can we|could we|"
    r"i would like to|i want to|i need to|let us|let me|lets|may i|i think i will|i will|just|can i|could "
    r"i|wait) )+"
)
_POLITE_END = re.compile(
    r"(?: (?:please|thanks|thank you|now|then|for me|ok|okay|if possible|sorry|thx|for now|at the moment))+$"
)


def find_command(language: Language, text: str) -> CommandName | None:
    """Return the command the whole message is, or None.

    A longer sentence that merely contains one is none, unless it asks to go on later.
    """
    norm = normalise(text)
    bare = _POLITE_END.sub("", norm)
    for form in (norm, bare, _POLITE.sub("", norm), _POLITE_END.sub("", _POLITE.sub("", norm))):
        if form in language.commands:
            return language.commands[form]
    if len(norm.split()) <= _MAX_WORDS and any(_LATER.fullmatch(normalise(part.text)) for part in sentences(text)):
        # "Can we continue this tomorrow? I have to pick up my kids": the reason may come before or after.
        return "pause"
    return None
