from odoo import models


class ComplaintTeam(models.Model):
    """Open cases follow when a team is given other working hours."""

    _inherit = "complaint.team"

    def write(self, vals):
        if "resource_calendar_id" not in vals:
            return super().write(vals)
        before = {team: team.resource_calendar_id for team in self}
        result = super().write(vals)
        changed = self.filtered(lambda team: team.resource_calendar_id != before[team])
        # sudo: whatever cases of the team its manager may see
        cases = self.env["complaint.case"].sudo()
        cases.search([("team_id", "in", changed.ids), ("is_open", "=", True)])._replan_soon(
            self.env._("Due times were recalculated, because the team got other working hours.")
        )
        return result
