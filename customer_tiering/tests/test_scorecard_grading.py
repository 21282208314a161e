"""Approved scorecards make levels; quarters are prepared; merges lose nothing."""

from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .test_scorecard import ScorecardCase

TODAY = date(2024, 8, 15)


class GradingCase(ScorecardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_operative(cls.matrix)
        # a fall takes effect at the first decision, so that a test need not live for months
        cls.matrix.write({"grace_decisions": 1, "min_stay_days": 0, "max_steps_down": 0})

    def decide(self):
        """Let August end and its decision be taken."""
        with freeze_time("2024-09-02 12:00:00"):
            self.assertFalse(self.matrix.evaluate()["failed"])

    def approve(self, partner, letters, period="2024-07-01"):
        """Have a scorecard confirmed and approved by who may."""
        row = self.judge(partner, letters, period)
        row.with_user(self.manager).action_confirm()
        if row.state != "approved":
            row.with_user(self.manager).action_approve()
        return row

    def code_of(self, partner, scheme=None):
        return self.standing_of(scheme or self.matrix, partner).tier_id.code


@tagged("post_install", "-at_install")
class TestMatrixEngine(GradingCase):
    def test_approval_acts_at_once(self):
        self.approve(self.partner, "AAA")
        self.assertEqual(self.code_of(self.partner), "STRONGHOLD")
        self.assertEqual(self.partner.tier_id.code, "STRONGHOLD")
        self.assertEqual(self.matrix.last_evaluated, TODAY)

    def test_first_approval_is_the_baseline(self):
        self.approve(self.partner, "AAA")
        [row] = self.history_of(self.matrix, self.partner)
        self.assertEqual(row.trigger, "baseline")
        other = self.make_partner("Second")
        self.approve(other, "ABA")
        [row] = self.history_of(self.matrix, other)
        self.assertEqual(row.trigger, "assessment")

    def test_history_says_why(self):
        self.approve(self.partner, "ACA", "2024-04-01")
        self.approve(self.partner, "AAB")
        row = self.history_of(self.matrix, self.partner)[-1]
        self.assertEqual((row.from_tier_id.code, row.to_tier_id.code), ("GOLDMINE", "STRONGHOLD"))
        self.assertEqual(row.trigger, "assessment")
        self.assertEqual(
            row.reason,
            "Possibility A, foundation A, potential B (scorecard of Q3 2024).",
        )

    def test_a_fall_waits_for_the_decision(self):
        self.approve(self.partner, "AAA", "2024-04-01")
        self.approve(self.partner, "CCC")
        standing = self.standing_of(self.matrix, self.partner)
        self.assertEqual(standing.earned_tier_id.code, "PAUSE")
        self.assertEqual(standing.tier_id.code, "STRONGHOLD")
        self.decide()
        standing.invalidate_recordset()
        self.assertEqual(standing.tier_id.code, "PAUSE")
        row = self.history_of(self.matrix, self.partner)[-1]
        self.assertEqual(row.date, date(2024, 8, 31))
        self.assertTrue(row.reason.startswith("Possibility C, foundation C, potential C"))

    def test_only_the_approved_customers_are_written(self):
        other = self.make_partner("Other")
        self.approve(self.partner, "AAA")
        row = self.judge(other, "AAA")
        row.sudo().write({"state": "approved", "approve_date": "2024-08-01 12:00:00"})
        self.approve(self.make_partner("Third"), "AAA")
        self.assertFalse(self.standing_of(self.matrix, other))
        self.evaluate(self.matrix, TODAY)
        self.assertEqual(self.code_of(other), "STRONGHOLD")

    def test_population(self):
        buyer = self.make_order(self.make_partner("Buyer"), 500, date(2024, 8, 1)).partner_id
        prospect = self.make_partner("Prospect")
        exempt = self.make_partner("Exempt")
        draft = self.make_partner("Draft")
        waiting = self.make_partner("Waiting")
        self.judge(buyer, "AAA", state="approved")
        self.judge(prospect, "ABB", state="approved")
        self.judge(exempt, "AAA", state="approved")
        exempt.tier_exempt = True
        self.judge(draft, "AAA")
        self.judge(waiting, "AAA", state="to_approve")
        unjudged = self.make_order(self.make_partner("Unjudged"), 900, TODAY).partner_id
        rows = self.rows_of(self.matrix, TODAY)
        self.assertEqual(set(rows), {"Buyer", "Prospect"})
        self.assertEqual(rows["Buyer"]["amount"], 500)
        self.assertEqual(rows["Buyer"]["document_count"], 1)
        self.assertEqual(rows["Prospect"]["amount"], 0)
        self.assertEqual(rows["Prospect"]["document_count"], 0)
        self.assertFalse(rows["Prospect"]["last_date"])
        result = self.evaluate(self.matrix, TODAY)
        self.assertEqual(result["graded"], 2)
        levels = {name: level for name, level in self.levels_in(self.matrix).items() if level}
        self.assertEqual(levels, {"Buyer": "Stronghold", "Prospect": "Goldmine"})
        self.assertFalse(self.standing_of(self.matrix, unjudged).earned_tier_id)
        self.assertEqual(self.standing_of(self.matrix, buyer).amount, 500)

    def test_the_latest_that_has_begun_counts(self):
        self.judge(self.partner, "AAA", "2024-01-01", state="approved")
        self.judge(self.partner, "ABA", "2024-04-01", state="approved")
        self.judge(self.partner, "CCC", "2024-10-01", state="approved")
        for day, level in (
            (date(2023, 12, 31), None),
            (date(2024, 1, 1), "Stronghold"),
            (date(2024, 3, 31), "Stronghold"),
            (date(2024, 4, 1), "Goldmine"),
            (date(2024, 9, 30), "Goldmine"),
            (date(2024, 10, 1), "Pause"),
        ):
            self.assertEqual(self.earned_in(self.matrix, day).get("Acme"), level, day)

    def test_second_run_writes_nothing(self):
        self.approve(self.partner, "AAA")
        self.approve(self.make_partner(), "CCC")
        self.make_order(self.partner, 100, TODAY)
        self.evaluate(self.matrix, TODAY)
        self.env.flush_all()
        query = "SELECT id, write_date, xmin::text FROM customer_standing ORDER BY id"
        self.env.cr.execute(query)
        before = self.env.cr.fetchall()
        history = self.History.search_count([])
        self.assertEqual(self.matrix._prepare_changes(TODAY, None, None), 2)
        self.env.cr.execute("SELECT COUNT(*) FROM care_change")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.evaluate(self.matrix, TODAY)
        self.env.flush_all()
        self.env.cr.execute(query)
        self.assertEqual(self.env.cr.fetchall(), before)
        self.assertEqual(self.History.search_count([]), history)

    def test_exemption_ends_the_level(self):
        self.approve(self.partner, "AAA")
        self.partner.tier_exempt = True
        self.assertFalse(self.code_of(self.partner))
        self.assertEqual(self.history_of(self.matrix, self.partner)[-1].reason_code, "exempt")
        self.partner.tier_exempt = False
        self.assertEqual(self.code_of(self.partner), "STRONGHOLD")

    def test_reopened_goes_back_to_the_one_before(self):
        self.approve(self.partner, "AAA", "2024-04-01")
        row = self.approve(self.partner, "CCC")
        self.decide()
        self.assertEqual(self.code_of(self.partner), "PAUSE")
        with freeze_time("2024-09-02 12:00:00"):
            row.with_user(self.manager).action_reopen()
        self.assertEqual(self.code_of(self.partner), "STRONGHOLD")

    def test_the_only_one_reopened(self):
        row = self.approve(self.partner, "AAA")
        row.with_user(self.manager).action_reopen()
        self.assertFalse(self.standing_of(self.matrix, self.partner).earned_tier_id)
        self.decide()
        self.assertFalse(self.code_of(self.partner))
        last = self.history_of(self.matrix, self.partner)[-1]
        self.assertEqual(last.reason, "No approved scorecard.")

    def test_a_matrix_beside_the_operative_scheme(self):
        self.make_operative(self.default_scheme)
        self.make_order(self.partner, 300_000, TODAY)
        self.evaluate(self.default_scheme, TODAY)
        self.approve(self.partner, "CCC")
        self.assertEqual(self.partner.tier_id.code, "DIAMOND")
        self.assertFalse(self.standing_of(self.matrix, self.partner), "never evaluated")
        self.evaluate(self.matrix, TODAY)
        self.approve(self.partner, "AAA", "2024-10-01")
        self.assertEqual(self.code_of(self.partner), "PAUSE", "that quarter has not begun")

    def test_why_this_level(self):
        self.make_order(self.partner, 1234, TODAY)
        self.approve(self.partner, "AAB")
        standing = self.standing_of(self.matrix, self.partner)
        text = str(standing.explanation)
        self.assertIn("Scorecard of Q3 2024: Possibility A, Foundation A, Potential B.", text)
        self.assertIn("Stronghold: possibility A, foundation A, potential A/B.", text)
        self.assertIn("1,234.00", text)
        self.assertEqual((standing.amount_to_next, standing.amount_to_keep), (0, 0))
        prospect = self.make_partner("Prospect")
        self.approve(prospect, "CCC")
        text = str(self.standing_of(self.matrix, prospect).explanation)
        self.assertNotIn("Nothing bought", text)
        self.assertIn("Pause: takes the rest.", text)

    def test_branches_count(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.judge(self.partner, "AAA", "2024-04-01", state="approved")
        row = self.judge(self.partner, "CCC")
        row.sudo().write(
            {"company_id": branch.id, "state": "approved", "approve_date": "2024-08-01 12:00:00"}
        )
        self.assertEqual(self.earned_in(self.matrix, TODAY), {"Acme": "Pause"})

    def test_two_companies_stay_apart(self):
        other = self.make_company("Other")
        matrix = self.make_operative(self.make_matrix(other))
        self.judge(self.partner, "AAA", state="approved")
        row = self.judge(self.partner, "CCC", "2024-04-01")
        row.sudo().write(
            {"company_id": other.id, "state": "approved", "approve_date": "2024-08-01 12:00:00"}
        )
        self.assertEqual(self.earned_in(self.matrix, TODAY), {"Acme": "Stronghold"})
        self.assertEqual(self.earned_in(matrix, TODAY), {"Acme": "Pause"})

    def test_nothing_approved_says_so(self):
        action = self.matrix.with_user(self.manager).action_evaluate()
        self.assertIn("no scorecard is approved yet", action["params"]["message"])

    def test_broken_evaluation_does_not_stop_the_approval(self):
        self.approve(self.partner, "AAA", "2024-04-01")
        self.patch(type(self.matrix), "_measure_assessments", lambda scheme, as_of: 1 / 0)
        with self.assertLogs("odoo.addons.customer_tiering", "WARNING"):
            row = self.approve(self.partner, "CCC")
            other = self.approve(self.make_partner(), "CCC")
        self.assertEqual((row | other).mapped("state"), ["approved", "approved"])
        self.assertTrue(self.matrix.evaluation_error)


@tagged("post_install", "-at_install")
class TestPrepare(ScorecardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.default_scheme
        cls.key = cls.make_partner("Key", user_id=cls.anna.id)
        cls.small = cls.make_partner("Small", user_id=cls.anna.id)
        cls.bens = cls.make_partner("Key of Ben", user_id=cls.ben.id)
        for partner, amount in ((cls.key, 250_000), (cls.small, 10), (cls.bens, 250_000)):
            cls.make_order(partner, amount, date(2024, 8, 1))
        cls.scheme.evaluate(TODAY)

    def prepare(self, user, **vals):
        wizard = self.env["customer.assessment.prepare"].with_user(user).create(vals)
        action = wizard.action_prepare()
        rows = self.Assessment.search([("period", "=", wizard.quarter)])
        return rows, action

    def names(self, rows):
        return sorted(rows.partner_id.mapped("name"))

    def test_own_key_customers(self):
        rows, action = self.prepare(self.anna)
        self.assertEqual(self.names(rows), ["Key"])
        self.assertEqual(rows.period, date(2024, 7, 1))
        self.assertEqual(rows.state, "draft")
        self.assertEqual(action["domain"], [("period", "=", "2024-07-01")])

    def test_leader_prepares_his_team(self):
        self.assertEqual(self.names(self.prepare(self.leader)[0]), ["Key", "Key of Ben"])

    def test_again_adds_only_who_is_missing(self):
        self.prepare(self.anna)
        rows, _action = self.prepare(self.leader)
        self.assertEqual(self.names(rows), ["Key", "Key of Ben"])
        wizard = self.env["customer.assessment.prepare"].with_user(self.leader).create({})
        self.assertEqual((wizard.found_count, wizard.new_count), (2, 0))
        wizard.action_prepare()
        self.assertEqual(len(self.Assessment.search([("period", "=", "2024-07-01")])), 2)

    def test_promising_customers(self):
        fates = {
            "Potential A": ("CCA", True),
            "Potential B": ("CCB", True),
            "Chicken rib": ("BBC", True),
            "Paused": ("CCC", False),
        }
        for name, (letters, _found) in fates.items():
            partner = self.make_partner(name, user_id=self.anna.id)
            self.judge(partner, "AAA", "2024-01-01", state="approved")
            self.judge(partner, letters, "2024-04-01", state="approved")
        self.judge(self.small, "AAA", "2024-04-01")
        rows, _action = self.prepare(self.anna, with_key=False)
        self.assertEqual(
            self.names(rows), sorted(name for name, (_letters, found) in fates.items() if found)
        )
        by_name = {row.partner_id.name: self.letters_of(row) for row in rows}
        self.assertEqual(by_name["Chicken rib"], "BBC", "last quarter's letters are copied")

    def test_nobody(self):
        clara = self.make_user("own")
        with self.assertRaisesRegex(UserError, "Nobody to judge"):
            self.prepare(clara)

    def test_exempt_and_archived_are_left_out(self):
        self.key.tier_exempt = True
        self.bens.active = False
        with self.assertRaisesRegex(UserError, "Nobody to judge"):
            self.prepare(self.leader)

    def test_another_quarter(self):
        wizard = self.env["customer.assessment.prepare"].with_user(self.anna)
        self.assertEqual(
            wizard._quarter_selection(),
            [("2024-04-01", "Q2 2024"), ("2024-07-01", "Q3 2024"), ("2024-10-01", "Q4 2024")],
        )
        rows, _action = self.prepare(self.anna, quarter="2024-10-01")
        self.assertEqual(rows.period, date(2024, 10, 1))

    def test_member_who_may_not_enter_the_company(self):
        other = self.make_company("Other")
        outsider = self.make_user("own", other, care_manager_id=self.leader.id)
        self.bens.user_id = outsider
        self.assertEqual(self.names(self.prepare(self.leader)[0]), ["Key"])

    def test_queries_do_not_grow_with_the_customers(self):
        def count(number):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"P{number} {i}", "is_company": True, "user_id": self.anna.id}
                    for i in range(number)
                ]
            )
            for partner in partners:
                self.judge(partner, "AAA", "2024-01-01", state="approved")
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.prepare(self.anna, with_key=False)
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        count(1)
        few, many = count(2), count(40)
        self.assertLess(many, few + 12)

    def test_scheme_beside_the_present_levels(self):
        self.matrix.unlink()
        wizard = self.env["customer.assessment.prepare"].with_user(self.manager).create({})
        self.assertFalse(wizard.has_matrix)
        action = wizard.action_create_scheme()
        scheme = self.Scheme.browse(action["res_id"])
        self.assertEqual((scheme.method, scheme.operative), ("matrix", False))
        self.assertTrue(self.scheme.operative)

    def test_due_customers(self):
        partners = self.env["res.partner"].with_user(self.anna).with_company(self.company)

        def due():
            found = partners.search([("assessment_due", "=", True)])
            flagged = (self.key | self.small | self.partner).with_env(partners.env)
            flagged.invalidate_recordset(["assessment_due"])
            self.assertEqual(flagged.filtered("assessment_due"), found & flagged)
            return found

        self.assertEqual(due(), self.key)
        row = self.judge(self.key, "AAA").with_user(self.anna)
        self.assertEqual(due(), self.key, "still a draft")
        row.action_confirm()
        self.assertEqual(due(), self.key, "waits for approval")
        row.with_user(self.leader).action_approve()
        self.assertFalse(due())
        self.assertEqual(self.key.with_user(self.anna).assessment_letters, "A A A")
        not_due = partners.search([("assessment_due", "!=", True)])
        self.assertIn(self.key, not_due)

    def test_due_filter_of_the_grid(self):
        draft = self.judge(self.partner, "AAA")
        self.judge(self.key, "AAA", state="approved")
        self.judge(self.key, "AAA", "2024-10-01")
        view = self.env.ref("customer_tiering.customer_assessment_view_search")
        self.assertIn('name="due"', view.arch)
        domain = [("state", "in", ("draft", "returned")), ("period", "<=", "today")]
        self.assertEqual(self.Assessment.search(domain), draft)

    def test_scorecards_of_others_are_not_shown_on_the_customer(self):
        self.judge(self.key, "AAA", state="approved")
        self.key.invalidate_recordset()
        self.assertFalse(self.key.with_user(self.ben).assessment_letters)
        self.assertTrue(self.key.with_user(self.leader).assessment_letters)


