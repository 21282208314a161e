"""The course of a scorecard: who confirms, who approves, and what follows."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_scorecard import ScorecardCase

RULE_LOG = "odoo.addons.base.models.ir_rule"


@tagged("post_install", "-at_install")
class TestApproval(ScorecardCase):
    def setUp(self):
        super().setUp()
        self.before = self.judge(self.partner, "ABC", "2024-04-01", state="approved")

    def changed_row(self, partner=None, letters="ABB", user=None):
        row = self.judge(partner or self.partner, letters)
        row.with_user(user or self.anna).action_confirm()
        return row

    def message_of(self, action):
        return action["params"]["message"]

    def todos(self, record):
        return record.activity_ids.filtered(
            lambda row: row.activity_type_id == self.env.ref("mail.mail_activity_data_todo")
        )

    def test_unchanged_is_approved_at_once(self):
        row = self.judge(self.partner).with_user(self.anna)
        action = row.action_confirm()
        self.assertEqual(row.state, "approved")
        self.assertEqual(row.submit_user_id, self.anna)
        self.assertFalse(row.approver_id)
        self.assertEqual(self.message_of(action), "1 unchanged: approved at once.")
        self.assertFalse(self.todos(row))

    def test_changed_goes_to_the_leader(self):
        row = self.changed_row()
        self.assertEqual(row.state, "to_approve")
        self.assertEqual(self.todos(row).user_id, self.leader)
        self.assertEqual(self.todos(row).summary, "Scorecard to approve")
        self.assertFalse(row.with_user(self.anna).can_approve)
        self.assertTrue(row.with_user(self.leader).can_approve)
        row.with_user(self.leader).action_approve()
        self.assertEqual(row.state, "approved")
        self.assertEqual(row.approver_id, self.leader)
        self.assertFalse(self.todos(row))

    def test_first_scorecard_is_a_change(self):
        row = self.changed_row(self.make_partner("New one", user_id=self.anna.id), "CCC")
        self.assertEqual(row.state, "to_approve")

    def test_nobody_approves_his_own(self):
        row = self.changed_row()
        with self.assertRaisesRegex(UserError, "only team leaders"):
            row.with_user(self.anna).action_approve()
        own = self.changed_row(
            self.make_partner("Of leader", user_id=self.leader.id), "AAA", self.leader
        )
        with self.assertRaisesRegex(UserError, "nobody approves his own"):
            own.with_user(self.leader).action_approve()
        # also what he confirmed for a member of his team
        other = self.changed_row(
            self.make_partner("Of ben", user_id=self.ben.id), "AAA", self.leader
        )
        with self.assertRaisesRegex(UserError, "nobody approves his own"):
            other.with_user(self.leader).action_approve()
        (own | other).with_user(self.manager).action_approve()
        self.assertEqual(set((own | other).mapped("state")), {"approved"})

    def test_manager_may_approve_his_own(self):
        row = self.changed_row(
            self.make_partner("Of manager", user_id=self.manager.id), "AAA", self.manager
        )
        row.with_user(self.manager).action_approve()
        self.assertEqual(row.state, "approved")

    def test_leader_of_another_team(self):
        stranger = self.make_user("team")
        row = self.changed_row()
        with mute_logger(RULE_LOG), self.assertRaisesRegex(UserError, "A scorecard: it is not"):
            row.with_user(stranger).action_approve()
        self.assertEqual(row.state, "to_approve")

    def test_all_customers_approves_anybodys(self):
        everybody = self.make_user("all")
        row = self.changed_row()
        row.with_user(everybody).action_approve()
        self.assertEqual(row.approver_id, everybody)

    def test_one_bad_row_does_not_stop_the_rest(self):
        rows = self.Assessment
        for number in range(5):
            rows |= self.changed_row(self.make_partner(f"C{number}", user_id=self.anna.id), "AAA")
        bad = self.judge(self.make_partner("Bad", user_id=self.anna.id), "AA")
        action = (rows | bad).with_user(self.leader).action_approve()
        self.assertEqual(set(rows.mapped("state")), {"approved"})
        self.assertEqual(bad.state, "draft")
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(
            self.message_of(action),
            "5 approved.\n1 left as they are:\nBad, Q3 2024: it does not wait for approval.",
        )

    def test_queries_do_not_grow_with_the_rows(self):
        def count(number):
            rows = self.Assessment
            for index in range(number):
                partner = self.make_partner(f"M{number} {index}", user_id=self.anna.id)
                self.judge(partner, "AAC", "2024-04-01", state="approved")
                rows |= self.judge(partner, "AAB")
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            rows.with_user(self.anna).action_confirm()
            self.env.flush_all()
            middle = self.env.cr.sql_log_count
            rows.with_user(self.leader).action_approve()
            self.env.flush_all()
            self.assertEqual(set(rows.mapped("state")), {"approved"})
            return middle - start, self.env.cr.sql_log_count - middle

        count(1)
        few, many = count(2), count(30)
        self.assertLess(many[0], few[0] + 14)
        self.assertLess(many[1], few[1] + 14)

    def test_confirming_many(self):
        same = self.judge(self.partner)
        new = self.judge(self.make_partner("New", user_id=self.anna.id), "AAA")
        half = self.judge(self.make_partner("Half", user_id=self.anna.id), "AA")
        foreign = self.judge(self.make_partner("Foreign", user_id=self.ben.id), "AAA")
        rows = (same | new | half | foreign).with_user(self.anna)
        with mute_logger(RULE_LOG):
            message = self.message_of(rows.action_confirm())
        self.assertEqual(
            [same.state, new.state, half.state, foreign.state],
            ["approved", "to_approve", "draft", "draft"],
        )
        self.assertIn("1 unchanged: approved at once.\n1 sent for approval.", message)
        self.assertIn("Half, Q3 2024: a letter is missing for: Potential.", message)
        self.assertNotIn("Foreign", message)

    def test_nothing_to_do_is_an_error(self):
        row = self.judge(self.partner, "AA")
        row.potential = False
        with self.assertRaisesRegex(UserError, "a letter is missing for: Potential"):
            row.with_user(self.anna).action_confirm()

    def test_exempt_customers_are_not_judged(self):
        row = self.judge(self.partner)
        self.partner.tier_exempt = True
        with self.assertRaisesRegex(UserError, "exempt"):
            row.with_user(self.anna).action_confirm()

    def test_return_with_a_reason(self):
        row = self.changed_row()
        action = row.with_user(self.leader).action_return()
        wizard = (
            self.env["customer.assessment.return"]
            .with_user(self.leader)
            .with_context(**action["context"])
            .create({"reason": "Shrinking market"})
        )
        wizard.action_return()
        self.assertEqual((row.state, row.return_reason), ("returned", "Shrinking market"))
        self.assertEqual(self.todos(row).user_id, self.anna)
        mine = row.with_user(self.anna)
        mine.potential = "C"
        mine.action_confirm()
        self.assertEqual(row.state, "approved", "back to what it was: nothing to approve")
        self.assertFalse(row.return_reason)
        self.assertFalse(self.todos(row))

    def test_who_may_not_approve_may_not_return(self):
        row = self.changed_row()
        with self.assertRaises(AccessError):
            self.env["customer.assessment.return"].with_user(self.anna).create(
                {"reason": "x", "assessment_ids": row.ids}
            )
        with self.assertRaisesRegex(UserError, "only team leaders"):
            row.with_user(self.anna)._return("x")

    def test_take_back_and_reopen(self):
        row = self.changed_row().with_user(self.anna)
        row.action_reopen()
        self.assertEqual(row.state, "draft")
        self.assertFalse(row.submit_user_id)
        row.action_confirm()
        row.with_user(self.leader).action_approve()
        with self.assertRaisesRegex(UserError, "only managers reopen"):
            row.with_user(self.leader).action_reopen()
        row.with_user(self.manager).action_reopen()
        self.assertEqual(row.state, "draft")
        self.assertFalse(row.approver_id)

    def test_next_quarter_follows_an_approval(self):
        following = self.judge(self.partner, "ABB", "2024-10-01")
        self.assertEqual(following.previous_id, self.before)
        self.assertTrue(following.changed)
        row = self.changed_row()
        row.with_user(self.leader).action_approve()
        self.assertEqual(following.previous_id, row)
        self.assertFalse(following.changed)
        row.with_user(self.manager).action_reopen()
        self.assertEqual(following.previous_id, self.before)
        self.assertTrue(following.changed)

    def test_rising_potential_is_noted_and_told(self):
        row = self.changed_row()
        self.assertTrue(row.potential_rises)
        row.with_user(self.leader).action_approve()
        [todo] = self.todos(self.partner)
        self.assertEqual(todo.user_id, self.anna)
        self.assertEqual(todo.summary, "Potential rises from C to B: invest now?")
        note = self.partner.message_ids[0]
        self.assertIn("Possibility A, Foundation B, Potential B", note.body)
        self.assertNotIn("Chicken", note.body)
        self.assertTrue(note.is_internal or note.subtype_id == self.env.ref("mail.mt_note"))

    def test_no_todo_where_it_does_not_rise(self):
        row = self.changed_row(letters="ABA")
        self.judge(self.partner, "ABA", "2024-10-01").with_user(self.anna).action_confirm()
        row.with_user(self.leader).action_approve()
        fallen = self.changed_row(self.make_partner("Fresh", user_id=self.anna.id), "AAA")
        fallen.with_user(self.leader).action_approve()
        self.assertEqual(len(self.todos(self.partner)), 1)
        self.assertFalse(self.todos(fallen.partner_id))

    def test_leader_needs_the_company_and_the_right(self):
        """A leader without access is passed over; where nobody is left, managers find it."""
        self.leader.active = False
        self.assertFalse(self.todos(self.changed_row()))
        top = self.make_user("team")
        self.leader.care_manager_id = top
        row = self.changed_row(self.make_partner("Second", user_id=self.anna.id), "AAA")
        self.assertEqual(self.todos(row).user_id, top)


@tagged("post_install", "-at_install")
class TestScorecardRights(ScorecardCase):
    def test_who_sees_which(self):
        rows = {
            user: self.judge(self.make_partner(user_id=user.id), "AAA")
            for user in (self.anna, self.ben, self.leader, self.manager)
        }
        rows[None] = self.judge(self.make_partner(), "AAA")
        every = self.Assessment.browse([row.id for row in rows.values()])
        for user, seen in (
            (self.anna, [self.anna]),
            (self.leader, [self.anna, self.ben, self.leader]),
            (self.manager, list(rows)),
            (self.make_user("all"), list(rows)),
        ):
            found = self.Assessment.with_user(user).search([("id", "in", every.ids)])
            self.assertEqual(set(found.ids), {rows[name].id for name in seen}, user.login)

    def test_answers_follow_their_scorecard(self):
        row = self.judge(self.partner, "AAA")
        row.with_user(self.anna).action_open()
        answers = row._get_answers()
        self.assertTrue(answers)
        found = answers.with_user(self.ben).search([("id", "in", answers.ids)])
        self.assertFalse(found)
        with mute_logger(RULE_LOG), self.assertRaises(AccessError):
            answers[0].with_user(self.ben).score = "5"
        foreign = self.judge(self.make_partner(user_id=self.ben.id), "AAA")
        with self.assertRaises(UserError):
            answers[0].with_user(self.anna).assessment_id = foreign

    def test_employees_and_portal_users_see_nothing(self):
        employee = self.make_user(None)
        portal = new_test_user(self.env, "portal_judged", groups="base.group_portal")
        for user in (employee, portal):
            for model in (
                "customer.assessment",
                "customer.assessment.answer",
                "customer.assessment.criterion",
                "customer.assessment.prepare",
            ):
                self.assertFalse(self.env[model].with_user(user).has_access("read"), model)
        customer = portal.partner_id.with_user(portal)
        for name in ("assessment_id", "assessment_letters", "assessment_due"):
            with self.assertRaises(AccessError):
                customer.read([name])
        with self.assertRaises(AccessError):
            customer.search([("assessment_due", "=", True)])

    def test_no_row_for_a_foreign_customer(self):
        with mute_logger(RULE_LOG), self.assertRaises(AccessError):
            self.Assessment.with_user(self.ben).create({"partner_id": self.partner.id})
        row = self.Assessment.with_user(self.anna).create({"partner_id": self.partner.id})
        self.assertEqual(row.user_id, self.anna)

    def test_the_course_cannot_be_written(self):
        row = self.judge(self.partner, "AAA").with_user(self.anna)
        for vals in (
            {"state": "approved"},
            {"state": "to_approve"},
            {"changed": False},
            {"previous_potential": "A"},
            {"previous_id": row.id},
            {"user_id": self.ben.id},
            {"approver_id": self.leader.id},
            {"tier_id": False},
        ):
            with self.subTest(vals=vals):
                with self.assertRaises(AccessError):
                    row.write(vals)
                with self.assertRaises(AccessError):
                    row.with_user(self.manager).write(vals)
        with self.assertRaises(AccessError):
            self.Assessment.with_user(self.manager).create(
                {"partner_id": self.make_partner().id, "state": "approved"}
            )
        # the mark of our own methods is an object no client can send
        with self.assertRaises(AccessError):
            row.with_context(assessment_workflow=True).state = "approved"

    def test_what_waits_or_is_approved_is_closed(self):
        row = self.judge(self.partner, "AAA")
        row.with_user(self.anna).action_confirm()
        for user in (self.anna, self.leader, self.manager):
            with self.assertRaisesRegex(UserError, "waits for approval"):
                row.with_user(user).potential = "C"
            with self.assertRaisesRegex(UserError, "waits for approval"):
                row.with_user(user).unlink()
        row.with_user(self.leader).action_approve()
        for user in (self.anna, self.manager):
            with self.assertRaisesRegex(UserError, "is approved"):
                row.with_user(user).write({"potential": "C"})
            with self.assertRaisesRegex(UserError, "is approved"):
                row.with_user(user).unlink()

    def test_a_row_stays_with_its_customer_and_quarter(self):
        row = self.judge(self.partner, "AAA").with_user(self.anna)
        other = self.make_partner(user_id=self.anna.id)
        for vals in ({"partner_id": other.id}, {"period": "2024-01-01"}):
            with self.assertRaisesRegex(UserError, "stays with its customer"):
                row.write(vals)
        row.write({"partner_id": self.partner.id, "period": "2024-09-09"})

    def test_draft_can_be_deleted(self):
        self.judge(self.partner, "AAA").with_user(self.anna).unlink()

    def test_a_copy_begins_anew(self):
        row = self.judge(self.partner, "AAA", state="approved")
        copy = row.with_user(self.anna).copy({"period": "2024-10-01"})
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.approve_date)

    def test_criteria_are_the_managers(self):
        criterion = self.env["customer.assessment.criterion"].search([], limit=1)
        with self.assertRaises(AccessError):
            criterion.with_user(self.leader).weight = 9
        criterion.with_user(self.manager).weight = 9

    def test_two_companies(self):
        other = self.make_company("Other")
        foreigner = self.make_user("manager", other)
        both = self.make_user("manager", self.company | other)
        self.judge(self.partner, "AAA", "2024-04-01", state="approved")
        row = self.env["customer.assessment"].with_user(both).with_company(other)
        row = row.with_context(allowed_company_ids=(other | self.company).ids).create(
            {"partner_id": self.partner.id, "period": date(2024, 7, 1)}
        )
        self.assertEqual(row.company_id, other)
        self.assertFalse(row.previous_id, "the other company judges for itself")
        self.assertFalse(row.user_id, "anna does not work there")
        self.assertFalse(row.tier_id, "no matrix there")
        seen = self.Assessment.with_user(foreigner)
        seen = seen.with_context(allowed_company_ids=other.ids).search([])
        self.assertEqual(seen.ids, row.ids)
