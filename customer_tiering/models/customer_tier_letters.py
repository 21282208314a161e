from odoo import api, fields, models

from . import scorecard
from .scorecard import DIMENSIONS

LETTERS_HELP = (
    "Matrix: the letters with which a customer comes into this level, e.g. AB. The first level "
    "that fits in all three is taken."
)


class CustomerTier(models.Model):
    """A level as a row of the matrix."""

    _inherit = "customer.tier"

    possibility_letters = fields.Char(string="Possibility", help=LETTERS_HELP)
    foundation_letters = fields.Char(string="Foundation", help=LETTERS_HELP)
    potential_letters = fields.Char(string="Potential", help=LETTERS_HELP)

    def _get_matrix_row(self):
        """Return this level as :func:`scorecard.matrix_cells` reads it."""
        self.ensure_one()
        names = [f"{dimension}_letters" for dimension in DIMENSIONS]
        return {"catch_all": self.catch_all, **{name: self[name] or "" for name in names}}

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_normal_letters(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_normal_letters(vals))

    @api.model
    def _with_normal_letters(self, vals):
        """Return a copy of ``vals`` with letters in one way of writing."""
        names = [f"{dimension}_letters" for dimension in DIMENSIONS]
        return {
            **vals,
            **{name: scorecard.normalize_letters(vals[name]) for name in names if name in vals},
        }
