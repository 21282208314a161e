"""How the customer status would have done: who bought again in the half year after it.

Plain Python on the purchase log. What is judged was fixed before the half year began: the
statuses as stored on the day, and simple rules that know no purchase after it.
"""

from dataclasses import dataclass
from datetime import date

AS_OF, UNTIL = date(1997, 12, 31), date(1998, 6, 30)
#: statuses that say a customer will go on buying; who bought once is judged apart
GOES_ON = ("new", "active", "regained")
#: days of the simple rule "bought in the last … days"
DAYS = (30, 60, 90, 120, 180)


@dataclass
class Score:
    """How well a set of customers named beforehand meets those who bought again."""

    named: int
    precision: float
    recall: float
    accuracy: float


def score(named, bought_again, everybody):
    """Judge one set of names.

    :param named: set of customers who would buy again, by some rule
    :param bought_again: set of customers who did
    :param everybody: set of all customers judged
    """
    hits = len(named & bought_again)
    right = hits + len(everybody - named - bought_again)
    return Score(
        named=len(named),
        precision=hits / len(named) if named else 0.0,
        recall=hits / len(bought_again) if bought_again else 0.0,
        accuracy=right / len(everybody) if everybody else 0.0,
    )


class Holdout:
    """The half year after the day of the statuses.

    :param purchases: list of dataset.Purchase
    :param statuses: {customer: status} as stored on the day
    """

    def __init__(self, purchases, statuses):
        self.statuses = statuses
        self.last_date, days = {}, {}
        self.bought_again, self.revenue = set(), {}
        for purchase in purchases:
            customer = purchase.customer
            if purchase.date <= AS_OF:
                self.last_date[customer] = max(
                    purchase.date, self.last_date.get(customer, date.min)
                )
                days.setdefault(customer, set()).add(purchase.date)
            elif purchase.date <= UNTIL:
                self.bought_again.add(customer)
                self.revenue[customer] = self.revenue.get(customer, 0) + purchase.amount
        self.customers = set(statuses)
        #: on how many days each customer had come until the day of the statuses
        self.visits = {customer: len(days.get(customer, ())) for customer in self.customers}

    def report(self, names):
        """Print what became of each status, and the status beside simple rules.

        :param names: {status: its name}
        """
        print(f"\nStatus as of {AS_OF}, and who bought again until {UNTIL}")
        self._report_statuses("all", self.customers, names)
        self._report_statuses("with a rhythm (three days or more)", self._came(3), names)
        self._report_statuses("bought on two days", self._came(2) - self._came(3), names)
        self._report_rules("All customers", self.customers)
        self._report_rules("Those who had come on two days or more", self._came(2))
        self._report_rules("Those with a rhythm (three days or more)", self._came(3))

    def _came(self, days):
        return {customer for customer, count in self.visits.items() if count >= days}

    def _report_statuses(self, title, group, names):
        print(f"\n{title:36}{'customers':>11}{'bought again':>14}{'':>8}{'dollars each':>14}")
        for status in names:
            self._report_status(names[status], {c for c in group if self.statuses[c] == status})
        self._report_status("Together", group)

    def _report_status(self, title, group):
        if not group:
            return
        again = group & self.bought_again
        revenue = float(sum(self.revenue.get(name, 0) for name in group))
        print(
            f"  {title:34}{len(group):>11,}{len(again):>14,}"
            f"{len(again) / len(group):>8.1%}{revenue / len(group):>14.2f}"
        )

    def _report_rules(self, title, group):
        again = group & self.bought_again
        going_on = {name for name in group if self.statuses[name] in GOES_ON}
        latest_first = sorted(group, key=lambda name: (-self.last_date[name].toordinal(), name))
        as_many = set(latest_first[: len(going_on)])
        print(f"\n{title}: {len(group):,}, of whom {len(again):,} bought again")
        print(f"{'rule':42}{'names':>8}{'precision':>11}{'recall':>9}{'accuracy':>10}")
        rules = [
            (f"status {', '.join(GOES_ON)}", going_on),
            ("as many, those who bought last", as_many),
            *((f"bought in the last {days} days", self._recent(group, days)) for days in DAYS),
            ("nobody buys again", set()),
        ]
        for rule, named in rules:
            found = score(named, again, group)
            print(
                f"{rule:42}{found.named:>8,}{found.precision:>11.1%}{found.recall:>9.1%}"
                f"{found.accuracy:>10.1%}"
            )

    def _recent(self, group, days):
        return {name for name in group if (AS_OF - self.last_date[name]).days < days}
