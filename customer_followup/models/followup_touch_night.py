"""The night: what was missed, what the rhythms ask for, who is away, what comes up."""

import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .kinds import QUIET

_logger = logging.getLogger(__name__)

#: Rows that are written and committed together.
BATCH = 1000
#: Working time after which a pass leaves the rest of the work to the next one.
PASS_SECONDS = 45
#: When a pass met a user's transaction, it is repeated after this time.
RETRY_MINUTES = 2


class PassOver(Exception):
    """The time of this pass is used up; what is written is committed."""


class FollowupTouch(models.Model):
    """Context key ``followup_deadline``: moment (monotonic) after which a pass ends."""

    _inherit = "followup.touch"

    @api.model
    def _cron_plan(self):
        """Plan the follow-ups of all companies; each step is committed and can be repeated.

        A run that was killed is simply begun again: what is done is not found any more. What
        does not fit into one pass, or met a user's transaction, is left to the next one.
        """
        cron = self.env["ir.cron"]
        companies = self.env["res.company"]._get_companies_of_night()
        touches = self.with_context(followup_deadline=time.monotonic() + PASS_SECONDS)
        cron._commit_progress(remaining=len(companies))
        again = False
        for position, company in enumerate(companies):
            try:
                if position:
                    touches._check_time()
                touches._run_night(company)
                company._note_night()
            except PassOver:
                companies[position:].followup_left_since = again = fields.Datetime.now()
                break
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                _logger.info("Follow-ups of %s are put off", company.name, exc_info=True)
                self.env.cr.rollback()
                company.followup_left_since = fields.Datetime.now()
                again = again or fields.Datetime.now() + timedelta(minutes=RETRY_MINUTES)
            except Exception as error:  # one company's trouble must not stop the others
                self.env.cr.rollback()
                company._note_night(error)
            cron._commit_progress(1)
        if again:
            # sudo: the job is ours
            self.env.ref("customer_followup.ir_cron_plan").sudo()._trigger(at=again)
        cron._commit_progress(remaining=0)

    @api.model
    def _run_night(self, company):
        """Do the night's work of one root company.

        :raise PassOver: when the time of the pass is used up; what is written is committed
        """
        # sudo: the night works for everybody
        touches = self.sudo().with_context(**QUIET, followup_machine=True)
        for find, act in (
            (touches._get_missed, "_mark_missed"),
            (touches._get_before_start, "_cancel_before_start"),
        ):
            while batch := find(company):
                getattr(batch, act)()
                touches._commit_batch()
        counts = touches._plan_company(company)
        if any(counts.values()):
            _logger.info("Follow-ups of %s: %s", company.name, counts)
        self.env["ir.cron"]._commit_progress()
        touches._cover_absences(company)
        self.env["ir.cron"]._commit_progress()
        touches._surface(company)

    @api.model
    def _commit_batch(self):
        """Keep what is done; each pass does one batch at least."""
        self.env["ir.cron"]._commit_progress()
        self._check_time()

    @api.model
    def _check_time(self):
        deadline = self.env.context.get("followup_deadline")
        if deadline and time.monotonic() > deadline:
            raise PassOver

    @api.model
    def _surface(self, company):
        """Make activities of what comes near, batch by batch."""
        seen = self.browse()
        while batch := self._get_unmirrored(company) - seen:
            batch._mirror()
            # what a user's own clock does not yet show must not be found for ever
            seen |= batch
            self._commit_batch()

    # ------------------------------------------------------------
    # Missed
    # ------------------------------------------------------------

    @api.model
    def _passed_sql(self, company, condition):
        """Return open follow-ups whose window and plan are over where their person is."""
        return SQL(
            """
            SELECT touch.id
              FROM followup_touch touch
         LEFT JOIN res_users responsible ON responsible.id = touch.user_id
         LEFT JOIN res_partner person ON person.id = responsible.partner_id
        CROSS JOIN LATERAL (
                   SELECT greatest(touch.date_latest,
                                   (touch.date_planned AT TIME ZONE 'UTC' AT TIME ZONE
                                    coalesce(person.tz, %(tz)s))::date) AS last,
                          (%(now)s AT TIME ZONE 'UTC' AT TIME ZONE
                           coalesce(person.tz, %(tz)s))::date AS today) local
             WHERE touch.state = 'planned'
               AND touch.company_id = %(company)s
               AND touch.date_latest <= %(latest)s
               AND local.last < local.today
               AND %(condition)s
          ORDER BY touch.id
             LIMIT %(limit)s
            """,
            tz=company.resource_calendar_id.tz or "UTC",
            now=fields.Datetime.now(),
            company=company.id,
            latest=fields.Date.today() + timedelta(days=1),
            condition=condition,
            limit=BATCH,
        )

    @api.model
    def _find(self, query):
        self.flush_model()
        return self.browse([touch_id for (touch_id,) in self.env.execute_query(query)])

    @api.model
    def _get_missed(self, company):
        """Return follow-ups that nobody did in time, since the company went live."""
        start = company.go_live_date
        if not start or start > self._get_company_day(company):
            return self.browse()
        return self._find(self._passed_sql(company, SQL("local.last >= %s", start)))

    def _mark_missed(self):
        self.with_context(followup_sync=True).write({"state": "missed"})
        self._mirror_surfaced()

    @api.model
    def _get_before_start(self, company):
        """Return what passed before the company went live: planned anew, not missed."""
        start = company.go_live_date
        if not start or start > self._get_company_day(company):
            return self.browse()
        condition = SQL("touch.origin = 'cadence' AND local.last < %s", start)
        return self._find(self._passed_sql(company, condition))

    def _cancel_before_start(self):
        self._cancel_quietly("rhythm")

    # ------------------------------------------------------------
    # Absence
    # ------------------------------------------------------------

    @api.model
    def _cover_absences(self, company):
        """See that nothing near is planned for a day on which its person does not work.

        Inside its window it moves to another day of the same person. An appointment, or a
        window that he is away for altogether, goes to his deputy, else to the nearest leader
        who is there; back again when he is there after all.
        """
        days = self._get_near_days(company)
        if not days:
            return
        people = self.env["res.users"].browse({user_id for user_id, __ in days})
        first, last = min(day for __, day in days), max(day for __, day in days)
        stood_in = self._get_stood_in(company)
        people |= stood_in.stand_in_for_id
        works = self._get_working_days(people, first, last)
        self._give_back(stood_in, works)
        away = [(user_id, day) for user_id, day in days if day not in works.get(user_id, ())]
        left = self._get_planned_on(company, away)._move_inside_window()
        if left:
            stand_ins = left.user_id._get_stand_ins({touch._local_day() for touch in left}, company)
            handed = left.filtered(
                lambda touch: touch._hand_over(
                    stand_ins.get((touch.user_id.id, touch._local_day()))
                )
            )
            # the other one may be there, but on another day of the window
            handed._move_inside_window()

    @api.model
    def _near_sql(self, company):
        """Return what has come up or will soon: ids with person and his day."""
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT touch.id, touch.user_id,
                   (touch.date_planned AT TIME ZONE 'UTC'
                    AT TIME ZONE coalesce(person.tz, %(tz)s))::date AS day
              FROM followup_touch touch
              JOIN res_users responsible ON responsible.id = touch.user_id
              JOIN res_partner person ON person.id = responsible.partner_id
             WHERE touch.state = 'planned'
               AND touch.company_id = %(company)s
               AND touch.date_planned BETWEEN %(first)s AND %(last)s
            """,
            tz=company.resource_calendar_id.tz or "UTC",
            company=company.id,
            first=now - timedelta(days=1),
            last=now + timedelta(days=company.surface_days + 1),
        )

    @api.model
    def _get_near_days(self, company):
        """Return ``[(user id, day)]`` on which something near is planned."""
        self.flush_model()
        query = SQL("SELECT DISTINCT user_id, day FROM (%s) near", self._near_sql(company))
        return self.env.execute_query(query)

    @api.model
    def _get_planned_on(self, company, days):
        """Return what is planned near for persons on days: ``[(user id, day)]``."""
        if not days:
            return self.browse()
        query = SQL(
            "SELECT id FROM (%s) near WHERE (user_id, day) IN (%s) ORDER BY id",
            self._near_sql(company),
            SQL(", ").join(SQL("(%s::int, %s::date)", *pair) for pair in days),
        )
        return self._find(query)

    @api.model
    def _get_stood_in(self, company):
        """Return what somebody does for an absent person and has not begun."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "planned"),
                ("stand_in_for_id", "!=", False),
                ("attempt_count", "=", 0),
            ]
        )

    def _move_inside_window(self):
        """Move what can wait or come sooner to a working day of its person; return the rest."""
        left = self.browse()
        if not self:
            return left
        first = min(touch._local_day() for touch in self)
        last = max(max(touch._local_day(), touch.date_latest or first) for touch in self)
        works = self._get_working_days(self.user_id, first, last)
        for touch in self:
            later = self._get_later_day(touch, works.get(touch.user_id.id, set()))
            if later and not touch.is_appointment:
                touch.date_planned = touch._moved_to(later)
            else:
                left |= touch
        return left

    def _get_later_day(self, touch, works):
        """Return the working day in a follow-up's window that is nearest to its plan."""
        today = touch._local_day(fields.Datetime.now())
        earliest = max(touch.date_earliest or today, today)
        day = self._nearest(works, touch._local_day(), earliest, touch.date_latest)
        return day if day in works else None

    def _hand_over(self, stand_in_id):
        """Give a follow-up to who acts for its absent person; nobody there: it stays.

        Return whether it was given.
        """
        self.ensure_one()
        if stand_in_id:
            owner = self.stand_in_for_id or self.user_id
            self.write({"stand_in_for_id": owner.id, "user_id": stand_in_id})
        return bool(stand_in_id)

    @api.model
    def _give_back(self, stood_in, works):
        """Give back what somebody stands in for, where the other is there after all."""
        for touch in stood_in:
            owner = touch.stand_in_for_id
            if owner.active and touch._local_day() in works.get(owner.id, ()):
                touch.write({"user_id": owner.id, "stand_in_for_id": False})
