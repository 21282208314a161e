from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .kinds import CLOCKS


class ComplaintEscalationLevel(models.Model):
    """One step of a ladder: when nobody acted until then, who is told and what happens."""

    _name = "complaint.escalation.level"
    _description = "Escalation Step"
    _order = "policy_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    policy_id = fields.Many2one(
        "complaint.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    clock_kind = fields.Selection(
        CLOCKS,
        string="Promise",
        help="Empty: every promise to the customer. Steps for internal requests have to be named.",
    )
    moment = fields.Selection(
        [
            ("before", "Before it is due"),
            ("breach", "When it is breached"),
            ("after", "After the breach"),
        ],
        required=True,
        default="breach",
    )
    percent = fields.Integer(
        string="Left (%)", help="Acts when so much of the time promised is left."
    )
    hours = fields.Float(string="Hours after")
    any_time = fields.Boolean(
        string="At any Time",
        help="Else hours after the breach count in working time, and nobody is told at night.",
    )
    notify = fields.Selection(
        [
            ("agent", "Agent"),
            ("account_manager", "Account manager"),
            ("user", "A person"),
            ("group", "Everybody with a role"),
            ("leader", "Team leader"),
            ("next_leader", "The leader's leader"),
            ("asked", "Who was asked"),
            ("asked_leader", "Leader of who was asked"),
        ],
        required=True,
        default="leader",
        string="Tell",
        help="Who is away is left out: his deputy is told, else the next one up.",
    )
    user_id = fields.Many2one(
        "res.users", string="Person", index="btree_not_null", domain="[('share', '=', False)]"
    )
    group_id = fields.Many2one("res.groups", string="Role", index="btree_not_null")
    by_chatter = fields.Boolean(string="Note on the Case", default=True)
    by_activity = fields.Boolean(string="Activity", default=True)
    by_mail = fields.Boolean(string="Mail")
    reassign = fields.Boolean(string="Hand over", help="Who is told becomes the agent of the case.")
    raise_severity = fields.Boolean(help="The case becomes one step more severe.")

    _percent_range = models.Constraint(
        "CHECK(moment != 'before' OR percent BETWEEN 1 AND 99)",
        "Before it is due, a step acts with 1 to 99 % of the time left.",
    )
    _hours_positive = models.Constraint(
        "CHECK(moment != 'after' OR (hours > 0 AND hours <= 8784))",
        "After the breach, a step acts within a year: enter the hours.",
    )

    @api.depends("moment", "percent", "hours", "clock_kind")
    @api.depends_context("lang")
    def _compute_name(self):
        for level in self:
            level.name = level._describe()

    def _describe(self):
        """Return in words when the step acts."""
        if self.moment == "before":
            return self.env._("%(percent)s %% of the time left", percent=self.percent)
        if self.moment == "breach":
            return self.env._("Breached")
        return self.env._("%(hours)s hours after the breach", hours=f"{self.hours:g}")

    @api.constrains("notify", "user_id", "group_id")
    def _check_notify(self):
        for level in self:
            if (level.notify == "user" and not level.user_id) or (
                level.notify == "group" and not level.group_id
            ):
                raise ValidationError(
                    self.env._(
                        "“%(policy)s”, %(step)s: choose who is told.",
                        policy=level.policy_id.name,
                        step=level.name,
                    )
                )
