"""Reads e-mail addresses and phone numbers, and offers a correction for a likely slip of the finger."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher
from rapidfuzz.distance import DamerauLevenshtein

from clinic.intake.kinds.base import Kind
from clinic.intake.model.questionnaire import Question
from clinic.intake.model.result import Accepted, Assertions, Context, Option, Parsed, Refused, Unclear
from clinic.intake.model.text import latin_digits

COMMON_DOMAINS = (
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "live.com", "aol.com", "msn.com",
    "me.com", "mac.com",
    "protonmail.com", "proton.me", "googlemail.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de",
    "yahoo.es", "yahoo.fr",
    "yahoo.de", "yahoo.it", "yahoo.co.uk", "yahoo.com.mx", "yahoo.com.br", "yahoo.co.in", "yahoo.ca",
    "hotmail.es", "hotmail.fr",
    "hotmail.it", "hotmail.co.uk", "hotmail.de", "outlook.es", "outlook.fr", "outlook.de", "live.co.uk",
    "live.fr", "live.nl", "live.ca",
    "libero.it", "orange.fr", "free.fr", "laposte.net", "mail.ru", "yandex.ru", "qq.com", "163.com",
    "rediffmail.com", "btinternet.com",
    "comcast.net", "verizon.net", "ymail.com", "rocketmail.com", "zoho.com", "fastmail.com", "mail.com",
    "email.com", "gmx.at", "bigpond.com",
)  # fmt: skip
_ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "coom": "com",
    "vom": "com",
    "xom": "com",
    "cim": "com",
    "ogr": "org",
    "nte": "net",
}
_CUT_ENDINGS = frozenset({"co", "cm", "om", "c"})
_ADDRESS = re.compile(r"[^\s@,;<>()\"']+\s?@\s?[^\s@,;<>()\"']+")
_SPOKEN = re.compile(
    r"([\w.+-]+(?:\s+(?:dot|punto|"
    r"point)\s+[\w.+-]+)*)\s*[\[(]?\s*\bat\b\s*[\])]?\s*([\w-]+(?:\s*[\[(]?\s*(?:\bdot\b|\bpunto\b|"
    r"\bpoint\b|\.)\s*[\])]?\s*[\w-]+)+)",
    re.IGNORECASE,
)


def _valid_address(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def suggested_address(address: str) -> str | None:
    """Return the address with a likely typing slip in its domain mended, or None when it looks right."""
    local, _, domain = address.rpartition("@")
    lower = domain.lower()
    if lower in COMMON_DOMAINS:
        return None
    stem, _, ending = lower.rpartition(".")
    mended = f"{stem}.{_ENDINGS[ending]}" if ending in _ENDINGS else lower
    if ending in _CUT_ENDINGS and any(
        DamerauLevenshtein.distance(f"{stem}.com", known) <= 1 for known in COMMON_DOMAINS[:5]
    ):
        mended = f"{stem}.com"
    if mended not in COMMON_DOMAINS:
        near = [
            (DamerauLevenshtein.distance(mended, known), known)
            for known in COMMON_DOMAINS
            if abs(len(known) - len(mended)) <= 2 and known.rpartition(".")[2] == mended.rpartition(".")[2]
        ]
        distance, known = min(near, default=(9, ""))
        # Short domains (qq.com, me.com) are one letter away from many real ones, so they are never a
        # suggestion.
        if distance <= (2 if len(known) >= 11 else 1) and len(known.split(".")[0]) >= 4:
            mended = known
    return f"{local}@{mended}" if mended != lower else None


def _spoken(text: str, context: Context, otherwise: Refused) -> Parsed:
    match = _SPOKEN.search(text)
    if match:
        local = re.sub(r"\s+(?:dot|punto|point)\s+", ".", match.group(1), flags=re.IGNORECASE)
        domain = re.sub(
            r"\s*[\[(]?\s*(?:\bdot\b|\bpunto\b|\bpoint\b|\.)\s*[\])]?\s*",
            ".",
            match.group(2),
            flags=re.IGNORECASE,
        )
        address = _valid_address(f"{local}@{domain}")
        if address:
            said = context.say("is_this_right", value=address)
            return Unclear(
                said, (Option(address, context.say("yes_value", value=address)), _retype(context)), yes_no=True
            )
    return otherwise


def _retype(context: Context) -> Option:
    return Option(None, context.say("no_type_again"))


def show_phone(value: str) -> str:
    """Return an E.164 number with its usual spaces: "+52 55 1234 5678"."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(value, None), PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return value


def _read(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _accept(number: phonenumbers.PhoneNumber, text: str) -> Accepted:
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Accepted(value, exact=text.strip() == value)


class EmailKind(Kind):
    """An e-mail address."""

    own_words: ClassVar[bool] = True
    is_address: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read an e-mail address (syntax only: nothing is looked up)."""
        found = [re.sub(r"\s", "", match).strip(".:!?") for match in _ADDRESS.findall(text)]
        found = [re.sub(r"^mailto:", "", address, flags=re.IGNORECASE) for address in dict.fromkeys(found)]
        if len(found) > 1:
            valid = [good for address in found if (good := _valid_address(address))]
            if len(valid) > 1:
                return Unclear(
                    context.say("which_address"),
                    tuple(Option(a, a) for a in valid[:4]),
                )
            found = valid
        if not found:
            return _spoken(text, context, context.refuse("no_email"))
        address = _valid_address(found[0])
        if address is None:
            return _spoken(text, context, context.refuse("incomplete_email", address=found[0]))
        better = suggested_address(address)
        if better is not None:
            return Unclear(
                context.say("did_you_mean", value=better),
                (
                    Option(better, context.say("yes_value", value=better)),
                    Option(address, context.say("no_keep_value", value=address)),
                ),
                yes_no=True,
            )
        return Accepted(address, exact=text.strip() == address)


class PhoneKind(Kind):
    """A phone number."""

    own_words: ClassVar[bool] = True
    is_address: ClassVar[bool] = True

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a phone number into E.164, through the country of residence when the country code is missing."""
        body = re.sub(r"(?<!\d)00(?=[1-9]\d)", "+", latin_digits(text).replace("(0)", ""), count=1)
        digits = re.sub(r"\D", "", body)
        if len(digits) < 5:
            return context.refuse("no_phone")
        region = context.residence
        for match in PhoneNumberMatcher(body, region or "ZZ"):
            return _accept(match.number, text)
        body = body[body.index("+") :] if "+" in body else re.sub(r"[^\d ()./-]", " ", body)
        number = _read(body, region)
        if number is not None and phonenumbers.is_valid_number(number):
            return _accept(number, text)
        without_plus = _read(f"+{digits}", None) if "+" not in body else None
        if without_plus is not None and phonenumbers.is_valid_number(without_plus):
            return _accept(without_plus, "")
        if number is not None and phonenumbers.is_possible_number(number):
            value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            return Unclear(
                context.say("unusual_phone", number=show_phone(value)),
                (Option(value, context.say("yes_right")), _retype(context)),
                yes_no=True,
            )
        if "+" in body or region:
            return context.refuse("incomplete_phone")
        return context.refuse("add_country_code")

    def show_one(self, value: Any, question: Question, context: Context) -> str:
        """Return the number with its usual spaces."""
        return show_phone(str(value))
