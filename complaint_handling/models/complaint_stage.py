from odoo import api, fields, models
from odoo.exceptions import UserError

from .kinds import STAGE_KINDS


class ComplaintStage(models.Model):
    """A column of the board. Its kind carries the rules, its name is free."""

    _name = "complaint.stage"
    _description = "Complaint Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        STAGE_KINDS,
        required=True,
        default="progress",
        help="What the stage means: dates, clocks and what may follow depend on it.",
    )
    fold = fields.Boolean(string="Folded on the Board")
    active = fields.Boolean(default=True)

    def write(self, vals):
        if "kind" in vals:
            self._check_kind(vals["kind"])
        return super().write(vals)

    def _check_kind(self, kind):
        """Refuse another meaning for a stage that has cases: they would move past every check."""
        changed = self.filtered(lambda stage: stage.kind != kind)
        # sudo: cases of all companies
        cases = self.env["complaint.case"].sudo()
        if cases.search_count([("stage_id", "in", changed.ids)], limit=1):
            raise UserError(
                self.env._(
                    "There are cases in “%(stage)s”: create another stage instead of changing what "
                    "this one means.",
                    stage=", ".join(changed.mapped("name")),
                )
            )

    @api.model
    def _get(self, kind):
        """Return the first stage of a kind.

        :raise UserError: if there is none, because somebody archived it
        """
        stage = self.search([("kind", "=", kind)], limit=1)
        if not stage:
            raise UserError(
                self.env._(
                    "There is no stage of the kind “%(kind)s”: create one under Complaints, "
                    "Configuration, Stages.",
                    kind=dict(self._fields["kind"]._description_selection(self.env))[kind],
                )
            )
        return stage
