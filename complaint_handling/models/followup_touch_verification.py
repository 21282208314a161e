from odoo import models


class FollowupTouch(models.Model):
    """A call that verifies a solution, recorded on the screens of follow-ups."""

    _inherit = "followup.touch"

    def write(self, vals):
        calls = self.browse()
        if {"state", "attempt_count"} & vals.keys() and not self.env.context.get("complaint_sync"):
            calls = self.filtered(lambda touch: touch.purpose == "complaint")
        before = {touch: (touch.state, touch.attempt_count) for touch in calls}
        result = super().write(vals)
        tried = calls.filtered(
            lambda touch: before[touch] != (touch.state, touch.attempt_count)
            and touch.state != "cancelled"
        )
        if tried:
            # sudo: who makes the call need not have the right to the case
            verifications = self.env["complaint.verification"].sudo()
            verifications.search([("touch_id", "in", tried.ids)])._note_touches()
        return result
