from odoo import fields, models


class CustomerLeavingRecord(models.TransientModel):
    """Record why one or many customers left or buy less."""

    _name = "customer.leaving.record"
    _description = "Record Reason of Leaving"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env["customer.tier.scheme"]._get_grading_company(),
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    reason_id = fields.Many2one("customer.leaving.reason", required=True)
    description = fields.Char(related="reason_id.description")
    note = fields.Text(help="What the customer said, and what asking why again brought up.")

    def action_record(self):
        """Keep the reason for each customer, with his status and money at stake today."""
        self.ensure_one()
        self.env["customer.leaving"].create(
            [
                {
                    "partner_id": customer.id,
                    "company_id": self.company_id.id,
                    "date": self.date,
                    "reason_id": self.reason_id.id,
                    "note": self.note,
                }
                for customer in self.partner_ids.commercial_partner_id
            ]
        )
        return {"type": "ir.actions.act_window_close"}
