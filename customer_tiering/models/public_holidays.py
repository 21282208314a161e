"""Public holidays and make-up working days of a year, out of the Python package ``holidays``.

The package is optional: without it :data:`holidays` is None and nothing can be read.
"""

import re
from datetime import date, datetime
from typing import NamedTuple

try:
    import holidays
except ImportError:
    holidays = None

#: a day off for which another day is worked names that day, in English "… from 01/26/2025"
_SUBSTITUTED = re.compile(r"\b(\d\d/\d\d/\d{4})\b")
_LABELS = "en_US"
#: so many years before this one is looked whether a country announces make-up days at all
_YEARS_BACK = 3


class HolidayYear(NamedTuple):
    """What is known of one year in one country."""

    days_off: dict  # {date: name}
    makeup_days: dict  # {date worked: day off it makes up for, None if unknown}
    is_announced: bool  # False: the country's make-up days of this year are not known yet
    is_estimated: bool  # True: some dates hang on the moon and may still move


def get_subdivisions(country_code):
    """Return the codes of states with holidays of their own; None for an unknown country."""
    supported = holidays.list_supported_countries()
    return supported.get(country_code)


def read_year(country_code, year, subdivision=None, lang=None):
    """Return the :class:`HolidayYear` of a country.

    :param country_code: ISO code of two letters that :func:`get_subdivisions` knows
    :param subdivision: code of a state, one of :func:`get_subdivisions`
    :param lang: language of the names, ``zh_CN`` or ``de``; else English, else the country's
    """
    named = _read(country_code, year, subdivision, lang)
    labelled = _read(country_code, year, subdivision, _LABELS)
    makeup_days = _get_makeup_days(labelled, year)
    latest = min(year, date.today().year)
    announces = any(
        _get_makeup_days(_read(country_code, past, subdivision, _LABELS), past)
        for past in range(latest - _YEARS_BACK, latest + 1)
    )
    return HolidayYear(
        days_off={day: named[day] for day in sorted(named)},
        makeup_days=makeup_days,
        is_announced=bool(makeup_days) or not announces,
        is_estimated=any("estimated" in name for name in labelled.values()),
    )


def _read(country_code, year, subdivision, lang):
    """Return the package's calendar, in a language it knows."""
    country = holidays.country_holidays(country_code, subdiv=subdivision, years=year)
    wanted = [lang, (lang or "").split("_")[0], _LABELS]
    known = country.supported_languages
    language = next((name for name in wanted if name in known), None)
    return holidays.country_holidays(
        country_code, subdiv=subdivision, years=year, language=language
    )


def _get_makeup_days(country, year):
    """Return ``{day worked: day off it makes up for}``, None where the package does not say."""
    made_up = {}
    for day, name in country.items():
        for text in _SUBSTITUTED.findall(name):
            made_up[datetime.strptime(text, "%m/%d/%Y").date()] = day
    return {day: made_up.get(day) for day in sorted(country.weekend_workdays) if day.year == year}
