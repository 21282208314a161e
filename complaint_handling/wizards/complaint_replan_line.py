from odoo import fields, models

from .complaint_replan import MOVES


class ComplaintReplanLine(models.TransientModel):
    _name = "complaint.replan.line"
    _description = "Moved Promise"

    wizard_id = fields.Many2one("complaint.replan", required=True, ondelete="cascade", index=True)
    case_id = fields.Many2one("complaint.case", ondelete="cascade")
    promise = fields.Char()
    move = fields.Selection(MOVES, string="Moves")
    old_date = fields.Datetime(string="Due before", help="Empty: not promised, or it waits.")
    new_date = fields.Datetime(string="Due then", help="Empty: not promised, or it waits.")
