from odoo import api, fields, models

DIMENSION_SELECTION = [
    ("possibility", "Possibility"),
    ("foundation", "Foundation"),
    ("potential", "Potential"),
]


class CustomerAssessmentCriterion(models.Model):
    """A question whose answer, 1 to 5, counts by its weight towards one letter."""

    _name = "customer.assessment.criterion"
    _description = "Scorecard Criterion"
    _order = "dimension_order, sequence, id"

    name = fields.Char(string="Criterion", required=True, translate=True)
    dimension = fields.Selection(DIMENSION_SELECTION, required=True, default="possibility")
    dimension_order = fields.Integer(compute="_compute_dimension_order", store=True)
    weight = fields.Integer(
        default=1,
        required=True,
        aggregator=None,
        help="How much this answer counts against the others of the same dimension.",
    )
    description = fields.Char(
        string="How to Score",
        translate=True,
        help="What 1 and 5 mean, in one sentence, so that everybody scores alike.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: used by every company."
    )

    _weight_positive = models.Constraint(
        "CHECK(weight > 0)", "The weight of a criterion is a whole number from 1 on."
    )

    @api.depends("dimension")
    def _compute_dimension_order(self):
        order = {name: position for position, (name, _label) in enumerate(DIMENSION_SELECTION)}
        for criterion in self:
            criterion.dimension_order = order.get(criterion.dimension, 0)
