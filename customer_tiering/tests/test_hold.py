"""On hold: at once, until reviewed, ended by itself; reasons of leaving."""

from ast import literal_eval
from datetime import date

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL

from .common import AS_OF
from .test_status import UNEVEN, StatusCase

TODAY = f"{AS_OF} 12:00:00"


class HoldCase(StatusCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls.make_user("team")
        cls.seller = cls.make_user("own", care_manager_id=cls.leader.id)
        cls.colleague = cls.make_user("own")
        cls.bob = cls.make_partner("Bob", user_id=cls.seller.id)
        cls.ann.user_id = cls.seller
        cls.insert_orders([(cls.ann.id, 10, day) for day in cls.days_with(UNEVEN, 61)])
        cls.scheme.evaluate(AS_OF)

    def put_on_hold(self, partners, user=None, review="2024-12-31", reason="Rebuilding"):
        action = partners.with_user(user or self.seller).action_put_on_hold()
        wizard = self.env[action["res_model"]].with_user(user or self.seller)
        dialog = Form(wizard.with_context(**action["context"]))
        dialog.review_date = fields.Date.to_date(review)
        dialog.reason = reason
        dialog.save().action_apply()
        return self.env["customer.hold"].search(
            [("partner_id", "in", partners.commercial_partner_id.ids), ("date_end", "=", False)]
        )

    def activities_of(self, partner):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", partner.id)]
        )


@tagged("post_install", "-at_install")
class TestHold(HoldCase):
    def test_status_at_once(self):
        standing = self.standing_of(self.scheme, self.ann)
        self.assertEqual(standing.customer_status, "dormant")
        with freeze_time(TODAY):
            hold = self.put_on_hold(self.ann)
            self.assertEqual(standing.customer_status, "on_hold")
            self.assertEqual(standing.status_reason, "On hold until 12/31/2024: Rebuilding")
            self.assertEqual(standing.value_at_stake, 0)
            self.assertFalse(standing.expected_next_date)
            self.assertEqual(self.ann.customer_status, "on_hold")
            self.assertEqual((hold.date_from, hold.user_id), (AS_OF, self.seller))
            self.ann.with_user(self.seller).action_end_hold()
        self.assertEqual((hold.date_end, hold.end_reason), (AS_OF, "hand"))
        self.assertEqual(standing.customer_status, "dormant")
        self.assertEqual(standing.value_at_stake, 40)

    def test_an_evaluation_agrees(self):
        with freeze_time(TODAY):
            self.put_on_hold(self.ann | self.bob)
        self.scheme._prepare_changes(AS_OF, None, None)
        self.assertEqual(self.env.execute_query(SQL("SELECT COUNT(*) FROM care_change")), [(0,)])

    def test_figures_of_the_standing_stay(self):
        standing = self.standing_of(self.scheme, self.ann)
        before = standing.read(["amount", "document_count", "tier_id", "last_date", "user_id"])
        with freeze_time(TODAY):
            self.put_on_hold(self.ann)
        self.assertEqual(
            standing.read(["amount", "document_count", "tier_id", "last_date", "user_id"]), before
        )

    def test_a_prospect_is_given_a_standing(self):
        with freeze_time(TODAY):
            self.put_on_hold(self.bob)
            standing = self.standing_of(self.scheme, self.bob)
            self.assertEqual(standing.customer_status, "on_hold")
            self.assertEqual(standing.user_id, self.seller)
            self.assertEqual(self.bob.with_user(self.seller).customer_status, "on_hold")
            self.assertEqual(
                self.bob.with_user(self.seller).status_reason,
                "On hold until 12/31/2024: Rebuilding",
            )
            self.bob.with_user(self.seller).action_end_hold()
        self.assertEqual(standing.customer_status, "prospect")
        self.assertEqual(self.bob.status_reason, "No order yet.")

    def test_a_prospect_stays_on_hold_in_another_operative_scheme(self):
        with freeze_time(TODAY):
            self.put_on_hold(self.bob)
            other = self.make_scheme("amount", [("A", 1)])
            other.action_make_operative()
        self.assertEqual(self.bob.customer_status, "on_hold")

    def test_again_changes_date_and_reason(self):
        with freeze_time(TODAY):
            hold = self.put_on_hold(self.ann)
            again = self.put_on_hold(self.ann | self.bob, review="2025-03-31", reason="Longer")
        self.assertEqual(len(again), 2)
        self.assertEqual((hold.review_date, hold.reason), (date(2025, 3, 31), "Longer"))

    def test_contacts_stand_for_their_company(self):
        contact = self.make_partner("Contact", parent_id=self.ann.id, is_company=False)
        with freeze_time(TODAY):
            hold = self.put_on_hold(contact)
        self.assertEqual(hold.partner_id, self.ann)
        with self.assertRaises(ValidationError):
            self.env["customer.hold"].create(
                {"partner_id": contact.id, "review_date": "2090-01-01"}
            )

    def test_from_lists_of_results(self):
        with freeze_time(TODAY):
            standing = self.standing_of(self.scheme, self.ann)
            action = standing.with_user(self.seller).action_put_on_hold()
            self.assertEqual(action["context"], {"default_partner_ids": self.ann.ids})
            self.put_on_hold(self.ann)
            standing.with_user(self.seller).action_end_hold()
        self.assertEqual(standing.customer_status, "dormant")

    def test_review_date_must_lie_ahead(self):
        with freeze_time(TODAY), self.assertRaisesRegex(UserError, "after today"):
            self.put_on_hold(self.ann, review="2024-06-30")

    def test_exempt_customers_have_nothing_to_hold(self):
        self.ann.tier_exempt = True
        with freeze_time(TODAY), self.assertRaisesRegex(ValidationError, "exempt"):
            self.put_on_hold(self.ann)

    def test_hold_from_a_day_to_come(self):
        with freeze_time(TODAY):
            self.env["customer.hold"].create(
                {
                    "partner_id": self.ann.id,
                    "date_from": "2024-07-02",
                    "review_date": "2024-12-31",
                }
            )
        for as_of, status in (("2024-07-01", "dormant"), ("2024-07-02", "on_hold")):
            self.assertEqual(
                self.measure(self.ann, fields.Date.to_date(as_of)).customer_status, status
            )

    def test_day_of_the_schemes_time_zone(self):
        """Ended in the evening of one clock: the hold is over on the scheme's as well."""
        self.scheme.tz = "America/Los_Angeles"
        seller = self.seller
        seller.tz = "Asia/Shanghai"
        with freeze_time("2024-07-01 02:00:00"):
            hold = self.put_on_hold(self.ann.with_context(tz="Asia/Shanghai"))
            self.assertEqual(hold.date_from, AS_OF)
            self.assertEqual(self.ann.customer_status, "on_hold")
            self.ann.with_user(seller).with_context(tz="Asia/Shanghai").action_end_hold()
            self.assertEqual(self.ann.customer_status, "dormant")


