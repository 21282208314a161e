"""What rhythms cost in working time, seen while they are edited."""

from freezegun import freeze_time
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import NIGHT, FollowupCase


@tagged("post_install", "-at_install")
class TestLoad(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NIGHT))
        for number in range(6):
            cls.make_customer(user=cls.tom if number % 3 else cls.anna)

    def as_manager(self, cadence):
        return cadence.with_user(self.manager).with_context(allowed_company_ids=self.company.ids)

    def test_figures_of_the_shipped_rhythm(self):
        cadence = self.as_manager(self.key_cadence)
        self.assertEqual(cadence.customer_count, 6)
        # a call of a quarter of an hour each month, a visit of an hour each quarter
        self.assertAlmostEqual(cadence.contacts_per_month, 6 * (1 + 1 / 3))
        self.assertAlmostEqual(cadence.hours_per_month, 6 * (0.25 + 1 / 3))
        self.assertEqual((cadence.people_count, cadence.busiest_id), (2, self.tom))
        hours = 40 * 30.4375 / 7
        self.assertAlmostEqual(cadence.load_percent, 100 * 4 * (0.25 + 1 / 3) / hours, delta=0.5)
        self.assertFalse(cadence.is_overload)

    def test_the_form_shows_what_is_being_edited(self):
        with Form(self.as_manager(self.key_cadence)) as form:
            with form.line_ids.edit(1) as line:
                line.interval_unit = "week"
                line.tolerance_days = 2
            self.assertAlmostEqual(form.contacts_per_month, 6 * (30.4375 / 7 + 1 / 3), places=1)

    def test_a_new_one_takes_customers_from_the_others(self):
        cadences = self.as_manager(self.env["followup.cadence"])
        form = Form(cadences.with_context(default_sequence=1))
        form.name = "Daily"
        form.service_class = "key"
        with form.line_ids.new() as line:
            line.interval_unit = "week"
            line.tolerance_days = 1
        self.assertEqual(form.customer_count, 6)
        form.save()
        self.assertEqual(self.as_manager(self.key_cadence).customer_count, 0)

    def test_too_much_must_be_confirmed(self):
        cadence = self.as_manager(self.key_cadence)
        visit = cadence.line_ids.filtered(lambda line: line.kind == "visit")
        too_much = {"interval": 1, "interval_unit": "day", "tolerance_days": 0, "duration": 8}
        with self.assertRaisesRegex(ValidationError, "Plan nevertheless"):
            visit.write(too_much)
        visit.invalidate_recordset()
        cadence.write(
            {"overload_confirmed": True, "line_ids": [Command.update(visit.id, too_much)]}
        )
        self.assertGreater(cadence.load_percent, 100)

    def test_a_pool_shares(self):
        line = self.key_cadence.line_ids.filtered(lambda line: line.kind == "call")
        line.write(
            {"assign_to": "pool", "user_ids": [Command.set((self.leader | self.manager).ids)]}
        )
        self.assertEqual(self.as_manager(self.key_cadence).people_count, 4)

    def test_half_typed_conditions_do_not_break_the_form(self):
        form = Form(self.as_manager(self.key_cadence))
        form.domain = "[('city', '=', "
        self.assertEqual(form.customer_count, 0)
