from odoo import models


class ComplaintEscalationLevel(models.Model):
    """Steps for internal requests tell who was asked, or his leader."""

    _inherit = "complaint.escalation.level"

    def _get_wanted_asked(self, case, company):
        """Return who has not answered in time; before the due moment, who was asked first."""
        tasks = case._get_open_tasks().sorted("date_due")
        return (tasks.filtered("is_late") or tasks[:1]).user_id

    def _get_wanted_asked_leader(self, case, company):
        """Return the leaders of those; who has no leader is told himself."""
        users = self._get_wanted_asked(case, company)
        return users.browse().union(*(user.care_manager_id or user for user in users))
