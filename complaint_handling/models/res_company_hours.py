from odoo import models


class ResCompany(models.Model):
    """Open cases follow when a company is given other working hours."""

    _inherit = "res.company"

    def write(self, vals):
        if "resource_calendar_id" not in vals:
            return super().write(vals)
        before = {company: company.resource_calendar_id for company in self}
        result = super().write(vals)
        changed = self.filtered(lambda each: each.resource_calendar_id != before[each])
        # sudo: who sets up a company need not know its cases
        cases = self.env["complaint.case"].sudo()
        cases.search([("company_id", "in", changed.ids), ("is_open", "=", True)])._replan_soon(
            self.env._("Due times were recalculated, because the company got other working hours.")
        )
        return result
