from odoo import api, fields, models

from .complaint_case_screen import READERS


class ResPartner(models.Model):
    """The cases of a customer on his form."""

    _inherit = "res.partner"

    complaint_count = fields.Integer(
        string="Cases", compute="_compute_complaint_counts", groups=READERS
    )
    complaint_open_count = fields.Integer(
        string="Open Cases", compute="_compute_complaint_counts", groups=READERS
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_counts(self):
        rows = self.env["complaint.case"]._read_group(
            [("partner_id", "in", self.commercial_partner_id.ids)],
            ["partner_id", "is_open"],
            ["__count"],
        )
        counts = {(partner.id, is_open): number for partner, is_open, number in rows}
        for partner in self:
            customer = partner.commercial_partner_id.id
            partner.complaint_open_count = counts.get((customer, True), 0)
            partner.complaint_count = partner.complaint_open_count + counts.get(
                (customer, False), 0
            )

    def action_view_complaints(self):
        """Open the cases of this customer."""
        self.ensure_one()
        return self._open_cases()

    def _open_cases(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_case_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.id}
        return action
