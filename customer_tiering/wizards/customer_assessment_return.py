from odoo import fields, models


class CustomerAssessmentReturn(models.TransientModel):
    _name = "customer.assessment.return"
    _description = "Return Scorecards"

    assessment_ids = fields.Many2many("customer.assessment", string="Scorecards", required=True)
    reason = fields.Char(required=True, help="Who judged reads this on the scorecard.")

    def action_return(self):
        """Give the scorecards back with the reason."""
        self.ensure_one()
        return self.assessment_ids._return(self.reason)
