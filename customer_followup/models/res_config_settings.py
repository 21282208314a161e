from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The card *Contacts* of the settings page of Customer Care."""

    _inherit = "res.config.settings"

    care_go_live_date = fields.Date(related="company_id.go_live_date", readonly=False)
    care_surface_days = fields.Integer(related="company_id.surface_days", readonly=False)
    care_automatic_contact = fields.Boolean(related="company_id.automatic_contact", readonly=False)
    care_quiet_from = fields.Float(related="company_id.quiet_from", readonly=False)
    care_quiet_to = fields.Float(related="company_id.quiet_to", readonly=False)
    care_automatic_limit = fields.Integer(related="company_id.automatic_limit", readonly=False)
