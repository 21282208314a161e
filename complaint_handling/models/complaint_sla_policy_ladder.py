from odoo import models


class ComplaintSlaPolicy(models.Model):
    """The ladder of a promise."""

    _inherit = "complaint.sla.policy"

    def _get_levels(self, clock_kind):
        """Return the steps that hold for a kind of promise.

        A step without kind holds for all that is promised to the customer.
        """
        kinds = {clock_kind} if clock_kind == "task" else {clock_kind, False}
        return self.level_ids.filtered(lambda level: level.clock_kind in kinds)

    def _plan_open_clocks(self):
        """Let the steps of a changed ladder act for promises given before, too."""
        self.env["complaint.sla.clock"]._plan_later([("policy_id", "in", self.exists().ids)])

    def action_who_is_told(self):
        """Show who would be told by each step, for a case of the user's choice."""
        self.ensure_one()
        return self.env["complaint.who.is.told"]._open_for(policy=self)
