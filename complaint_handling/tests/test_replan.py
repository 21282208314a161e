"""Promises that move: corrections, levels, customers found or archived, changed working hours."""

from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, ComplaintCase


def at(text):
    return datetime.fromisoformat(f"2024-07-{text}:00")


class ReplanCase(ComplaintCase):
    """Key customers get a solution within 8 hours of work, others within 16."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.make_policy([("resolve", 8, "hour", "working")], service_class="key")
        cls.usual = cls.make_policy(
            [("resolve", 16, "hour", "working"), ("update", 12, "hour", "working")]
        )
        cls.waiting = cls.env.ref("complaint_handling.complaint_pause_reason_customer")

    def setUp(self):
        super().setUp()
        self.at(NOW)

    def due(self, case, kind="resolve"):
        return self.clock(case, kind).date_due

    def log(self, case):
        return case.message_ids.sorted("id")[-1:].body


@tagged("post_install", "-at_install")
class TestCorrections(ReplanCase):
    def test_both_ways_and_logged(self):
        self.make_policy(
            [("resolve", 4, "hour", "working")], severity="critical", service_class="key"
        )
        case = self.make_case()
        self.assertEqual(self.due(case), at("03 17:00"))
        case.with_user(self.mia).severity = "critical"
        self.assertEqual(self.due(case), at("03 12:00"))
        log = self.log(case)
        self.assertIn("this was corrected: Severity", log)
        self.assertRegex(log, "Solve: due 7/3/24, 5:00.PM → 7/3/24, 12:00.PM")
        case.with_user(self.mia).severity = "low"
        self.assertEqual(self.due(case), at("03 17:00"))

    def test_what_is_not_promised_any_more_ends_and_comes_back(self):
        case = self.make_case(partner_id=False, contact_id=False)
        self.assertEqual(self.due(case, "update"), at("04 12:00"))
        self.make_policy([("resolve", 16, "hour", "working")], kind="request")
        case.kind = "request"
        self.assertEqual(self.clock(case, "update").state, "cancelled")
        self.assertEqual(self.due(case), at("04 17:00"))
        case.kind = "complaint"
        self.assertEqual(self.due(case, "update"), at("04 12:00"))
        self.assertEqual(self.clock(case, "update").state, "running")

    def test_a_breach_by_mistake_is_none(self):
        self.make_policy([("update", 1, "hour", "working")], severity="critical")
        case = self.make_case(partner_id=False, contact_id=False, severity="critical")
        self.at("2024-07-03 10:00:00")
        clock = self.clock(case, "update")
        clock._settle(at("03 10:00"))
        case.severity = "low"
        self.assertEqual(clock.state, "running")
        self.assertEqual(clock.date_due, at("04 12:00"))

    def test_another_team_has_other_hours(self):
        night = self.env["resource.calendar"].create(
            {
                "name": "Night",
                "company_id": self.company.id,
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    Command.create(
                        {"name": "N", "dayofweek": str(day), "hour_from": 0, "hour_to": 4}
                    )
                    for day in range(7)
                ],
            }
        )
        team = self.make_team("Night", resource_calendar_id=night.id)
        case = self.make_case()
        case.team_id = team
        # from midnight to four in Shanghai is 16 to 20 in UTC
        self.assertEqual(self.due(case), at("04 20:00"))
        self.assertIn("Team", self.log(case))
        case.team_id = self.team
        self.assertEqual(self.due(case), at("03 17:00"))

    def test_waiting_cases_keep_waiting(self):
        case = self.make_case(partner_id=False, contact_id=False)
        self.at("2024-07-03 10:00:00")
        case._pause(self.waiting)
        self.make_policy([("resolve", 4, "hour", "working")], severity="critical")
        case.severity = "critical"
        clock = self.clock(case, "resolve")
        self.assertEqual(clock.state, "paused")
        self.assertEqual(clock.remaining_seconds, 2 * 3600)
        self.assertIn("14:00 h left → 2:00 h left", self.log(case))

    def test_a_closed_case_is_left_alone(self):
        case = self.make_case()
        self.solve(case)
        case.action_close()
        before = len(case.message_ids)
        case.severity = "low"
        self.assertEqual(self.clock(case, "resolve").state, "met")
        self.assertEqual(len(case.message_ids), before)


@tagged("post_install", "-at_install")
class TestLevels(ReplanCase):
    def rise(self, partner, service_class):
        """Let a customer hold another level, and tell the hook as an evaluation does."""
        self.hold_level(partner, service_class)
        standing = self.Standing.search([("partner_id", "=", partner.id)])
        row = self.History.create(
            {
                "partner_id": partner.id,
                "scheme_id": self.default_scheme.id,
                "revision_id": self.default_scheme.revision_ids[:1].id,
                "company_id": self.company.id,
                "from_tier_id": False,
                "to_tier_id": standing.tier_id.id,
                "date": date(2024, 7, 3),
                "trigger": "evaluation",
            }
        )
        self.Scheme._after_tier_changes(row)

    def test_a_rise_shortens(self):
        basic = self.make_customer("Small", tier="BASIC")
        case = self.make_case(partner_id=basic.id, contact_id=False)
        tier = case.tier_id
        self.assertEqual(self.due(case), at("04 17:00"))
        self.rise(basic, "KEY")
        self.assertEqual(self.due(case), at("03 17:00"))
        # what the better promise does not give is not taken away
        self.assertEqual(self.due(case, "update"), at("04 12:00"))
        self.assertEqual(case.service_class, "key")
        self.assertEqual(case.tier_id, tier)
        self.assertIn("service class is Key now", self.log(case))

    def test_a_fall_changes_nothing(self):
        case = self.make_case()
        self.rise(self.customer, "BASIC")
        self.assertEqual(self.due(case), at("03 17:00"))
        self.assertEqual(case.service_class, "key")

    def test_a_better_class_with_a_longer_promise_changes_nothing(self):
        self.key.target_ids.amount = 40
        basic = self.make_customer("Small", tier="BASIC")
        case = self.make_case(partner_id=basic.id, contact_id=False)
        self.rise(basic, "KEY")
        self.assertEqual(self.due(case), at("04 17:00"))

    def test_waiting_promises_are_shortened_too(self):
        basic = self.make_customer("Small", tier="BASIC")
        case = self.make_case(partner_id=basic.id, contact_id=False)
        self.at("2024-07-03 09:00:00")
        case._pause(self.waiting)
        self.rise(basic, "KEY")
        self.assertEqual(self.clock(case, "resolve").remaining_seconds, 7 * 3600)

    def test_a_sender_who_turns_out_to_be_a_customer(self):
        case = self.make_case(partner_id=False, contact_id=False, email_from="ada@acme.example")
        self.assertEqual(self.due(case), at("04 17:00"))
        case.with_user(self.mia).contact_id = self.person
        self.assertEqual(case.service_class, "key")
        self.assertEqual(case.tier_id.service_class, "key")
        self.assertEqual(self.due(case), at("03 17:00"))
        self.assertEqual(self.due(case, "update"), at("04 12:00"))

    def test_the_wrong_customer_is_corrected_both_ways(self):
        basic = self.make_customer("Small", tier="BASIC")
        case = self.make_case()
        case.write({"partner_id": basic.id, "contact_id": False})
        self.assertEqual(case.service_class, "basic")
        self.assertEqual(self.due(case), at("04 17:00"))
        self.assertEqual(self.due(case, "update"), at("04 12:00"))
        case.partner_id = self.customer
        self.assertEqual(self.due(case), at("03 17:00"))
        self.assertEqual(self.clock(case, "update").state, "cancelled")

    def test_an_archived_customer_is_promised_nothing(self):
        case = self.make_case()
        self.customer.active = False
        self.assertEqual(self.clock(case, "resolve").state, "cancelled")
        self.assertFalse(case.date_due)
        self.assertIn("archived", self.log(case))

    def test_a_restored_customer_is_promised_again_from_then_on(self):
        case = self.make_case()
        self.customer.active = False
        self.at("2024-07-04 08:00:00")
        self.customer.with_user(self.make_partner_manager()).active = True
        self.assertEqual(self.clock(case, "resolve").state, "running")
        self.assertEqual(self.due(case), at("04 17:00"))
        self.assertIn("active again", self.log(case))
        self.assertEqual(len(case.clock_ids), 2)
        self.customer.active = True
        self.assertEqual(len(case.clock_ids), 2, "what runs is not given twice")

    def make_partner_manager(self):
        user = self.make_user(None)
        user.group_ids += self.env.ref("base.group_partner_manager")
        return user

    def test_a_case_that_waits_goes_on_waiting_after_restoring(self):
        case = self.make_case()
        case._pause(self.waiting)
        self.customer.active = False
        self.customer.active = True
        self.assertEqual(self.clock(case, "resolve").state, "paused")


@tagged("post_install", "-at_install")
class TestHours(ReplanCase):
    """Whole working hours change; the job follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.company.resource_calendar_id

    def setUp(self):
        super().setUp()
        self.case = self.make_case()
        self.follow()

    def follow(self):
        """Let the job run once."""
        with self.enter_registry_test_mode():
            self.env.ref("complaint_handling.ir_cron_replan").method_direct_trigger()
        self.env.invalidate_all()

    def test_a_day_off(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Company outing",
                "company_id": self.company.id,
                "date_from": "2024-07-03 13:00:00",
                "date_to": "2024-07-03 17:00:00",
            }
        ).company_id = self.company
        self.assertEqual(self.due(self.case), at("03 17:00"))
        self.follow()
        self.assertEqual(self.due(self.case), at("04 12:00"))
        self.assertIn("working hours or days off were changed", self.log(self.case))
        self.env["resource.calendar.leaves"].search([("name", "=", "Company outing")]).unlink()
        self.follow()
        self.assertEqual(self.due(self.case), at("03 17:00"))

    def test_a_makeup_day(self):
        self.at("2024-07-05 16:00:00")
        case = self.make_case(received="2024-07-05 16:00:00")
        self.assertEqual(self.due(case), at("08 16:00"))
        self.env["resource.makeup.day"].create(
            {"name": "M", "date": "2024-07-06", "dayofweek": "0", "company_id": self.company.id}
        )
        self.follow()
        self.assertEqual(self.due(case), at("06 16:00"))

    def test_other_hours(self):
        self.calendar.attendance_ids.filtered(lambda line: line.hour_from >= 12).unlink()
        self.follow()
        self.assertEqual(self.due(self.case), at("04 12:00"))

    def test_preview_of_changed_hours(self):
        self.calendar.attendance_ids.filtered(lambda line: line.hour_from >= 12).unlink()
        calendar = self.calendar.with_user(self.head)
        self.assertEqual(calendar.open_promise_count, 1)
        action = calendar.action_preview_promises()
        wizard = self.env[action["res_model"]].with_user(self.head).browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("move"), ["later"])
        self.assertEqual(wizard.line_ids.new_date, at("04 12:00"))
        self.assertEqual(self.due(self.case), at("03 17:00"))
        wizard.action_apply()
        self.assertEqual(self.due(self.case), at("04 12:00"))
        again = self.env["complaint.replan"].browse(calendar.action_preview_promises()["res_id"])
        self.assertEqual(again.moved_count, 0)
        with self.assertRaises(AccessError):
            self.calendar.with_user(self.mia).action_preview_promises()

    def test_nothing_changed_writes_nothing(self):
        self.env.flush_all()
        rows = self.env.execute_query(self.Clock._get_changed_hours_sql())
        self.assertFalse(rows)
        messages = len(self.case.message_ids)
        self.follow()
        self.assertEqual(len(self.case.message_ids), messages)

    def test_interrupted_it_goes_on(self):
        others = [self.make_case() for _number in range(3)]
        self.calendar.attendance_ids.filtered(lambda line: line.hour_from >= 12).unlink()
        self.Clock._mark_changed_hours()
        marked = self.Clock.search([("hours_changed", "=", True)])
        clocks = self.case.clock_ids.filtered("is_open")
        self.assertTrue(clocks <= marked)
        # killed after the first batch: the marks of the others are still there
        self.Clock._try(clocks, "hours_changed", self.Clock._follow_hours_of)
        self.assertFalse(self.Clock.search([("hours_changed", "=", True)]) & clocks)
        self.follow()
        for case in (self.case, *others):
            self.assertEqual(self.due(case), at("04 12:00"))
        self.assertFalse(self.Clock.search([("hours_changed", "=", True)]))

    def test_a_bad_one_does_not_stop_the_others(self):
        bad = self.make_case().clock_ids
        self.calendar.attendance_ids.filtered(lambda line: line.hour_from >= 12).unlink()
        follow = type(self.Clock)._follow_hours

        def explode(clocks, why):
            if clocks & bad:
                raise ValueError("bad")
            return follow(clocks, why)

        with (
            patch.object(type(self.Clock), "_follow_hours", explode),
            mute_logger("odoo.addons.complaint_handling.models.complaint_sla_clock_hours"),
        ):
            self.follow()
        self.assertEqual(self.due(self.case), at("04 12:00"))
        self.assertFalse(self.Clock.search([("hours_changed", "=", True)]))

    def test_flexible_later_falls_back_and_returns(self):
        own = self.env["resource.calendar"].create(
            {
                "name": "Early",
                "company_id": self.company.id,
                "tz": "UTC",
                "attendance_ids": [
                    Command.create(
                        {"name": "E", "dayofweek": str(day), "hour_from": 6, "hour_to": 10}
                    )
                    for day in range(7)
                ],
            }
        )
        self.team.resource_calendar_id = own
        self.assertEqual(self.due(self.case), at("05 08:00"))
        self.follow()
        own.flexible_hours = True
        self.follow()
        # the company's hours hold
        self.assertEqual(self.due(self.case), at("03 17:00"))
        clock = self.clock(self.case, "resolve")
        self.assertIn("flexible hours", clock.notice)
        # a new case is promised the same, and its clock says why
        new = self.make_case()
        self.assertEqual(self.due(new), at("03 17:00"))
        self.assertIn("Until then", self.clock(new, "resolve").notice)
        self.assertIn("flexible hours", self.key.hours_notice)
        own.flexible_hours = False
        self.follow()
        self.assertEqual(self.due(self.case), at("05 08:00"))
        self.assertFalse(clock.notice)


