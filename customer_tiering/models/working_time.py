"""Working time in whole seconds: plain Python over plain data, no database.

A timeline is built once from the hours somebody works and then answers by bisection. All
moments are naive and in UTC, as Odoo stores them; fractions of a second are cut off. Inside,
a moment is the whole number of seconds since 1970 and an interval is a pair ``(start, stop)``
of such numbers that contains its start and not its stop.

The one rule behind daylight saving: somebody works while the clock on his wall shows a working
hour. A shift from midnight to six has five hours in the night the clock jumps forward, and
seven in the night it is put back.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)
SECOND = timedelta(seconds=1)
DAY = 24 * 3600
#: days from 1 January of year 1 to 1 January 1970
_EPOCH_DAYS = EPOCH.toordinal() - 1
#: a timeline grows at least by this much, …
_STEP = 92 * DAY
#: … and whoever finds no working time in so long a time never will
_LIMIT = 20 * 366 * DAY


class HorizonError(ValueError):
    """A question about a time outside the horizon, or with no answer in sight."""


def to_seconds(moment):
    """Return a naive UTC datetime as whole seconds since 1970."""
    return (moment - EPOCH) // SECOND


def to_moment(seconds):
    """Return whole seconds since 1970 as a naive UTC datetime."""
    return EPOCH + timedelta(seconds=seconds)


def to_day(date):
    """Return a date as whole days since 1970."""
    return date.toordinal() - 1 - _EPOCH_DAYS


# ------------------------------------------------------------
# Intervals
# ------------------------------------------------------------


def merge(intervals):
    """Return intervals sorted, disjoint and not touching each other."""
    merged = []
    for start, stop in sorted(intervals):
        if start >= stop:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def subtract(intervals, holes):
    """Return what remains of merged intervals outside of merged holes."""
    remaining = []
    position = 0
    for start, stop in intervals:
        while position < len(holes) and holes[position][1] <= start:
            position += 1
        cursor = position
        while cursor < len(holes) and holes[cursor][0] < stop:
            if start < holes[cursor][0]:
                remaining.append((start, holes[cursor][0]))
            start = max(start, holes[cursor][1])
            cursor += 1
        if start < stop:
            remaining.append((start, stop))
    return remaining


def covered(start, stop, intervals):
    """Return how many seconds from ``start`` to ``stop`` lie in merged intervals."""
    return sum(max(0, min(stop, high) - max(start, low)) for low, high in intervals)


# ------------------------------------------------------------
# Clocks on the wall
# ------------------------------------------------------------


def get_offsets(tz, start, stop):
    """Return how far a clock on the wall is ahead of UTC, piece by piece.

    :param tz: time zone of ``pytz``
    :return: list of ``(start, stop, seconds ahead)`` without gaps, from ``start`` to ``stop``
    """
    pieces = []
    since, offset, checked = start, _offset(tz, start), start
    while checked < stop:
        upcoming = min(checked + DAY, stop)
        if _offset(tz, upcoming) != offset:
            change = _find_change(tz, checked, upcoming)
            pieces.append((since, change, offset))
            since, offset = change, _offset(tz, change)
        checked = upcoming
    pieces.append((since, stop, offset))
    return [piece for piece in pieces if piece[0] < piece[1]]


def _offset(tz, seconds):
    return tz.fromutc(to_moment(seconds)).utcoffset() // SECOND


def _find_change(tz, before, after):
    """Return the first second with the new offset."""
    offset = _offset(tz, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(tz, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def get_day_start(tz, day):
    """Return the moment a local day (a date) begins."""
    midnight = tz.localize(datetime(day.year, day.month, day.day))
    return midnight.replace(tzinfo=None) - midnight.utcoffset()


def move_clock(seconds, tz, other_tz):
    """Return when a clock in another zone shows what a clock in ``tz`` shows at a moment."""
    shown = tz.fromutc(to_moment(seconds)).replace(tzinfo=None)
    moved = other_tz.localize(shown)
    return to_seconds(moved.replace(tzinfo=None) - moved.utcoffset())


# ------------------------------------------------------------
# Weeks
# ------------------------------------------------------------


def get_week_slot(day):
    """Return the place of a day (since 1970) in a fortnight: 0–6 first, 7–13 second week.

    Weeks alternate without a break since year 1, as in Odoo's two-week calendars.
    """
    return (day + _EPOCH_DAYS) % 14


def get_hours(weeks, offsets, makeup_days):
    """Return the working intervals of a fortnight that repeats.

    :param weeks: 14 lists of ``(start, stop)`` in seconds since local midnight, sorted
    :param offsets: as :func:`get_offsets` returns them
    :param makeup_days: ``{day since 1970: weekday whose hours hold}``, 0 = Monday
    """
    hours = []
    for start, stop, offset in offsets:
        for day in range((start + offset) // DAY, (stop - 1 + offset) // DAY + 1):
            slot = get_week_slot(day)
            if day in makeup_days:
                slot += makeup_days[day] - slot % 7
            midnight = day * DAY - offset
            hours += [
                (max(start, midnight + low), min(stop, midnight + high))
                for low, high in weeks[slot]
            ]
    return merge(hours)


# ------------------------------------------------------------
# Timelines
# ------------------------------------------------------------


class Timeline:
    """Cumulative working time.

    :param intervals: pairs of seconds since 1970, sorted and disjoint
    :param start: first moment the intervals are known for, in seconds
    :param stop: end of the time they are known for
    :param rebuild: function ``(start, stop) -> intervals`` asked when the horizon is left;
        without it :class:`HorizonError` is raised
    :raise ValueError: if the intervals are not sorted, overlap, or leave the horizon
    """

    __slots__ = ("_done", "_rebuild", "_start", "_starts", "_stop", "_stops")

    def __init__(self, intervals, start, stop, rebuild=None):
        self._rebuild = rebuild
        self._set(intervals, start, stop)

    def _set(self, intervals, start, stop):
        edges = [start, *(edge for interval in intervals for edge in interval), stop]
        if any(edge > following for edge, following in zip(edges, edges[1:], strict=False)):
            raise ValueError("Working intervals must be sorted, disjoint and inside the horizon.")
        self._start, self._stop = start, stop
        self._starts = edges[1:-1:2]
        self._stops = edges[2:-1:2]
        self._done = []
        done = 0
        for low, high in intervals:
            done += high - low
            self._done.append(done)

    def worked(self, start, stop):
        """Return the working time between two moments in whole seconds.

        Negative if ``stop`` lies before ``start``: worked(a, c) = worked(a, b) + worked(b, c).
        """
        first, last = to_seconds(start), to_seconds(stop)
        self._reach(min(first, last), max(first, last))
        return self._until(last) - self._until(first)

    def add(self, start, seconds):
        """Return the first moment at which so much working time has passed since ``start``.

        With nothing to add this is ``start`` itself, be it working time or not. What ends
        with the working day ends at closing time, not at the next opening.

        :raise HorizonError: if there is not so much working time in the next twenty years
        """
        if seconds < 0:
            raise ValueError("Working time can be added, not taken away.")
        if not seconds:
            return start
        since = to_seconds(start)
        self._reach(since, since)
        wanted = self._until(since) + seconds
        while not self._done or wanted > self._done[-1]:
            if self._stop - since > _LIMIT:
                raise HorizonError(f"No {seconds} seconds of working time in sight of {start}.")
            self._reach(self._start, self._stop + 1)
            wanted = self._until(since) + seconds
        place = bisect_left(self._done, wanted)
        return to_moment(self._stops[place] - (self._done[place] - wanted))

    def is_working(self, moment):
        """Say whether a moment is working time; closing time no longer is."""
        seconds = to_seconds(moment)
        self._reach(seconds, seconds)
        place = bisect_right(self._starts, seconds)
        return bool(place) and seconds < self._stops[place - 1]

    def _until(self, seconds):
        """Return the working time from the begin of the horizon to a moment in it."""
        place = bisect_right(self._starts, seconds)
        if not place:
            return 0
        return self._done[place - 1] - max(0, self._stops[place - 1] - seconds)

    def _reach(self, first, last):
        """Widen the horizon where a question leaves it; each time it at least doubles."""
        if self._start <= first and last <= self._stop:
            return
        if not self._rebuild:
            raise HorizonError(
                f"Working time is known from {to_moment(self._start)} to "
                f"{to_moment(self._stop)} (UTC), not from {to_moment(first)} to {to_moment(last)}."
            )
        growth = max(self._stop - self._start, _STEP)
        start = self._start if self._start <= first else first - growth
        stop = self._stop if last <= self._stop else last + growth
        self._set(self._rebuild(start, stop), start, stop)


class AroundTheClock:
    """A timeline on which every second is working time."""

    __slots__ = ()

    def worked(self, start, stop):
        """Return the time between two moments in whole seconds."""
        return to_seconds(stop) - to_seconds(start)

    def add(self, start, seconds):
        """Return the moment so many seconds after another."""
        if seconds < 0:
            raise ValueError("Working time can be added, not taken away.")
        return to_moment(to_seconds(start) + seconds) if seconds else start

    def is_working(self, moment):
        """Every moment is working time."""
        return True
