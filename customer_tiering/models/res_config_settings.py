from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_tier_nightly = fields.Boolean(
        string="Grade every night",
        compute="_compute_customer_tier_nightly",
        inverse="_inverse_customer_tier_nightly",
        help="Measures all customers every night, in every company of this database.",
    )
    customer_tier_scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Operative Scheme",
        compute="_compute_customer_tier_scheme_id",
    )
    customer_tier_method = fields.Selection(related="customer_tier_scheme_id.method")
    customer_tier_source = fields.Selection(
        related="customer_tier_scheme_id.source", readonly=False
    )
    customer_tier_window_months = fields.Integer(
        related="customer_tier_scheme_id.window_months", readonly=False
    )
    customer_tier_last_run = fields.Datetime(related="customer_tier_scheme_id.last_run")
    customer_tier_count = fields.Integer(
        string="Graded Customers", related="customer_tier_scheme_id.last_graded"
    )

    @api.depends("company_id")
    def _compute_customer_tier_scheme_id(self):
        schemes = self.env["customer.tier.scheme"]
        for settings in self:
            settings.customer_tier_scheme_id = schemes._get_operative(settings.company_id)

    @api.depends("company_id")
    def _compute_customer_tier_nightly(self):
        # sudo: reads whether our own scheduled action runs
        cron = self.env.ref("customer_tiering.ir_cron_evaluate_schemes").sudo()
        self.customer_tier_nightly = cron.active

    def _inverse_customer_tier_nightly(self):
        # sudo: switches our own scheduled action only; settings need the right to configure
        cron = self.env.ref("customer_tiering.ir_cron_evaluate_schemes").sudo()
        for settings in self:
            if cron.active == settings.customer_tier_nightly:
                continue
            if not self.env.user.has_group("customer_tiering.customer_tiering_group_manager"):
                raise AccessError(
                    self.env._("Only Customer Care managers can switch the nightly grading.")
                )
            cron.active = settings.customer_tier_nightly
