"""P12: clocks in the database equal an oracle that counts every second."""

import os
from random import Random

from odoo.tests import tagged

from .clock_oracle import run_clocks
from .common import ComplaintCase


class ClockCase(ComplaintCase):
    """A company that promises nothing by itself, so all clocks are those of the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.make_company("Anvil Works")
        cls.policy.active = False
        cls.silent_team = cls.make_team("Silent")
        cls.reason = cls.env.ref("complaint_handling.complaint_pause_reason_customer")


@tagged("post_install", "-at_install", "soak")
class TestClockOracle(ClockCase):
    """A few hundred promises; ten thousand by ``make soak``."""

    def test_oracle(self):
        worlds, clocks = (125, 80) if os.environ.get("CARE_SOAK") else (5, 60)
        made, compared = run_clocks(self, Random(12), worlds, clocks)
        self.assertEqual(made, worlds * clocks)
        self.assertGreater(compared, 5 * made)
