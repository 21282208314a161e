from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .kinds import TARGETS

SECONDS = {"minute": 60, "hour": 3600, "day": 24 * 3600}
MINUTE, WEEK = 60, 7 * 24 * 3600
#: Nobody promises something for later than this.
MAX_SECONDS = 3 * 366 * 24 * 3600
#: Hours of work a week and a day where no working hours say how many there are.
USUAL_WEEK, USUAL_DAY = 40, 8


class ComplaintSlaTarget(models.Model):
    """One promise of a policy: by when what is done."""

    _name = "complaint.sla.target"
    _description = "Promise Target"
    _order = "policy_id, kind_rank, id"

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
    kind_rank = fields.Integer(compute="_compute_kind_rank", store=True)
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

    @api.depends("kind")
    def _compute_kind_rank(self):
        """In the order things happen, not that of the alphabet."""
        ranks = {kind: rank for rank, (kind, _name) in enumerate(TARGETS)}
        for target in self:
            target.kind_rank = ranks.get(target.kind, len(ranks))

    @api.constrains("amount", "unit", "time")
    def _check_amount(self):
        for target in self:
            if not MINUTE <= target._get_seconds_at_least() or (
                target._get_usual_seconds() > MAX_SECONDS
            ):
                raise ValidationError(
                    self.env._(
                        "“%(policy)s” promises %(promise)s: a target lies between one minute "
                        "and three years.",
                        policy=target.policy_id.name,
                        promise=target._describe(),
                    )
                )

    @api.constrains("kind", "amount", "unit", "time")
    def _check_policy(self):
        self.policy_id._check_promises()

    # ------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        policies = self.env["complaint.sla.policy"].browse(
            {vals["policy_id"] for vals in vals_list if vals.get("policy_id")}
        )
        before = policies._begin_revision()
        targets = super().create(vals_list)
        policies._end_revision(before)
        return targets

    def write(self, vals):
        policies = self.policy_id
        before = policies._begin_revision()
        result = super().write(vals)
        policies._end_revision(before)
        return result

    def unlink(self):
        policies = self.policy_id
        before = policies._begin_revision()
        result = super().unlink()
        policies._end_revision(before)
        return result

    # ------------------------------------------------------------
    # How long
    # ------------------------------------------------------------

    def _get_seconds(self, calendar):
        """Return the target in whole seconds.

        :param calendar: the working hours it runs in; empty = around the clock
        """
        self.ensure_one()
        if self.unit == "day" and self.time == "working" and calendar:
            # sudo: hours of work are no secret
            hours = calendar.sudo().hours_per_day or USUAL_DAY
            return round(self.amount * hours * 3600)
        return round(self.amount * SECONDS[self.unit])

    def _get_seconds_at_least(self):
        """Return the shortest time the target can stand for, whatever the working hours."""
        return self._get_seconds(self._get_company_calendar())

    def _get_usual_seconds(self):
        """Return about how much time passes until it is due, nights and weekends included."""
        self.ensure_one()
        calendar = self._get_company_calendar()
        seconds = self._get_seconds(calendar)
        if self.time == "clock" or not calendar:
            return seconds
        hours = calendar.hours_per_week or USUAL_WEEK
        return seconds * WEEK / (hours * 3600)

    def _is_later_than(self, other):
        """Say whether this is due after another target that begins at the same moment.

        Working time and time around the clock are compared by a usual week.
        """
        if self.time == other.time:
            return self._get_seconds_at_least() > other._get_seconds_at_least()
        return self._get_usual_seconds() > other._get_usual_seconds()

    def _get_company_calendar(self):
        # sudo: hours of work are no secret
        return self.policy_id.company_id.sudo().resource_calendar_id

    # ------------------------------------------------------------
    # In words
    # ------------------------------------------------------------

    def _describe(self):
        """Return the promise in words."""
        kind = dict(self._fields["kind"]._description_selection(self.env)).get(self.kind, "")
        return self.env._("%(promise)s: %(time)s", promise=kind, time=self._describe_time())

    def _describe_time(self):
        amount = f"{self.amount:g}"
        if self.unit == "day" and self.amount == 1:
            one_day = self.env._("one day")
            return one_day if self.time == "clock" else self.env._("one working day")
        return {
            ("minute", "clock"): self.env._("%(amount)s min", amount=amount),
            ("hour", "clock"): self.env._("%(amount)s h", amount=amount),
            ("day", "clock"): self.env._("%(amount)s days", amount=amount),
            ("minute", "working"): self.env._("%(amount)s min of work", amount=amount),
            ("hour", "working"): self.env._("%(amount)s h of work", amount=amount),
            ("day", "working"): self.env._("%(amount)s working days", amount=amount),
        }.get((self.unit, self.time), amount)

    def _get_body(self):
        """Return what makes this target another one."""
        return self.kind, self.amount, self.unit, self.time