@tagged("post_install", "-at_install")
class TestEndOfHold(HoldCase):
    def test_review_date(self):
        with freeze_time(TODAY):
            hold = self.put_on_hold(self.ann, review="2024-07-10")
        standing = self.measure(self.ann, date(2024, 7, 9))
        self.assertEqual(standing.customer_status, "on_hold")
        self.assertFalse(self.activities_of(self.ann))
        self.evaluate(self.scheme, date(2024, 7, 10))
        self.assertEqual(standing.customer_status, "dormant")
        self.assertEqual((hold.date_end, hold.end_reason), (date(2024, 7, 10), "review"))
        activity = self.activities_of(self.ann)
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(activity.date_deadline, date(2024, 7, 10))
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))
        self.assertIn("Rebuilding", activity.note)
        self.evaluate(self.scheme, date(2024, 7, 11))
        self.assertEqual(self.activities_of(self.ann), activity)

    def test_missed_nights(self):
        """The date of the activity is that of the review, not that of the run."""
        with freeze_time(TODAY):
            self.put_on_hold(self.ann, review="2024-07-10")
        self.evaluate(self.scheme, date(2024, 8, 1))
        self.assertEqual(self.activities_of(self.ann).date_deadline, date(2024, 7, 10))

    def test_who_is_asked(self):
        for archive, asked in (
            (self.env["res.users"], self.seller),
            (self.seller, self.leader),
            (self.leader, self.colleague),
        ):
            archive.active = False
            partner = self.make_partner(user_id=self.seller.id)
            with freeze_time(TODAY):
                self.env["customer.hold"].create(
                    {
                        "partner_id": partner.id,
                        "review_date": "2024-07-01",
                        "user_id": self.colleague.id,
                    }
                )
            self.evaluate(self.scheme, date(2024, 7, 1))
            self.assertEqual(self.activities_of(partner).user_id, asked)

    def test_nobody_is_asked_about_archived_customers(self):
        with freeze_time(TODAY):
            hold = self.put_on_hold(self.ann, review="2024-07-10")
        self.ann.active = False
        self.evaluate(self.scheme, date(2024, 7, 10))
        self.assertEqual(hold.end_reason, "review")
        self.assertFalse(self.activities_of(self.ann))

    def test_return_by_order(self):
        with freeze_time(TODAY):
            hold = self.put_on_hold(self.ann)
        self.make_order(self.ann, 10, AS_OF)
        standing = self.measure(self.ann)
        self.assertEqual(standing.customer_status, "on_hold", "ordered before the hold began")
        self.make_order(self.ann, 10, "2024-07-05")
        self.evaluate(self.scheme, date(2024, 7, 5))
        self.assertNotEqual(standing.customer_status, "on_hold")
        self.assertEqual((hold.date_end, hold.end_reason), (date(2024, 7, 5), "order"))
        self.assertFalse(self.activities_of(self.ann))

    def test_past_days_remember_the_hold(self):
        with freeze_time(TODAY):
            self.put_on_hold(self.ann, review="2024-07-10")
        self.evaluate(self.scheme, date(2024, 7, 10))
        other = self.make_scheme("amount", [("A", 1)])
        self.assertEqual(self.measure(self.ann, date(2024, 7, 9), other).customer_status, "on_hold")

    def test_in_the_night(self):
        with freeze_time(TODAY):
            self.put_on_hold(self.ann, review="2024-07-10")
        (self.Scheme.search([("operative", "=", True)]) - self.scheme).operative = False
        with freeze_time("2024-07-10 02:00:00"), self.enter_registry_test_mode():
            self.env.ref("customer_tiering.ir_cron_evaluate_schemes").method_direct_trigger()
        self.assertEqual(self.activities_of(self.ann).user_id, self.seller)

    def test_many_at_once_cost_little(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{number}", "user_id": self.seller.id} for number in range(40)]
        )
        with freeze_time(TODAY):
            self.put_on_hold(partners, review="2024-07-10")
        self.assertEqual(
            self.Standing.search_count(
                [("scheme_id", "=", self.scheme.id), ("customer_status", "=", "on_hold")]
            ),
            40,
        )

    def test_archived_customers_are_not_listed_as_losing(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_standing_action_losing"
        )
        domain = [*literal_eval(action["domain"]), ("scheme_id", "=", self.scheme.id)]
        standing = self.standing_of(self.scheme, self.ann)
        self.assertIn(standing, self.Standing.search(domain))
        self.ann.active = False
        self.assertNotIn(standing, self.Standing.search(domain))
        self.assertEqual(standing.customer_status, "dormant")


