"""What has to be known before one talks to a customer, on the forms of partner and order."""

from odoo import api, fields, models

from .res_partner import GROUP_OWN


class ResPartner(models.Model):
    _inherit = "res.partner"

    care_alerts = fields.Json(
        compute="_compute_care_alerts",
        groups=GROUP_OWN,
        help="What to know before talking to this customer.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "lang", "company")
    def _compute_care_alerts(self):
        touches = self.env["followup.touch"]
        alerts = touches._get_partner_alerts(self._origin.commercial_partner_id)
        for partner in self:
            found = alerts.get(partner._origin.commercial_partner_id.id)
            partner.care_alerts = touches._prepare_alerts(found) or False
