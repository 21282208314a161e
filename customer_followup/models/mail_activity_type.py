from odoo import fields, models

from .kinds import KINDS


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    touch_kind = fields.Selection(
        KINDS,
        string="Counts as Follow-up",
        help="An activity of this type that is marked as done on any document of a customer "
        "counts as a contact of this kind with him.",
    )
