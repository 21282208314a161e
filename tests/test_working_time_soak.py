"""P12 at length: ten thousand random cases of working time against the oracle."""

from random import Random

import pytest
from odoo.tests import tagged

from odoo.addons.customer_tiering.tests.test_working_time import WorkCase
from odoo.addons.customer_tiering.tests.working_time_oracle import run_cases


@pytest.mark.soak
@tagged("post_install", "-at_install")
class TestWorkingTimeAtLength(WorkCase):
    def test_oracle(self):
        compared = run_cases(self, Random(12), worlds=160, cases_per_world=90)
        self.assertGreater(compared, 10_000)
