"""What becomes of follow-ups whose person is deleted."""

from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def unlink(self):
        # the database would take their activities away: the follow-ups wait for somebody else
        touches = self._get_own_touches().with_context(followup_machine=True)
        touches.write({"user_id": False, "stand_in_for_id": False})
        touches.flush_recordset()
        return super().unlink()

    def _get_own_touches(self):
        """Return what these persons have to do."""
        # sudo: whoever may delete or change a person, all that he has to do is meant
        touches = self.env["followup.touch"].sudo()
        return touches.search([("user_id", "in", self.ids), ("state", "=", "planned")])
