from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CustomerRfmSegment(models.Model):
    _name = "customer.rfm.segment"
    _description = "RFM Segment"
    _order = "sequence, id"

    name = fields.Char(string="Segment", required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first segment that fits is taken.")
    color = fields.Integer()
    r_min = fields.Integer(string="R from", default=1, required=True)
    r_max = fields.Integer(string="R to", default=5, required=True)
    fm_min = fields.Float(string="(F+M)/2 from", digits=(3, 1), default=1, required=True)
    fm_max = fields.Float(string="(F+M)/2 to", digits=(3, 1), default=5, required=True)
    advice = fields.Char(
        translate=True, help="What to do with these customers, in one short sentence."
    )

    @api.constrains("r_min", "r_max", "fm_min", "fm_max")
    def _check_ranges(self):
        for segment in self:
            if not (1 <= segment.r_min <= segment.r_max <= 5):
                raise ValidationError(
                    self.env._(
                        "Segment %(name)s: the recency range must lie between 1 and 5, "
                        "lower value first.",
                        name=segment.name,
                    )
                )
            if not (1 <= segment.fm_min <= segment.fm_max <= 5):
                raise ValidationError(
                    self.env._(
                        "Segment %(name)s: the range of frequency and monetary must lie "
                        "between 1 and 5, lower value first.",
                        name=segment.name,
                    )
                )