@tagged("post_install", "-at_install")
class TestLeaving(HoldCase):
    def record(self, partners, user=None, note="Too far away"):
        user = user or self.seller
        action = partners.with_user(user).action_record_leaving()
        wizard = self.env[action["res_model"]].with_user(user)
        dialog = Form(wizard.with_context(**action["context"]))
        dialog.reason_id = self.env.ref("customer_tiering.leaving_reason_competitor")
        dialog.note = note
        dialog.save().action_record()
        return self.env["customer.leaving"].search([("partner_id", "in", partners.ids)])

    def test_keeps_the_situation(self):
        with freeze_time(TODAY):
            leaving = self.record(self.ann)
        standing = self.standing_of(self.scheme, self.ann)
        self.assertEqual(
            (leaving.customer_status, leaving.value_at_stake, leaving.tier_id, leaving.manager_id),
            ("dormant", 40, standing.tier_id, self.seller),
        )
        self.assertEqual((leaving.user_id, leaving.date), (self.seller, AS_OF))
        self.make_order(self.ann, 100, "2024-07-01")
        self.evaluate(self.scheme, date(2024, 7, 1))
        self.assertEqual(leaving.value_at_stake, 40)

    def test_many_at_once(self):
        with freeze_time(TODAY):
            self.assertEqual(len(self.record(self.ann | self.bob)), 2)

    def without_reason(self):
        return self.Standing.search(
            [("scheme_id", "=", self.scheme.id), ("leaving_reason_id", "=", False)]
        ).partner_id

    def test_search_agrees_with_what_is_shown(self):
        standing = self.standing_of(self.scheme, self.ann)
        price = self.env.ref("customer_tiering.leaving_reason_price")
        competitor = self.env.ref("customer_tiering.leaving_reason_competitor")
        base = [("scheme_id", "=", self.scheme.id)]

        def found(*condition):
            return self.Standing.search([*base, condition])

        self.assertEqual(found("leaving_reason_id", "=", False), standing)
        with freeze_time(TODAY):
            self.record(self.ann)
        self.env.invalidate_all()
        self.assertEqual(standing.leaving_reason_id, competitor)
        self.assertFalse(found("leaving_reason_id", "=", False))
        self.assertEqual(found("leaving_reason_id", "!=", False), standing)
        self.assertEqual(found("leaving_reason_id", "=", competitor.id), standing)
        self.assertEqual(found("leaving_reason_id.name", "ilike", "competitor"), standing)
        self.assertEqual(found("leaving_reason_id", "!=", price.id), standing)
        # a later reason takes the place of the earlier one
        self.env["customer.leaving"].create(
            {"partner_id": self.ann.id, "reason_id": price.id, "date": "2024-07-01"}
        )
        self.env.invalidate_all()
        self.assertEqual(standing.leaving_reason_id, price)
        self.assertFalse(found("leaving_reason_id", "=", competitor.id))
        self.assertEqual(found("leaving_reason_id", "in", [price.id, False]), standing)

    def test_after_the_next_order_the_reason_is_history(self):
        with freeze_time(TODAY):
            self.record(self.ann)
        self.make_order(self.ann, 100, "2024-07-02")
        standing = self.measure(self.ann, date(2024, 7, 2))
        self.env.invalidate_all()
        self.assertFalse(standing.leaving_reason_id)
        self.assertEqual(self.without_reason(), self.ann)

    def test_the_customer_of_a_reason_stays(self):
        with freeze_time(TODAY):
            leaving = self.record(self.ann)
        leaving.with_user(self.seller).note = "Asked again"
        with self.assertRaises(UserError):
            leaving.with_user(self.seller).partner_id = self.bob
        with self.assertRaises(UserError):
            leaving.with_user(self.seller).value_at_stake = 1

    def test_used_reasons_are_archived_not_deleted(self):
        with freeze_time(TODAY):
            leaving = self.record(self.ann)
        leaving.reason_id.action_archive()
        self.assertEqual(leaving.reason_id.name, "Won by a competitor")


