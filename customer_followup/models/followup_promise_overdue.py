"""Overdue promises go to the leader: once, together, and not before the company went live."""

import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import format_date

_logger = logging.getLogger(__name__)


class FollowupPromise(models.Model):
    _inherit = "followup.promise"

    @api.model
    def _cron_tell_overdue(self):
        """Tell each leader what became overdue in his team since he was last told.

        Leader by leader, each one committed: who was told before a crash is not told again.
        """
        cron = self.env["ir.cron"]
        by_leader = self._get_untold().grouped(lambda promise: promise._get_leader())
        cron._commit_progress(remaining=len(by_leader))
        for leader, promises in by_leader.items():
            promises = promises.try_lock_for_update()
            try:
                with self.env.cr.savepoint():
                    promises._tell(leader)
            except Exception:  # one leader's trouble must not keep the others uninformed
                _logger.warning(
                    "Overdue promises could not be told to user %s", leader.id, exc_info=True
                )
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_untold(self):
        """Return what is overdue on the responsible person's own day, and not told yet."""
        tomorrow = fields.Date.today() + timedelta(days=1)
        found = self.search(
            [
                ("state", "=", "open"),
                ("date_told", "=", False),
                ("date_due", "<", tomorrow),
                ("partner_id.active", "=", True),
            ],
            order="date_due, id",
        )
        return found.filtered(lambda promise: promise._is_worth_telling())

    def _is_worth_telling(self):
        today = fields.Date.context_today(self.with_context(tz=self.user_id.tz or "UTC"))
        start = self.company_id.root_id.go_live_date
        return self.date_due < today and (not start or start <= self.date_due)

    def _get_leader(self):
        """Return the nearest leader above who is responsible, none where there is none."""
        managers = self.user_id._get_care_managers()
        return managers.filtered(lambda user: user.active and not user.share)[:1]

    def _tell(self, leader):
        """Send one note with all of these promises; without a leader they only show in lists."""
        if self and leader:
            told = self.with_context(lang=leader.lang, tz=leader.tz)
            told.env["mail.thread"].message_notify(
                partner_ids=leader.partner_id.ids,
                subject=told.env._("%s promises of your team are overdue", len(self)),
                body=told._get_overdue_body(),
                email_layout_xmlid="mail.mail_notification_light",
            )
        self.date_told = fields.Date.today()

    def _get_overdue_body(self):
        lines = Markup().join(
            Markup("<li>%s</li>")
            % self.env._(
                "%(customer)s: %(what)s (until %(date)s, %(user)s)",
                customer=promise.partner_id.display_name,
                what=promise.name,
                date=format_date(self.env, promise.date_due),
                user=promise.user_id.name,
            )
            for promise in self
        )
        return Markup("<p>%s</p><ul>%s</ul><p><a href='/odoo/promises'>%s</a></p>") % (
            self.env._("These promises were not kept in time and are still open."),
            lines,
            self.env._("Promises"),
        )
