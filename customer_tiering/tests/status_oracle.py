"""A second, naive computation of the customer status, to compare the engine's SQL with.

Written from the rules alone, customer by customer, with exact fractions. It knows rolling
windows, source ``sale`` in the company's currency, no holds, signals and exemptions.
"""

import random
from datetime import timedelta
from fractions import Fraction
from statistics import median

from dateutil.relativedelta import relativedelta


def random_purchases(seed, partner_ids, products, as_of):
    """Return ``(partner id, day, [(product, amount)])``: rhythms, pauses, changing baskets."""
    rng = random.Random(seed)
    purchases = []
    for partner_id in partner_ids:
        usual = rng.choice((1, 7, 14, 30, 30, 31, 60, 90))
        spread = rng.choice((usual, 0, 0, 1, 5, usual // 2))
        day = as_of - timedelta(days=rng.choice((usual, 0, 1, usual * 3 // 2, usual * 2, 91, 400)))
        favourites = rng.sample(products, rng.randint(1, 6))
        narrow = rng.random() < 0.3
        for _number in range(rng.choice((0, 1, 1, 2, 2, 3, 4, 6, 9, 14))):
            basket = rng.sample(favourites, rng.randint(1, len(favourites)))
            amounts = [(product, rng.choice((-5, 0, 10, 10, 50, 99.99))) for product in basket]
            if narrow and day > as_of - timedelta(days=365):
                amounts = [(favourites[0], 150)]
            purchases.append((partner_id, day, amounts))
            pause = usual + rng.randint(-spread, spread)
            if rng.random() < 0.15:
                pause *= rng.choice((0, 2, 3, 4, 15))
            day -= timedelta(days=max(pause, 0))
    return purchases


def status_of(purchases, categories, as_of, months=12):
    """Return the code of the status and the value at stake of one customer.

    :param purchases: list of ``(day, [(product, amount)])``
    :param categories: ``{product: category}``
    """
    purchases = [(day, lines) for day, lines in purchases if day <= as_of]
    if not purchases:
        return None
    previous_end = as_of - relativedelta(months=months)
    previous_start = as_of - relativedelta(months=2 * months) + timedelta(days=1)
    now = total(purchases, previous_end + timedelta(days=1), as_of)
    before = total(purchases, previous_start, previous_end)
    days = sorted({day for day, _lines in purchases})
    gaps = gaps_of(days)
    silence = (as_of - days[-1]).days
    usual = max(now, before)
    if days[-1] < previous_start:
        usual = total(
            purchases, days[-1] - relativedelta(months=12) + timedelta(days=1), days[-1]
        ) * Fraction(months, 12)
    code, stake = first_rule(gaps, days, silence, now, before, usual, as_of)
    if code in ("lost_gap", "lost_year", "dormant_gap", "partial_amount"):
        return code, yearly(stake, months)
    recent = [row for row in purchases if row[0] >= previous_start]
    left = category_left(recent, categories, as_of, previous_end)
    if left is not None and (len(gaps) >= 2 or before > 0):
        return "partial_category", yearly(left, months)
    smaller = assortment_lost(recent, previous_end)
    if smaller is not None and (len(gaps) >= 2 or before > 0):
        return "partial_assortment", yearly(smaller, months)
    if code:
        return code, yearly(stake, months)
    if came_back(days, as_of):
        return "regained", 0
    if days[0] >= as_of - timedelta(days=90):
        return "new", 0
    return ("single" if len(purchases) == 1 else "active"), 0


def yearly(amount, months):
    cents = max(Fraction(amount), 0) * 12 / months * 100
    # half away from zero
    return float(Fraction(int(cents + Fraction(1, 2)), 100))


def exact(amount):
    return Fraction(str(amount))


def total(purchases, first, last):
    return sum(
        exact(amount) for day, lines in purchases if first <= day <= last for _p, amount in lines
    )


def gaps_of(days):
    return [(later - earlier).days for earlier, later in zip(days, days[1:], strict=False)]


def first_rule(gaps, days, silence, now, before, usual, as_of):
    if len(gaps) >= 2 and silence > 3 * exact(median(gaps)):
        return "lost_gap", usual
    if len(gaps) < 2 and days[-1] < as_of - relativedelta(months=12):
        return "lost_year", usual
    if len(gaps) >= 2 and silence > 2 * exact(median(gaps)):
        return "dormant_gap", usual
    if before > 0 and now < Fraction(60, 100) * before:
        return "partial_amount", before - now
    if len(gaps) >= 2 and silence > Fraction(3, 2) * exact(median(gaps)):
        return "risk_gap", usual
    if len(gaps) >= 2:
        mean = Fraction(sum(gaps), len(gaps))
        variance = sum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1)
        if silence > mean and (silence - mean) ** 2 > 4 * variance:
            return "risk_deviation", usual
    return None, 0


def category_left(purchases, categories, as_of, previous_end):
    """Return the greater window of the best category that fell silent, None without."""
    everything = sum(exact(amount) for _day, lines in purchases for _p, amount in lines)
    stakes = []
    for category in set(categories.values()):
        by_day = {}
        for day, lines in purchases:
            for product, amount in lines:
                if categories[product] == category:
                    by_day[day] = by_day.get(day, 0) + exact(amount)
        days = sorted(day for day, amount in by_day.items() if amount > 0)
        gaps = gaps_of(days)
        amount = sum(by_day.values())
        if everything <= 0 or len(gaps) < 2 or amount < Fraction(20, 100) * everything:
            continue
        if (as_of - days[-1]).days > 2 * exact(median(gaps)):
            windows = [
                sum(amount for day, amount in by_day.items() if (day > previous_end) == current)
                for current in (True, False)
            ]
            stakes.append(max(windows))
    return max(stakes, default=None)


def assortment_lost(purchases, previous_end):
    """Return the former revenue of dropped products, None where the assortment holds."""
    now, before = {}, {}
    for day, lines in purchases:
        window = now if day > previous_end else before
        for product, amount in lines:
            window[product] = window.get(product, 0) + exact(amount)
    bought_now = {product for product, amount in now.items() if amount > 0}
    bought_before = {product for product, amount in before.items() if amount > 0}
    if len(bought_before) < 3 or len(bought_now) > Fraction(60, 100) * len(bought_before):
        return None
    return sum(before[product] for product in bought_before - bought_now)


def came_back(days, as_of):
    since = as_of - relativedelta(months=6)
    for number in range(1, len(days)):
        earlier = gaps_of(days[:number])
        pause = (days[number] - days[number - 1]).days
        if len(earlier) >= 2:
            was_lost = pause > 3 * exact(median(earlier))
        else:
            was_lost = days[number - 1] < days[number] - relativedelta(months=12)
        if was_lost and days[number] >= since:
            return True
    return False