@tagged("post_install", "-at_install")
class TestRights(HoldCase):
    def test_own_customers_only(self):
        with freeze_time(TODAY):
            with self.assertRaises(AccessError):
                self.put_on_hold(self.ann, self.colleague)
            hold = self.put_on_hold(self.ann, self.seller)
        self.assertEqual(self.standing_of(self.scheme, self.ann).customer_status, "on_hold")
        holds = self.env["customer.hold"]
        self.assertFalse(holds.with_user(self.colleague).search([]))
        self.assertEqual(holds.with_user(self.seller).search([]), hold)
        self.assertEqual(holds.with_user(self.leader).search([]), hold)
        self.assertEqual(holds.with_user(self.make_user("all")).search([]), hold)
        with self.assertRaises(AccessError):
            hold.with_user(self.colleague).action_end()
        hold.with_user(self.leader).action_end()
        self.assertEqual(hold.end_reason, "hand")

    def test_a_hold_is_not_moved_to_another_customer(self):
        with freeze_time(TODAY):
            hold = self.put_on_hold(self.ann)
            hold.with_user(self.seller).review_date = "2024-07-20"
        self.assertIn("07/20/2024", self.standing_of(self.scheme, self.ann).status_reason)
        for vals in ({"partner_id": self.bob.id}, {"date_end": "2024-07-01"}):
            with self.assertRaises(UserError):
                hold.with_user(self.seller).write(vals)

    def test_a_client_cannot_forge_a_hold(self):
        forged = {
            "user_id": self.leader.id,
            "date_end": "2024-06-30",
            "end_reason": "order",
        }
        defaults = {f"default_{name}": value for name, value in forged.items()}
        holds = self.env["customer.hold"].with_user(self.seller)
        vals = {"partner_id": self.ann.id, "review_date": "2024-12-31"}
        with freeze_time(TODAY):
            hold = holds.create({**vals, **forged})
            self.assertEqual((hold.user_id, hold.date_end), (self.seller, False))
            hold.sudo().unlink()
            hold = holds.with_context(**defaults).create(vals)
        self.assertEqual(
            (hold.user_id, hold.date_end, hold.end_reason), (self.seller, False, False)
        )

    def test_a_client_cannot_forge_a_reason(self):
        forged = {
            "user_id": self.leader.id,
            "manager_id": self.leader.id,
            "customer_status": "active",
            "tier_id": self.scheme.tier_ids[0].id,
            "value_at_stake": 1e6,
        }
        vals = {
            # bob has no figures, so nothing takes the place of what is forged
            "partner_id": self.bob.id,
            "reason_id": self.env.ref("customer_tiering.leaving_reason_price").id,
        }
        leaving = self.env["customer.leaving"].with_user(self.seller).create({**vals, **forged})
        self.assertEqual(leaving.user_id, self.seller)
        self.assertFalse(leaving.manager_id | leaving.tier_id.create_uid)
        self.assertEqual((leaving.customer_status, leaving.value_at_stake), (False, 0))

    def test_reasons_follow_the_same_ladder(self):
        reason = self.env.ref("customer_tiering.leaving_reason_price")
        vals = {"partner_id": self.ann.id, "reason_id": reason.id}
        leavings = self.env["customer.leaving"]
        with self.assertRaises(AccessError):
            leavings.with_user(self.colleague).create(vals)
        leaving = leavings.with_user(self.seller).create(vals)
        self.assertFalse(leavings.with_user(self.colleague).search([]))
        self.assertIn(leaving, leavings.with_user(self.leader).search([]))
        with self.assertRaises(AccessError):
            leaving.with_user(self.seller).unlink()
        with self.assertRaises(AccessError):
            reason.with_user(self.seller).name = "Mine"

    def test_employees_without_our_groups(self):
        employee = self.make_user(None)
        for model in ("customer.hold", "customer.leaving", "customer.leaving.reason"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(employee).search([])
        for name in ("customer_status", "status_reason", "value_at_stake", "prospect_class"):
            with self.assertRaises(AccessError):
                self.ann.with_user(employee).read([name])

    def test_companies(self):
        foreign = self.make_company("Other")
        user = self.make_user("all", companies=foreign)
        with freeze_time(TODAY):
            hold = self.put_on_hold(self.ann)
        there = self.env(user=user, context={"allowed_company_ids": foreign.ids})
        self.assertFalse(there["customer.hold"].search([]))
        with self.assertRaises(AccessError):
            hold.with_env(there).read(["reason"])

    def test_holds_of_a_branch_are_those_of_its_company(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        user = self.make_user("all", companies=branch)
        with freeze_time(TODAY):
            there = self.env(user=user, context={"allowed_company_ids": branch.ids})
            partner = self.ann.with_env(there)
            wizard = there["customer.hold.start"].create({"partner_ids": partner.ids})
            wizard.action_apply()
            self.assertEqual(there["customer.hold"].search([]).company_id, self.company)
            self.assertEqual(partner.customer_status, "on_hold")
            partner.action_end_hold()
            self.assertEqual(partner.customer_status, "dormant")


@tagged("post_install", "-at_install")
class TestMerge(HoldCase):
    def merge(self, kept, gone):
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (kept | gone).ids, kept, extra_checks=False
        )
        self.env.invalidate_all()

    def test_both_on_hold(self):
        with freeze_time(TODAY):
            self.put_on_hold(self.ann, reason="Ann's")
            self.put_on_hold(self.bob, reason="Bob's")
            self.merge(self.ann, self.bob)
        holds = self.env["customer.hold"].search([("partner_id", "=", self.ann.id)])
        self.assertEqual(
            {hold.reason: hold.end_reason for hold in holds}, {"Ann's": False, "Bob's": "merge"}
        )

    def test_only_the_merged_one_on_hold(self):
        with freeze_time(TODAY):
            self.put_on_hold(self.bob)
            self.merge(self.ann, self.bob)
            self.assertEqual(self.ann.customer_status, "on_hold")
