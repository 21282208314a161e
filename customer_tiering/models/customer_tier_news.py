"""Telling people: one digest to each account manager, and a message to who rose."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: Changes older than this are no news, e.g. after a long pause of the scheduler.
NEWS_DAYS = 7
#: Customers named in one section of a message; the others are counted.
NEWS_LINES = 20
#: Triggers of changes that are told; a baseline or a lock set by hand is no news.
NEWS_TRIGGERS = ("evaluation", "publish", "undo", "operative", "assessment")


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    tell_managers = fields.Boolean(
        string="Tell Account Managers",
        default=True,
        help="Each account manager gets one message a night with the rises, falls and coming "
        "falls of his customers, if there are any.",
    )
    rise_template_id = fields.Many2one(
        "mail.template",
        string="Message on a Rise",
        index="btree_not_null",
        domain="[('model', '=', 'customer.tier.history')]",
        help="Sent to a customer whose level rose. Empty: customers are told nothing.",
    )
    told_history_id = fields.Integer(
        readonly=True, copy=False, help="Changes up to this row of the history are told."
    )

    def _tell_news(self):
        """Send what is new since the last time; each change is told once.

        Nothing is told to or of archived customers.
        """
        self.ensure_one()
        history = self.env["customer.tier.history"]
        last_id = history.search([("scheme_id", "=", self.id)], order="id desc", limit=1).id or 0
        news = history.search(
            [
                ("scheme_id", "=", self.id),
                ("id", ">", self.told_history_id),
                ("id", "<=", last_id),
                ("trigger", "in", NEWS_TRIGGERS),
                ("date", ">=", self._get_today() - timedelta(days=NEWS_DAYS)),
                ("partner_id.active", "=", True),
            ]
        )
        coming = self.env["customer.tier.decision"].search(
            [
                ("scheme_id", "=", self.id),
                ("state", "=", "open"),
                ("direction", "=", "fall"),
                ("is_told", "=", False),
                ("partner_id.active", "=", True),
            ]
        )
        if self.tell_managers:
            self._tell_account_managers(news, coming)
        self._tell_customers(news)
        coming.is_told = True
        self.told_history_id = last_id

    def _tell_account_managers(self, news, coming):
        """Send one message to each account manager concerned, in his language."""
        standings = self.env["customer.standing"].search(
            [("scheme_id", "=", self.id), ("partner_id", "in", news.partner_id.ids)]
        )
        manager_of = {standing.partner_id: standing.user_id for standing in standings}
        rows_of = {}
        for change in news:
            rows_of.setdefault(manager_of.get(change.partner_id), ([], []))[0].append(change.id)
        for decision in coming:
            rows_of.setdefault(decision.user_id, ([], []))[1].append(decision.id)
        for user, (change_ids, decision_ids) in rows_of.items():
            if user and user.active and not user.share:
                self._tell_user(user, news.browse(change_ids), coming.browse(decision_ids))

    def _tell_user(self, user, news, coming):
        localized = self.with_context(lang=user.lang, tz=user.tz, mail_notify_force_send=False)
        news, coming = news.with_env(localized.env), coming.with_env(localized.env)
        env = localized.env
        sections = [
            (env._("Rises"), news.filtered(lambda change: change.direction == "up")),
            (env._("Falls"), news.filtered(lambda change: change.direction == "down")),
            (env._("Falls to come"), coming),
        ]
        body = env["ir.qweb"]._render(
            "customer_tiering.level_news",
            {"sections": sections, "most": NEWS_LINES},
        )
        localized.message_notify(
            partner_ids=user.partner_id.ids,
            subject=localized.env._("Levels of your customers"),
            body=body,
            model_description=localized.name,
        )

    def _tell_customers(self, news):
        """Send the message on a rise, where one is chosen, through the mail queue.

        Categories of a scorecard are our own view of a customer and never reach him.
        """
        template = self.rise_template_id
        if not template or self.method == "matrix":
            return
        # one message each, and none to who has fallen since
        latest = {change.partner_id: change for change in news.sorted("id")}
        rises = news.browse(change.id for change in latest.values()).filtered(
            lambda change: change.direction == "up" and change.partner_id.email_normalized
        )
        unwanted = set(
            self.env["mail.blacklist"]
            .search([("email", "in", rises.mapped("partner_id.email_normalized"))])
            .mapped("email")
        )
        rises = rises.filtered(lambda change: change.partner_id.email_normalized not in unwanted)
        if rises:
            template.send_mail_batch(rises.ids, force_send=False)

    def action_send_rise_sample(self):
        """Send the message on a rise to the user himself, for the last rise there was."""
        self.ensure_one()
        self.check_access("write")
        if not self.rise_template_id:
            raise UserError(self.env._("Choose a message first."))
        if self.method == "matrix":
            raise UserError(
                self.env._("Categories of a scorecard are internal: customers are told nothing.")
            )
        rows = self.env["customer.tier.history"].search(
            [("scheme_id", "=", self.id), ("to_tier_id", "!=", False)], limit=200
        )
        sample = rows.filtered(lambda change: change.direction == "up")[:1] or rows[:1]
        if not sample:
            raise UserError(self.env._("No customer has a level yet: grade first."))
        self.rise_template_id.send_mail(
            sample.id,
            email_values={"email_to": self.env.user.email_formatted, "recipient_ids": []},
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("A sample is on its way to %s.", self.env.user.email or ""),
            },
        }

    @api.model
    def _cron_tell_news(self):
        """Tell the news of all operative schemes; one that fails does not stop the others."""
        cron = self.env["ir.cron"]
        schemes = self.search([("operative", "=", True)])
        cron._commit_progress(remaining=len(schemes))
        for scheme in schemes:
            try:
                with self.env.cr.savepoint():
                    scheme._tell_news()
            except Exception:
                _logger.warning("News of scheme %s could not be told", scheme.id, exc_info=True)
            cron._commit_progress(1)
