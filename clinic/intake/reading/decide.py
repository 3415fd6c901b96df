"""Decides what a message is while a question is open: an answer, a digression, a correction or a command."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from clinic.domain.reference import cut_reference
from clinic.intake.kinds import Accepted, Context, Parsed, Refused, Unclear, parse
from clinic.intake.kinds.choice import core
from clinic.intake.kinds.phrases import has_no_answer, is_chat
from clinic.intake.model.decisions import Answer, Change, Command, Correction, Decision, Digression
from clinic.intake.model.questionnaire import Question, Questionnaire
from clinic.intake.model.state import IntakeState
from clinic.intake.model.text import clean, looks_like_question, normalise
from clinic.intake.model.turn import Turn
from clinic.intake.reading.commands import CommandName, find_command
from clinic.intake.reading.corrections import find_correction, named_item
from clinic.intake.reading.facts import facts_of
from clinic.intake.reading.pending import decide_pending

LONGEST_REQUEST_FOR_CORRECTION = 100
CONVERSATION = frozenset(
    {"faq", "greet", "goodbye", "thank", "bot_challenge", "check_status", "withdraw_request",
    "medical_advice", "emergency", "crisis",
     "out_of_scope", "chitchat"}
)  # fmt: skip
# What the other intents mean while a question is open: a command, a correction, or words for the parsers.
COMMANDS: Mapping[str, CommandName] = {
    "human_handoff": "person",
    "stop_intake": "cancel",
    "skip": "skip",
    "go_back": "back",
    "ask_why": "why",
    "resume_intake": "resume",
    "start_intake": "underway",
}
CORRECTIONS = frozenset({"correct_answer"})
ANSWERS = frozenset({"affirm", "deny", "inform", "nlu_fallback"})
# Ways through the questions: nobody writes "let me see the prior one again" into an answer.
_WAYS = frozenset({"go_back", "ask_why", "resume_intake"})
# Small talk between two questions: a stray word ("session_start") is taken for it far too easily.
_SMALL_TALK = frozenset({"greet", "goodbye", "thank", "chitchat"})
SURE = 0.5
VERY_SURE = 0.8
# "session_start", `inform{"name": "x"}`: written by software, and no classifier knows what it wants.
_MACHINE_WORD = re.compile(r"\s*(?:\w*[^\W_]_[^\W_]\w*|\w*\s*\{.*\})\s*", re.DOTALL)
_REQUESTS = frozenset({"check_status", "withdraw_request"})
_INTO_INTAKE = frozenset({"start_intake", "resume_intake"})
# Words that only a message about a request or about the stored data has; a name or an address has none of them.
_ABOUT_REQUEST = re.compile(
    r"\b(?:requests?|status|reference|application|submission|withdraw\w*|erase|erasure|delete|remove|revoke|data|"
    r"news|updates?|sent|submitted)\b",
    re.IGNORECASE,
)
_ABOUT_INTAKE = re.compile(
    r"\b(?:consultation|appointment|request|intake|questionnaire|questions|form|resume|continue|start|started|begin|"
    r"book|apply|sign up)\b",
    re.IGNORECASE,
)
_REFERENCE_HINT = (
    "That looks like the reference of a request you sent. To look it up, type “check my request”. "
    "Here I need the answer to the question."
)
_CLINICAL = frozenset({"medication", "condition", "symptom"})
_REVIEW_WORDS = {
    "send": "send|yes|y|confirm|everything ok|everything okay|everything fine|everything is ok|everything "
        "is fine|its ok|all ok|confirmed|submit|ok|okay|send it|submit it|looks good|it looks good|all "
        "good|correct|all correct|that is correct|that is right|"
    "everything is correct|everything is right|right|yes send|yes send it|yes please|yes confirm|all right|"
    "alright|fine|perfect|good|great|done|finish|sure|"
    "i confirm|yes it is correct|yes that is correct|yes all correct|yes everything is correct|try again|"
    "si|go ahead|yes correct|send now|send my request|"
    "send the request|yes submit|please send|please send it|that looks right|looks right|looks fine|"
    "nothing to change|no changes|no change|all is correct|all is well",
    "change": "no|n|change something|change|edit|not correct|it is not correct|not right|something is "
        "wrong|make a change|no it is wrong|no change it|wrong|nope|"
    "i want to change something|change an answer|that is not right|no it is not|not all correct",
    "pause": "pause|not yet|wait|later|save|not now|save it|wait a moment|keep it for later",
}  # fmt: skip
_REVIEW = {word: value for value, words in _REVIEW_WORDS.items() for word in words.split("|")}


def decide(
    questionnaire: Questionnaire, state: IntakeState, turn: Turn, today: date, listed: Sequence[str] = ()
) -> Decision:
    """Say what `turn` is, given what is open in `state`.

    `listed` are the ids numbered in the review, for "change 4". Pure: nothing is stored or said here.
    """
    heard = Turn(text=turn.text) if _MACHINE_WORD.fullmatch(turn.text) else turn.as_typed()
    decision = _decide(questionnaire, state, heard, today, listed)
    if decision == Digression("goodbye") and turn.confidence >= SURE:
        # Who leaves pauses: an open question after a farewell would read as if nobody had listened.
        return Command("leave")
    return decision


def _decide(
    questionnaire: Questionnaire, state: IntakeState, turn: Turn, today: date, listed: Sequence[str]
) -> Decision:
    text = clean(turn.text)
    if state.pending is not None:
        settled = decide_pending(questionnaire, state, text, today)
        if settled is not None:
            return settled
    if state.open_question == "review":
        return _decide_review(questionnaire, state, turn, text, today, listed)
    if state.open_question is None or state.open_question not in questionnaire:
        return Digression("nothing is open")
    question = questionnaire.get(state.open_question)
    parsed = parse(question, text, Context(today, state.answers, turn.entities))
    if question.consent:
        return _decide_consent(question, turn, text, parsed)
    if _is_closed(question) and isinstance(parsed, Accepted) and parsed.exact:
        return Answer(question.id, text, parsed)
    command = find_command(text)
    if command is not None and (command not in ("keep", "clear") or question.id in state.answers):
        return Command(command)
    if isinstance(parsed, Refused) and has_no_answer(text) and not question.is_required(state.answers, today):
        return Command("skip")
    service = _service(question, turn, text, parsed)
    if service is not None:
        return service
    correction = find_correction(questionnaire, state, text, today, listed)
    if correction is not None:
        return correction
    way = _way_from(question, turn, text, parsed)
    if way is not None:
        return way
    if question.is_free_text:
        return _decide_free(question, turn, text, parsed)
    if isinstance(parsed, Accepted | Unclear) and not _overruled(question, parsed, turn, text):
        return Answer(question.id, text, parsed)
    return _decide_other(questionnaire, state, question, turn, text, today, parsed)


def _service(question: Question | None, turn: Turn, text: str, parsed: Parsed) -> Decision | None:
    """What is about a request sent earlier, or about beginning the intake, is no answer to a question in words."""
    sure = turn.confidence >= SURE
    asked = question is not None and question.questions_as_answers == "always"
    if asked and (looks_like_question(text) or len(text.split()) > 6):
        return None
    named = _reference("review" if question is None else question.id, turn, text)
    if named is not None:
        return named
    if turn.intent in _REQUESTS and sure and _ABOUT_REQUEST.search(text):
        return Digression(turn.intent)
    if turn.intent in _INTO_INTAKE and sure and _ABOUT_INTAKE.search(text) and not asked:
        return Command("underway") if not isinstance(parsed, Accepted) or _is_all(parsed.value, text) else None
    return None


def _reference(question_id: str, turn: Turn, text: str) -> Decision | None:
    """A message that names a request is for the look-up, or gets a hint when nothing shows what is wanted."""
    rest = cut_reference(text)
    if rest is None or len(rest.split()) > 6:
        return None
    if turn.intent in _REQUESTS and turn.confidence >= SURE:
        return Digression(turn.intent)
    return Answer(question_id, text, Refused(_REFERENCE_HINT))


def _is_all(value: object, text: str) -> bool:
    """Tell whether a value is only the message itself, nothing known having been found in it."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) and not item.get("code") for item in value)
    return isinstance(value, str) and normalise(value) == normalise(text)


