from odoo import api, models

from odoo.addons.customer_tiering.models.working_time import AroundTheClock, HorizonError

#: Steps that tell who has to act himself.
ASKED_FIRST = ("agent", "asked")
#: In which order steps act that share a moment.
MOMENTS = ("before", "breach", "after")


class ComplaintEscalationLevel(models.Model):
    """When a step acts."""

    _inherit = "complaint.escalation.level"

    def _get_moment(self, clock, timeline, hours):
        """Return when this step acts for a clock that runs or is breached.

        :param timeline: the time the promise runs in
        :param hours: the time hours after the breach count in
        """
        self.ensure_one()
        if self.moment == "before":
            return clock._get_due(timeline, clock.target_seconds * (100 - self.percent) // 100)
        if self.moment == "breach":
            return clock.date_due
        seconds = round(self.hours * 3600)
        try:
            line = AroundTheClock() if self.any_time else hours
            return line.add(clock.date_due, seconds)
        except HorizonError:  # working hours that hardly ever run
            return AroundTheClock().add(clock.date_due, seconds)

    def _is_for_agent(self):
        """Say whether a step only reminds: it warns before the breach, or tells who has to act."""
        return self.moment == "before" or self.notify in ASKED_FIRST

    def _get_rank(self):
        """Return how high on the ladder the step stands; steps of the same rank act together."""
        self.ensure_one()
        height = {"before": -self.percent, "breach": 0, "after": self.hours}[self.moment]
        return MOMENTS.index(self.moment), height

    # ------------------------------------------------------------
    # Changes of a ladder
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        levels = super().create(vals_list)
        levels.policy_id._plan_open_clocks()
        return levels

    def write(self, vals):
        policies = self.policy_id
        result = super().write(vals)
        if vals.keys() & {"policy_id", "clock_kind", "moment", "percent", "hours", "any_time"}:
            (policies | self.policy_id)._plan_open_clocks()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._plan_open_clocks()
        return result
