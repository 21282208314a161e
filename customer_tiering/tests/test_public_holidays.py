"""Public holidays and make-up days, loaded after a look at them."""

from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.customer_tiering.models import public_holidays

from .test_working_time import HOUR, WorkCase

#: as the State Council announced them for 2025
MAKEUP_2025 = {
    date(2025, 1, 26): "0",
    date(2025, 2, 8): "1",
    date(2025, 4, 27): "0",
    date(2025, 9, 28): "1",
    date(2025, 10, 11): "2",
}


@tagged("post_install", "-at_install")
class TestLoadHolidays(WorkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.manager = cls.make_user("manager", tz="America/New_York")
        cls.china, cls.germany = cls.env.ref("base.cn"), cls.env.ref("base.de")

    def load(self, year=2025, country=None, user=None, **vals):
        loads = self.env["resource.holiday.load"].with_user(user or self.manager)
        return loads.create(
            {
                "company_id": self.company.id,
                "country_id": (country or self.china).id,
                "year": year,
                **vals,
            }
        )

    def leaves(self, company=None):
        return self.env["resource.calendar.leaves"].search(
            [("company_id", "=", (company or self.company).id), ("resource_id", "=", False)]
        )

    def makeup_days(self):
        days = self.env["resource.makeup.day"].search([("company_id", "=", self.company.id)])
        return {day.date: day.dayofweek for day in days}

    def test_china_2025(self):
        load = self.load()
        self.assertFalse(load.note)
        self.assertFalse(self.leaves() or self.makeup_days())
        load.action_apply()
        self.assertEqual(self.makeup_days(), MAKEUP_2025)
        self.assertEqual(len(self.leaves()), 19)
        first = self.leaves().sorted("date_from")[0]
        # 1 January from midnight to midnight in Shanghai, whoever loads it from where
        self.assertEqual(first.date_from, datetime(2024, 12, 31, 16))
        self.assertEqual(first.date_to, datetime(2025, 1, 1, 15, 59, 59))
        self.assertFalse(first.calendar_id or first.resource_id)

    def test_working_time_of_the_national_week(self):
        self.load().action_apply()
        line = self.company._get_working_timeline(datetime(2025, 9, 1), datetime(2025, 11, 1))
        # 28 September is worked, 1 to 8 October is free, 11 October is worked
        for start, stop, days in (
            (datetime(2025, 9, 27, 16), datetime(2025, 9, 30, 16), 3),
            (datetime(2025, 9, 30, 16), datetime(2025, 10, 8, 16), 0),
            (datetime(2025, 10, 8, 16), datetime(2025, 10, 12, 16), 3),
        ):
            self.assertEqual(line.worked(start, stop), days * 8 * HOUR)

    def test_second_time_adds_nothing(self):
        self.load().action_apply()
        again = self.load()
        self.assertTrue(all(line.is_known for line in again.line_ids))
        with self.assertRaisesRegex(UserError, "nothing to add"):
            again.action_apply()
        self.assertEqual((len(self.leaves()), len(self.makeup_days())), (19, 5))

    def test_pressed_twice(self):
        load = self.load()
        load.action_apply()
        load.invalidate_recordset()
        with self.assertRaises(UserError):
            load.action_apply()

    def test_what_is_there_already_is_left_alone(self):
        self.make_leave("2025-04-30 16:00:00", "2025-05-02 15:59:59")
        self.make_makeup_day("2025-04-27", "4")
        load = self.load()
        known = load.line_ids.filtered("is_known")
        self.assertEqual(
            known.mapped("date"), [date(2025, 4, 27), date(2025, 5, 1), date(2025, 5, 2)]
        )
        load.action_apply()
        self.assertEqual(self.makeup_days(), {**MAKEUP_2025, date(2025, 4, 27): "4"})
        self.assertEqual(len(self.leaves()), 18)

    def test_form_shows_what_will_be_added(self):
        form = Form(self.env["resource.holiday.load"].with_user(self.manager))
        form.country_id = self.china
        form.year = 2025
        self.assertEqual(len(form.line_ids), 24)
        self.assertFalse(form.note)
        for _line in range(23):
            form.line_ids.remove(0)
        load = form.save()
        self.assertEqual(len(load.line_ids), 1)
        load.action_apply()
        self.assertEqual((len(self.leaves()), len(self.makeup_days())), (0, 1))

    def test_year_not_announced_yet(self):
        load = self.load(2099)
        self.assertIn("not announced yet", load.note)
        self.assertNotIn("makeup", load.line_ids.mapped("kind"))

    def test_country_without_makeup_days(self):
        load = self.load(country=self.germany)
        self.assertFalse(load.note)
        self.assertEqual(len(load.line_ids), 9)
        bavaria = self.env["res.country.state"].search(
            [("country_id", "=", self.germany.id), ("code", "=", "DE-BY")]
        )
        load.state_id = bavaria
        self.assertGreater(len(load.line_ids), 9)

    def test_days_that_hang_on_the_moon(self):
        self.assertIn("moon", self.load(2040, self.env.ref("base.eg")).note)

    def test_names_in_the_readers_language(self):
        chinese = self.load().with_context(lang="zh_CN")
        names = [line["name"] for line in chinese._prepare_lines()]
        self.assertIn("元旦", names)

    def test_state_without_holidays_of_its_own(self):
        state = self.env["res.country.state"].search([("country_id", "=", self.china.id)], limit=1)
        self.assertIn("No holidays of its own", self.load(state_id=state.id).note)

    def test_unknown_country(self):
        with patch.object(public_holidays, "get_subdivisions", return_value=None):
            load = self.load()
            self.assertIn("Nothing is known", load.note)
            self.assertFalse(load.line_ids)

    def test_year_without_holidays(self):
        load = self.load(1800)
        self.assertIn("No holidays", load.note)
        with self.assertRaises(UserError):
            load.action_apply()

    def test_package_is_missing(self):
        with patch.object(public_holidays, "holidays", None):
            load = self.load()
            self.assertIn("pip install holidays", load.note)
            self.assertFalse(load.line_ids)
            with self.assertRaisesRegex(UserError, "pip install holidays"):
                load.action_apply()

    def test_managers_only(self):
        with self.assertRaises(AccessError):
            self.load(user=self.make_user("all"))

    def test_own_companies_only(self):
        load = self.load(company_id=self.other_company.id)
        with self.assertRaises(AccessError):
            load.action_apply()
        self.assertFalse(self.leaves(self.other_company))

    def test_only_own_company_gets_them(self):
        self.load().action_apply()
        self.assertFalse(self.leaves(self.other_company))
