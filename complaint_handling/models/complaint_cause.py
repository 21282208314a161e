from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ComplaintCause(models.Model):
    """Why it happened, as found out while solving it."""

    _name = "complaint.cause"
    _description = "Root Cause"
    _parent_store = True
    _order = "sequence, id"
    _rec_names_search = ["name", "parent_id.name"]

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    parent_id = fields.Many2one(
        "complaint.cause", index=True, ondelete="restrict", string="Part of"
    )
    parent_path = fields.Char(index=True)
    active = fields.Boolean(default=True)

    @api.depends("name", "parent_path")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Name a root cause with those it is part of, in the reader's language."""
        for cause in self:
            path = (cause.parent_path or "").strip("/").split("/")
            above = self.browse(int(key) for key in path[:-1])
            cause.display_name = " / ".join(each.name or "" for each in [*above, cause])

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A root cause cannot be part of itself, not even by way of others.")
            )