def _is_closed(question: Question) -> bool:
    return question.kind in ("choice", "yesno", "date", "number") or (question.kind == "multi" and not question.codes)


def _decide_consent(question: Question, turn: Turn, text: str, parsed: Parsed) -> Decision:
    """Only a plain yes or no to this very question counts, whatever the classifier says."""
    if isinstance(parsed, Accepted):
        return Answer(question.id, text, parsed)
    command = find_command(text)
    if command is not None and command not in ("keep", "clear", "resume"):
        return Command(command)
    other = _reference(question.id, turn, text) or _conversation(turn, text)
    if other is not None:
        return other
    return Answer(question.id, text, parsed)


def _decide_free(question: Question, turn: Turn, text: str, parsed: Parsed) -> Decision:
    """In free text a question is the answer, except one about something else where an illness or allergy
    is asked."""
    if question.questions_as_answers == "always":
        return Answer(question.id, text, parsed)
    clinical = any(entity.get("entity") in _CLINICAL for entity in turn.entities)
    if looks_like_question(text) and turn.intent in CONVERSATION and not clinical:
        sure = turn.topic_confidence if turn.intent == "faq" else turn.confidence
        if sure >= SURE:
            return Digression(turn.intent)
    if (
        turn.intent in ("greet", "thank", "goodbye", "bot_challenge", "medical_advice")
        and turn.confidence >= VERY_SURE
        and not clinical
        # One word that no list knows ("latex") is an answer, however sure the classifier may be.
        and (is_chat(text) or 2 <= len(text.split()) <= 8)
    ):
        return Digression(turn.intent)
    if turn.intent == "human_handoff" and turn.confidence >= VERY_SURE:
        return Command("person")
    return Answer(question.id, text, parsed)


