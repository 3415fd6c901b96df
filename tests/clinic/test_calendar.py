"""Deadlines over a clinic's calendar, against a clock that counts every minute."""

import os
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.domain.calendar import CalendarError, ClinicCalendar, Deadlines, parse_holidays, parse_hours

CASES = int(os.environ.get("MARROW_TEST_CALENDARS", "150"))
ZONES = [
    "UTC", "Europe/Madrid", "America/Mexico_City", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca",
]  # fmt: skip
MADRID = ZoneInfo("Europe/Madrid")
SPLIT_DAY = parse_hours("mon-fri 09:00-13:00, 15:00-18:00; sat 10:00-12:00")


def minute_by_minute(calendar: ClinicCalendar, start: datetime, working: int) -> datetime:
    """The moment at which the clock on the wall has shown open minutes `working` times."""
    moment = start
    while working:
        wall = moment.astimezone(calendar.zone)
        minute = wall.hour * 60 + wall.minute
        intervals = calendar.week.get(wall.weekday(), ())
        if wall.date() not in calendar.holidays and any(begin <= minute < end for begin, end in intervals):
            working -= 1
        moment += timedelta(minutes=1)
    return moment


def random_calendar(draw: random.Random) -> ClinicCalendar:
    """Mostly sensible hours in some zone, sometimes at night or around midnight."""
    week: dict[int, Sequence[tuple[int, int]]] = {}
    for day in draw.sample(range(7), draw.randint(1, 7)):
        edges = sorted(draw.sample(range(1441), 2 * draw.randint(1, 4)))
        week[day] = tuple(zip(edges[::2], edges[1::2], strict=True))
    first = date(2026, 1, 1)
    holidays = frozenset(first + timedelta(days=draw.randrange(365)) for _ in range(draw.randint(0, 30)))
    return ClinicCalendar(week, holidays, ZoneInfo(draw.choice(ZONES)))


@pytest.mark.parametrize("seed", range(CASES))
def test_a_deadline_is_where_a_clock_that_counts_minutes_ends(seed: int) -> None:
    draw = random.Random(seed)
    calendar = random_calendar(draw)
    # Half of the starts lie near the days on which clocks change.
    near = draw.choice([date(2026, 3, 7), date(2026, 3, 28), date(2026, 10, 24), date(2026, 10, 31), date(2026, 4, 4)])
    day = near if draw.random() < 0.5 else date(2026, 1, 1) + timedelta(days=draw.randrange(300))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=draw.randrange(1440))
    working = draw.randint(1, 900)
    expected = minute_by_minute(calendar, start, working)
    assert calendar.deadline(start, timedelta(minutes=working)) == expected


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-23T10:00+01:00", 2, "2026-11-23T12:00+01:00"),
        ("2026-11-23T12:30+01:00", 1, "2026-11-23T15:30+01:00"),  # over lunch
        ("2026-11-23T17:30+01:00", 1, "2026-11-24T09:30+01:00"),  # over night
        ("2026-11-27T17:30+01:00", 3, "2026-11-30T09:30+01:00"),  # Saturday's two hours are open, too
        ("2026-12-24T17:30+01:00", 1, "2026-12-26T10:30+01:00"),  # Christmas Day is a holiday
        ("2026-11-23T03:00+01:00", 4, "2026-11-23T13:00+01:00"),  # ends with the interval, not after lunch
    ],
)
def test_lunch_nights_weekends_and_holidays_do_not_count(start: str, hours: int, expected: str) -> None:
    calendar = ClinicCalendar(SPLIT_DAY, frozenset({date(2026, 12, 25)}), MADRID)
    found = calendar.deadline(datetime.fromisoformat(start), timedelta(hours=hours))
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


def test_a_clinic_that_never_opens_is_named() -> None:
    calendar = ClinicCalendar({}, frozenset(), MADRID)
    with pytest.raises(CalendarError, match="does not open"):
        calendar.deadline(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1))


def test_no_first_contact_means_no_deadline() -> None:
    calendar = ClinicCalendar(SPLIT_DAY, frozenset(), MADRID)
    assert Deadlines(calendar, None).due(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon 09:00-17:00", {0: ((540, 1020),)}),
        ("Sat-Mon 00:00-24:00", {5: ((0, 1440),), 6: ((0, 1440),), 0: ((0, 1440),)}),
        ("tue-wed 08:00-12:00, 13:30-17:00;", dict.fromkeys((1, 2), ((480, 720), (810, 1020)))),
    ],
)
def test_opening_hours_are_read(text: str, expected: Mapping[int, object]) -> None:
    assert parse_hours(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one day"),
        ("monday 9-17", "must read like"),
        ("mon-xyz 09:00-17:00", "must read like"),
        ("mon 09:00-09:00", "must be a time"),
        ("mon 09:00-25:00", "must be a time"),
        ("mon 09:00-12:00, 11:00-13:00", "after the one before it"),
        ("mon 09:00-12:00; mon-tue 09:00-12:00", "named twice"),
    ],
)
def test_opening_hours_that_cannot_be_say_which_part(text: str, said: str) -> None:
    with pytest.raises(CalendarError, match=said):
        parse_hours(text)


def test_holidays_are_read() -> None:
    assert parse_holidays(" 2026-12-25, 2027-01-01 ") == {date(2026, 12, 25), date(2027, 1, 1)}
    with pytest.raises(CalendarError, match="must be days"):
        parse_holidays("Christmas")
