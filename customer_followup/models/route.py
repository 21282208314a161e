"""The order of a day's stops: pure functions over plain data, no database."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371
#: Where nothing else is known, a day of visits begins at nine.
DAY_START = 9 * 60
#: Rounds of 2-opt; a day's stops settle after two or three.
ROUNDS = 20


@dataclass(frozen=True)
class Stop:
    """One visit of a day.

    ``place`` is (latitude, longitude) in degrees or None; ``hour`` the minutes since midnight
    of an agreed hour or None; ``minutes`` how long it takes; ``area`` sorts stops that have no
    coordinates, such as (zip, city, name).
    """

    key: int
    place: tuple | None = None
    area: tuple = ()
    hour: int | None = None
    minutes: int = 30


def get_distance(one, other):
    """Return the kilometres between two places as the crow flies; 0 where one is unknown."""
    if not one or not other:
        return 0.0
    lat_one, lng_one, lat_other, lng_other = map(radians, (*one, *other))
    half = (
        sin((lat_other - lat_one) / 2) ** 2
        + cos(lat_one) * cos(lat_other) * sin((lng_other - lng_one) / 2) ** 2
    )
    return 2 * EARTH_KM * asin(sqrt(min(1, half)))


def get_length(places):
    """Return the kilometres of a way through places, the unknown ones skipped."""
    known = [place for place in places if place]
    return sum(map(get_distance, known, known[1:]))


def order_stops(stops, begin=DAY_START, origin=None):
    """Return the keys of a day's stops in the order in which to drive.

    Stops with an hour stay at their hour. Between two of them goes what fits in by its own
    duration (the way is not counted), always the nearest next; each stretch is then improved
    by 2-opt. Stops without coordinates come after those with, by area. Equal inputs give the
    same order, whatever the order they come in.

    :param stops: iterable of :class:`Stop`
    :param begin: minutes since midnight when the first stop can begin
    :param origin: (latitude, longitude) the way begins at, or None
    """
    stops = sorted(stops, key=lambda stop: (stop.area, stop.key))
    fixed = sorted(
        (stop for stop in stops if stop.hour is not None), key=lambda stop: (stop.hour, stop.key)
    )
    free = [stop for stop in stops if stop.hour is None and stop.place]
    unplaced = [stop for stop in stops if stop.hour is None and not stop.place]
    ordered, clock, place = [], begin, origin
    for appointment in [*fixed, None]:
        stretch = []
        here = place or (None if free else origin)
        while free or unplaced:
            if not here and free:
                here = _get_start(free, appointment)
            following = _get_nearest(free, here) if free else unplaced[0]
            if appointment and clock + following.minutes > appointment.hour:
                break
            (free if free else unplaced).remove(following)
            stretch.append(following)
            clock += following.minutes
            here = following.place or here
        ordered += _improve(stretch, place, appointment and appointment.place)
        if appointment:
            ordered.append(appointment)
            clock = max(clock, appointment.hour) + appointment.minutes
        place = next((stop.place for stop in reversed(ordered) if stop.place), place)
    return [stop.key for stop in ordered]


def _get_nearest(stops, place):
    return min(stops, key=lambda stop: get_distance(place, stop.place))


def _get_start(stops, appointment):
    """Return the place at the edge: of all the farthest from the next appointment or the middle."""
    if appointment and appointment.place:
        middle = appointment.place
    else:
        latitudes, longitudes = zip(*(stop.place for stop in stops), strict=True)
        middle = (sum(latitudes) / len(stops), sum(longitudes) / len(stops))
    return max(stops, key=lambda stop: get_distance(middle, stop.place)).place


def _improve(stops, before, after):
    """Turn parts of a stretch round as long as that makes the way shorter (2-opt).

    :param before: place the stretch begins at, or None
    :param after: place it leads to, or None
    """
    placed = [stop for stop in stops if stop.place]
    unplaced = [stop for stop in stops if not stop.place]
    way = [before, *(stop.place for stop in placed), after]
    for _round in range(ROUNDS):
        improved = False
        for first in range(1, len(placed)):
            for last in range(first + 1, len(placed) + 1):
                if _gain(way, first, last) > 1e-9:
                    way[first : last + 1] = way[first : last + 1][::-1]
                    placed[first - 1 : last] = placed[first - 1 : last][::-1]
                    improved = True
        if not improved:
            break
    return placed + unplaced


def _gain(way, first, last):
    """Return how many kilometres shorter a way is with the places first to last turned round."""
    now = get_distance(way[first - 1], way[first]) + get_distance(way[last], way[last + 1])
    turned = get_distance(way[first - 1], way[last]) + get_distance(way[first], way[last + 1])
    return now - turned
