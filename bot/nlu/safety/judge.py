"""Judges a message by its words alone: rules, second look and other languages, brought to one verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bot.nlu.safety.decision import CRISIS, EMERGENCY, OTHER_LANGUAGES, SECOND_LOOK, Decision, Thresholds, decide
from bot.nlu.safety.detector import RedFlagDetector
from bot.nlu.safety.languages import ENGLISH, Heard, OtherLanguages
from bot.nlu.safety.passages import passages, split_sentences
from bot.nlu.safety.second_look import SecondLook

NOW, ALREADY_TAKEN = "now", "already_taken"
OVERDOSE = "overdose"
# With fewer words ("fever") a classifier cannot tell a cry from a search.
FEWEST_WORDS = 3
# The longest item of a list that is taken for a mere name.
MOST_WORDS = 5
# Many passages are many chances to be wrong.
SURE_OF_A_PASSAGE = 0.8
NEVER = 2.0
# Who answers the intake tells of an illness all the time: of what no rule knows, only what is plainer is an alarm.
SURE_IN_THE_INTAKE = 0.9
# Who is asked for allergies tells of reactions that are over: only what is plain is an alarm there.
HISTORY = frozenset({"allergies"})
SURE_IN_A_HISTORY = 0.95

Encode = Callable[[str], "np.ndarray | None"]


@dataclass(frozen=True)
class Verdict:
    """The decision, the language of the words, and whether somebody has already taken or done something."""

    decision: Decision
    language: str = ENGLISH
    form: str = NOW


def is_list_answer(asked: str | None, text: str) -> bool:
    """Whether `text` is the plain answer to the question `asked`: names in a list.

    Somebody who ticks "fever, headache" when asked for symptoms tells a history, and no classifier can tell that from
    a cry for help. The rules still look at every word.
    """
    parts = [part.split() for part in re.split(r"[,;\n]", text)]
    return bool(asked) and all(len(words) <= MOST_WORDS for words in parts)


class Judge:
    """Rules and second looks of one trained model; not safe for several threads at once."""

    def __init__(
        self,
        detector: RedFlagDetector,
        second_look: SecondLook,
        languages: OtherLanguages,
        thresholds: Thresholds | None = None,
    ) -> None:
        self.detector = detector
        self._second_look = second_look
        self._languages = languages
        self._thresholds = thresholds or Thresholds()

    def judge(self, text: str, encode: Encode | None, asked: str | None = None) -> Verdict:
        """The verdict on one message.

        Args:
            text: the message, cleaned.
            encode: gives the sentence vector of a passage (float32 [dimension]), or None where there is no encoder.
                Without an `encode` the rules alone read the whole text: a very long message leaves time for no more.
            asked: the question that the message may answer with a list.

        Returns:
            The verdict; `decision.kind` is None where there is no danger.
        """
        if encode is None:
            return Verdict(decide(self.detector.signs(text)))
        heard = self._languages.hear(text)
        if heard is not None:
            decision = self._foreign(text, heard)
            done = decision.kind is not None and self._languages.tells_it_is_done(text, heard.language)
            return Verdict(decision, heard.language, ALREADY_TAKEN if done else NOW)
        found = passages(text)
        for passage in found:
            decision = self._passage(passage, encode, self._bounds(asked, text, len(found)))
            if decision.kind:
                return Verdict(decision, form=ALREADY_TAKEN if self._is_done(passage, decision) else NOW)
        return Verdict(Decision(None))

    def _bounds(self, asked: str | None, text: str, passages_found: int) -> Thresholds:
        if is_list_answer(asked, text) or len(text.split()) < FEWEST_WORDS:
            # The second look may find a name or a search harmless, but raises no alarm of its own.
            rule = self._thresholds.second_look if asked in HISTORY else self._thresholds.rule
            return replace(self._thresholds, second_look=NEVER, certain=NEVER, rule=rule)
        if asked in HISTORY:
            return replace(self._thresholds, second_look=SURE_IN_A_HISTORY, rule=self._thresholds.second_look)
        least = SURE_IN_THE_INTAKE if asked else SURE_OF_A_PASSAGE if passages_found > 1 else 0.0
        return replace(self._thresholds, second_look=max(self._thresholds.second_look, least))

    def _passage(self, text: str, encode: Encode, bounds: Thresholds) -> Decision:
        """The decision on a passage; a sign in it is judged by its own sentence too, or a long story would hide it."""
        decision = self._decide(text, encode, bounds)
        if decision.kind or decide(self.detector.signs(text)).kind is None:
            return decision
        sentences = split_sentences(text)
        decisions = (self._decide(sentence, encode, bounds) for sentence in sentences if len(sentences) > 1)
        return next((found for found in decisions if found.kind and found.rule != SECOND_LOOK), decision)

    def _decide(self, text: str, encode: Encode, bounds: Thresholds) -> Decision:
        detector = self.detector
        harmless = detector.asks_in_general(text) or detector.tells_it_is_over(text)
        vector = encode(text)
        likely = None if vector is None else self._second_look.probabilities(detector.words(text), vector)
        return decide(detector.signs(text), likely, harmless, bounds)

    def _is_done(self, passage: str, decision: Decision) -> bool:
        """Whether something that may kill has been taken or done: in a crisis, or by an overdose of any intent."""
        overdose = any(sign.rule == OVERDOSE for sign in self.detector.signs(passage))
        return (decision.kind == CRISIS or overdose) and self.detector.tells_it_is_done(passage)

    def _foreign(self, text: str, heard: Heard) -> Decision:
        ruled = decide(self.detector.signs(text), None)
        if ruled.kind:
            return ruled
        dangers = {kind: heard.likely[kind] for kind in (CRISIS, EMERGENCY)}
        if sum(dangers.values()) < self._thresholds.other_languages:
            return Decision(None)
        return Decision(max(dangers, key=lambda kind: dangers[kind]), OTHER_LANGUAGES)
