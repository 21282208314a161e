from odoo import fields, models


class ComplaintSlaClock(models.Model):
    _inherit = "complaint.sla.clock"

    task_id = fields.Many2one(
        "complaint.task", string="Internal Request", index="btree_not_null", ondelete="cascade"
    )
