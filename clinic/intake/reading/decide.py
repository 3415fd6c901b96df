"""Decides what a message is while a question is open: an answer, a digression, a correction or a command."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from clinic.intake.kinds import kind_of, parse
from clinic.intake.kinds.concluding import beginning
from clinic.intake.model.decisions import Answer, Command, Decision, Digression
from clinic.intake.model.interview import Interview
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Parsed, Refused, Unclear
from clinic.intake.model.text import clean, looks_like_question, normalise, sentences
from clinic.intake.model.turn import Turn
from clinic.intake.reading.commands import find_command
from clinic.intake.reading.corrections import find_correction
from clinic.intake.reading.facts import offered
from clinic.intake.reading.intents import HAVE_CODE, SURE, VERY_SURE, by_intent, conversation, is_conversation, way
from clinic.intake.reading.lists import find_addition, find_removal
from clinic.intake.reading.requests import about_request, brings_code, is_all, names_request
from clinic.intake.reading.review import decide_review

# "session_start", `inform{"name": "x"}`: written by software, and no classifier knows what it wants.
_MACHINE_WORD = re.compile(r"\s*(?:\w*[^\W_]_[^\W_]\w*|\w*\s*\{.*\})\s*", re.DOTALL)
_CLINICAL = frozenset({"medication", "condition", "symptom"})
_LEAVING = frozenset({"human_handoff", "stop_intake"})


def decide(interview: Interview, turn: Turn) -> Decision:
    """Say what `turn` is, given what is open. Pure: nothing is stored or said here."""
    heard = Turn(text=turn.text) if _MACHINE_WORD.fullmatch(turn.text) else turn.as_typed()
    decision = _decide(interview, heard)
    if decision == Digression("goodbye") and turn.confidence >= SURE:
        # Who leaves pauses: an open question after a farewell would read as if nobody had listened.
        return Command("leave")
    return decision


def _decide(interview: Interview, turn: Turn) -> Decision:
    text = clean(turn.text)
    if brings_code(turn, text):
        return Digression(HAVE_CODE)
    settled = interview.pending.read(interview, text) if interview.pending is not None else None
    if settled is not None:
        return settled
    if interview.at_review:
        return decide_review(interview, turn, text)
    question = interview.open
    if question is None:
        return Digression("nothing is open")
    parsed = parse(question, text, interview.context(turn.entities), turn.assertions)
    heard = _Heard(interview, question, turn, text, parsed)
    if question.consent:
        return _decide_consent(heard)
    found = (step(heard) for step in _STEPS)
    return next((decision for decision in found if decision is not None), None) or _failed_answer(heard)


@dataclass(frozen=True)
class _Heard:
    """A message to an open question, and what it is as an answer to it."""

    interview: Interview
    question: Question
    turn: Turn
    text: str
    parsed: Parsed

    @property
    def as_answer(self) -> Answer:
        return Answer(self.question.id, self.text, self.parsed)

    @property
    def asks(self) -> bool:
        return looks_like_question(self.text)

    @property
    def ends_asking(self) -> bool:
        """Whether the last sentence asks: "in spring? say 4 months" comes down to an answer."""
        last = [part.text for part in sentences(self.text)][-1:]
        return self.asks and (not last or looks_like_question(last[0]))

    @property
    def is_conversation(self) -> bool:
        return is_conversation(self.interview.conversation, self.turn.intent)


def _decide_consent(heard: _Heard) -> Decision:
    """Only a yes or no to this very question counts, whatever the classifier says."""
    if isinstance(heard.parsed, Accepted):
        return heard.as_answer
    command = find_command(heard.interview.language, heard.text)
    if command is not None and command not in ("keep", "clear", "resume"):
        return Command(command)
    if not heard.interview.before_consent and (correction := find_correction(heard.interview, heard.text)) is not None:
        return correction
    named = names_request(heard.interview.language, heard.question.id, heard.turn, heard.text)
    return named or conversation(heard.interview, heard.turn, heard.text) or heard.as_answer


def _plain_answer(heard: _Heard) -> Decision | None:
    """One of the few answers there are, just as it is."""
    plain = isinstance(heard.parsed, Accepted) and heard.parsed.exact and kind_of(heard.question).is_closed
    return heard.as_answer if plain else None


def _command(heard: _Heard) -> Decision | None:
    command = find_command(heard.interview.language, heard.text)
    known = command not in ("keep", "clear") or heard.question.id in heard.interview.answers
    return Command(command) if command is not None and known else None


def _holds_on(heard: _Heard) -> Decision | None:
    """Somebody is away for a moment, and says so with more words than a command has."""
    away = heard.interview.language.patterns["holding_on"].match(normalise(heard.text))
    tells = heard.asks or any(entity.get("entity") in _CLINICAL for entity in heard.turn.entities)
    return Command("pause") if away and not tells else None


def _nothing_to_say(heard: _Heard) -> Decision | None:
    language = heard.interview.language
    # "No need, only WhatsApp" begins with it.
    said = (heard.text, beginning(language, heard.text)[0])
    nothing = isinstance(heard.parsed, Refused) and not heard.asks and any(map(language.has_no_answer, said))
    return Command("skip") if nothing and not heard.interview.requires(heard.question) else None


def _about_request(heard: _Heard) -> Decision | None:
    return about_request(heard.interview.language, heard.question, heard.turn, heard.text, heard.parsed)


def _correction(heard: _Heard) -> Decision | None:
    answers = isinstance(heard.parsed, Accepted) and kind_of(heard.question).knows(heard.parsed)
    return find_correction(heard.interview, heard.text, answers=answers)


def _way(heard: _Heard) -> Decision | None:
    """A way through the questions, unless something was found in the words that the question asks for."""
    if heard.turn.intent == "ask_why" and heard.question.questions_as_answers == "always":
        # A question to the doctor may be any question.
        return None
    answers = isinstance(heard.parsed, Accepted) and not is_all(heard.parsed.value, heard.text)
    return None if answers else way(heard.turn)


def _free_text(heard: _Heard) -> Decision | None:
    """In free text a question is the answer, except one about something else where an illness or allergy is asked."""
    if not kind_of(heard.question).is_free:
        return None
    turn, text = heard.turn, heard.text
    if heard.question.questions_as_answers == "always":
        return heard.as_answer
    if not any(entity.get("entity") in _CLINICAL for entity in turn.entities):
        sure = turn.topic_confidence if turn.intent == "faq" else turn.confidence
        if heard.asks and heard.is_conversation and sure >= SURE:
            return Digression(turn.intent)
        # One word that no list knows ("latex") is an answer, however sure the classifier may be.
        chat = heard.interview.language.is_chat(text) or 2 <= len(text.split()) <= 8
        if turn.intent in heard.interview.conversation.in_free_text and turn.confidence >= VERY_SURE and chat:
            return Digression(turn.intent)
    if turn.intent == "human_handoff" and turn.confidence >= VERY_SURE:
        return Command("person")
    return heard.as_answer


def _answer(heard: _Heard) -> Decision | None:
    return None if isinstance(heard.parsed, Refused) or _overruled(heard) else heard.as_answer


def _overruled(heard: _Heard) -> bool:
    """Tell whether a confident reading of the message as conversation beats a loose reading as an answer."""
    parsed, kind = heard.parsed, kind_of(heard.question)
    if isinstance(parsed, Refused):
        return False
    if isinstance(parsed, Unclear):
        return heard.asks and heard.is_conversation and "@" not in heard.text
    if kind.is_name:
        return _overruled_name(heard, parsed)
    if kind.takes_unknown:
        away = heard.is_conversation or heard.turn.intent in _LEAVING or heard.turn.intent == "skip"
        return not kind.knows(parsed) and heard.turn.confidence >= VERY_SURE and away
    return not parsed.exact and not kind.own_words and heard.ends_asking and heard.is_conversation


def _overruled_name(heard: _Heard, parsed: Accepted) -> bool:
    """Tell whether four words and more that could be a name are conversation: nearly anything could be a name."""
    if len(heard.text.split()) < 4:
        return False
    if heard.asks and heard.is_conversation and not parsed.exact:
        return True
    away = heard.is_conversation or heard.turn.intent in _LEAVING
    return heard.turn.confidence >= VERY_SURE and away and heard.text == heard.text.lower()


def _by_intent(heard: _Heard) -> Decision | None:
    return by_intent(heard.turn)


def _facts_for_others(heard: _Heard) -> Decision | None:
    """No answer to this question, but to others."""
    if heard.asks:
        return None
    return offered(heard.interview, heard.turn, heard.question.id)


def _conversation(heard: _Heard) -> Decision | None:
    return None if _tries_an_address(heard) else conversation(heard.interview, heard.turn, heard.text)


def _tries_an_address(heard: _Heard) -> bool:
    """One word with a dot, an at sign or a digit in it ("ana.example.org") is no small talk."""
    one_word = kind_of(heard.question).is_address and len(heard.text.split()) == 1
    return one_word and bool(re.search(r"[@\d]|\w\.\w", heard.text))


def _failed_answer(heard: _Heard) -> Decision:
    failed = heard.parsed if isinstance(heard.parsed, Refused) else Refused(heard.interview.say("no_answer_there"))
    return Answer(heard.question.id, heard.text, failed)


def _changes_a_list(heard: _Heard) -> Decision | None:
    return find_removal(heard.interview, heard.turn) or find_addition(heard.interview, heard.turn)


# What a message is, by what is most certain: the first that says something decides.
_STEPS: tuple[Callable[[_Heard], Decision | None], ...] = (
    _plain_answer,
    _command,
    _holds_on,
    _nothing_to_say,
    _about_request,
    _changes_a_list,
    _correction,
    _way,
    _free_text,
    _answer,
    _by_intent,
    _facts_for_others,
    _conversation,
)
