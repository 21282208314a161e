from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.complaint_callers import Callers
from ..models.complaint_verification import LOW

RATINGS = [("1", "1 – very bad"), ("2", "2 – bad"), ("3", "3 – fair")]
RATINGS += [("4", "4 – good"), ("5", "5 – very good")]


class ComplaintVerdict(models.TransientModel):
    """What the customer said on the phone: accepts, does not accept, or was not reached."""

    _name = "complaint.verdict"
    _description = "Record the Verdict"

    verification_id = fields.Many2one("complaint.verification", required=True, readonly=True)
    verdict = fields.Selection(
        [
            ("accepted", "Customer accepts"),
            ("refused", "Customer does not accept"),
            ("not_reached", "Not reached"),
        ],
        required=True,
    )
    rating_outcome = fields.Selection(RATINGS, string="How good is the solution?")
    rating_handling = fields.Selection(RATINGS, string="How good was the service?")
    note = fields.Text(string="In the Customer's Words")
    date_next = fields.Date(string="Try again on")
    is_low = fields.Boolean(compute="_compute_is_low")

    @api.depends("verdict", "rating_outcome")
    def _compute_is_low(self):
        for wizard in self:
            low = 0 < int(wizard.rating_outcome or 0) <= LOW
            wizard.is_low = wizard.verdict == "accepted" and low

    def _check(self):
        verification = self.verification_id
        verification.check_access("write")
        if verification.state != "due":
            raise UserError(
                self.env._(
                    "The verdict on %(case)s is known already.",
                    case=verification.case_id.display_name,
                )
            )
        self._check_impartial()
        if self.verdict == "not_reached" and verification.method != "call":
            raise UserError(
                self.env._(
                    "Nobody calls the customer of %(case)s: there is only to record what he says "
                    "himself.",
                    case=verification.case_id.display_name,
                )
            )
        if self.verdict == "not_reached" and self.date_next:
            if self.date_next < fields.Date.context_today(self):
                raise UserError(self.env._("That day is over: choose a later one."))

    def _check_impartial(self):
        """Refuse the word of who solved the case or has it.

        Where nobody is called he may enter that the customer objects: that is not in his favour.
        A leader may where nobody else is there.
        """
        # sudo: whose case it is, and who else of the team is there
        verification = self.verification_id.sudo()
        case, concerned = verification.case_id.sudo(False), verification._get_concerned()
        if self.env.user not in concerned:
            return
        if verification.method != "call" and self.verdict == "refused":
            return
        if case._may_skip_verification() and not case._pick_caller(concerned, Callers()):
            return
        raise UserError(
            self.env._(
                "You solved %(case)s yourself, or it is yours: let a colleague ask the customer.",
                case=case.display_name,
            )
        )

    def action_confirm(self):
        """Record the verdict; the case is closed or taken up again."""
        self.ensure_one()
        self._check()
        verification, note = self.verification_id, self.note
        if self.verdict == "not_reached":
            verification._note_call(False, note, self.date_next)
            verification._note_attempt(self.date_next)
            return {"type": "ir.actions.act_window_close"}
        outcome, handling = int(self.rating_outcome or 0), int(self.rating_handling or 0)
        verification._note_call(True, note)
        verification.case_id._note_spoken_verdict(outcome, note)
        if self.verdict == "accepted":
            verification._confirm(outcome, handling, note)
        else:
            verification._refuse(outcome, handling, note)
        return {"type": "ir.actions.act_window_close"}
