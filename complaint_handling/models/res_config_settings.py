from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The card *Complaints* of the settings page of Customer Care."""

    _inherit = "res.config.settings"

    complaint_customer_mail = fields.Boolean(
        related="company_id.complaint_customer_mail", readonly=False
    )
    complaint_public_form = fields.Boolean(
        related="company_id.complaint_public_form", readonly=False
    )
    complaint_public_team_id = fields.Many2one(
        related="company_id.complaint_public_team_id", readonly=False
    )
    complaint_portal_colleagues = fields.Boolean(
        related="company_id.complaint_portal_colleagues", readonly=False
    )
    complaint_grace_days = fields.Integer(related="company_id.complaint_grace_days", readonly=False)
    complaint_duplicate_days = fields.Integer(
        related="company_id.complaint_duplicate_days", readonly=False
    )
    complaint_wait_remind_days = fields.Integer(
        related="company_id.complaint_wait_remind_days", readonly=False
    )
    complaint_wait_reminders = fields.Integer(
        related="company_id.complaint_wait_reminders", readonly=False
    )
    complaint_wait_close_days = fields.Integer(
        related="company_id.complaint_wait_close_days", readonly=False
    )
    complaint_verify_attempts = fields.Integer(
        related="company_id.complaint_verify_attempts", readonly=False
    )
    complaint_rating_remind_days = fields.Integer(
        related="company_id.complaint_rating_remind_days", readonly=False
    )
    complaint_courtesy = fields.Boolean(related="company_id.complaint_courtesy", readonly=False)
