"""Two simulated years of nights and working days, in three time zones."""

import os
from datetime import date, timedelta

import pytest
from odoo.tests import tagged

from odoo.addons.customer_followup.tests.test_life import LifeCase

from tools.cdnow import dataset, grading

WEEKS = int(os.environ.get("CARE_LIFE_WEEKS", 104))
CUSTOMERS = 300
#: The years of the data set are brought near, weekdays kept.
SHIFT = timedelta(weeks=1409)


@pytest.mark.soak
@tagged("post_install", "-at_install")
class TestFollowupTwoYears(LifeCase):
    """Twelve customers with a close rhythm."""

    weeks = WEEKS

    def test_two_years(self):
        self.live()


@pytest.mark.soak
@tagged("post_install", "-at_install")
class TestFollowupCdnow(LifeCase):
    """Customers who order as those of CDNOW did: graded each month, rhythms change with it."""

    weeks = WEEKS
    start = date(1997, 3, 31) + SHIFT  # all had their first order

    @classmethod
    def make_customers(cls):
        purchases = dataset.read_purchases(dataset.find_file(dataset.SAMPLE))
        numbers = sorted({purchase.customer for purchase in purchases})[::7][:CUSTOMERS]
        partners = {
            number: cls.make_partner(
                f"CDNOW {number}", user_id=cls.people[place % len(cls.people)].id
            )
            for place, number in enumerate(numbers)
        }
        cls.insert_orders(
            [
                (partners[purchase.customer].id, float(purchase.amount), purchase.date + SHIFT)
                for purchase in purchases
                if purchase.customer in partners
            ]
        )
        grading.draw_proposed_lines(cls.default_scheme, dataset.LAST_DAY + SHIFT)
        cls.changes = 0
        spent = dict.fromkeys(partners, 0)
        for purchase in purchases:
            if purchase.customer in partners:
                spent[purchase.customer] += purchase.amount
        # the neglected one is the best
        return [partners[number] for number in sorted(partners, key=spent.get, reverse=True)]

    def before_night(self, day):
        if day == self.start or day.day == 1:
            before = self.levels_in(self.default_scheme)
            self.night(self.default_scheme, day=day)
            after = self.levels_in(self.default_scheme)
            type(self).changes += sum(after[name] != before.get(name) for name in after)

    def test_two_years(self):
        self.live()
        self.assertGreater(self.changes, CUSTOMERS, "levels came and went")
