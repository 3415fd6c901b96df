"""The English patterns of corrections: what is changed, what was wrong, and what is right instead."""

from __future__ import annotations

import re

LEAD = (
    r"(?:(?:no|sorry|actually|oops|wait|hey|hi|hello|please|ok|okay|so|oh|well|um|and|but|correction|one "
    r"moment|excuse me|by the way|btw|also|"
    r"i(?:'d| would) like to|i (?:want|need|have) to|can i|could i|can you|could you|can we|let me|let's|i "
    r"made a mistake|i made an error|that'?s wrong|"
    r"that is wrong|my mistake|my bad)[\s,.!:;-]+)*"
)
VERB = (
    r"(?:change|changing|update|edit|fix|correct|modify|replace|redo|amend|go back to|return to|"
    r"re-?enter|re-?do)"
)
WHOSE = (
    r"(?:(?:my|the|her|his|our|their|your|patient'?s|the patient'?s|my answer (?:to|about|for|on)|the "
    r"answer (?:to|about|for|on)|answer (?:to|about|for)|question (?:about|on))\s+)*"
)
TO = (
    r"(?:\s+(?:number|address|answer|field|question)?\s*(?:to be|to|into|with|as|:|=|->|is|it'?s|should "
    r"be)\s*|\s*[:=,]\s*|\s+)"
)
IS = (
    r"\s*(?:number|address)?\s*(?:is actually|is now|is really|is|was|should be|should have been|should "
    r"read|must be|'s|=|:|has changed to|changed to)\s+"
)
CUE = re.compile(
    r"\b(?:sorry|actually|oops|correction|i meant|i mean|mistake|mistyped|misspelled|typo|wrong|incorrect|"
    r"not right|not correct|should be|should have been|"
    r"wait|in fact|rather|my bad|change|update|correct|fix|edit)\b",
    re.IGNORECASE,
)
STRONG = re.compile(
    r"^(?:no[\s,.]+)?(?:(?:sorry|oops|wait)[\s,.!]+)*(?:i meant(?: to (?:say|write|type))?|i mean|that'?s "
    r"(?:wrong|not right|not correct|incorrect|a mistake|a typo)|that is (?:wrong|not right|not correct|"
    r"incorrect)|"
    r"that was (?:wrong|a mistake|a typo|incorrect)|wrong|correction|it should be|it should have been|not "
    r"right|i made a (?:mistake|typo)|typo|i mistyped|i misspelled it)\b"
    r"[\s,.:;!-]*(?:(?:it'?s|it is|it was|it should be|should be|i meant|make it|make that|the right one "
    r"is|the correct one is|the answer is|i am|i'm)\s+)*(?P<value>.*)$",
    re.IGNORECASE | re.DOTALL,
)
WEAK = re.compile(
    r"^(?:no[\s,.]+)?(?:(?:sorry|oops|wait|actually|in fact|hm+|oh)[\s,.!:]+)+(?:(?:it'?s|it is|it should "
    r"be|make it|make that)\s+)?(?P<value>.+)$",
    re.IGNORECASE | re.DOTALL,
)
WITHOUT_VALUE = re.compile(
    r"^(?:wrong|incorrect|not right|not correct|not (?:my )?(?:right|correct|real) one|a typo|a mistake|"
    r"false|outdated|old|changed|misspelled|mistyped|spelled wrong|"
    r"has changed|not up to date|something else|different|another one|wrongly spelled)\b[\s.!]*$",
    re.IGNORECASE,
)
IT_IS = (
    r"(?:it should (?:be|say|read|have been)|that should be|should be|it'?s(?: really| actually)?|"
    r"it is(?: really| actually)?|it must be|make it|change it to|(?:please )?(?:change|correct) (?:it|that) to|"
    r"the (?:right|correct|real|new) (?:one|answer|\w+) is|i meant|i mean|i(?:'m| am) in|i live in|we live in)"
)
SHOULD_BE = re.compile(rf"^{IT_IS}\s+(?=\S)", re.IGNORECASE)
# "the country is wrong, it should be Chile": what is wrong, and what is right.
WRONG_THEN_RIGHT = re.compile(
    rf"^(?P<wrong>.*?\b(?:wrong|incorrect|mistake|error|typo|not right|not correct|mistyped|misspelled|misspelt|"
    rf"outdated)\b[^,.;:!-]*)[\s,.;:!-]+(?:(?:and|but|sorry|please)[\s,]+)*(?P<cue>{IT_IS}\s+)?(?P<right>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
SOMETHING = re.compile(
    r"^(?:change|edit|correct(?:ion)?|fix|update|change (?:something|it|an answer|my answers?|one answer|"
    r"one of my answers|answers|that)|edit (?:something|an answer|my answers?)|"
    r"correct (?:something|an answer|my answers?|it)|fix (?:something|an answer|it)|make (?:a|some) "
    r"(?:change|changes|correction|corrections)|"
    r"that (?:is|was) (?:wrong|not right|not correct|incorrect|a mistake)|this is wrong|wrong|something is "
    r"wrong|i made a mistake|i made an error|i made a typo|"
    r"i got something wrong|i made a mistake (?:earlier|before)|one of my answers is wrong|i answered "
    r"wrong|there is a mistake|there is an error)$"
)  # fmt: skip
BORN = re.compile(r"\b(?:born)\s+(?:(?:on|in)\s+)?(?:the\s+)?(?P<value>.+)$", re.IGNORECASE | re.DOTALL)
INSTEAD = re.compile(
    r"^(?P<new>.+?)[\s,;]+(?:and |but )?(?:not|instead of|rather than)\s+(?:in\s+|from\s+|"
    r"the\s+)?(?P<old>[^,;]+?)[\s.!]*$",
    re.IGNORECASE | re.DOTALL,
)
BETTER = re.compile(
    r"^(?P<new>.+?)\s+(?:is|would be|are|works)\s+(?:much |a lot )?(?:better|easier|safer|best)\s+(?:for \w+\s+)?"
    r"than\s+(?P<old>[^,;]+?)[\s.!]*$",
    re.IGNORECASE | re.DOTALL,
)
# Somebody says that there is a mistake.
MISTAKEN = re.compile(
    r"\b(?:typo|mistake|wrong|mistyped|misspel\w+|i meant|correction|autocorrect\w*)\b", re.IGNORECASE
)
# What stands between the name of an item and its value.
UP_TO_VALUE = re.compile(
    r"^\s*(?:(?:typo|mistake|wrong|is|was|number|address|year|date|should be|it'?s|it is|i meant|actually|sorry|to|"
    r"the right one is|make it)\b[\s,.:;!-]*|[\s,.:;!-]+)+",
    re.IGNORECASE,
)
NOT_BUT = re.compile(
    r"^(?:.*?\b)?not\s+(?:in\s+|from\s+)?(?P<old>[^,;]+?)[\s,;]+(?:but|it'?s|it is|i'm in|i am "
    r"in)?\s*(?P<new>[^,;]+?)[\s.!]*$",
    re.IGNORECASE | re.DOTALL,
)
MOVED = re.compile(
    r"\b(?:i|we|she|he)(?:'m| am|'re| are|'s| is)?\s+(?:now |actually |currently )?(?:live|living|lives|"
    r"moved|based|in|from|reside)\b\s*(?:in|to)?\s*(?P<value>.+)$",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    rf"^{LEAD}(?:{VERB}|item|number|no\.?|question|#)\s*(?:{WHOSE}(?:item|number|no\.?|question|answer|"
    rf"#)?\s*)(?P<number>\d{{1,2}})(?:\s+(?:please|to\s+(?P<value>.+)))?[\s.!]*$",
    re.IGNORECASE,
)
