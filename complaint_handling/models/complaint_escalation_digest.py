"""Mails of the ladder: one to each person for all that one sweep has to say."""

import logging

from markupsafe import Markup
from odoo import api, models
from odoo.fields import Command

_logger = logging.getLogger(__name__)

#: A mail names so many cases; the rest are behind its link.
LISTED = 50


class ComplaintEscalation(models.Model):
    _inherit = "complaint.escalation"

    @api.model
    def _send_digests(self):
        """Queue one mail to everybody who has not been told yet by mail.

        Who is told is taken off the list in the transaction that queues his mail: it is queued
        once, also after a crash. What was kept meanwhile is not mentioned any more.
        """
        waiting = self.search([("mail_user_ids", "!=", False)], order="date_due, id")
        waiting = waiting.try_lock_for_update(allow_referencing=True)
        settled = waiting.filtered(lambda each: each.state != "told" or not each.clock_id.is_open)
        settled.mail_user_ids = [Command.clear()]
        waiting -= settled
        for user in waiting.mail_user_ids:
            mine = waiting.filtered(lambda each, user=user: user in each.mail_user_ids)
            try:
                with self.env.cr.savepoint():
                    mine._mail_to(user)
            except Exception:  # one person's trouble must not keep the others uninformed
                _logger.warning(
                    "Escalations could not be mailed to user %s", user.id, exc_info=True
                )
        if waiting:
            # sudo: the queue is core's; its own rhythm is an hour
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _mail_to(self, user):
        """Queue one mail to a user about these escalations."""
        told = self.with_context(lang=user.lang, tz=user.tz or "UTC")
        told.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=told._get_digest_subject(),
            body=told._get_digest_body(),
            email_layout_xmlid="mail.mail_notification_light",
            force_send=False,
        )
        self.mail_user_ids = [Command.unlink(user.id)]

    def _get_digest_subject(self):
        cases = self.case_id
        if len(cases) == 1:
            return self.env._(
                "%(case)s: %(headline)s",
                case=cases.display_name,
                headline=self[:1]._get_headline(),
            )
        return self.env._("%(count)s complaints need you", count=len(cases))

    def _get_digest_body(self):
        """Return what is late, what stops the ladder, and where to take it on."""
        lines = Markup().join(each._get_digest_line() for each in self[:LISTED])
        parts = [
            Markup("<p>%s</p><ul>%s</ul>")
            % (self.env._("You are told because nobody has acted in time:"), lines)
        ]
        if len(self) > LISTED:
            parts.append(
                Markup("<p>%s</p>") % self.env._("… and %(count)s more.", count=len(self) - LISTED)
            )
        ways = [
            kind[:1]._get_way_out()
            for kind in self.grouped(lambda each: each.clock_id.kind).values()
        ]
        parts += [Markup("<p>%s</p>") % way for way in ways]
        parts.append(
            Markup("<p><a href='%s'>%s</a></p>")
            % ("/odoo/complaint-escalations", self.env._("Everything that waits for you"))
        )
        return Markup().join(parts)

    def _get_digest_line(self):
        link = Markup("<a href='/odoo/complaint.case/%s'>%s</a>") % (
            self.case_id.id,
            self.case_id.display_name,
        )
        line = Markup("<li>%s") % link
        partner = self.case_id.partner_id
        if partner:
            line += Markup(", %s") % partner.display_name
        line += Markup(": %s (%s)") % (self._get_headline(), self.level_id.name or self.level_name)
        if self.note:
            line += Markup("<br/>%s") % self.note
        return line + Markup("</li>")
