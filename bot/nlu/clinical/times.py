"""Since when and until when, as said beside a finding."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.nlu.clinical.assertions import Assertion

_NUMBER = r"(?:\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|few|several|many|couple)"
_AMOUNT = rf"(?:(?:about|around|over|nearly|almost|roughly|the (?:last|past)|last|past|more than)\s+)*(?:a\s+)?{_NUMBER}(?:\s*(?:to|-)\s*{_NUMBER})?(?:\s+of)?\s+(?:minute|hour|day|night|week|wk|month|mth|year|yr|decade)s?"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
_POINT = (
    rf"(?:(?:about|around|early|late|mid|the (?:end|start|beginning) of|beginning of|end of)[\s-]+)*"
    rf"(?:(?:19|20)\d\d|{_MONTH}(?:\s+(?:of\s+)?(?:19|20)\d\d|\s+last year)?|(?:last|this|the)\s+(?:year|month|week|night|spring|summer|"
    r"autumn|fall|winter|christmas|easter|weekend|new year)|christmas|easter|yesterday|(?:my\s+)?(?:childhood|birth|teens|twenties|thirties)|"
    r"(?:i|she|he)\s+was\s+(?:a\s+(?:child|kid|teenager|baby|girl|boy)|\d{1,2}\w*|\w+teen|born|young|little|diagnosed|pregnant)|"
    r"(?:the\s+)?(?:age\s+of|age)\s+\d{1,2}|(?:mon|tues|wednes|thurs|fri|satur|sun)day|ever|then|always)"
)
_SINCE = re.compile(rf"\bsince\s+(?P<at>{_POINT}|{_AMOUNT}(?:\s+ago)?)", re.IGNORECASE)
_UNTIL = re.compile(rf"\b(?:until|till?|untill|'til|up to)\s+(?P<at>{_POINT}|{_AMOUNT}\s+ago)", re.IGNORECASE)
_FOR = re.compile(rf"\bfor\s+(?P<at>{_AMOUNT})", re.IGNORECASE)
_AT = re.compile(
    rf"(?:\b(?:in|on|at|around|back in)\s+(?P<at>{_POINT})|(?P<ago>{_AMOUNT}\s+(?:ago|back))|(?P<last>\blast\s+(?:year|yr|month|week|{_MONTH}|spring|summer|autumn|fall|winter|christmas|easter)|\byesterday))",
    re.IGNORECASE,
)
_ENDED = frozenset(
    {
        "stopped",
        "switched_from",
        "cannot_tolerate",
        "over",
        "has_had",
        "history",
        "causes",
        "no_longer",
        "turned_out_benign",
    }
)
_BEGAN = frozenset({"switched_to"})


def with_times(assertion: Assertion, after: str, before: str = "") -> Assertion:
    """The assertion with `since` and `until` where the words beside the finding tell them.

    in: the assertion, the text from the finding to the next one or the end of its clause, and that before it likewise
    """
    since, until = _said(_SINCE, after) or _said(_SINCE, before), _said(_UNTIL, after) or _said(_UNTIL, before)
    at = _AT.search(after) or (_AT.search(before) if assertion.onset or assertion.time == "past" else None)
    moment = next((group for group in at.groupdict().values() if group), None) if at else None
    if assertion.governor == "has_had" and moment:
        assertion = replace(assertion, time="past")
    ended = assertion.governor in _ENDED and assertion.time != "now"
    if ended:
        until = until or since or moment
        since = None
    elif assertion.time == "now":
        since = since or _said(_FOR, after) or (moment if assertion.onset else None)
    return replace(assertion, since=since, until=until) if since or until else assertion


def _said(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match["at"].strip() if match else None
