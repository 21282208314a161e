from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerHoldStart(models.TransientModel):
    """Put one or many customers on hold, with one reason and one review date."""

    _name = "customer.hold.start"
    _description = "Put on Hold"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env["customer.tier.scheme"]._get_grading_company(),
    )
    review_date = fields.Date(
        string="Review on",
        required=True,
        default=lambda self: self._default_review_date(),
        help="The hold ends on this day, and the account manager is asked to look again. It "
        "ends before if the customer orders.",
    )
    reason = fields.Char(help="Why nobody spends time on this customer for now.")

    @api.model
    def _default_review_date(self):
        return self.env["customer.hold"]._get_today() + relativedelta(months=6)

    def action_apply(self):
        """Put the customers on hold; who is on hold already gets the new date and reason."""
        self.ensure_one()
        holds = self.env["customer.hold"]
        if self.review_date <= holds._get_today(self.company_id):
            raise UserError(self.env._("Choose a review date after today."))
        customers = self.partner_ids.commercial_partner_id
        known = holds.search(
            [
                ("partner_id", "in", customers.ids),
                ("company_id", "=", self.company_id.id),
                ("date_end", "=", False),
            ]
        )
        vals = {"review_date": self.review_date, "reason": self.reason}
        known.write(vals)
        holds.create(
            [
                {**vals, "partner_id": customer.id, "company_id": self.company_id.id}
                for customer in customers - known.partner_id
            ]
        )
        return {"type": "ir.actions.act_window_close"}
