"""Messages that leave by themselves: lines of a rhythm in the mode ``automatic``.

Nothing is planned for them: what is due is found at each run and recorded as a done follow-up
in the transaction that queues the mail. So a run that was killed and begun again finds what
is left, and its once-only key refuses the same message twice.
"""

import logging

from odoo import api, fields, models
from odoo.tools import SQL

from .kinds import QUIET

_logger = logging.getLogger(__name__)


class FollowupTouch(models.Model):
    _inherit = "followup.touch"

    automatic_key = fields.Char(
        readonly=True,
        copy=False,
        help="Customer, line and due day of an automatic message: it leaves once only.",
    )

    # a text, so that merging two customers does not bring two equal keys together
    _automatic_key_unique = models.UniqueIndex(
        "(automatic_key) WHERE automatic_key IS NOT NULL",
        "This message has been sent already.",
    )

    @api.model
    def _cron_send(self):
        """Queue the messages that are due; committed one by one, done where the time ends."""
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("automatic_contact", "=", True)]
        )
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            if not self._send_messages(company):
                break
            if not cron._commit_progress(1):
                break

    @api.model
    def _send_messages(self, company):
        """Queue what is due in a company. Return False where the time is over."""
        cron = self.env["ir.cron"]
        # sudo: the machine sends for the company, whoever is responsible
        touches = self.sudo().with_context(**QUIET, followup_machine=True).with_company(company)
        rows = touches._get_due_messages(company)
        if rows:
            # the queue starts as soon as this job is over, not in an hour: hours are quiet
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        for row in rows:
            try:
                with self.env.cr.savepoint():
                    touches._send_message(company, *row)
            except Exception:  # one bad address or template must not stop the rest
                _logger.warning("Automatic message to partner %s failed", row[0], exc_info=True)
            if not cron._commit_progress():
                return False
        return True

    # ------------------------------------------------------------
    # What is due
    # ------------------------------------------------------------

    @api.model
    def _get_due_messages(self, company):
        """Return the messages of a company that may leave now.

        :return: list of (partner's id, line's id, responsible's id or None, due day, plan key)
        """
        today = self._get_company_day(company)
        left = company.automatic_limit - self._count_sent(company, today)
        if left <= 0 or not self._may_send_today(company, today):
            return []
        self.env.flush_all()
        self._fill_wanted(company, None, mode="automatic")
        self._fill_table(
            "care_plan",
            SQL(
                """
                SELECT NULL::int AS touch_id, wanted.*, TRUE AS is_free
                  FROM care_wanted wanted
                """
            ),
        )
        self._prepare_plan()
        self._fill_anchors(company)
        return self.env.execute_query(self._due_message_sql(company, today, left))

    @api.model
    def _may_send_today(self, company, today):
        """Return whether the company is live and at work."""
        start = company.go_live_date
        return (
            company.automatic_contact
            and bool(start and start <= today)
            and not company._is_public_holiday(fields.Datetime.now())
        )

    @api.model
    def _count_sent(self, company, today):
        """Return how many messages left on a day of the company."""
        [(count,)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*)
                  FROM followup_touch
                 WHERE automatic_key IS NOT NULL
                   AND company_id = %s
                   AND date_done >= %s::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC'
                """,
                company.id,
                today,
                company.resource_calendar_id.tz or "UTC",
            )
        )
        return count

    @api.model
    def _due_message_sql(self, company, today, limit):
        """Return the messages due by today to customers whose quiet hours are over.

        The interval runs from the last contact that counts. Who was due before the messages
        were switched on, or whom nobody knows a contact of, has a day of his own within the
        first interval: they do not all get a message at once.
        """
        return SQL(
            """
            SELECT plan.partner_id, plan.line_id, plan.user_id, due.day, plan.plan_key
              FROM care_plan plan
              JOIN followup_cadence_line line ON line.id = plan.line_id
              JOIN res_partner partner ON partner.id = plan.partner_id
        CROSS JOIN LATERAL (
                   SELECT greatest(line.date_on, %(since)s::date, %(live)s::date) AS start,
                          (plan.anchor + plan.step::interval)::date AS regular) known
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN known.regular >= known.start THEN known.regular
                               ELSE known.start + floor(
                                   plan.hash * ((known.start + plan.step::interval)::date
                                                - known.start))::int END AS day) due
        CROSS JOIN LATERAL (
                   SELECT %(now)s AT TIME ZONE 'UTC'
                          AT TIME ZONE coalesce(partner.tz, %(tz)s) AS now) local
             WHERE due.day <= %(today)s
               AND (%(reachable)s)
               AND extract(isodow FROM local.now) < 7
               AND NOT (%(quiet)s)
          ORDER BY due.day, plan.tier_sequence, plan.partner_id
             LIMIT %(limit)s
            """,
            since=company.automatic_since,
            live=company.go_live_date,
            now=fields.Datetime.now(),
            tz=company.resource_calendar_id.tz or "UTC",
            today=today,
            reachable=self._reachable_sql(),
            quiet=self._quiet_sql(company, SQL("local.now")),
            limit=limit,
        )

    @api.model
    def _reachable_sql(self):
        """Return whether a customer has the address a line needs, and it is on no blacklist."""
        by_mail = SQL(
            """
            line.kind = 'mail'
            AND line.mail_template_id IS NOT NULL
            AND partner.email_normalized IS NOT NULL
            AND NOT EXISTS (SELECT 1
                              FROM mail_blacklist unwanted
                             WHERE unwanted.email = partner.email_normalized
                               AND unwanted.active)
            """
        )
        if "sms.sms" not in self.env:
            return by_mail
        # the SMS gateway brings numbers in one form, and the list of those who want none
        return SQL(
            """
            %s
            OR line.kind = 'sms'
               AND line.sms_body IS NOT NULL
               AND partner.phone_sanitized IS NOT NULL
               AND NOT EXISTS (SELECT 1
                                 FROM phone_blacklist unwanted
                                WHERE unwanted.number = partner.phone_sanitized
                                  AND unwanted.active)
            """,
            by_mail,
        )

    @api.model
    def _quiet_sql(self, company, moment):
        """Return whether a local moment lies in the company's quiet hours, also over midnight."""
        hour = SQL("extract(epoch FROM %s::time) / 3600", moment)
        start, end = company.quiet_from, company.quiet_to
        if start <= end:
            return SQL("%(h)s >= %(start)s AND %(h)s < %(end)s", h=hour, start=start, end=end)
        return SQL("%(h)s >= %(start)s OR %(h)s < %(end)s", h=hour, start=start, end=end)

    # ------------------------------------------------------------
    # One message
    # ------------------------------------------------------------

    @api.model
    def _send_message(self, company, partner_id, line_id, user_id, day, plan_key):
        """Record a message as done and queue its mail, both or neither."""
        partner = self.env["res.partner"].browse(partner_id)
        line = self.env["followup.cadence.line"].browse(line_id)
        key = f"{partner_id}/{line_id}/{day}"
        # somebody may have changed his mind while the ones before were sent
        if (
            not (partner.exists() and line.exists() and line.is_on and company.automatic_contact)
            or partner.care_do_not_contact
            or self._is_blocked(partner, line)
            or self.search_count([("automatic_key", "=", key)], limit=1)
        ):
            return
        outcome = self.env["followup.outcome"]._get_default(line.kind)
        window = fields.Date.to_date(day)
        touch = self.create(
            {
                "partner_id": partner_id,
                "company_id": company.id,
                "user_id": user_id or False,
                "kind": line.kind,
                "purpose": line.purpose,
                "origin": "automatic",
                "state": "done",
                "outcome_id": outcome.id,
                "done_by_id": False,
                "cadence_line_id": line_id,
                "plan_key": plan_key,
                "automatic_key": key,
                "date_earliest": fields.Date.subtract(window, days=line.tolerance_days),
                "date_due": window,
                "date_latest": fields.Date.add(window, days=line.tolerance_days),
                "date_planned": fields.Datetime.now(),
                "is_all_day": False,
                "duration": 0,
            }
        )
        if line.kind == "sms":
            said = line._queue_sms(partner, partner.phone_sanitized)
        else:
            responsible = self.env["res.users"].browse(user_id or [])
            said = line._queue_message(partner, responsible).subject
        touch.result = said
        touch._log_outcome(outcome, said)

    @api.model
    def _is_blocked(self, partner, line):
        """Return whether the address that a line uses is on Odoo's blacklist."""
        return partner.phone_blacklisted if line.kind == "sms" else partner.is_blacklisted