@tagged("post_install", "-at_install")
class TestGuidedStartMatrix(ScorecardCase):
    def test_choice(self):
        self.matrix.unlink()
        buyer = self.make_order(self.make_partner("Buyer"), 10, TODAY).partner_id
        self.judge(buyer, "AAA", state="approved")
        self.judge(self.partner, "CCC", state="approved")
        start = self.env["customer.tier.start"].with_user(self.manager)
        start = start.create({"choice": "matrix"})
        start.action_choose()
        self.assertEqual(
            {line.code: line.customer_count for line in start.line_ids},
            {"STRONGHOLD": 1, "GOLDMINE": 0, "CHICKEN_RIB": 0, "PAUSE": 1},
        )
        action = start.action_grade()
        self.assertEqual(action["params"]["next"]["res_model"], "customer.assessment")
        self.assertEqual(self.default_scheme.method, "matrix")
        self.assertEqual(buyer.tier_id.code, "STRONGHOLD")
        self.assertEqual(self.partner.tier_id.code, "PAUSE")

    def test_letters_can_be_edited_there(self):
        start = self.env["customer.tier.start"].with_user(self.manager)
        start = start.create({"choice": "matrix"})
        start.action_choose()
        with Form(start) as form:
            with form.line_ids.edit(0) as line:
                line.potential_letters = "D"
            self.assertIn("needs letters", form.problem)
            with form.line_ids.edit(0) as line:
                line.potential_letters = "A"
            self.assertFalse(form.problem)


