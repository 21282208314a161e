from odoo import fields, models


class ComplaintCompensationRefuse(models.TransientModel):
    """Why a compensation is not granted."""

    _name = "complaint.compensation.refuse"
    _description = "Refuse a Compensation"

    compensation_id = fields.Many2one("complaint.compensation", required=True, readonly=True)
    reason = fields.Char(required=True, help="Who asked for it reads it.")

    def action_confirm(self):
        """Refuse it."""
        self.ensure_one()
        self.compensation_id._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
