from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        restored = self.filtered(lambda partner: not partner.active) if vals.get("active") else []
        result = super().write(vals)
        if restored:
            # sudo: who restores a customer need not know his cases
            cases = self.env["complaint.case"].sudo()
            cases.search(
                [("partner_id", "in", restored.ids), ("is_open", "=", True)]
            )._promise_again(
                self.env._("The customer is active again: the promises begin anew from now.")
            )
        if vals.get("active") is False:
            # sudo: who archives a customer need not know his cases
            cases = self.env["complaint.case"].sudo()
            cases.search([("partner_id", "in", self.ids), ("is_open", "=", True)])._end_promises(
                self.env._("The customer was archived: nothing is promised any more.")
            )
        return result
