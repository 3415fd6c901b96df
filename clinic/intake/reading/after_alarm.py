"""After an alarm: what of the message is kept, whether it may be happening now, and what her next words mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clinic.intake.kinds import Accepted, kind_of
from clinic.intake.kinds.yesno import strict_yesno
from clinic.intake.model.decisions import Answer, Correction, Decision
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.text import normalise
from clinic.intake.model.turn import Entity
from clinic.intake.reading.commands import find_command

EMERGENCY = "emergency"
CRISIS = "crisis"
SAFETY_CHECK = "safety_check"
# The clinical findings that make words an answer to a question in free text.
_FINDINGS = frozenset({"medication", "condition", "symptom", "procedure"})
_SAYS_NOW = re.compile(r"\b(?:now|right away|at the moment|currently|just started|this (?:minute|moment)|still)\b")

_LEAD = re.compile(
    r"^(?:(?:no|ok|okay|oh|sorry|well|hi|hello|thanks|thank you|yes|yeah|but|actually|do not worry|i think) )+(?=\w)"
)
_TAIL = re.compile(
    r"(?: (?:right now|now|again|today|really|already|thanks|thank you|thank god|anymore|any more|at the moment|"
    r"and|so|please|(?:let us |we can )?(?:resume|continue|go on)))+$"
)
_MORE_OR_LESS = re.compile(r"\b(?:really|completely|perfectly|totally|all|much|a lot|a bit|quite|doing|feeling|feel) ")
_WHO = (
    "i am", "i", "we are", "she is", "he is", "everything is", "everythings", "all is", "all", "feeling",
    "it is", "that is", "its", "",
)  # fmt: skip
_WELL = frozenset(
    [f"{who} {how}".strip() for who in _WHO for how in
     ("fine", "ok", "okay", "alright", "well", "good", "better", "safe", "calm", "not in danger", "out of danger")]
    + ["false alarm", "a false alarm", "it was a false alarm", "that was a false alarm", "i did not mean it",
       "i did not mean that", "i did not mean it like that", "it was nothing", "i have help", "help is here"]
) - {"ok", "okay", "well", "good", "better", "alright", "calm"}  # fmt: skip
_WHAT = ("it is", "that is", "this is", "its", "they are", "it was", "that was", "this was", "it", "that", "it has", "")
_OVER = frozenset(
    [f"{what} {how}".strip() for what in _WHAT for how in ("over", "gone", "past", "passed", "stopped", "went away",
     "not happening", "not an emergency", "not urgent", "no emergency", "not", "does not happen")]
    + ["the pain is gone", "the pain stopped", "the pain has stopped", "the pain is over", "not in pain"]
) - {"stopped", "past", "gone", "passed"}  # fmt: skip
_LONG_AGO = re.compile(
    r"(?:(?:it|this|that|they|i mean|i meant|it only|that only) (?:was |were |happened |has happened |is from )?)?"
    r"(?:(?:only|just|all) )?(?:last (?:week|month|year|summer|winter|spring|autumn|fall)|"
    r"(?:(?:a|an|some|many|several|few|long|\w+) ){0,3}(?:time|while|weeks?|months?|years?) ago|"
    r"long ago|in the past|in (?:19|20)\d\d|back then|earlier|before)"
)
_NOW = frozenset(
    [f"{what} {how}".strip() for what in (*_WHAT[:4], "") for how in ("happening", "still happening", "still there",
     "getting worse", "worse", "going on", "still going on", "still bad")]
    + [f"{who} not {how}".strip() for who in ("i am", "") for how in
       ("ok", "okay", "fine", "safe", "well", "alright", "good")]
    + ["i am in danger", "i need help", "help me", "help", "please help", "please help me"]
)  # fmt: skip
_PLAIN_NOW = frozenset({"now", "right now", "yes now", "yes right now", "it is now", "its now", "it is right now"})
# Said to be polite as often as to say yes.
_NODS = frozenset(
    {"ok", "okay", "k", "fine", "sure", "alright", "all right", "right", "go ahead", "thats fine", "agreed"}
)
_WAY_ON = frozenset(
    ["go on with my request", "go on with the request", "continue my request", "back to my request", "what now",
     "and now", "now what", "what next", "what happens now", "what do i do now", "what shall i do now", "back",
     "back to the questions", "next", "i am here", "i am still here", "are you there", "hello", "hi",
     "go on with my questions", "start", "start again where we were", "where were we"]
)  # fmt: skip
_GOES_ON = re.compile(
    r"(?:please )?(?:(?:let us|i want to|i would like to|can we|we can) )?"
    r"(?:resume|continue|go on|go back|carry on|keep going|back|return|start)(?: with| to)?"
    r"(?: (?:my|the|our))? (?:intake|request|form|questions?|questionnaire|consultation(?: request)?|answers)"
    r"(?: please)?"
)

# Beside a plain yes or no to "is it happening right now?": "only some days", "a little, yes", "I don't know".
_NOT_NOW = re.compile(
    r"(?:no )?(?:not (?:right |just )?now|only (?:some|at|when|if|in|on|sometimes)|sometimes|at times|some days|"
    r"now and then|on and off|(?:it |they )?comes? and goes?|(?:it was )?(?:yesterday|earlier|this morning|last))\b"
)
# Whoever says one of these as well has not said that all is well.
_YET = re.compile(
    r"\b(?:worse|bad|badly|still|again|but|today|nobody|no one|help|can not|cannot|cant|right now it|now it|now i)\b"
)
_HELP_IS_HERE = re.compile(
    r"(?:i am (?:at|in) (?:the )?hospital|the ambulance is (?:here|on (?:its|the) way)|"
    r"i (?:have )?(?:already )?called (?:them|an ambulance))(?: now| already)?"
)
_PERHAPS = re.compile(
    r"(?:yes )?(?:a (?:little|bit)|i think so|maybe|perhaps|kind of|sort of|not sure|i am not sure|im not sure|"
    r"(?:i )?(?:do not|dont) know)\b"
)

Words = Literal["well", "now", "on"]


@dataclass(frozen=True)
class Alarm:
    """An alarm that has not been settled. `unclear`: the words left open whether it is happening now."""

    kind: str
    unclear: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Alarm:
        """The alarm as the state keeps it."""
        return cls(str(stored.get("kind")), bool(stored.get("unclear")))

    def plain(self) -> dict[str, Any]:
        """The form the state keeps."""
        return {"kind": self.kind, "unclear": self.unclear}


def check(language: Language) -> Question:
    """Return the question whether it is happening right now."""
    choices = (Choice("yes", language.say("yes_now")), Choice("no", language.say("not_now")))
    return Question(
        id=SAFETY_CHECK, label="", kind="yesno", help="", prompt=language.say("happening_now"), choices=choices
    )


def alarm_at(kind: str, question: Question | None, text: str) -> Alarm:
    """The alarm that `text` raised as an answer to `question` (None: nothing was asked).

    Somebody who is asked for a history may tell of one: there, words without a "now" leave open when it was.
    """
    unclear = (
        kind == EMERGENCY
        and question is not None
        and kind_of(question).tells_of_health(question)
        and not _SAYS_NOW.search(normalise(text))
    )
    return Alarm(kind, unclear)


def words_after(language: Language, kind: str, text: str) -> Words | None:
    """What a message after an alarm of this kind says as a whole: all is well, it is happening, or only "on with it".

    "It is over" says that a pain has gone, but not that somebody who wanted to die is safe.
    """
    norm = normalise(text)
    short = _TAIL.sub("", _LEAD.sub("", norm))
    bare = {short, _MORE_OR_LESS.sub("", short)}
    if norm in _PLAIN_NOW or bare & _NOW:
        return "now"
    if bare & _WELL or _LONG_AGO.fullmatch(short) or (kind != CRISIS and bare & _OVER):
        return "well"
    return (
        "on"
        if norm in _WAY_ON or _GOES_ON.fullmatch(norm) or find_command(language, text) in ("resume", "repeat")
        else None
    )


def reply_to_check(language: Language, text: str) -> Words | None:
    """The reply to "is this happening right now?"."""
    said = words_after(language, EMERGENCY, text)
    if said in ("well", "now"):
        return said
    norm = normalise(text)
    if (_NOT_NOW.match(norm) and not _YET.search(norm)) or _HELP_IS_HERE.fullmatch(norm):
        return "well"
    # Who does not know may be in danger: the number once more harms nobody.
    if _PERHAPS.match(norm):
        return "now"
    plain = strict_yesno(language, check(language), text) if norm not in _NODS else None
    if plain is None and (first := re.match(r"(yes|no)\b", norm)):
        plain = first.group(1)
    return None if plain is None else "now" if plain == "yes" else "well"


def is_answer(language: Language, question: Question | None, decision: Decision, entities: tuple[Entity, ...]) -> bool:
    """Whether a message that nobody asked for again is plainly an answer to `question` (None: the review).

    A bare "yes", "no" or "ok" may be meant for the number to call, and in free text anything would do.
    """
    if isinstance(decision, Correction):
        return bool(decision.changes) and not decision.offered
    if not isinstance(decision, Answer) or not isinstance(decision.result, Accepted):
        return False
    value = decision.result.value
    bare = strict_yesno(language, check(language), decision.text) is not None and normalise(decision.text) not in (
        "none",
        "nothing",
    )
    if value is None or bare:
        return False
    return question is None or question.id != decision.question or _says_enough(question, decision.result, entities)


def _says_enough(question: Question, result: Accepted, entities: tuple[Entity, ...]) -> bool:
    kind = kind_of(question)
    if kind.is_free or kind.is_name:
        told = set(question.prefill_from) or _FINDINGS
        return any(entity.get("entity") in told for entity in entities)
    return kind.knows(result)


def kept(question: Question, decision: Decision, entities: tuple[Entity, ...]) -> Accepted | None:
    """What is stored of a message that raised an alarm, when it was a valid answer to the open question.

    Free text is kept as it stands: she is asked again, and sees it.
    """
    if question.consent or not isinstance(decision, Answer) or decision.question != question.id:
        return None
    result = decision.result
    if not isinstance(result, Accepted) or result.value is None:
        return None
    return result if kind_of(question).is_free or _says_enough(question, result, entities) else None
