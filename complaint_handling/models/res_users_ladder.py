from odoo import fields, models


class ResUsers(models.Model):
    """Who may be told, and who stands in for him today."""

    _inherit = "res.users"

    def _which_may_enter(self, company):
        """Return the internal users, archived ones included, who may enter a company."""
        return self.filtered(lambda user: not user.share and company in user.company_ids)

    def _get_stand_ins_today(self, company):
        """Return ``{user who is away now: who acts for him}``, on each one's own day."""
        now = fields.Datetime.now()
        today = {
            user: fields.Datetime.context_timestamp(
                user.with_context(tz=user.tz or company.resource_calendar_id.tz or "UTC"), now
            ).date()
            for user in self
        }
        answers = self._get_stand_ins(sorted(set(today.values())), company)
        return {
            user: self.browse(answers[user.id, day] or [])
            for user, day in today.items()
            if (user.id, day) in answers
        }
