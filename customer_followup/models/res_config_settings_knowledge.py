from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    care_silent_months = fields.Integer(
        related="company_id.care_silent_months", readonly=False, string="Another way after"
    )
    care_hold_months = fields.Integer(
        related="company_id.care_hold_months", readonly=False, string="Propose a hold after"
    )
