from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.customer_followup.models.followup_touch_screen import FollowupTouch

NAMES = (
    "Brass Works",
    "Alder Mill",
    "Cedar Court",
    "Dune Hotel",
    "Elm Bakery",
    "Fir Carpets",
    "Gold Line",
)


class DayTourCase(HttpCase):
    """An account manager with two visits and four calls today; nobody else's rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Tour Company"})
        # an empty rhythm: only what is planned here
        cls.env["followup.cadence"].search([("company_id", "=", cls.company.id)]).active = False
        cls.seller = new_test_user(
            cls.env,
            "day_seller",
            groups="base.group_user,sales_team.group_sale_salesman",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tz="Europe/Brussels",
        )
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": name,
                    "is_company": True,
                    "phone": f"+32 2 555 01 {number}{number}",
                    "street": f"Main street {number}",
                    "city": "Brussels",
                    "user_id": cls.seller.id,
                }
                for number, name in enumerate(NAMES, start=1)
            ]
        )
        cls.env["res.partner"].create({"name": "Zoe Buyer", "parent_id": cls.customers[0].id})

    @classmethod
    def plan(cls, customer, kind, **vals):
        return cls.env["followup.touch"].create(
            {
                "partner_id": customer.id,
                "company_id": cls.company.id,
                "user_id": cls.seller.id,
                "kind": kind,
                "date_planned": fields.Date.today(),
                **vals,
            }
        )

    def plan_day(self):
        brass, alder, cedar, dune, elm, _fir, gold = self.customers
        self.plan(brass, "visit", checklist="Price list")
        self.plan(alder, "visit")
        for customer in (cedar, dune, elm, gold):
            self.plan(customer, "call")

    def check_day(self):
        touches = self.env["followup.touch"].search([("company_id", "=", self.company.id)])
        of = {
            name: touches.filtered(lambda touch, name=name: touch.partner_id.name == name)
            for name in NAMES
        }
        done = of["Brass Works"].filtered(lambda touch: touch.state == "done")
        self.assertEqual(done.result, "Wants samples of the new series")
        self.assertTrue(done.minutes, "started and finished: the minutes need not be typed")
        self.assertEqual(done.promise_ids.name, "Send samples")
        self.assertEqual(
            done.promise_ids.date_due, fields.Date.today() + timedelta(weeks=1), "a week by itself"
        )
        following = of["Brass Works"] - done
        self.assertEqual((following.kind, following.state), ("visit", "planned"))
        self.assertGreater(following.date_planned, fields.Datetime.now() + timedelta(days=26))
        for name in ("Alder Mill", "Cedar Court"):
            self.assertEqual((of[name].state, of[name].attempt_count), ("planned", 1))
        self.assertEqual(of["Dune Hotel"]._local_day(), fields.Date.today() + timedelta(weeks=1))
        self.assertEqual(set(of["Elm Bakery"].mapped("state")), {"done", "planned"})
        self.assertEqual(of["Fir Carpets"].origin, "unplanned")
        self.assertEqual(of["Fir Carpets"].result, "Asked for a catalogue")


@tagged("post_install", "-at_install")
class TestMyDayTours(DayTourCase):
    browser_size = "1366x768"

    def test_a_day_at_the_desk(self):
        self.plan_day()
        self.start_tour("/odoo", "customer_followup_my_day", login="day_seller")
        self.check_day()

    def test_call_list_by_keys(self):
        for customer in self.customers[:3]:
            self.plan(customer, "call")
        self.start_tour("/odoo/call-list", "customer_followup_call_list", login="day_seller")
        touches = self.env["followup.touch"].search(
            [("company_id", "=", self.company.id)], order="id"
        )
        self.assertEqual(touches.mapped("state"), ["done", "planned", "planned"])
        self.assertEqual(touches.mapped("attempt_count"), [0, 0, 1])
        self.assertEqual(touches[0].result, "Wants to be called in spring")

    def test_marking_the_activity_as_done_asks_for_the_outcome(self):
        touch = self.plan(self.customers[0], "call")
        self.start_tour(
            f"/odoo/follow-ups/{touch.id}", "customer_followup_mark_done", login="day_seller"
        )
        self.assertEqual((touch.state, touch.result), ("done", "All is well"))
        self.assertEqual(touch.outcome_id.code, "reached")
        self.assertFalse(touch.activity_ids)

    def test_marking_it_in_a_list_of_activities_asks_as_well(self):
        touch = self.plan(self.customers[0], "call")
        self.start_tour(
            "/odoo/follow-ups", "customer_followup_mark_done_listed", login="day_seller"
        )
        self.assertEqual((touch.state, touch.result), ("done", "All is well"))

    def test_a_leader_looks_at_the_day_of_his_people(self):
        new_test_user(
            self.env,
            "day_leader",
            groups="base.group_user,customer_tiering.customer_tiering_group_all",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
            tz="Europe/Brussels",
        )
        self.plan(self.customers[0], "call")
        self.env["followup.day"].create(
            {"user_id": self.seller.id, "company_id": self.company.id, "date": fields.Date.today()}
        )
        self.start_tour("/odoo/day-plans", "customer_followup_leader", login="day_leader")

    def test_alerts_on_partner_and_order(self):
        customer = self.customers[0]
        order = self.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "user_id": self.seller.id,
            }
        )
        alerts = [("danger", "Complaint open", {"type": "ir.actions.act_window_close"})]

        def alert(touches, partners):
            return {partner.id: alerts for partner in partners}

        with patch.object(FollowupTouch, "_get_partner_alerts", alert):
            for record in (customer, order):
                self.start_tour(
                    f"/odoo/{record._name}/{record.id}",
                    "customer_followup_alerts",
                    login="day_seller",
                )


@tagged("post_install", "-at_install")
class TestMyDayPhone(DayTourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_a_day_on_the_phone(self):
        self.plan_day()
        self.start_tour("/odoo/my-day", "customer_followup_my_day_phone", login="day_seller")
        self.check_day()
