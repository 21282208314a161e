"""Arithmetic of grading: pure functions over plain values, no environment.

Whatever has to be counted over the whole customer base is done in SQL
(``customer_tier_engine.py``); what is left — dates of a window, lines of the
levels, proposals — is here, so that it can be read and tested alone.
"""

from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from dateutil.relativedelta import relativedelta
from odoo.tools import date_utils

from .scorecard import matrix_problems

#: Shares of customers at whose amounts lines are proposed (DESIGN §3 "Installed").
PROPOSAL_SHARES = (Decimal(1), Decimal(5), Decimal(20), Decimal(50))


def window_bounds(as_of, window_type, months):
    """Return the two periods an evaluation looks at.

    :param as_of: date, last day of the window
    :param window_type: ``rolling`` or ``calendar``
    :param months: length of a rolling window in months
    :return: ``((first, last), (previous_first, previous_last))``, all dates inclusive.
        Every number of months is subtracted from ``as_of`` at once, so the end of
        a month never drifts (31 March − 1 month = 28 February, − 2 = 31 January).
    """
    if window_type == "calendar":
        first = as_of.replace(month=1, day=1)
        previous_last = as_of - relativedelta(months=12)
        return (first, as_of), (previous_last.replace(month=1, day=1), previous_last)
    previous_last = as_of - relativedelta(months=months)
    one_day = timedelta(days=1)
    return (
        (previous_last + one_day, as_of),
        (as_of - relativedelta(months=2 * months) + one_day, previous_last),
    )


def exact(value):
    """Return a number read from a form or from JSON as an exact Decimal.

    Floats are taken by their shortest text (0.1 is 0.1, not 0.1000000000000000055).
    """
    return Decimal(str(value or 0))


def cumulative_shares(levels):
    """Return the cumulative shares of the levels, best first, as exact Decimals (percent)."""
    total = Decimal(0)
    result = []
    for level in levels:
        total += exact(level["share"])
        result.append(total)
    return result


def pyramid_ranks(levels, population, widened=Decimal(1)):
    """Return for each level the worst rank that still reaches it.

    :param levels: rules of the levels, best first, with ``share`` in percent of customers
    :param population: number of graded customers, N
    :param widened: factor on the cumulative shares, above 1 for the lines for staying
    :return: list of ⌈cumulative share × N ⁄ 100⌉
    """
    return [
        int((share * widened * population / 100).to_integral_value(rounding=ROUND_CEILING))
        for share in cumulative_shares(levels)
    ]


def round_two_digits(amount):
    """Round an amount to two significant digits, half away from zero (1 250 → 1 300)."""
    amount = exact(amount)
    if not amount:
        return amount
    unit = Decimal(1).scaleb(amount.adjusted() - 1)
    sign = -1 if amount < 0 else 1
    return sign * int(abs(amount) / unit + Decimal("0.5")) * unit


def falling_lines(amounts):
    """Turn proposed amounts into lines that fall strictly, as a scheme requires.

    :param amounts: amounts at the proposal's shares of customers, best first
    :return: list of the same length; equal neighbours are cut to half of the line above,
        rounded to two digits; a line that is not positive ends the list with zeros dropped
    """
    lines = []
    for amount in amounts:
        line = round_two_digits(amount)
        if lines and line >= lines[-1]:
            line = round_two_digits(lines[-1] / 2)
        if line <= 0:
            break
        lines.append(line)
    return lines


def rules_problems(rules):
    """Find what keeps a set of rules from working.

    :param rules: dict as made by ``customer.tier.scheme._get_rules``
    :return: list of ``(code, values)``; empty when the rules can grade. Codes:
        ``no_level``, ``code_twice`` (code), ``line_not_falling`` (above, below),
        ``catch_all_not_last`` (level), ``share_not_positive`` (level),
        ``share_total`` (total), ``score_not_falling`` (above, below), and those of
        :func:`scorecard.matrix_problems`
    """
    levels = rules["levels"]
    if not levels:
        return [("no_level", {})]
    problems = []
    codes = [level["code"] for level in levels]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        problems.append(("code_twice", {"code": code}))
    method = rules["method"]
    if method == "amount":
        problems += _line_problems(levels)
    elif method in ("pyramid", "abc"):
        problems += _share_problems(levels)
    elif method == "rfm":
        problems += [
            ("score_not_falling", {"above": above["name"], "below": below["name"]})
            for above, below in zip(levels, levels[1:], strict=False)
            if below["min_score"] >= above["min_score"]
        ]
    elif method == "matrix":
        problems += matrix_problems(levels)
    return problems


def _line_problems(levels):
    problems = [
        ("catch_all_not_last", {"level": level["name"]})
        for level in levels[:-1]
        if level["catch_all"]
    ]
    drawn = [level for level in levels if not level["catch_all"]]
    problems += [
        ("line_not_falling", {"above": above["name"], "below": below["name"]})
        for above, below in zip(drawn, drawn[1:], strict=False)
        if exact(below["min_amount"]) >= exact(above["min_amount"])
    ]
    return problems


def _share_problems(levels):
    problems = [
        ("share_not_positive", {"level": level["name"]})
        for level in levels
        if exact(level["share"]) <= 0
    ]
    total = sum((exact(level["share"]) for level in levels), Decimal(0))
    if total != 100:
        problems.append(("share_total", {"total": f"{total.normalize():f}"}))
    return problems


# ------------------------------------------------------------
# Decision days
# ------------------------------------------------------------


def decision_day(day, decision):
    """Return the first decision day on or after a day.

    :param day: date
    :param decision: ``daily``, ``monthly`` or ``quarterly``: levels are decided on the last
        day of each day, month or quarter
    """
    if decision == "daily":
        return day
    return date_utils.end_of(day, "month" if decision == "monthly" else "quarter")


def decision_days(decision, after, until):
    """Return the decision days after one day and up to another, in order."""
    days = []
    day = decision_day(after + timedelta(days=1), decision)
    while day <= until:
        days.append(day)
        day = decision_day(day + timedelta(days=1), decision)
    return days


def fall_day(decision, start, missing, earliest):
    """Return the decision day on which a fall takes effect if nothing changes.

    :param decision: see :func:`decision_day`
    :param start: first day whose decision is still to come
    :param missing: decisions below the line still needed, the last one included
    :param earliest: date before which the minimum stay holds the level
    """
    day = decision_day(start, decision)
    for _decision in range(missing - 1):
        day = decision_day(day + timedelta(days=1), decision)
    return decision_day(max(day, earliest), decision)
