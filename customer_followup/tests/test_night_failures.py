"""A night in which something goes wrong: the others are planned, managers are told once."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ..models import followup_touch_night
from .common import NIGHT, FollowupCase

LOGGER = "odoo.addons.customer_followup.models.res_company_night"


@tagged("post_install", "-at_install")
class TestNightFailures(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NIGHT))
        cls.other = cls.make_company("Other")
        cls.cron = cls.env.ref("customer_followup.ir_cron_plan")
        companies = cls.company | cls.other
        night = cls.registry["res.company"]._get_companies_of_night
        cls.startClassPatcher(
            patch.object(
                cls.registry["res.company"],
                "_get_companies_of_night",
                lambda self: (night(self) & companies).sorted("id"),
            )
        )
        # nothing of a test is committed or rolled back
        cls.startClassPatcher(
            patch.object(cls.registry["ir.cron"], "_commit_progress", lambda *_, **__: 3600)
        )
        cls.startClassPatcher(patch.object(cls.cr, "rollback", lambda: None))

    def run_night(self, *errors):
        """Run the job; the companies fail with these errors, None = does not fail."""
        answers, planned = list(errors), []
        original = self.registry["followup.touch"]._run_night

        def fail(touches, company):
            error = answers.pop(0) if answers else None
            if error:
                raise error
            planned.append(company)
            return original(touches, company)

        with patch.object(self.registry["followup.touch"], "_run_night", fail):
            self.Touch._cron_plan()
        return planned

    def told(self):
        return self.company.sudo().followup_error_activity_ids.filtered("active")

    def triggers(self):
        return self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])

    def test_one_company_fails_and_the_others_are_planned(self):
        with mute_logger(LOGGER):
            planned = self.run_night(ValueError("bad row"))
        self.assertEqual(planned, [self.other])
        self.assertIn("technical error (ValueError)", self.company.followup_error)
        self.assertFalse(self.other.followup_error)
        self.assertIn(self.manager, self.told().user_id)
        self.assertNotIn(self.anna, self.told().user_id)
        self.assertIn("were not planned", self.told()[0].summary)

    def test_told_once_and_taken_back_by_the_next_success(self):
        self.run_night(UserError("The rhythm “Key” cannot be read."))
        first = self.told()
        self.assertEqual(self.company.followup_error, "The rhythm “Key” cannot be read.")
        self.run_night(UserError("The rhythm “Key” cannot be read."))
        self.assertEqual(self.told(), first)
        self.assertEqual(self.run_night(), [self.company, self.other])
        self.assertFalse(self.company.followup_error)
        self.assertFalse(self.told())

    def test_a_conflict_is_no_failure_and_is_repeated_soon(self):
        before = self.triggers()
        planned = self.run_night(SerializationFailure())
        self.assertEqual(planned, [self.other])
        self.assertFalse(self.company.followup_error or self.told())
        trigger = self.triggers() - before
        self.assertEqual(trigger.call_at, fields.Datetime.now() + timedelta(minutes=2))
        self.assertEqual(self.run_night(), [self.company], "only what was left")
        self.assertEqual(self.run_night(), [self.company, self.other])

    def test_when_its_time_is_over_the_next_pass_goes_on_where_it_ended(self):
        before = self.triggers()
        self.assertEqual(self.run_night(None, followup_touch_night.PassOver()), [self.company])
        self.assertTrue((self.triggers() - before).call_at <= fields.Datetime.now())
        self.assertEqual(self.run_night(), [self.other])
        self.assertFalse(self.other.followup_left_since)

    def test_a_pass_does_one_batch_at_least(self):
        """However slow the planning is: each pass surfaces something, the last one all."""
        for __ in range(16):
            self.make_customer()
        original = self.registry["followup.touch"]._get_unmirrored

        def get_two(touches, companies, partner_ids=None, limit=2):
            return original(touches, companies, partner_ids, limit)

        shown, passes = 0, 0
        with (
            patch.object(followup_touch_night, "PASS_SECONDS", -1),
            patch.object(self.registry["followup.touch"], "_get_unmirrored", get_two),
        ):
            while not passes or self.company.followup_left_since:
                self.Touch._cron_plan()
                passes += 1
                count = self.env["mail.activity"].search_count(
                    [("res_model", "=", "followup.touch"), ("user_id", "=", self.anna.id)]
                )
                self.assertTrue(count > shown or not self.company.followup_left_since)
                shown = count
                self.assertLess(passes, 20)
        self.assertGreater(passes, 2)
        self.assertFalse(self.Touch._get_unmirrored(self.company))

    def test_a_changed_rhythm_is_planned_for_all(self):
        self.run_night(None, followup_touch_night.PassOver())
        self.key_cadence.line_ids[0].interval = 4
        self.assertEqual(self.run_night(), [self.company, self.other])
