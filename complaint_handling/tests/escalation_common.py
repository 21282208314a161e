from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time

from .common import ComplaintCase


class EscalationCase(ComplaintCase):
    """First response within 100 minutes of the clock; steps at 50 %, at the breach, and after.

    A case received on Wednesday at 8:00 is due at 9:40; Mia is told at 8:50.
    """

    LADDER = (
        {"sequence": 1, "moment": "before", "percent": 50, "notify": "agent"},
        {"sequence": 2, "moment": "breach", "notify": "leader", "by_mail": True},
        {"sequence": 3, "moment": "after", "hours": 2, "notify": "next_leader", "by_mail": True},
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Escalation = cls.env["complaint.escalation"]
        cls.Level = cls.env["complaint.escalation.level"]
        cls.cron = cls.env.ref("complaint_handling.ir_cron_act_on_lateness")
        cls.policy = cls.make_policy([("first_response", 100, "minute", "clock")], cls.LADDER)
        cls.half, cls.breach, cls.after = cls.policy.level_ids

    @classmethod
    def make_late(cls, received="2024-07-03 08:00:00", **vals):
        """Create a case of Mia with one promise, when it was received."""
        with freeze_time(received):
            return cls.make_case(received, **{"user_id": cls.mia.id, **vals})

    def sweep(self, at):
        """Run the job's work at a moment, without its commits."""
        crons = self.env.registry["ir.cron"]
        with freeze_time(at), patch.object(crons, "_commit_progress", lambda *_, **__: 3600):
            self.env["complaint.escalation"]._cron_act_on_lateness()
        self.env.invalidate_all()

    def log_of(self, case):
        """Return the log of a case as ``(step, state, who was told)``, oldest first."""
        return [
            (row.level_id.moment, row.state, row.user_ids.mapped("name"))
            for row in case.escalation_ids.sorted("id")
        ]

    def activities_of(self, user, case=None):
        domain = [("res_model", "=", "complaint.case"), ("user_id", "=", user.id)]
        if case:
            domain.append(("res_id", "=", case.id))
        return self.env["mail.activity"].search(domain)

    def mails_to(self, user):
        """Return what is queued for a user."""
        return self.env["mail.mail"].sudo().search([("recipient_ids", "in", user.partner_id.ids)])

    @classmethod
    def send_away(cls, user, day="2024-07-03"):
        """Let a user be out of office on a day."""
        user.sudo().write(
            {"out_of_office_from": f"{day} 00:00:00", "out_of_office_to": f"{day} 23:59:59"}
        )

    @classmethod
    def add_step(cls, **vals):
        return cls.Level.create({"policy_id": cls.policy.id, "sequence": 9, **vals})

    @classmethod
    def triggers(cls):
        cls.env.flush_all()
        return cls.env["ir.cron.trigger"].search([("cron_id", "=", cls.cron.id)])

    def now(self):
        return fields.Datetime.now()

    def set_ladder(self, *levels):
        self.policy.level_ids = [
            Command.clear(),
            *(Command.create({"sequence": n, **vals}) for n, vals in enumerate(levels)),
        ]
