from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .portal_common import PortalCase

TIMES = ("date_received", "date_start", "date_stop", "date_first_response", "date_accepted")


@tagged("post_install", "-at_install")
class TestStoryTour(PortalCase):
    """One complaint from the portal to its end, each by who does it, with no right too many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case.name = "Something else"
        cls.make_order(cls.customer, 100)
        cls.wanda = cls.make_user(None, name="Wanda", tz="UTC")
        cls.policy = cls.make_policy(
            [("first_response", 4, "hour", "clock"), ("resolve", 8, "hour", "clock")],
            [{"clock_kind": "resolve", "moment": "breach", "notify": "leader"}],
            service_class="key",
            kind="complaint",
            channel="portal",
        )

    def test_a_complaint_from_beginning_to_end(self):
        case = self.file_on_portal()
        self.take_and_ask(case)
        self.answer_as_warehouse(case)
        self.answer_customer(case)
        self.let_it_be_late(case)
        self.take_on_and_solve(case)
        self.refuse_on_portal(case)
        self.solve_again(case)
        self.confirm_on_portal(case)

    # ------------------------------------------------------------
    # The steps of the story
    # ------------------------------------------------------------

    def file_on_portal(self):
        self.tour("/my", "complaint_portal_file", self.ada)
        case = self.Case.search([("name", "=", "Lantern sparks")])
        self.assertEqual((case.contact_id, case.channel), (self.person, "portal"))
        self.assertEqual((case.stage_kind, case.team_id), ("new", self.team))
        self.assertFalse(case.user_id)
        self.assertEqual(case.clock_ids.mapped("state"), ["running", "running"])
        return case

    def take_and_ask(self, case):
        self.tour("/odoo/my-cases", "complaint_story_ask", self.mia)
        self.assertEqual((case.user_id, case.stage_kind), (self.mia, "accepted"))
        self.assertEqual((case.held_by, case.held_by_id), ("department", self.wanda))
        task = case.task_ids
        self.assertEqual((task.user_id, task.state), (self.wanda, "open"))
        self.assertEqual(task.activity_id.user_id, self.wanda)
        self.assertLess(task.date_due, self.clock(case, "resolve").date_due)
        self.assertEqual(self.clock(case, "first_response").state, "running", "nobody answered")

    def answer_as_warehouse(self, case):
        self.assertFalse(case.with_user(self.wanda).has_access("read"))
        self.tour("/odoo/my-requests", "complaint_story_warehouse", self.wanda)
        self.assertEqual(case.task_ids.state, "answered")
        self.assertFalse(case.task_ids.activity_id.active)
        self.assertEqual((case.held_by, case.held_by_id), ("agent", self.mia))
        self.assertEqual(self.clock(case, "first_response").state, "running", "no answer to him")

    def answer_customer(self, case):
        self.tour("/odoo/my-cases", "complaint_story_reply", self.mia, writes=True)
        clock = self.clock(case, "first_response")
        self.assertEqual((clock.state, clock.proof_message_id.author_id.name), ("met", "Mia"))
        self.assertIn("We look into it.", clock.proof_message_id.body)
        self.assertTrue(case.date_first_response)

    def let_it_be_late(self, case):
        self.act_on_lateness()
        self.assertFalse(case.escalation_ids, "still in time")
        self.move_back(case, hours=9)
        self.act_on_lateness()
        self.assertEqual(self.clock(case, "resolve").state, "breached")
        log = case.escalation_ids
        self.assertEqual((log.user_ids, log.state), (self.chief, "told"))
        self.assertEqual(log.level_id, self.policy.level_ids)
        self.assertIn(self.chief, case.activity_ids.user_id)
        self.assertEqual(case.user_id, self.mia)
        self.act_on_lateness()
        self.assertEqual(case.escalation_ids, log, "each step once")

    def take_on_and_solve(self, case):
        self.tour("/odoo/complaint-escalations", "complaint_story_escalated", self.chief, True)
        log = case.escalation_ids
        self.assertEqual((log.state, log.seen_by_id), ("seen", self.chief))
        self.assertEqual((case.user_id, case.stage_kind), (self.chief, "resolved"))
        self.assertEqual(self.clock(case, "resolve").seen_by_id, self.chief)
        self.assertEqual(case.remedy_granted, "A new lantern")
        self.assertEqual(case.communicated_message_id.author_id, self.chief.partner_id)
        self.assertVerified(case, self.chief)

    def refuse_on_portal(self, case):
        verification = case.verification_id
        self.tour(case.access_url, "complaint_portal_not_solved", self.ada)
        self.assertEqual((verification.state, case.verification_state), ("refused", "refused"))
        self.assertEqual((case.stage_kind, case.run, case.reopen_count), ("progress", 2, 1))
        self.assertEqual(case.user_id, self.head, "one level up from the leader who solved it")
        self.assertEqual(case.activity_ids.user_id, self.head)
        self.assertEqual(self.clock(case, "resolve").run, 2)
        self.assertEqual(self.clock(case, "resolve").state, "running", "a promise of its own")

    def solve_again(self, case):
        self.tour("/odoo/my-cases", "complaint_story_solve_again", self.head, writes=True)
        self.assertEqual((case.user_id, case.stage_kind), (self.head, "resolved"))
        self.assertEqual(self.clock(case, "resolve", run=1).state, "breached")
        self.assertEqual(self.clock(case, "resolve", run=2).state, "met")
        self.assertVerified(case, self.head)
        self.assertEqual(len(case.verification_ids), 2)

    def confirm_on_portal(self, case):
        self.tour(case.access_url, "complaint_portal_rate", self.ada)
        self.assertEqual((case.stage_kind, case.verification_state), ("closed", "confirmed"))
        self.assertEqual((case.rating_outcome, case.rating_handling), (5, 4))
        self.assertEqual(case.verification_ids.mapped("state").count("refused"), 1)
        self.assertTrue(case.date_closed)
        self.assertEqual(case.held_by, "nobody")
        self.assertFalse(case.activity_ids, "nobody is left with something to do")
        self.assertNotIn("running", case.clock_ids.mapped("state"))
        self.assertEqual(len(case.escalation_ids), 1)

    # ------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------

    def tour(self, url, name, user, writes=False):
        """Let a user do his part.

        :param writes: he writes to the customer, to whom nothing leaves otherwise
        """
        with self.mails_may_leave() as left:
            self.start_tour(url, name, login=user.login)
        self.assertEqual(bool(left), writes, left)
        self.env.invalidate_all()

    def act_on_lateness(self):
        self.env.ref("complaint_handling.ir_cron_act_on_lateness").method_direct_trigger()
        self.env.invalidate_all()

    def move_back(self, case, hours):
        """Let everything so far have happened hours ago: a browser cannot be frozen."""
        clocks = case.clock_ids
        # the case last: its promises follow a corrected moment only as long as they began with it
        for records in (clocks.interval_ids, clocks, case):
            for record in records.sudo():
                moments = {name: record[name] for name in TIMES if name in record._fields}
                record.write(
                    {
                        name: moment - timedelta(hours=hours)
                        for name, moment in moments.items()
                        if moment
                    }
                )
        running = clocks.filtered("is_open").sudo()
        running._set_due(running._get_timelines())
        self.assertLess(running.date_due, fields.Datetime.now())

    def assertVerified(self, case, solver):
        """Assert that somebody else than who solved it is to call the customer."""
        verification = case.verification_id
        self.assertEqual((verification.state, case.verification_state), ("due", "due"))
        self.assertEqual((verification.method, verification.run), ("call", case.run))
        self.assertEqual(verification.solved_by_id, solver)
        self.assertIn(verification.user_id, self.mia | self.ben)
