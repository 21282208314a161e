from odoo import fields, models


class ComplaintWhoIsToldLine(models.TransientModel):
    """One step of a ladder that is tried."""

    _name = "complaint.who.is.told.line"
    _description = "Step of a Ladder that is tried"

    wizard_id = fields.Many2one("complaint.who.is.told", ondelete="cascade")
    moment = fields.Datetime(string="When")
    promise = fields.Char()
    step = fields.Char()
    user_ids = fields.Many2many("res.users", string="Told")
    note = fields.Text()
