from odoo import api, models
from odoo.fields import Command


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_default_tier_scheme()
        return companies

    @api.model
    def _create_default_tier_schemes(self):
        """Give every company that exists at installation its default scheme."""
        self.with_context(active_test=False).search(
            [("parent_id", "=", False)]
        )._create_default_tier_scheme()

    def _create_default_tier_scheme(self):
        """Give companies without a scheme the shipped one; a branch is graded by its parent."""
        # sudo: whoever may create a company gets its defaults
        schemes = self.env["customer.tier.scheme"].sudo().with_context(active_test=False)
        graded = schemes.search([("company_id", "in", self.ids)]).company_id
        schemes = schemes.with_context(lang="en_US")
        levels = schemes._default_amount_levels()
        created = schemes.create(
            [
                {
                    "name": schemes._default_name(),
                    "company_id": company.id,
                    "operative": True,
                    "is_default": True,
                    "tz": company.resource_calendar_id.tz or self.env.user.tz or "UTC",
                    "tier_ids": [Command.create(level) for level in levels],
                }
                for company in self - graded
                if not company.parent_id
            ]
        )
        created._translate_default_names()