def _overruled(question: Question, parsed: Accepted | Unclear, turn: Turn, text: str) -> bool:
    """Tell whether a confident reading of the message as conversation beats a loose reading as an answer."""
    if isinstance(parsed, Unclear):
        return looks_like_question(text) and turn.intent in CONVERSATION and "@" not in text
    if question.format == "name":
        chat = turn.intent in CONVERSATION | {"human_handoff", "stop_intake"} and turn.confidence >= VERY_SURE
        asks = looks_like_question(text) and turn.intent in CONVERSATION and not parsed.exact
        return (asks or (chat and text == text.lower())) and len(text.split()) >= 4
    if question.format == "language" or question.codes:
        known = any(finding.get("code") for finding in parsed.value or ()) if question.codes else parsed.exact
        uncoded = not known and parsed.value != []
        return (
            uncoded
            and turn.confidence >= VERY_SURE
            and turn.intent in CONVERSATION | {"human_handoff", "stop_intake", "skip"}
        )
    return not parsed.exact and question.kind != "text" and looks_like_question(text) and turn.intent in CONVERSATION


def _decide_other(
    questionnaire: Questionnaire,
    state: IntakeState,
    question: Question,
    turn: Turn,
    text: str,
    today: date,
    parsed: Parsed,
) -> Decision:
    """The message is no valid answer: facts for other items, a command by intent, conversation, or a
    failed answer."""
    by_intent = _by_intent(turn)
    if by_intent is not None:
        return by_intent
    if not looks_like_question(text):
        facts = facts_of(questionnaire, turn, state.answers, today)
        new = {key: value for key, value in facts.items() if state.answers.get(key) != value and key != question.id}
        if new:
            changes = tuple(Change(key, Accepted(value, exact=False)) for key, value in new.items())
            return Correction(changes, offered=True)
    other = None if _tries_an_address(question, text) else _conversation(turn, text)
    if other is not None:
        return other
    failed = parsed if isinstance(parsed, Refused) else Refused("I could not read an answer there.")
    return Answer(question.id, text, failed)


