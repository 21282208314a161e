from odoo import api, fields, models
from odoo.tools import date_utils


class CustomerSalesHistory(models.Model):
    _name = "customer.sales.history"
    _description = "Sales History (imported)"
    _order = "month desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    month = fields.Date(
        required=True,
        index=True,
        help="Any day of the month; kept as its last day, which is the day the sales count.",
    )
    amount = fields.Monetary(string="Revenue", help="Untaxed revenue in the company's currency.")
    margin = fields.Monetary(help="Margin in the company's currency.")
    document_count = fields.Integer(
        string="Documents", default=1, help="Number of orders or invoices of the month."
    )
    quantity = fields.Float(digits="Product Unit")

    _month_uniq = models.UniqueIndex(
        "(company_id, partner_id, month)",
        "This customer already has a row for this month: change it instead of adding another.",
    )
    _document_count_positive = models.Constraint(
        "CHECK(document_count >= 0)", "The number of documents cannot be negative."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_last_day(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_last_day(vals))

    @api.model
    def _with_last_day(self, vals):
        """Return a copy of ``vals`` whose ``month`` is the last day of its month."""
        if not vals.get("month"):
            return vals
        month = fields.Date.to_date(vals["month"])
        return {**vals, "month": date_utils.end_of(month, "month")}

    @api.depends("partner_id", "month")
    def _compute_display_name(self):
        for row in self:
            month = row.month and row.month.strftime("%Y-%m") or ""
            row.display_name = f"{row.partner_id.display_name or ''} {month}".strip()

    @api.model
    def get_import_templates(self):
        """Offer a file to fill in on the import screen."""
        return [
            {
                "label": self.env._("Import Template for Sales History"),
                "template": "/customer_tiering/static/xls/sales_history.csv",
            }
        ]
