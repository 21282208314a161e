"""A second, naive computation of the grading, to compare the engine's SQL with.

Written from the rules of arithmetic alone: quadratic, exact fractions, no windowed ranks.
It knows rolling and calendar windows, source ``sale`` in the company's currency, all methods.
"""

import random
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from math import ceil

from dateutil.relativedelta import relativedelta


def random_documents(seed, partner_ids, as_of):
    """Return ``(partner id, amount, moment)`` with many ties, zeros and negative amounts."""
    rng = random.Random(seed)
    documents = []
    for partner_id in partner_ids:
        for _number in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 6))):
            day = as_of - timedelta(days=rng.choice((0, 1, 5, 30, 100, 200, 364, 365, 366, 500)))
            amount = rng.choice(
                (0, 1, 10, 10, 10, 100, 99.99, 300, -10, -0.01, rng.randint(1, 900))
            )
            documents.append((partner_id, amount, datetime.combine(day, time(rng.randint(0, 23)))))
    return documents


def window(scheme, as_of):
    if scheme.window_type == "calendar":
        return date(as_of.year, 1, 1), as_of
    return as_of - relativedelta(months=scheme.window_months) + timedelta(days=1), as_of


def grade(scheme, documents, as_of, exempt=()):
    """Return ``{partner id: (count, amount, last date, r, f, m, name of the level)}``."""
    first, last = window(scheme, as_of)
    figures = {}
    for partner_id, amount, moment in documents:
        if first <= moment.date() <= last and partner_id not in exempt:
            figures.setdefault(partner_id, []).append((Fraction(str(amount)), moment.date()))
    customers = {
        partner_id: {
            "count": len(rows),
            "amount": sum(amount for amount, _day in rows),
            "last": max(day for _amount, day in rows),
        }
        for partner_id, rows in figures.items()
    }
    for customer in customers.values():
        for score, key in (("r", "last"), ("f", "count"), ("m", "amount")):
            smaller = sum(other[key] < customer[key] for other in customers.values())
            customer[score] = min(5, 1 + 5 * smaller // len(customers))
    return {
        partner_id: (
            customer["count"],
            float(customer["amount"]),
            customer["last"],
            customer["r"],
            customer["f"],
            customer["m"],
            _level(scheme, customer, list(customers.values())),
        )
        for partner_id, customer in customers.items()
    }


def _level(scheme, customer, customers):
    tiers = scheme.tier_ids.sorted("sequence")
    total_share = Fraction(0)
    for tier in tiers:
        total_share += Fraction(str(tier.share))
        if scheme.method == "amount":
            reached = tier.catch_all or customer["amount"] >= Fraction(str(tier.min_amount))
        elif scheme.method == "pyramid":
            rank = 1 + sum(other["amount"] > customer["amount"] for other in customers)
            reached = ceil(total_share * len(customers) / 100) >= rank
        elif scheme.method == "abc":
            values = [max(other["amount"], Fraction(0)) for other in customers]
            own = max(customer["amount"], Fraction(0))
            better = sum(value for value in values if value > own)
            reached = own > 0 and total_share * sum(values) > 100 * better
            reached = reached or tier == tiers[-1]
        else:
            points = (
                scheme.weight_r * customer["r"]
                + scheme.weight_f * customer["f"]
                + scheme.weight_m * customer["m"]
            )
            reached = points >= tier.min_score
        if reached:
            return tier.id
    return False


def simplify(rows):
    """Bring rows of ``evaluate_rows`` into the form of :func:`grade`."""
    return {
        row["partner_id"]: (
            row["document_count"],
            row["amount"],
            row["last_date"],
            row["r_score"],
            row["f_score"],
            row["m_score"],
            row["earned_tier_id"],
        )
        for row in rows
    }
