from odoo import models
from odoo.exceptions import UserError

from .complaint_case_message import WRITTEN
from .complaint_verification import LOW

#: What a case gets back when its reopening is undone.
RESTORED = ("date_communicated", "date_resolved", "communicated_message_id", "user_id")


class ComplaintVerification(models.Model):
    """A rating given by mistake is set right by a leader; what followed from it is undone."""

    _inherit = "complaint.verification"

    def _check_may_correct(self):
        for verification in self.filtered(lambda each: not each.case_id._may_skip_verification()):
            raise UserError(
                self.env._(
                    "%(case)s: only the team's leader or a complaint manager can set a rating "
                    "right.",
                    case=verification.case_id.display_name,
                )
            )

    def _correct(self, is_accepted, outcome, handling, reason):
        """Set a verdict right.

        :param is_accepted: whether the customer accepts the solution
        :param outcome: rating 1 to 5 of the outcome, 0 = none; a low one is no acceptance
        :param handling: rating 1 to 5 of the handling, 0 = none
        :param reason: why, for the log
        """
        self.ensure_one()
        self._check_may_correct()
        # sudo: the leader's right was checked; ratings and stages are kept by the system
        verification = self.sudo()
        verification._log_correction(is_accepted, outcome, handling, reason)
        verification._set_ratings(outcome, handling)
        is_accepted = is_accepted and not 0 < outcome <= LOW
        if is_accepted and verification.state == "refused":
            verification._accept_after_all()
        elif not is_accepted and verification.state in ("confirmed", "no_answer"):
            verification._refuse(outcome, handling, reason)

    def _log_correction(self, is_accepted, outcome, handling, reason):
        states = dict(self._fields["state"]._description_selection(self.env))
        words = self.env._(
            "%(user)s set the customer's verdict right: %(reason)s (before: %(state)s, outcome "
            "%(outcome)s, handling %(handling)s; now: %(new_state)s, outcome %(new_outcome)s, "
            "handling %(new_handling)s)",
            user=self.env.user.name,
            reason=reason,
            state=states[self.state],
            outcome=self.rating_outcome or "–",
            handling=self.rating_handling or "–",
            new_state=states["confirmed" if is_accepted else "refused"],
            new_outcome=outcome or "–",
            new_handling=handling or "–",
        )
        self.case_id._message_log(body=words)
        self._message_log(body=words)

    def _set_ratings(self, outcome, handling):
        ratings = {"rating_outcome": outcome, "rating_handling": handling}
        self.write(ratings)
        case = self.case_id
        if case.verification_id == self:
            case.write(ratings)
        rating = case.rating_ids.filtered("consumed").sorted("write_date")[-1:]
        if rating and outcome:
            rating.rating = outcome

    def _accept_after_all(self):
        """The refusal was a mistake: undo the reopening where nothing has happened since."""
        if not self._may_undo():
            return
        case, before = self.case_id, self.before_refusal
        self.env["mail.activity"].browse(before.get("activity_id")).exists().unlink()
        case._get_open_clocks()._cancel()
        case.write(
            {
                **{name: before[name] for name in RESTORED},
                "run": self.run,
                "reopen_count": case.reopen_count - 1,
            }
        )
        self.write({"state": "confirmed", "before_refusal": False})
        # the customer knows: he set it right himself
        case.with_context(complaint_no_closing_letter=True)._close()
        if before["date_closed"]:
            case.date_closed = before["date_closed"]
        case._message_log(body=self.env._("The reopening is undone."))

    def _may_undo(self):
        """Say whether the case was reopened by this refusal, and nothing has happened since."""
        self.ensure_one()
        # sudo: what happened to the case, whoever may read it
        verification = self.sudo()
        case, since = verification.case_id, verification.date_done
        if (
            verification.state != "refused"
            or not verification.before_refusal
            or case.run != verification.run + 1
            or case.stage_kind != "progress"
            or case.pause_reason_id
        ):
            return False
        written = case.message_ids.filtered(
            lambda message: message.message_type in WRITTEN and message.date > since
        )
        asked = case.task_ids.filtered(lambda task: task.state == "open" or task.date_asked > since)
        return not written and not asked