@tagged("post_install", "-at_install")
class TestScorecardMerge(GradingCase):
    def merge(self, kept, gone):
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [Command.set((kept | gone).ids)],
                "dst_partner_id": kept.id,
            }
        ).action_merge()
        self.env.invalidate_all()

    def test_quarters_of_both_remain(self):
        gone = self.make_partner("Gone", user_id=self.ben.id)
        self.approve(self.partner, "AAA", "2024-01-01")
        self.approve(gone, "ABA", "2024-04-01")
        draft = self.judge(self.partner, "AAA")
        self.merge(self.partner, gone)
        rows = self.Assessment.search([("partner_id", "=", self.partner.id)], order="period")
        self.assertEqual([self.letters_of(row) for row in rows], ["AAA", "ABA", "AAA"])
        self.assertEqual(set(rows.mapped("user_id")), {self.anna})
        self.assertEqual(draft.previous_id, rows[1])
        self.assertEqual(self.code_of(self.partner), "GOLDMINE")

    def test_same_quarter_the_further_one_remains(self):
        gone = self.make_partner("Gone", user_id=self.anna.id)
        mine = self.judge(self.partner, "CCC")
        mine.action_open()
        answer = mine._get_answers()[0]
        answer.score = "4"
        other = self.approve(gone, "AAA")
        criterion = answer.criterion_id
        self.merge(self.partner, gone)
        self.assertFalse(mine.exists())
        self.assertEqual(other.partner_id, self.partner)
        self.assertEqual(self.letters_of(other), "AAA")
        self.assertEqual(
            other._get_answers().filtered(lambda row: row.criterion_id == criterion).score, "4"
        )
        self.assertTrue(
            any("Possibility C" in message.body for message in other.message_ids),
            "the letters that went are noted",
        )
        self.assertEqual(self.code_of(self.partner), "STRONGHOLD")

    def test_same_state_the_remaining_customers_own(self):
        gone = self.make_partner("Gone")
        mine, other = self.judge(self.partner, "CCC"), self.judge(gone, "AAA")
        self.merge(self.partner, gone)
        self.assertTrue(mine.exists())
        self.assertFalse(other.exists())
