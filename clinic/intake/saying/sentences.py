"""Sentences that are put together: lists of answers, and what depends on how things stand."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.intake.model.language import Language

CRISIS = "crisis"


def noted(language: Language, items: Sequence[tuple[str, str]]) -> str:
    """Acknowledge an answer that was read out of other words."""
    return language.say("noted", items=_listed(items))


def understood(language: Language, items: Sequence[tuple[str, str]]) -> str:
    """Acknowledge facts that were not asked for yet."""
    return language.say("understood", items=_listed(items))


def changed(language: Language, label: str, before: str, after: str) -> str:
    """Say what was changed."""
    if before == after:
        return language.say("unchanged", label=label, after=after)
    return language.say("changed", label=label, before=before, after=after)


def one_of(language: Language, labels: Sequence[str]) -> str:
    """List what an answer may mean, numbered."""
    return language.list_or([f"{index}) {label}" for index, label in enumerate(labels, 1)]) + "?"


def welcome_back(language: Language, done: int, total: int, *, at_review: bool) -> str:
    """Say where we are when an intake goes on."""
    if at_review:
        return language.say("welcome_back_at_review")
    return language.say("welcome_back", done=done, total=total)


def all_well(language: Language, kind: str) -> str:
    """Say something warm to who says that all is well after an alarm."""
    return language.say(f"all_well_{_alarm(kind)}")


def still_here(language: Language, kind: str, number: str) -> str:
    """Say after an alarm that nothing is lost, whom to call, and how to go on."""
    return language.say(f"still_here_{_alarm(kind)}", number=number)


def if_it_happens_now(language: Language, kind: str, number: str) -> str:
    """Say whom to call, beside a finding that is past or comes now and then."""
    return language.say(f"if_now_{_alarm(kind)}", number=number)


def after_alarm_outside(language: Language, kind: str, number: str, *, well: bool) -> str:
    """Say something warm after an alarm while nothing is begun."""
    return language.say("outside_well" if well else f"outside_{_alarm(kind)}", number=number)


def _alarm(kind: str) -> str:
    return CRISIS if kind == CRISIS else "emergency"


def _listed(items: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{label}: {value}" for label, value in items)
