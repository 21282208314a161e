from odoo import fields, models


class ComplaintPassOn(models.TransientModel):
    """Not me: ask somebody else."""

    _name = "complaint.pass.on"
    _description = "Pass a Question on"

    task_id = fields.Many2one("complaint.task", required=True, readonly=True)
    company_id = fields.Many2one(related="task_id.company_id")
    user_id = fields.Many2one(
        "res.users",
        string="Ask instead",
        required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    note = fields.Char(string="Why", help="The one who is asked now reads it, too.")

    def action_confirm(self):
        """Pass the question on."""
        self.ensure_one()
        self.task_id._pass_on(self.user_id, self.note)
        return {"type": "ir.actions.act_window_close"}
