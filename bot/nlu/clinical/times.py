"""Since when and until when, as said beside a finding."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.nlu.clinical.assertions import Assertion

_NUMBER = (
    r"(?:\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|few|"
    r"several|many|couple)"
)
_UNIT = r"(?:minute|hour|day|night|week|wk|month|mth|year|yr|decade)s?"
_AMOUNT = (
    r"(?:(?:about|around|over|nearly|almost|roughly|the (?:last|past)|last|past|more than)\s+)*"
    rf"(?:a\s+)?{_NUMBER}(?:\s*(?:to|-)\s*{_NUMBER})?(?:\s+of)?\s+{_UNIT}"
)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
)
_SEASON = r"(?:year|yr|month|week|weekend|night|spring|summer|autumn|fall|winter|christmas|easter|new year)"
_POINT = (
    r"(?:(?:about|around|early|late|mid|(?:the )?(?:end|start|beginning) of)[\s-]+)*"
    rf"(?:(?:19|20)\d\d|{_MONTH}(?:\s+(?:of\s+)?(?:(?:19|20)\d\d|last year))?|"
    rf"(?:last|this|the)\s+(?:{_SEASON}|{_MONTH})|"
    r"christmas|easter|yesterday|(?:my\s+)?(?:childhood|birth|teens|twenties|thirties)|"
    r"(?:i|she|he)\s+was\s+(?:a\s+(?:child|kid|teenager|baby|girl|boy)|\d{1,2}\w*|\w+teen|born|young|little|small|"
    r"diagnosed|pregnant)|(?:the\s+)?age\s+(?:of\s+)?\d{1,2}|(?:mon|tues|wednes|thurs|fri|satur|sun)day|then|always)"
)
_SINCE = re.compile(rf"\bsince\s+(?P<at>{_POINT}|{_AMOUNT}(?:\s+ago)?)", re.IGNORECASE)
_UNTIL = re.compile(rf"\b(?:until|till?|untill|'til|up to)\s+(?P<at>{_POINT}|{_AMOUNT}\s+ago)", re.IGNORECASE)
_FOR = re.compile(rf"\bfor\s+(?P<at>{_AMOUNT})", re.IGNORECASE)
_AT = re.compile(
    rf"\b(?:in|on|at|around|back in)\s+(?P<at>{_POINT})|(?P<ago>{_AMOUNT}\s+(?:ago|back))|"
    rf"(?P<last>\blast\s+(?:{_SEASON}|{_MONTH})|\byesterday)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b(?P<since>(?:19|20)\d\d)\s*(?:-|–|to|until|till)\s*(?P<until>(?:19|20)\d\d)\b")
_GONE_BY = re.compile(r"(?:19|20)\d\d|\b(?:last|ago|yesterday|was|childhood|then)\b", re.IGNORECASE)
_ENDED = frozenset(
    {"stopped", "switched_from", "cannot_tolerate", "over", "has_had", "history", "causes", "no_longer",
     "turned_out_benign"}
)  # fmt: skip


def with_times(assertion: Assertion, after: str, before: str = "") -> Assertion:
    """The assertion with `since` and `until` where the words beside the finding tell them.

    Takes the assertion, the text from the finding to the next one or the end of its clause, and that before it
    likewise.

    Returns:
        The assertion: "off it since May" is until May; "I have had cancer in 2015" and "on it until 2019" are over.
    """
    span = _RANGE.search(after)
    if span:
        return replace(assertion, time="past", since=span["since"], until=span["until"])
    since, until = (_said(pattern, after) or _said(pattern, before) for pattern in (_SINCE, _UNTIL))
    moment = _moment_of(assertion, after, before)
    if assertion.governor == "has_had" and moment:
        assertion = replace(assertion, time="past")
    if assertion.time != "now":
        if assertion.governor in _ENDED:
            since, until = None, until or since or moment
    elif until and _GONE_BY.search(until):
        assertion = replace(assertion, time="past")
    else:
        since = since or _said(_FOR, after) or (moment if assertion.onset else None)
    return replace(assertion, since=since, until=until)


def _moment_of(assertion: Assertion, after: str, before: str) -> str | None:
    """The moment told behind the finding or, where it began or is past, before it."""
    return _moment(after) or (_moment(before) if assertion.onset or assertion.time == "past" else None)


def _said(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match["at"].strip() if match else None


def _moment(text: str) -> str | None:
    match = _AT.search(text)
    return next(group for group in match.groups() if group).strip() if match else None
