from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: what he worked on is nobody's any more, whoever lets him leave
            cases = self.env["complaint.case"].sudo()
            cases.search([("user_id", "in", self.ids), ("is_open", "=", True)])._lose_agent()
            # sudo: what was asked of who leaves must not be lost, whoever lets him leave
            tasks = self.env["complaint.task"].sudo()
            tasks.search([("user_id", "in", self.ids), ("state", "=", "open")])._give_back()
            calls = self.env["complaint.verification"].sudo()
            calls.search([("user_id", "in", self.ids), ("state", "=", "due")])._find_other_callers()
        return result