def _tries_an_address(question: Question, text: str) -> bool:
    """One word with a dot, an at sign or a digit in it ("ana.example.org") is no small talk."""
    return question.format in ("email", "phone") and len(text.split()) == 1 and bool(re.search(r"[@\d]|\w\.\w", text))


def _by_intent(turn: Turn) -> Decision | None:
    if turn.confidence < SURE:
        return None
    if turn.intent in ("human_handoff", "stop_intake", "skip"):
        return Command(COMMANDS[turn.intent])
    # Nobody asks for a correction in a hundred characters: that is an answer which does not fit.
    if turn.intent in CORRECTIONS and len(turn.text) <= LONGEST_REQUEST_FOR_CORRECTION:
        return Correction()
    return _way(turn)


def _way(turn: Turn) -> Decision | None:
    """A way through the questions in words that no list knows ("could we return to what you asked earlier")."""
    short = len(turn.text.split()) >= 3 and len(turn.text) <= LONGEST_REQUEST_FOR_CORRECTION
    if turn.intent in _WAYS and turn.confidence >= VERY_SURE and short and not turn.entities:
        return Command(COMMANDS[turn.intent])
    return None


def _way_from(question: Question, turn: Turn, text: str, parsed: Parsed) -> Decision | None:
    """A way through the questions, unless something was found in the words that `question` asks for."""
    if turn.intent == "ask_why" and question.questions_as_answers == "always":
        # A question to the doctor may be any question.
        return None
    answers = isinstance(parsed, Accepted) and not _is_all(parsed.value, text)
    return None if answers else _way(turn)


def _conversation(turn: Turn, text: str) -> Decision | None:
    """Return Digression (or the person command) when the message is a question or plain conversation."""
    if turn.intent == "human_handoff" and turn.confidence >= SURE:
        return Command("person")
    asks = looks_like_question(text)
    if turn.intent == "faq" and (asks or max(turn.topic_confidence, turn.confidence) >= SURE):
        return Digression("faq")
    enough = VERY_SURE if turn.intent in _SMALL_TALK and not is_chat(text) else SURE
    if turn.intent in CONVERSATION and turn.intent != "faq" and (asks or turn.confidence >= enough):
        return Digression(turn.intent)
    if asks and turn.intent == "nlu_fallback" and re.search(r"[^\W\d_]{2,}", text) and len(text.split()) >= 2:
        return Digression("question")
    return None


def _decide_review(
    questionnaire: Questionnaire,
    state: IntakeState,
    turn: Turn,
    text: str,
    today: date,
    listed: Sequence[str],
) -> Decision:
    """At the review: send, change, pause, a correction, a command, or conversation."""
    norm = normalise(text)
    picked = (
        _REVIEW.get(norm)
        or _REVIEW.get(core(text))
        or ("send" if norm in ("👍", "✅") or text in ("👍", "✅") else None)
    )
    if picked is not None:
        return Answer("review", text, Accepted(picked))
    if re.fullmatch(r"#?\d{1,2}\.?", norm) and 1 <= int(re.sub(r"\D", "", norm)) <= len(listed):
        return Correction((Change(listed[int(re.sub(r"\D", "", norm)) - 1]),))
    command = find_command(text)
    if command is not None and command not in ("keep", "clear", "skip"):
        return Command(command)
    correction = find_correction(questionnaire, state, text, today, listed)
    if correction is not None:
        return correction
    item = named_item(questionnaire, text)
    if item is not None and questionnaire.get(item).applies(state.answers, today):
        return Correction((Change(item),))
    service = _service(None, turn, text, Refused(""))
    if service is not None:
        return service
    by_intent = _by_intent(turn)
    if by_intent is not None and by_intent != Command("skip"):
        return by_intent
    if not looks_like_question(text):
        facts = facts_of(questionnaire, turn, state.answers, today)
        changes = tuple(Change(k, Accepted(v, exact=False)) for k, v in facts.items() if state.answers.get(k) != v)
        if changes:
            return Correction(changes, offered=True)
    other = _conversation(turn, text)
    if other is not None:
        return other
    return Answer("review", text, Refused("Please answer “send”, “change” or “pause”."))
