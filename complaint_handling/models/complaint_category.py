from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ComplaintCategory(models.Model):
    """What a complaint is about: product, person, delivery, billing …"""

    _name = "complaint.category"
    _description = "Complaint Category"
    _parent_store = True
    _order = "sequence, id"
    _rec_names_search = ["name", "parent_id.name"]

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    parent_id = fields.Many2one(
        "complaint.category", index=True, ondelete="restrict", string="Part of"
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("complaint.category", "parent_id", string="Parts")
    active = fields.Boolean(default=True)
    is_safety = fields.Boolean(
        string="Safety", help="Cases of this category are critical: somebody may come to harm."
    )
    tips = fields.Html(
        translate=True,
        string="Handling Tips",
        help="Shown beside each case of this category: what to ask, what to offer.",
    )

    @api.depends("name", "parent_path")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Name a category with those it is part of, in the reader's language."""
        for category in self:
            path = (category.parent_path or "").strip("/").split("/")
            above = self.browse(int(key) for key in path[:-1])
            category.display_name = " / ".join(each.name or "" for each in [*above, category])

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A category cannot be part of itself, not even by way of others.")
            )
