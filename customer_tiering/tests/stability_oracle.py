"""A second, naive computation of the decisions, to compare the engine's SQL with.

Written from the rules of arithmetic and stability alone: one customer after the other, exact
fractions, no SQL. Levels are positions, 0 = best; ``None`` = no level, below the last.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from . import oracle


@dataclass
class Life:
    """What a customer holds, and what protects it."""

    known: bool = False
    level: int | None = None
    earned: int | None = None
    since: date | None = None
    grace: int = 0
    lock: tuple[int, date] | None = None
    floor: tuple[int, date] | None = None
    frozen: tuple[date, date] | None = None
    exempt: bool = False
    changes: list = field(default_factory=list)


def month_ends(first, last):
    """Return the last days of the months from one day through another."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if (day + timedelta(days=1)).day == 1]


class Oracle:
    """One scheme and its customers.

    :param scheme: read for its rules only
    """

    def __init__(self, scheme, partner_ids):
        self.scheme = scheme
        self.tiers = list(scheme.tier_ids.sorted("sequence"))
        self.lives = {partner_id: Life() for partner_id in partner_ids}
        self.documents = []
        self.decided_until = None
        self.evaluated = False

    # ------------------------------------------------------------
    # Earned, and the line for staying
    # ------------------------------------------------------------

    def measure(self, as_of):
        """Grade everybody at a day: ``earned`` and which levels he would keep."""
        first, last = oracle.window(self.scheme, as_of)
        rows = {}
        for key, amount, moment in self.documents:
            if first <= moment.date() <= last and not self.lives[key].exempt:
                rows.setdefault(key, []).append((round(amount * 100), moment.date()))
        # whole cents: exact and quick
        amounts = {key: sum(cents for cents, _day in found) for key, found in rows.items()}
        days = {key: max(day for _cents, day in found) for key, found in rows.items()}
        counts = {key: len(found) for key, found in rows.items()}
        scores = [self.score(values) for values in (days, counts, amounts)]
        rules = self.scheme
        weights = (rules.weight_r, rules.weight_f, rules.weight_m)
        self.values = [max(amount, 0) for amount in amounts.values()]
        self.earned, self.keeps = {}, {}
        for key, amount in amounts.items():
            figure = {
                "amount": amount,
                "points": sum(
                    weight * found[key] for weight, found in zip(weights, scores, strict=True)
                ),
                "rank": 1 + sum(other > amount for other in amounts.values()),
                "better": sum(value for value in self.values if value > max(amount, 0)),
            }
            reached = [self.reached(tier, figure, 0) for tier in self.tiers]
            self.earned[key] = reached.index(True) if True in reached else None
            tolerance = Fraction(str(rules.hysteresis)) / 100
            self.keeps[key] = [self.reached(tier, figure, tolerance) for tier in self.tiers]

    def score(self, values):
        """Return the scores from 1 to 5: fifths of the customers with a smaller value."""
        ordered = sorted(values.values())
        return {
            key: min(5, 1 + 5 * bisect_left(ordered, value) // len(ordered))
            for key, value in values.items()
        }

    def reached(self, tier, figure, tolerance):
        """Whether figures reach the line of a level, made easier by a tolerance."""
        method = self.scheme.method
        if method == "amount":
            line = Fraction(str(tier.min_amount)) * 100 * (1 - tolerance)
            return tier.catch_all or figure["amount"] >= line
        if method == "rfm":
            return figure["points"] >= tier.min_score * (1 - tolerance)
        above = self.tiers[: self.tiers.index(tier) + 1]
        share = sum(Fraction(str(other.share)) for other in above) * (1 + tolerance)
        if method == "pyramid":
            return ceil(share * len(self.values) / 100) >= figure["rank"]
        if tier == self.tiers[-1]:
            return True
        return figure["amount"] > 0 and share * sum(self.values) > 100 * figure["better"]

    # ------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------

    def run(self, today):
        """Do what a night does: decisions that ended, then the day itself."""
        if self.evaluated:
            yesterday = today - timedelta(days=1)
            for day in month_ends(self.decided_until + timedelta(days=1), yesterday):
                self.decide(day, decision=True)
        self.decide(today, decision=False)
        self.decided_until = today - timedelta(days=1)
        self.evaluated = True

    def decide(self, day, decision):
        self.measure(day)
        for key, life in self.lives.items():
            if key not in self.earned and not life.known:
                continue
            self.decide_one(life, key, day, decision)
            life.known = True

    def decide_one(self, life, key, day, decision):
        life.earned = earned = self.earned.get(key)
        life.lock = life.lock if life.lock and life.lock[1] >= day else None
        life.floor = life.floor if life.floor and life.floor[1] >= day else None
        frozen = life.frozen and life.frozen[0] <= day <= life.frozen[1]
        floored = life.floor and self.rank(life.level) >= life.floor[0]
        if uncounted := frozen or life.floor or life.lock:
            life.grace = 0
        if life.exempt or (not self.evaluated and not life.known):
            self.change(life, earned, day)
        elif life.lock:
            self.change(life, life.lock[0], day)
        elif self.rank(earned) < self.rank(life.level):
            if decision or self.scheme.rise == "at_once":
                self.change(life, earned, day)
        elif decision:
            stays = key in self.keeps and life.level is not None and self.keeps[key][life.level]
            if self.rank(earned) == self.rank(life.level) or stays:
                life.grace = 0
            elif not frozen and not floored:
                self.fall(life, earned, day)
        if uncounted:
            life.grace = 0

    def fall(self, life, earned, day):
        """Count one more decision below the line; fall where nothing protects any more."""
        rules = self.scheme
        life.grace += 1
        if life.grace < rules.grace_decisions:
            return
        if life.since + timedelta(days=rules.min_stay_days) > day:
            return
        target = self.rank(earned)
        if rules.max_steps_down:
            target = min(target, self.rank(life.level) + rules.max_steps_down)
        if life.floor:
            target = min(target, life.floor[0])
        self.change(life, target if target < len(self.tiers) else None, day)

    def rank(self, level):
        return len(self.tiers) if level is None else level

    def change(self, life, level, day):
        """Put a customer on a level; grace and stay begin anew."""
        if level != life.level:
            life.changes.append((day, life.level, level))
            life.since = day
            life.grace = 0
        life.level = level
