from odoo import api, fields, models

from .complaint_compensation import GRANTED


class ComplaintCase(models.Model):
    """What a case costs."""

    _inherit = "complaint.case"

    compensation_ids = fields.One2many("complaint.compensation", "case_id", string="Compensations")
    compensation_count = fields.Integer(compute="_compute_compensation_count")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    compensation_amount = fields.Monetary(
        string="Compensation",
        compute="_compute_compensation_amount",
        store=True,
        currency_field="company_currency_id",
        help="What was granted, in the company's currency.",
    )

    @api.depends("compensation_ids")
    def _compute_compensation_count(self):
        rows = self.env["complaint.compensation"]._read_group(
            [("case_id", "in", self.ids)], ["case_id"], ["__count"]
        )
        counts = {case.id: count for case, count in rows}
        for case in self:
            case.compensation_count = counts.get(case.id, 0)

    @api.depends("compensation_ids.state", "compensation_ids.amount_company")
    def _compute_compensation_amount(self):
        for case in self:
            granted = case.compensation_ids.filtered(lambda each: each.state in GRANTED)
            case.compensation_amount = sum(granted.mapped("amount_company"))

    def _has_compensation(self):
        """Say whether something was granted: who was paid is asked in person."""
        self.ensure_one()
        # sudo: whether something was granted, not what
        return any(each.state in GRANTED for each in self.sudo().compensation_ids)

    def action_compensate(self):
        """Enter a compensation."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compensate"),
            "res_model": "complaint.compensation",
            "view_mode": "form",
            "context": {
                "default_case_id": self.id,
                "default_product_id": self.product_id.id,
            },
        }

    def action_compensations(self):
        """Show what was granted."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_compensation_action"
        )
        action["domain"] = [("case_id", "=", self.id)]
        action["context"] = {"default_case_id": self.id}
        return action
