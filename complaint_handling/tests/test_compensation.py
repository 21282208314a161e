from math import inf

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import AGENT, NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestCompensation(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Compensation = cls.env["complaint.compensation"]
        cls.chief.group_ids = [
            Command.link(cls.env.ref("complaint_handling.complaint_handling_group_manager").id)
        ]
        cls.owner = cls.make_agent("base.group_system," + AGENT, name="Owner")
        cls.head.care_manager_id = cls.owner
        cls.poster = cls.make_agent("account.group_account_invoice", name="Poster")
        cls.seller = cls.make_agent("sales_team.group_sale_salesman", name="Seller")
        cls.make_books()

    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.case = self.make_case(user_id=self.mia.id)
        self.case.with_user(self.mia).action_take()

    def grant(self, amount=30, user=None, case=None, **vals):
        compensation = self.Compensation.with_user(user or self.mia).create(
            {
                "case_id": (case or self.case).id,
                "amount": amount,
                "reason": "It took so long",
                "type": "goodwill",
                **vals,
            }
        )
        compensation.action_request()
        return compensation.sudo()

    def limit(self, user):
        return self.env["complaint.authority"]._get_limit(user, self.company)

    # authority

    def test_shipped_limits(self):
        self.assertEqual([self.limit(u) for u in (self.mia, self.head)], [50, 500])
        self.assertEqual(self.limit(self.owner), inf)
        self.assertEqual(self.limit(self.anna), 0)

    def test_branch_uses_the_limits_above_it(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        get_limit = self.env["complaint.authority"]._get_limit
        self.assertEqual(get_limit(self.mia, branch), 50)
        self.env["complaint.authority"].create(
            {
                "company_id": branch.id,
                "group_id": self.env.ref(AGENT).id,
                "amount": 20,
            }
        )
        self.assertEqual(get_limit(self.mia, branch), 20)

    def test_within_the_authority_it_is_granted_at_once(self):
        compensation = self.grant(50)
        self.assertEqual(compensation.state, "approved")
        self.assertEqual(compensation.approved_by_id, self.mia)
        self.assertEqual(self.case.compensation_amount, 50)

    def test_beyond_it_the_nearest_leader_with_enough_is_asked(self):
        compensation = self.grant(50.01)
        self.assertEqual(compensation.state, "to_approve")
        self.assertEqual(compensation.approver_id, self.chief)
        self.assertEqual(compensation.activity_ids.user_id, self.chief)
        self.assertEqual(self.case.compensation_amount, 0)
        compensation.with_user(self.chief).action_approve()
        self.assertEqual(compensation.state, "approved")
        self.assertFalse(compensation.activity_ids)
        self.assertIn(self.mia.partner_id, compensation.message_ids.notified_partner_ids)
        # in another case: more than a manager may grant goes to who has no limit
        case = self.make_case(user_id=self.mia.id)
        self.assertEqual(self.grant(501, case=case).approver_id, self.owner)

    def test_absent_leader_is_passed_over(self):
        self.chief.write({"out_of_office_from": "2024-07-01", "out_of_office_to": "2024-07-20"})
        self.assertEqual(self.grant(100).approver_id, self.head)

    def test_splitting_evades_nothing(self):
        self.assertEqual(self.grant(30).state, "approved")
        second = self.grant(30)
        self.assertEqual(second.state, "to_approve")
        # what is only asked for counts, too
        self.assertEqual(self.grant(15, user=self.ben).state, "to_approve")
        self.grant(460, user=self.mia)
        with self.assertRaises(UserError):
            second.with_user(self.chief).action_approve()

    def test_nobody_approves_his_own(self):
        compensation = self.grant(600, user=self.chief)
        self.assertEqual(compensation.approver_id, self.owner)
        with self.assertRaises(UserError):
            compensation.with_user(self.chief).action_approve()
        with self.assertRaises(UserError):
            self.refuse(compensation, self.chief)

    def test_too_little_authority_does_not_approve(self):
        compensation = self.grant(100)
        with self.assertRaises(UserError):
            compensation.with_user(self.ben).action_approve()

    def test_nobody_may_grant_so_much(self):
        self.env["complaint.authority"].search(
            [("company_id", "=", self.company.id), ("no_limit", "=", True)]
        ).unlink()
        compensation = self.grant(10000)
        self.assertEqual(compensation.state, "to_approve")
        self.assertFalse(compensation.approver_id)
        self.assertIn("Nobody in", "".join(self.case.message_ids.mapped("body")))

    def refuse(self, compensation, user):
        self.env["complaint.compensation.refuse"].with_user(user).create(
            {"compensation_id": compensation.id, "reason": "Too much"}
        ).action_confirm()

    def test_refused(self):
        compensation = self.grant(100)
        self.refuse(compensation, self.chief)
        self.assertEqual(compensation.state, "refused")
        self.assertFalse(compensation.activity_ids)
        with self.assertRaises(UserError):
            compensation.with_user(self.mia).amount = 40

    def test_changed_amount_is_asked_anew(self):
        compensation = self.grant(40)
        compensation.with_user(self.mia).amount = 45
        self.assertEqual(compensation.state, "approved")
        compensation.with_user(self.mia).amount = 60
        self.assertEqual(compensation.state, "to_approve")
        self.assertFalse(compensation.approved_by_id)
        compensation.with_user(self.chief).action_approve()
        compensation.with_user(self.mia).reason = "In other words"
        self.assertEqual(compensation.state, "approved")

    def test_approval_is_not_typed_in(self):
        compensation = self.Compensation.with_user(self.mia).create(
            {
                "case_id": self.case.id,
                "amount": 9000,
                "reason": "x",
                "state": "approved",
                "approved_by_id": self.mia.id,
            }
        )
        self.assertEqual(compensation.state, "draft")
        for vals in ({"state": "approved"}, {"approver_id": self.mia.id}):
            with self.assertRaises(UserError):
                compensation.write(vals)

    def test_nothing_and_nobody_is_refused(self):
        with self.assertRaises(UserError):
            self.grant(0)
        with self.assertRaises(UserError):
            self.grant(10, case=self.make_case(partner_id=False, contact_id=False))
        with self.assertRaises(ValidationError):
            self.grant(10, type="replacement", product_id=False)

    # money

    def test_other_currency_counts_at_the_rate_of_the_date(self):
        self.set_rate("2024-01-01", 2.0)
        self.set_rate("2024-07-10", 1.0)
        compensation = self.grant(90, currency_id=self.usd.id, date="2024-07-03")
        self.assertEqual(compensation.amount_company, 45)
        self.assertEqual(compensation.state, "approved")
        self.assertEqual(self.case.compensation_amount, 45)
        later = self.grant(
            90, currency_id=self.usd.id, date="2024-07-11", case=self.make_case(user_id=self.mia.id)
        )
        self.assertEqual(later.state, "to_approve")

    def test_cost_follows_cause_and_cancelling(self):
        cause = self.env.ref("complaint_handling.complaint_cause_material")
        compensation = self.grant(30)
        self.case.cause_id = cause
        self.assertEqual(compensation.cause_id, cause)
        compensation.with_user(self.mia).action_cancel()
        self.assertEqual(self.case.compensation_amount, 0)

    # documents

    def test_draft_credit_note_of_a_part(self):
        country = self.env.ref("base.de").id
        self.company.account_fiscal_country_id = country
        group = self.env["account.tax.group"].create({"name": "VAT", "country_id": country})
        tax = self.env["account.tax"].create(
            {
                "name": "VAT",
                "amount": 20,
                "tax_group_id": group.id,
                "company_id": self.company.id,
                "country_id": country,
            }
        )
        line = {
            "product_id": self.product.id,
            "quantity": 1,
            "price_unit": 200,
            "tax_ids": [Command.set(tax.ids)],
        }
        self.case.invoice_id = self.make_invoice(self.customer, 0, lines=[Command.create(line)])
        compensation = self.grant(24, type="credit_note")
        move = compensation._get_document()
        self.assertEqual((move.move_type, move.state), ("out_refund", "draft"))
        self.assertEqual(move.partner_id, self.customer)
        self.assertEqual(move.reversed_entry_id, self.case.invoice_id)
        self.assertEqual((move.amount_untaxed, move.amount_total), (20, 24))
        self.assertEqual(move.activity_ids.user_id, self.poster)
        with self.assertRaises(AccessError):
            move.with_user(self.mia).read(["amount_total"])
        move.with_user(self.poster).write({"invoice_date": "2024-07-03"})
        move.with_user(self.poster).action_post()
        self.assertEqual(compensation.state, "done")
        self.assertFalse(compensation.posting_activity_id.active)
        with self.assertRaises(UserError):
            compensation.with_user(self.mia).action_cancel()

    def test_credit_note_of_the_whole_invoice_has_its_lines(self):
        self.case.invoice_id = self.make_invoice(self.customer, 40)
        move = self.grant(40, type="credit_note")._get_document()
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.invoice_line_ids.product_id, self.product)
        self.assertEqual(move.amount_total, 40)

    def test_credit_note_without_an_invoice(self):
        move = self.grant(40, type="discount", name="Sorry")._get_document()
        self.assertEqual(move.amount_total, 40)
        self.assertEqual(move.invoice_line_ids.name, "Sorry")

    def test_no_document_before_the_approval(self):
        compensation = self.grant(400, type="credit_note")
        self.assertFalse(compensation._get_document())
        compensation.with_user(self.chief).action_approve()
        self.assertEqual(compensation._get_document().state, "draft")

    def test_cancelling_withdraws_a_draft_only(self):
        compensation = self.grant(40, type="credit_note")
        move = compensation._get_document()
        compensation.with_user(self.mia).action_cancel()
        self.assertEqual(move.state, "cancel")
        self.assertFalse(move.activity_ids)
        compensation.with_user(self.mia).action_draft()
        compensation.with_user(self.mia).action_request()
        self.assertEqual(compensation._get_document().state, "draft")

    def test_deleted_draft_is_made_again(self):
        compensation = self.grant(40, type="credit_note")
        compensation._get_document().unlink()
        self.assertFalse(compensation.document_name)
        compensation.with_user(self.mia).action_make_document()
        self.assertEqual(compensation._get_document().state, "draft")

    def test_replacement_is_a_quotation_for_nothing(self):
        self.product.lst_price = 12
        form = Form(
            self.Compensation.with_user(self.mia).with_context(default_case_id=self.case.id)
        )
        form.type = "replacement"
        form.product_id = self.product
        form.quantity = 3
        form.reason = "Broken"
        self.assertEqual(form.amount, 36)
        compensation = form.save()
        compensation.action_request()
        order = compensation._get_document()
        self.assertEqual((order.state, order.amount_total), ("draft", 0))
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self.assertEqual(order.activity_ids.user_id, self.seller)
        order.with_user(self.seller).sudo().action_confirm()
        self.assertEqual(compensation.state, "done")

    def test_payment_is_asked_of_who_keeps_the_books(self):
        compensation = self.grant(30, type="goodwill")
        self.assertFalse(compensation._get_document())
        activity = compensation.posting_activity_id
        self.assertEqual(activity.user_id, self.poster)
        self.assertEqual(activity.res_model, "res.partner")
        compensation.with_user(self.mia).action_done()
        self.assertEqual(compensation.state, "done")
        self.assertFalse(activity.active)

    def test_company_without_books(self):
        other = self.make_company("Bookless")
        agent = self.make_agent(companies=other)
        self.Team.search([("company_id", "=", other.id)]).member_ids = [
            Command.create({"user_id": agent.id})
        ]
        case = self.make_case(company_id=other.id, contact_id=False, user_id=agent.id)
        compensation = (
            self.Compensation.with_user(agent)
            .with_context(allowed_company_ids=other.ids)
            .create({"case_id": case.id, "amount": 10, "reason": "x", "type": "credit_note"})
        )
        compensation.action_request()
        self.assertEqual(compensation.state, "approved")
        self.assertFalse(compensation.sudo()._get_document())
        self.assertIn("Nobody in", "".join(case.message_ids.mapped("body")))
        mine = compensation.with_user(self.head).with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(mine.has_access("read"))

    def test_vouchers_only_where_they_exist(self):
        types = dict(self.Compensation._fields["type"]._description_selection(self.env))
        self.assertEqual("voucher" in types, "loyalty.card" in self.env)
        if "voucher" not in types:
            return
        self.env["loyalty.program"].create(
            {"name": "Gifts", "program_type": "gift_card", "company_id": self.company.id}
        )
        card = self.grant(30, type="voucher")._get_document()
        self.assertEqual((card.points, card.active), (30, False))

    # what follows

    def test_who_was_paid_is_called(self):
        small = self.make_customer("Small", tier="BASIC")
        case = self.make_case(partner_id=small.id, contact_id=False, user_id=self.mia.id)
        case.email_from = "small@shop.example"
        self.grant(30, case=case)
        self.solve(case)
        self.assertEqual(case.verification_id.method, "call")

    def test_approver_from_elsewhere_sees_only_what_waits_for_him(self):
        compensation = self.grant(501)
        mine = compensation.with_user(self.owner)
        self.assertEqual(mine.approver_id, self.owner)
        self.assertFalse(self.case.with_user(self.owner).has_access("read"))
        mine.action_approve()
        self.assertEqual(mine.read(["state"])[0]["state"], "approved")
        other = self.grant(20, case=self.make_case(user_id=self.mia.id))
        self.assertFalse(other.with_user(self.owner).has_access("read"))

    def test_account_managers_read(self):
        compensation = self.grant(20)
        self.assertTrue(compensation.with_user(self.anna).has_access("read"))
        self.assertFalse(compensation.with_user(self.anna).has_access("write"))
        self.assertFalse(compensation.with_user(self.tom).has_access("read"))
