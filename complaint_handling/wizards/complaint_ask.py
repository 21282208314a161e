from odoo import api, fields, models
from odoo.fields import Command


class ComplaintAsk(models.TransientModel):
    """A question to somebody of another department, with files and a due moment."""

    _name = "complaint.ask"
    _description = "Ask somebody"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True)
    company_id = fields.Many2one(related="case_id.company_id")
    user_id = fields.Many2one(
        "res.users",
        string="Ask",
        required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    department = fields.Char(help="Where he works, as the log is to say it.")
    name = fields.Char(string="Question", required=True)
    details = fields.Html()
    date_due = fields.Datetime(string="Answer until", required=True)
    notice = fields.Char(compute="_compute_notice")
    case_attachment_ids = fields.Many2many(
        "ir.attachment", compute="_compute_case_attachment_ids", string="Files of the Case"
    )
    shared_attachment_ids = fields.Many2many(
        "ir.attachment",
        "complaint_ask_shared_rel",
        string="Files he may see",
        domain="[('id', 'in', case_attachment_ids)]",
        help="The person asked does not see the case: choose which of its files he needs.",
    )
    attachment_ids = fields.Many2many("ir.attachment", "complaint_ask_rel", string="New Files")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        case = self.env["complaint.case"].browse(values.get("case_id"))
        if case:
            values.setdefault("date_due", case._get_task_due())
        return values

    @api.depends("case_id")
    def _compute_case_attachment_ids(self):
        for wizard in self:
            wizard.case_attachment_ids = self.env["ir.attachment"].search(
                [
                    ("res_model", "=", "complaint.case"),
                    ("res_id", "=", wizard.case_id.id),
                    ("res_field", "=", False),
                ]
            )

    @api.depends("date_due", "case_id")
    def _compute_notice(self):
        for wizard in self:
            due = wizard.case_id and wizard.case_id._get_solving_due()
            late = due and wizard.date_due and wizard.date_due >= due
            wizard.notice = late and self.env._(
                "The case itself has to be solved before this answer would come."
            )

    def action_confirm(self):
        """Ask."""
        self.ensure_one()
        # the dialog is open to who works on the case
        self.case_id.check_access("write")
        shared = self.shared_attachment_ids & self.case_attachment_ids
        copies = shared.copy({"res_model": "complaint.task", "res_id": False})
        task = self.env["complaint.task"].create(
            {
                "case_id": self.case_id.id,
                "user_id": self.user_id.id,
                **({"department": self.department} if self.department else {}),
                "name": self.name,
                "details": self.details,
                "date_due": self.date_due,
                "attachment_ids": [Command.set((self.attachment_ids | copies).ids)],
            }
        )
        self.case_id._message_log(
            body=self.env._(
                "%(user)s was asked: %(question)s %(notice)s",
                user=task.user_id.name,
                question=task.name,
                notice=self.notice or "",
            )
        )
        return {"type": "ir.actions.act_window_close"}
