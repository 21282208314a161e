from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ComplaintCategory(models.Model):
    """What a complaint is about: product, person, delivery, billing …"""

    _name = "complaint.category"
    _description = "Complaint Category"
    _parent_store = True
    _order = "complete_name"
    _rec_name = "complete_name"

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", recursive=True, store=True, string="Category"
    )
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

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for category in self:
            above = category.parent_id.complete_name
            category.complete_name = f"{above} / {category.name}" if above else category.name

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A category cannot be part of itself, not even by way of others.")
            )
