from odoo import fields, models


class ComplaintClose(models.TransientModel):
    """Why a case is closed before the customer has said whether he accepts."""

    _name = "complaint.close"
    _description = "Close without the Customer's Word"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Close the case."""
        self.ensure_one()
        self.case_id._close_unverified(self.reason)
        return {"type": "ir.actions.act_window_close"}