@tagged("post_install", "-at_install")
class TestFallback(ReplanCase):
    """W6: the team's hours, else the company's, else around the clock."""

    def test_team_without_hours(self):
        self.assertFalse(self.team.resource_calendar_id)
        clock = self.clock(self.make_case(), "resolve")
        self.assertEqual(clock.resource_calendar_id, self.company.resource_calendar_id)
        self.assertFalse(clock.notice)

    def test_nobody_has_hours(self):
        self.company.resource_calendar_id = False
        clock = self.clock(self.make_case(), "resolve")
        self.assertEqual(clock.date_due, at("03 16:00"))
        self.assertIn("around the clock", clock.notice)
        self.assertEqual(clock.hours_name, "around the clock")
        self.assertIn("around the clock", self.key.hours_notice)

    def test_useless_hours_are_refused_with_the_reason(self):
        for words, vals in (
            ("flexible hours", {"flexible_hours": True}),
            ("no working hours", {"attendance_ids": [Command.clear()]}),
        ):
            calendar = self.env["resource.calendar"].create(
                {"name": "Odd", "company_id": self.company.id, **vals}
            )
            with self.assertRaisesRegex(ValidationError, words):
                self.team.resource_calendar_id = calendar

    def test_two_companies_in_two_zones(self):
        other = self.make_company("Shanghai Lantern")
        other.resource_calendar_id.tz = "Asia/Shanghai"
        self.make_policy([("resolve", 8, "hour", "working")], company_id=other.id)
        team = self.Team.search([("company_id", "=", other.id)])
        case = self.make_case(
            company_id=other.id, team_id=team.id, partner_id=False, contact_id=False
        )
        # 16:00 in Shanghai: an hour today, seven tomorrow from eight o'clock
        self.assertEqual(self.due(case), at("04 08:00"))
        self.assertEqual(self.clock(case, "resolve")._get_due_words()[:9], "7/4/24, 4")

    def test_daylight_saving(self):
        self.company.resource_calendar_id.tz = "Europe/Berlin"
        case = self.make_case(received="2024-03-29 15:00:00")
        # Friday 16:00; on Sunday the clocks are put forward, so Monday 16:00 is 14:00 UTC
        self.assertEqual(self.due(case), datetime(2024, 4, 1, 14))

    def test_promises_in_words_on_the_case(self):
        case = self.make_case()
        self.at("2024-07-03 10:30:00")
        clock = self.clock(case, "resolve").with_user(self.mia)
        self.assertEqual(clock.target_time, "8:00")
        self.assertEqual(clock.used_time, "2:30")
        self.assertEqual(clock.left_time, "5:30")
        message = self.answer(case)
        self.solve(case)
        clock.invalidate_recordset()
        self.assertIn("We send a new one", clock.proof)
        url = clock.action_show_proof()["url"]
        self.assertEqual(url, f"/mail/message/{clock.proof_message_id.id}")
        self.assertNotEqual(clock.proof_message_id, message)
        self.assertEqual(clock.interval_ids.mapped("counted_time"), ["2:30"])
