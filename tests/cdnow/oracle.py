"""Grading by the book: the rules of arithmetic once more, in plain Python.

Written from the rules alone, for obviousness and not for speed, so that it can judge the
addon: standard library only, no SQL, nothing imported from the addon. Money is Decimal,
shares and percentages are Fraction, so no result depends on a floating-point rounding.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import ceil

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Document:
    """One sale of a customer, in company currency and already rounded to its decimals.

    ``counts`` is False for a refund (its figures are negative): it moves the sums on its
    own date, but neither the number of documents nor the first and last date.
    """

    customer: str
    date: date
    amount: Decimal
    quantity: Decimal = Decimal(0)
    margin: Decimal = Decimal(0)
    counts: bool = True


@dataclass(frozen=True)
class Level:
    """One level; which of the lines is read depends on the method. Shares are percents."""

    name: str
    min_amount: Decimal = Decimal(0)
    catch_all: bool = False
    share: Decimal = Decimal(0)
    min_score: int = 0


@dataclass(frozen=True)
class Segment:
    """One row of the RFM table; all four ends belong to the ranges. FM is (F + M) / 2."""

    name: str
    r_min: Decimal
    r_max: Decimal
    fm_min: Decimal
    fm_max: Decimal


@dataclass(frozen=True)
class Rules:
    """How to grade: levels and segments in their order, the best level first."""

    method: str  # amount, pyramid, abc, rfm
    levels: tuple
    segments: tuple = ()
    measure: str = "amount"  # which figure ranks: amount (revenue), margin, quantity
    window_type: str = "rolling"  # rolling, calendar
    window_months: int = 12
    weights: tuple = (1, 1, 1)  # R, F, M


@dataclass
class Result:
    """What one customer of the population gets; names as in ``evaluate_rows``."""

    document_count: int
    first_date: date
    last_date: date
    amount: Decimal
    amount_previous: Decimal
    margin: Decimal
    quantity: Decimal
    r_score: int = 0
    f_score: int = 0
    m_score: int = 0
    rfm_segment: str | None = None
    level: str | None = None


def minus_months(day, months):
    """Return the day ``months`` months earlier; a day the month lacks becomes its last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def windows(as_of, window_type, months):
    """Return (first, last) of the window and of the previous one, both ends included."""
    if window_type == "calendar":
        year_ago = minus_months(as_of, 12)
        return (date(as_of.year, 1, 1), as_of), (date(year_ago.year, 1, 1), year_ago)
    start = minus_months(as_of, months)
    start_previous = minus_months(as_of, 2 * months)
    return (start + ONE_DAY, as_of), (start_previous + ONE_DAY, start)


def evaluate(documents, as_of, rules, exempt=()):
    """Grade everybody.

    :param documents: iterable of Document
    :param as_of: date; later documents do not exist yet
    :param rules: Rules
    :param exempt: customers that are never graded
    :return: {customer: Result}, only the members of the population
    """
    results = _figures(documents, as_of, rules, frozenset(exempt))
    _score(results, rules)
    grade = {"amount": _amount, "pyramid": _pyramid, "abc": _abc, "rfm": _rfm}[rules.method]
    grade(results, rules)
    return results


def _figures(documents, as_of, rules, exempt):
    """Add up each customer's documents; keep those with a counted one in the window."""
    window, previous = windows(as_of, rules.window_type, rules.window_months)
    of_customer = defaultdict(list)
    for document in documents:
        if document.date <= as_of and document.customer not in exempt:
            of_customer[document.customer].append(document)
    results = {}
    for customer, all_documents in of_customer.items():
        inside = [d for d in all_documents if window[0] <= d.date <= window[1]]
        before = [d for d in all_documents if previous[0] <= d.date <= previous[1]]
        count = sum(1 for d in inside if d.counts)
        if count:
            dates = [d.date for d in all_documents if d.counts]
            results[customer] = Result(
                document_count=count,
                first_date=min(dates),
                last_date=max(dates),
                amount=sum((d.amount for d in inside), Decimal(0)),
                amount_previous=sum((d.amount for d in before), Decimal(0)),
                margin=sum((d.margin for d in inside), Decimal(0)),
                quantity=sum((d.quantity for d in inside), Decimal(0)),
            )
    return results


def _score(results, rules):
    """Set R, F and M (1 to 5) and the first segment that fits them."""
    for score, figure in (
        ("r_score", "last_date"),
        ("f_score", "document_count"),
        ("m_score", rules.measure),
    ):
        values = sorted(getattr(result, figure) for result in results.values())
        for result in results.values():
            smaller = bisect_left(values, getattr(result, figure))
            setattr(result, score, min(5, 1 + 5 * smaller // len(values)))
    for result in results.values():
        fm = Fraction(result.f_score + result.m_score, 2)
        fitting = (
            segment.name
            for segment in rules.segments
            if segment.r_min <= result.r_score <= segment.r_max
            and Fraction(segment.fm_min) <= fm <= Fraction(segment.fm_max)
        )
        result.rfm_segment = next(fitting, None)


def _best(levels, reached):
    """Return the name of the first level for which ``reached(level)`` holds, or None."""
    return next((level.name for level in levels if reached(level)), None)


def _amount(results, rules):
    """The best level whose line is not above the measure; a catch-all takes everything."""
    for result in results.values():
        measure = getattr(result, rules.measure)
        result.level = _best(
            rules.levels,
            lambda level, measure=measure: level.catch_all or level.min_amount <= measure,
        )


def _cumulative_shares(rules):
    """Return {level name: its share and those of all better levels, in percent}."""
    sums = accumulate(Fraction(level.share) for level in rules.levels)
    return {level.name: share for level, share in zip(rules.levels, sums, strict=True)}


def _pyramid(results, rules):
    """The best level that still has room at the customer's rank; ties share a rank."""
    cumulative = _cumulative_shares(rules)
    values = sorted(getattr(result, rules.measure) for result in results.values())
    n = len(values)
    places = {name: ceil(share * n / 100) for name, share in cumulative.items()}
    for result in results.values():
        rank = 1 + n - bisect_right(values, getattr(result, rules.measure))
        result.level = _best(rules.levels, lambda level, rank=rank: places[level.name] >= rank)


def _abc(results, rules):
    """The best level whose share of the whole value is not used up by larger customers."""
    cumulative = _cumulative_shares(rules)
    last_level = rules.levels[-1].name
    values = sorted(max(getattr(r, rules.measure), Decimal(0)) for r in results.values())
    sums = [Fraction(0), *accumulate(Fraction(value) for value in values)]  # of the i smallest
    total = sums[-1]
    for result in results.values():
        value = max(getattr(result, rules.measure), Decimal(0))
        if value == 0:
            result.level = last_level
            continue
        larger = total - sums[bisect_right(values, value)]
        result.level = _best(
            rules.levels,
            lambda level, larger=larger: cumulative[level.name] * total > 100 * larger,
        )


def _rfm(results, rules):
    """The best level whose score is reached by the weighted sum of R, F and M."""
    weight_r, weight_f, weight_m = rules.weights
    for result in results.values():
        score = weight_r * result.r_score + weight_f * result.f_score + weight_m * result.m_score
        result.level = _best(rules.levels, lambda level, score=score: level.min_score <= score)
