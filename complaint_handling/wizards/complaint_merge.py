from odoo import api, fields, models


class ComplaintMerge(models.TransientModel):
    """Dialog: make one case of several that are about the same matter."""

    _name = "complaint.merge"
    _description = "Merge Cases"

    case_ids = fields.Many2many("complaint.case", required=True, string="Cases")
    survivor_id = fields.Many2one(
        "complaint.case",
        string="Case kept",
        compute="_compute_survivor",
        help="The case received first: its promises go on.",
    )
    obstacle = fields.Text(compute="_compute_survivor")
    warning = fields.Text(compute="_compute_survivor")

    @api.depends("case_ids")
    def _compute_survivor(self):
        for wizard in self:
            cases = wizard.case_ids._origin
            wizard.obstacle = cases._get_merge_obstacle()
            wizard.warning = not wizard.obstacle and cases._get_merge_warning()
            wizard.survivor_id = cases.sorted(lambda case: (case.date_received, case.id))[:1]

    def action_merge(self):
        """Merge, and open the case that goes on."""
        self.ensure_one()
        return self.case_ids._merge().get_formview_action()
