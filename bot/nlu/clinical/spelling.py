"""Normal forms with misspellings of clinical words put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapidfuzz.distance import OSA, JaroWinkler

from bot.nlu.clinical.text import normal_form

SHORTEST = 6
LONGEST = 24
TWO_EDITS_FROM = 8
SAME_START = 4
_ENDINGS = ("ing", "ed", "er", "est", "ly", "ment", "ness", "able", "ful", "less", "y", "d", "n", "al", "ally")


class Normaliser:
    """Gives each word its normal form; a word nobody knows takes the form of the clinical word it nearly is.

    Takes ordinary words (never changed), clinical words (targets of a correction), respellings (wrong -> right).
    """

    def __init__(self, ordinary: Iterable[str], clinical: Iterable[str], respellings: Mapping[str, str]) -> None:
        self._respellings = dict(respellings)
        self._known = {normal_form(word) for word in ordinary}
        self._targets: dict[str, list[str]] = {}
        for word in sorted(clinical):
            self._known.add(word)
            if len(word) >= SHORTEST and word.isalpha():
                self._targets.setdefault(word[0], []).append(word)

    def __call__(self, word: str) -> str:
        """The normal form of a word, or that of the known word which it misspells."""
        form = normal_form(word, self._respellings)
        if not SHORTEST <= len(form) <= LONGEST or not form.isalpha() or self._is_known(form):
            return form
        return self.nearest(form) or form

    def nearest(self, form: str) -> str | None:
        """The clinical word within one edit (two from eight letters on) that starts with the same letter.

        Returns:
            None when there is none, or when unlike words are as near.
        """
        allowed = 2 if len(form) >= TWO_EDITS_FROM else 1
        best: list[str] = []
        for target in self._targets.get(form[0], ()):
            if abs(len(target) - len(form)) > allowed or len(target) < SHORTEST:
                continue
            edits = OSA.distance(form, target, score_cutoff=allowed)
            if edits < allowed or (
                edits == allowed and (allowed == 1 or form[-1] == target[-1] or form[1] == target[1])
            ):
                if edits < allowed:
                    allowed, best = edits, [target]
                else:
                    best.append(target)
        if len({target[:SAME_START] for target in best}) != 1:
            return None
        return max(best, key=lambda target: JaroWinkler.similarity(form, target))

    def _is_known(self, form: str) -> bool:
        if form in self._known:
            return True
        for ending in _ENDINGS:
            if form.endswith(ending):
                stem = form[: -len(ending)]
                if len(stem) >= 3 and (
                    stem in self._known
                    or stem + "e" in self._known
                    or (stem[-1] == stem[-2] and stem[:-1] in self._known)
                ):
                    return True
        return False
