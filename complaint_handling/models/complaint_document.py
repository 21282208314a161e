from odoo import api, fields, models

from .complaint_case_screen import READERS


class ComplaintDocument(models.AbstractModel):
    """What orders and invoices share that customers complain about."""

    _name = "complaint.document.mixin"
    _description = "Document with Complaint Cases"
    #: field of a case that names such a document
    _complaint_field = None

    complaint_count = fields.Integer(
        string="Cases", compute="_compute_complaint_count", groups=READERS
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_count(self):
        name = self._complaint_field
        rows = self.env["complaint.case"]._read_group([(name, "in", self.ids)], [name], ["__count"])
        counts = {document.id: number for document, number in rows}
        for document in self:
            document.complaint_count = counts.get(document.id, 0)

    def action_view_complaints(self):
        """Open the cases about this document."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_case_action"
        )
        action["domain"] = [(self._complaint_field, "=", self.id)]
        action["context"] = {f"default_{self._complaint_field}": self.id}
        return action
