"""When the clinic is open, and by when a patient who waits should have heard from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<intervals>\d.*)")
_INTERVAL = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_MINUTES_OF_A_DAY = 24 * 60
# No calendar with an open hour a week is closed for longer than this, holidays included.
_LONGEST_DAYS = 3660


class CalendarError(ValueError):
    """A calendar cannot be read, or the clinic is never open; the text says which part."""


@dataclass(frozen=True)
class ClinicCalendar:
    """Opening hours by the clock on the clinic's wall.

    Args:
        week: for each weekday (Monday 0) the open intervals in minutes since midnight, in order, not overlapping.
        holidays: days on which it stays closed.
        zone: the clinic's time zone.
    """

    week: Mapping[int, Sequence[tuple[int, int]]]
    holidays: frozenset[date]
    zone: ZoneInfo

    def deadline(self, start: datetime, working: timedelta) -> datetime:
        """Return the moment at which the clinic has been open for `working` since `start`.

        Args:
            start: with its zone.
            working: opening time, more than nothing.

        Returns:
            The moment, in UTC.

        Raises:
            CalendarError: the clinic does not open within ten years.
        """
        moment, left = start.astimezone(UTC), working
        for begin, end in self._open_spans(moment):
            begin = max(begin, moment)
            if end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta(0))
        raise CalendarError("the clinic does not open within ten years")

    def _open_spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open spans in UTC from about `moment` on, in order."""
        # The clinic's date may be a day behind or ahead of the date in UTC.
        first = moment.date() - timedelta(days=2)
        for offset in range(_LONGEST_DAYS):
            day = first + timedelta(days=offset)
            if day in self.holidays:
                continue
            for begin, end in sorted(
                (max(opens - shift, since), min(closes - shift, until))
                for since, until, shift in _shifts(self.zone, day)
                for opens, closes in self._on_the_wall(day)
            ):
                if end > max(begin, moment):
                    yield begin, end

    def _on_the_wall(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        midnight = datetime.combine(day, time(), UTC)
        for opens, closes in self.week.get(day.weekday(), ()):
            yield midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)


@dataclass(frozen=True)
class Deadlines:
    """By when a waiting patient should have heard from the clinic; None as `first_contact` sets no deadlines."""

    calendar: ClinicCalendar
    first_contact: timedelta | None

    def due(self, since: datetime) -> datetime | None:
        """Return the deadline of a patient who waits since a moment."""
        return None if self.first_contact is None else self.calendar.deadline(since, self.first_contact)


def _shifts(zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime, timedelta]]:
    """Return the spans around a day in which the clock on the wall differs from UTC by one amount."""
    begin = datetime.combine(day, time(), UTC) - timedelta(days=1)
    end = begin + timedelta(days=3)
    spans = []
    while begin < end:
        shift = _shift(zone, begin)
        until = end if _shift(zone, end) == shift else _change(zone, begin, end)
        spans.append((begin, until, shift))
        begin = until
    return spans


def _change(zone: ZoneInfo, begin: datetime, end: datetime) -> datetime:
    """Return the moment of the first change of the clock between two moments that differ in it, to the minute."""
    shift, low, high = _shift(zone, begin), 0, int((end - begin) / timedelta(minutes=1))
    while high - low > 1:
        middle = (low + high) // 2
        if _shift(zone, begin + timedelta(minutes=middle)) == shift:
            low = middle
        else:
            high = middle
    return begin + timedelta(minutes=high)


def _shift(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def parse_hours(text: str) -> dict[int, tuple[tuple[int, int], ...]]:
    """Read opening hours such as `mon-thu 09:00-13:00, 14:00-18:00; fri 09:00-14:00`.

    Returns:
        For each weekday that is named (Monday 0) its intervals in minutes since midnight.

    Raises:
        CalendarError: a part cannot be read, a day is named twice, or intervals overlap.
    """
    week: dict[int, tuple[tuple[int, int], ...]] = {}
    for part in filter(None, (part.strip().lower() for part in text.split(";"))):
        match = _PART.fullmatch(part)
        if match is None or match["first"] not in _DAYS or (match["last"] or "mon") not in _DAYS:
            raise CalendarError(f"`{part}` must read like `mon-fri 09:00-13:00, 14:00-18:00`")
        first, last = _DAYS.index(match["first"]), _DAYS.index(match["last"] or match["first"])
        for day in range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1)):
            if day in week:
                raise CalendarError(f"`{_DAYS[day]}` is named twice")
            week[day] = _intervals(match["intervals"])
    if not week:
        raise CalendarError("must name at least one day on which the clinic is open")
    return week


def _intervals(text: str) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        match = _INTERVAL.fullmatch(part.strip())
        begin, end = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
        if not begin < end <= _MINUTES_OF_A_DAY or (found and begin < found[-1][1]):
            raise CalendarError(f"`{part.strip()}` must be a time such as 09:00-13:00, after the one before it")
        found.append((begin, end))
    return tuple(found)


def parse_holidays(text: str) -> frozenset[date]:
    """Read days such as `2026-12-25, 2027-01-01`.

    Raises:
        CalendarError: one is no day.
    """
    try:
        return frozenset(date.fromisoformat(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise CalendarError("must be days such as 2026-12-25, separated by commas") from None
