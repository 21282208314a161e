"""What the tests share that let lateness act in real transactions and processes."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name

#: What the promise of these cases allows.
TARGET = timedelta(hours=1)
QUIET = {"tracking_disable": True, "lang": "en_US"}


class LadderCase(BaseCase):
    """People, a promise and cases of their own, committed and taken away afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.transaction() as env:
            cls.made = cls.make_data(env)
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    @contextmanager
    def transaction(cls):
        """Open a transaction of its own; commit where nothing goes wrong."""
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, QUIET)
            yield env
            env.flush_all()
            cr.commit()

    # ------------------------------------------------------------
    # Data
    # ------------------------------------------------------------

    @classmethod
    def make_data(cls, env):
        company = env.company
        boss = env["res.users"].create(
            {
                "name": "Soak boss",
                "login": "care_soak_boss",
                "email": "boss@soak.example",
                "tz": "UTC",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [
                    Command.set(env.ref("complaint_handling.complaint_handling_group_agent").ids)
                ],
            }
        )
        team = env["complaint.team"].create(
            {"name": "Soak", "company_id": company.id, "leader_id": boss.id}
        )
        policy = env["complaint.sla.policy"].create(
            {
                "name": "Soak",
                "company_id": company.id,
                "sequence": -100,
                "kind": "praise",
                "target_ids": [
                    Command.create(
                        {"kind": "first_response", "amount": 1, "unit": "hour", "time": "clock"}
                    )
                ],
                "level_ids": [
                    Command.create({"moment": "breach", "notify": "leader", "by_mail": True})
                ],
            }
        )
        # no mail may leave, and what is queued must stay to be counted
        queue = env.ref("mail.ir_cron_mail_scheduler_action")
        made = {
            "company": company.id,
            "go_live_date": company.go_live_date,
            "queue": queue.active,
            "boss": boss.id,
            "team": team.id,
            "policy": policy.id,
        }
        queue.active = False
        company.go_live_date = fields.Date.today() - timedelta(days=30)
        return made

    @classmethod
    def remove_data(cls):
        cls.forget()
        with cls.transaction() as env:
            env["complaint.sla.policy"].browse(cls.made["policy"]).unlink()
            env["complaint.team"].browse(cls.made["team"]).unlink()
            env["res.company"].browse(cls.made["company"]).go_live_date = cls.made["go_live_date"]
            env.ref("mail.ir_cron_mail_scheduler_action").active = cls.made["queue"]
            boss = env["res.users"].browse(cls.made["boss"])
            person = boss.partner_id
            boss.unlink()
            person.unlink()

    @classmethod
    def forget(cls):
        with cls.transaction() as env:
            env["complaint.case"].search([("team_id", "=", cls.made["team"])]).unlink()
            cls.mails(env).unlink()

    @classmethod
    def mails(cls, env):
        boss = env["res.users"].browse(cls.made["boss"])
        return env["mail.mail"].search([("recipient_ids", "in", boss.partner_id.ids)])

    def setUp(self):
        super().setUp()
        self.forget()

    def make_cases(self, moments):
        """Create a case for each moment at which one is to be due."""
        with self.transaction() as env:
            cases = env["complaint.case"].create(
                [
                    {
                        "name": f"Soak {number}",
                        "kind": "praise",
                        "company_id": self.made["company"],
                        "team_id": self.made["team"],
                        "date_received": moment - TARGET,
                    }
                    for number, moment in enumerate(moments)
                ]
            )
            self.assertEqual(cases.clock_ids.mapped("date_due"), list(moments))
        return len(moments)

    # ------------------------------------------------------------
    # Seen from outside
    # ------------------------------------------------------------

    def find_cases(self, env):
        return env["complaint.case"].search([("team_id", "=", self.made["team"])], order="id")

    def check(self, count):
        """Each step of each clock has acted once, with one note and one to-do.

        :return: how many mails are queued
        """
        with self.transaction() as env:
            env.cr.execute(
                """
                SELECT log.clock_id, log.level_id FROM complaint_escalation log
                  JOIN complaint_case ON complaint_case.id = log.case_id
                 WHERE complaint_case.team_id = %s
                """,
                [self.made["team"]],
            )
            steps = Counter(env.cr.fetchall())
            self.assertEqual((len(steps), set(steps.values())), (count, {1}))
            cases = self.find_cases(env)
            activities = env["mail.activity"].search(
                [("res_model", "=", "complaint.case"), ("res_id", "in", cases.ids)]
            )
            self.assertEqual(sorted(activities.mapped("res_id")), sorted(cases.ids))
            told = env["mail.message"].search(
                [
                    ("model", "=", "complaint.case"),
                    ("res_id", "in", cases.ids),
                    ("body", "ilike", "Told: Soak boss"),
                ]
            )
            self.assertEqual(sorted(told.mapped("res_id")), sorted(cases.ids))
            self.assertEqual(set(cases.clock_ids.mapped("state")), {"breached"})
            return len(self.mails(env))

    def get_moment(self, seconds):
        return fields.Datetime.now() + timedelta(seconds=seconds)
