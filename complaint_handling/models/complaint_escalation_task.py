from markupsafe import Markup
from odoo import models


class ComplaintEscalation(models.Model):
    """Steps for internal requests: who is told may have no right to the case."""

    _inherit = "complaint.escalation"

    def _get_digest_line(self):
        """Lead to the request, which the leader of who was asked may open."""
        task = self.clock_id.task_id
        if not task:
            return super()._get_digest_line()
        return Markup("<li><a href='/odoo/complaint.task/%s'>%s</a>: %s (%s)</li>") % (
            task.id,
            task.name,
            self._get_headline(),
            self.env._("asked of %(user)s", user=task.user_id.name),
        )

    def _get_way_out(self):
        if self.clock_id.task_id:
            return self.clock_id._get_what_keeps_it()
        return super()._get_way_out()
