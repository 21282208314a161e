from odoo import api, models


class FollowupCadence(models.Model):
    _inherit = "followup.cadence"

    @api.model
    def _prepare_default_vals(self, company, service_class, position):
        """Give the shipped automatic lines the shipped message; it is not switched on."""
        vals = super()._prepare_default_vals(company, service_class, position)
        template = self.env.ref("customer_followup.mail_template_contact", raise_if_not_found=False)
        for command in vals["line_ids"]:
            if template and command[2]["mode"] == "automatic":
                command[2]["mail_template_id"] = template.id
        return vals
