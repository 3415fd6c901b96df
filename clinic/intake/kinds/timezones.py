"""The time zone of a patient, from the phone number or the country, so that "morning" means their morning."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import phonenumbers
from babel.core import get_global
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number


def time_zone_of(country: str | None, phone: str | None) -> str | None:
    """Return the IANA time zone ("America/Mexico_City") when country or phone leave only one; else None."""
    zones = list(get_global("territory_zones").get(country, ())) if country is not None else []
    if zones and _all_alike(zones):
        return str(zones[0])
    if phone is not None:
        try:
            of_phone = time_zones_for_number(phonenumbers.parse(phone, None))
        except phonenumbers.NumberParseException:
            return None
        if len(of_phone) == 1 and of_phone[0] != UNKNOWN_TIMEZONE and (not zones or of_phone[0] in zones):
            return str(of_phone[0])
    return None


def _all_alike(zones: list[str]) -> bool:
    """Tell whether the zones keep the same clock in winter and in summer."""
    clocks = {
        tuple(ZoneInfo(zone).utcoffset(datetime(2026, month, 1, tzinfo=UTC).replace(tzinfo=None)) for month in (1, 7))
        for zone in zones
    }
    return len(clocks) == 1
