from odoo import fields, models


class FollowupPersonality(models.Model):
    _name = "followup.personality"
    _description = "Personality"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    hint = fields.Char(
        translate=True, help="How to deal with such a person; shown before a call or visit."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
