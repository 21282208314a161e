from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    go_live_date = fields.Date(
        string="Customer Care since",
        default=fields.Date.context_today,
        help="Before this day no follow-up is marked as missed, nothing is escalated and no "
        "message is sent by itself.",
    )
    surface_days = fields.Integer(
        string="Show Follow-ups ahead (Days)",
        default=14,
        help="So many days before its date a follow-up becomes an activity of the person "
        "responsible.",
    )

    _surface_days_positive = models.Constraint(
        "CHECK(surface_days BETWEEN 1 AND 60)",
        "Follow-ups can be shown between 1 and 60 days ahead.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["followup.cadence"]._create_defaults(companies)
        return companies
