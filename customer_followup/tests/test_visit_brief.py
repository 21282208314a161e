from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_followup.models.followup_touch_screen import FollowupTouch

from .common import FollowupCase

TODAY = "2024-07-03 10:00:00"
ALERTS = [("danger", "Complaint open since Monday", {"type": "ir.actions.act_window_close"})]


@tagged("post_install", "-at_install")
class TestVisitBrief(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cadences.active = False
        cls.customer = cls.make_customer("Brass Works")
        cls.touch = cls.make_touch(cls.customer, kind="visit", checklist="Samples\nPrice list")

    def setUp(self):
        super().setUp()
        self.startClassPatcher(freeze_time(TODAY))

    def brief(self, user=None, touch=None):
        self.env.invalidate_all()
        touch = touch or self.touch
        return self.env["followup.day"].with_user(user or self.anna).get_brief(touch.id)

    def done(self, day, result="", **vals):
        return self.make_touch(
            self.customer, state="done", date_done=f"{day} 09:00:00", result=result, **vals
        )

    def test_level_and_why(self):
        brief = self.brief()
        self.assertEqual(brief["level"]["name"], self.customer.tier_id.name)
        self.assertTrue(brief["level_reason"])
        self.assertEqual(brief["status"], "Active")
        self.assertEqual(brief["checklist"], ["Samples", "Price list"])
        self.assertFalse(any("&" in sentence for sentence in brief["level_reason"]))

    def test_figures_name_what_is_missing(self):
        labels = [label for label, _text in self.brief()["figures"]]
        self.assertEqual(labels[:2], ["This period", "Period before"])

    def test_money_owed_is_named(self):
        self.make_books()
        self.make_invoice(self.customer, 1200, day="2024-05-01", invoice_date_due="2024-05-31")
        figures = dict(self.brief()["figures"])
        self.assertIn("1,200.00", figures["Owes us"])
        self.assertIn("33 days", figures["Overdue"])
        stranger = self.make_user("own")
        self.touch.participant_ids = stranger
        self.assertNotIn("Owes us", dict(self.brief(stranger)["figures"]))

    def test_last_three_contacts(self):
        for month in range(1, 6):
            self.done(f"2024-0{month}-10", f"talk {month}")
        found = [contact["result"] for contact in self.brief()["contacts"]]
        self.assertEqual(found, ["talk 5", "talk 4", "talk 3"])

    def test_next_step_of_the_last_contact(self):
        self.done("2024-06-10", next_step="Bring the catalogue")
        self.assertEqual(self.brief()["next_step"], "Bring the catalogue")

    def test_open_promises_only(self):
        for name, state in (("catalogue", "open"), ("samples", "kept")):
            self.env["followup.promise"].create(
                {
                    "name": name,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "user_id": self.anna.id,
                    "date_due": "2024-07-01",
                    "state": state,
                }
            )
        promises = self.brief()["promises"]
        self.assertEqual([promise["name"] for promise in promises], ["catalogue"])
        self.assertTrue(promises[0]["is_overdue"])

    def test_quotations_and_what_is_not_delivered(self):
        quotation = self.make_order(
            self.customer, 70, "2024-06-20", state="sent", user_id=self.anna.id
        )
        order = self.make_order(self.customer, 50, "2024-06-20")
        delivered = self.make_order(self.customer, 60, "2024-06-21")
        delivered.order_line.qty_delivered = 1
        self.make_order(self.customer, 80, "2023-06-21")  # too old to be still on its way
        seller = self.anna
        seller.group_ids += self.env.ref("sales_team.group_sale_salesman")
        brief = self.brief()
        self.assertEqual([row["id"] for row in brief["quotations"]], quotation.ids)
        self.assertEqual([row["id"] for row in brief["deliveries"]], order.ids)
        self.assertEqual(brief["deliveries"][0]["lines"], ["1 × Lantern"])

    def test_key_persons_and_how_to_deal_with_them(self):
        personality = self.env["followup.personality"].search([], limit=1)
        people = self.env["res.partner"].create(
            [
                {"name": "Abel", "parent_id": self.customer.id},
                {
                    "name": "Zoe",
                    "parent_id": self.customer.id,
                    "function": "Buyer",
                    "care_role": "decides",
                    "personality_id": personality.id,
                    "care_hour_from": 9.5,
                    "care_hour_to": 11,
                    "care_birthday": "1980-07-20",
                },
                {"name": "Mona", "parent_id": self.customer.id, "care_birthday": "1980-09-20"},
            ]
        )
        found = self.brief()["people"]
        self.assertEqual([person["name"] for person in found], ["Zoe", "Abel", "Mona"])
        zoe, _abel, mona = found
        self.assertEqual((zoe["function"], zoe["role"]), ("Buyer", "Decides"))
        self.assertEqual((zoe["personality"], zoe["hint"]), (personality.name, personality.hint))
        self.assertEqual(zoe["hours"], "09:30–11:00")
        self.assertEqual(zoe["birthday"], date(2024, 7, 20))
        self.assertFalse(mona["birthday"])
        # whom one meets stands first
        self.touch.contact_id = people[2]
        self.assertEqual(self.brief()["people"][0]["name"], "Mona")

    def test_birthdays_near_the_turn_of_the_year_and_in_leap_years(self):
        near = self.env["followup.day"]._get_near_birthday
        self.assertEqual(near(date(1980, 1, 5), date(2024, 12, 20)), date(2025, 1, 5))
        self.assertEqual(near(date(1980, 2, 29), date(2025, 2, 20)), date(2025, 3, 1))
        self.assertEqual(near(date(1980, 7, 3), date(2024, 7, 3)), date(2024, 7, 3))
        self.assertFalse(near(date(1980, 7, 2), date(2024, 7, 3)))
        self.assertFalse(near(False, date(2024, 7, 3)))

    def test_who_may_not_read_the_follow_up_gets_no_brief(self):
        with self.assertRaises(AccessError):
            self.brief(self.tom)

    # ------------------------------------------------------------
    # Alerts
    # ------------------------------------------------------------

    def test_nothing_alarms_by_itself(self):
        self.assertEqual(self.brief()["alerts"], [])
        self.assertFalse(self.customer.with_user(self.anna).care_alerts)

    def test_alerts_of_another_addon_stand_everywhere(self):
        contact = self.env["res.partner"].create({"name": "Zoe", "parent_id": self.customer.id})
        order = self.make_order(contact, 50)
        expected = [{"severity": ALERTS[0][0], "text": ALERTS[0][1], "action": ALERTS[0][2]}]
        customer = self.customer

        def alert(touches, partners):
            return {partner.id: ALERTS for partner in partners if partner == customer}

        with patch.object(FollowupTouch, "_get_partner_alerts", alert):
            self.env.invalidate_all()
            self.assertEqual(self.brief()["alerts"], expected)
            day = self.env["followup.day"].with_user(self.anna).get_my_day()
            self.assertEqual(day["visits"][0]["alerts"], expected)
            self.assertEqual(contact.with_user(self.anna).care_alerts, expected)
            self.assertEqual(order.with_user(self.anna).care_alerts, expected)

    # ------------------------------------------------------------
    # Queries
    # ------------------------------------------------------------

    def test_a_day_of_ten_stops_in_twenty_queries(self):
        touches = self.touch
        for number in range(9):
            customer = self.make_customer(f"Stop {number}")
            self.env["res.partner"].create(
                {
                    "name": f"Buyer {number}",
                    "parent_id": customer.id,
                    "care_role": "decides",
                    "care_birthday": "1980-07-10",
                    "personality_id": self.env["followup.personality"].search([], limit=1).id,
                }
            )
            self.env["followup.promise"].create(
                {
                    "name": "catalogue",
                    "partner_id": customer.id,
                    "company_id": self.company.id,
                    "date_due": "2024-07-01",
                }
            )
            self.make_order(customer, 50, "2024-06-20")
            self.make_touch(customer, state="done", date_done="2024-06-01 09:00:00")
            touches |= self.make_touch(customer, kind="visit")
        self.anna.group_ids += self.env.ref("sales_team.group_sale_salesman")
        # the web client always says its time zone
        days = self.env["followup.day"].with_user(self.anna).with_context(tz="UTC")

        def count(some):
            days.get_briefs(some.ids)  # rules and names of fields are known by now
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            briefs = days.get_briefs(some.ids)
            self.assertEqual(len(briefs), len(some))
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(touches[1]), count(touches))
        # what other addons say through the hook is bounded in their own tests
        touch_class = self.env.registry["followup.touch"]
        with patch.object(touch_class, "_get_partner_alerts", lambda *_args: {}):
            self.assertLessEqual(count(touches), 20)
