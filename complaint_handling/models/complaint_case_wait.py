"""What a case waited for: the facts of the waiting audit."""

from odoo import fields, models


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    def write(self, vals):
        result = super().write(vals)
        if "pause_reason_id" in vals:
            moment = vals.get("date_paused") or fields.Datetime.now()
            self._get_open_waits()._end(moment)
            self._open_waits(moment)
        return result

    def _resume(self, moment=None):
        # before the reason is taken away: a message may be older than its arrival
        self._get_open_waits()._end(moment or fields.Datetime.now())
        return super()._resume(moment)

    def _note_answer(self, moment=None, message=None, note=None):
        result = super()._note_answer(moment, message, note)
        waits = self._get_open_waits().filtered(
            lambda wait: wait.is_unanswered and not wait.date_answered
        )
        waits.write({"date_answered": moment or fields.Datetime.now()})
        return result

    def _get_open_waits(self):
        # sudo: the system notes what happens to cases
        return (
            self.env["complaint.wait"]
            .sudo()
            .search([("case_id", "in", self.ids), ("date_stop", "=", False)])
        )

    def _open_waits(self, moment):
        """Note that cases stand still from a moment on, where they do."""
        # sudo: the system notes what happens to cases
        self.env["complaint.wait"].sudo().create(
            [
                {
                    "case_id": case.id,
                    "reason_id": case.pause_reason_id.id,
                    "user_id": self.env.uid,
                    "date_start": moment,
                    "is_unanswered": case.pause_reason_id.waits_for == "customer"
                    and case._has_unanswered_customer(),
                }
                for case in self
                if case.pause_reason_id
            ]
        )

    def _has_unanswered_customer(self):
        """Say whether the customer had the last word: he wrote, and nobody answered since."""
        self.ensure_one()
        word = max(self.date_last_customer or self.date_received, self.date_received)
        return not self.date_last_answer or self.date_last_answer < word
