from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ComplaintCause(models.Model):
    """Why it happened, as found out while solving it."""

    _name = "complaint.cause"
    _description = "Root Cause"
    _parent_store = True
    _order = "complete_name"
    _rec_name = "complete_name"

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", recursive=True, store=True, string="Root Cause"
    )
    parent_id = fields.Many2one(
        "complaint.cause", index=True, ondelete="restrict", string="Part of"
    )
    parent_path = fields.Char(index=True)
    active = fields.Boolean(default=True)

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for cause in self:
            above = cause.parent_id.complete_name
            cause.complete_name = f"{above} / {cause.name}" if above else cause.name

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A root cause cannot be part of itself, not even by way of others.")
            )
