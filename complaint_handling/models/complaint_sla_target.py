from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .kinds import TARGETS

SECONDS = {"minute": 60, "hour": 3600, "day": 24 * 3600}
#: Nobody promises something for later than this.
MAX_SECONDS = 3 * 366 * 24 * 3600


class ComplaintSlaTarget(models.Model):
    """One promise of a policy: by when what is done."""

    _name = "complaint.sla.target"
    _description = "Promise Target"
    _order = "policy_id, kind"

    policy_id = fields.Many2one(
        "complaint.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    kind = fields.Selection(
        TARGETS,
        required=True,
        help="First Response: a human answers. Update: the customer hears from you, again after "
        "each message. Solve: the solution is told to the customer. Verify: he agrees.",
    )
    amount = fields.Float(string="Within", required=True, digits=(16, 2))
    unit = fields.Selection(
        [("minute", "Minutes"), ("hour", "Hours"), ("day", "Days")], required=True, default="hour"
    )
    time = fields.Selection(
        [("working", "Working time"), ("clock", "Around the clock")],
        required=True,
        default="working",
        help="A working day has the hours per day of the team's working hours.",
    )

    @api.constrains("amount", "unit")
    def _check_amount(self):
        for target in self:
            if not 0 < target.amount * SECONDS[target.unit] <= MAX_SECONDS:
                raise ValidationError(
                    self.env._(
                        "“%(policy)s” promises %(amount)s for %(kind)s: a target lies between "
                        "one second and three years.",
                        policy=target.policy_id.name,
                        amount=target.amount,
                        kind=dict(self._fields["kind"]._description_selection(self.env))[
                            target.kind
                        ],
                    )
                )

    def _get_seconds(self, calendar):
        """Return the target in whole seconds.

        :param calendar: the working hours it runs in; empty = around the clock
        """
        self.ensure_one()
        if self.unit == "day" and self.time == "working" and calendar:
            # sudo: hours of work are no secret
            return round(self.amount * calendar.sudo().hours_per_day * 3600)
        return round(self.amount * SECONDS[self.unit])
