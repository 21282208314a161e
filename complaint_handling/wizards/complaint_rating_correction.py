from odoo import api, fields, models

from .complaint_verdict import RATINGS


class ComplaintRatingCorrection(models.TransientModel):
    """A leader sets right what was recorded by mistake."""

    _name = "complaint.rating.correction"
    _description = "Set a Rating right"

    verification_id = fields.Many2one("complaint.verification", required=True, readonly=True)
    verdict = fields.Selection(
        [("accepted", "Customer accepts"), ("refused", "Customer does not accept")], required=True
    )
    rating_outcome = fields.Selection(RATINGS, string="How good is the solution?")
    rating_handling = fields.Selection(RATINGS, string="How good was the service?")
    reason = fields.Char(required=True, help="Stands in the log of the case.")
    notice = fields.Char(compute="_compute_notice")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        verification = self.env["complaint.verification"].browse(values.get("verification_id"))
        if verification:
            values.update(
                verdict="refused" if verification.state == "refused" else "accepted",
                rating_outcome=str(verification.rating_outcome or "") or False,
                rating_handling=str(verification.rating_handling or "") or False,
            )
        return values

    @api.depends("verdict", "verification_id")
    def _compute_notice(self):
        for wizard in self:
            was_refused = wizard.verification_id.state == "refused"
            if wizard.verdict == "accepted" and was_refused:
                wizard.notice = (
                    self.env._("The reopening is undone: the case is closed as before.")
                    if wizard.verification_id._may_undo()
                    else self.env._(
                        "Work on the case has gone on since it was reopened: it stays open, only "
                        "the rating changes."
                    )
                )
            elif wizard.verdict == "refused" and not was_refused:
                wizard.notice = self.env._("The case is taken up again, one level up.")
            else:
                wizard.notice = False

    def action_confirm(self):
        """Set the rating right."""
        self.ensure_one()
        self.verification_id._correct(
            self.verdict == "accepted",
            int(self.rating_outcome or 0),
            int(self.rating_handling or 0),
            self.reason,
        )
        return {"type": "ir.actions.act_window_close"}
