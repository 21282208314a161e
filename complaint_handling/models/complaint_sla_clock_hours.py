import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class ComplaintSlaClock(models.Model):
    """Due moments follow working hours, days off and make-up days that change later.

    No write of Odoo's tells of all changes: days off are imported, calendars replaced. So the
    job compares what working hours consist of with what it was the last time, marks the
    promises that run in changed ones, and plans these anew in batches. A batch that is done is
    no longer marked, so the job goes on where it was interrupted.
    """

    _inherit = "complaint.sla.clock"

    hours_changed = fields.Boolean(
        readonly=True, help="Its working hours were changed; the job computes when it is due."
    )

    _hours_changed_idx = models.Index("(id) WHERE hours_changed")

    @api.model
    def _cron_replan(self, batch_size=500):
        """Follow changed working hours, and promises changed for very many cases."""
        self._mark_changed_hours()
        marked = (
            (self, "hours_changed", self._follow_hours_of),
            (self.env["complaint.case"], "replan_pending", self._replan_cases),
        )
        cron = self.env["ir.cron"]
        remaining = sum(model.search_count([(mark, "=", True)]) for model, mark, _act in marked)
        if not cron._commit_progress(remaining=remaining):
            return
        for model, mark, act in marked:
            while batch := model.search([(mark, "=", True)], limit=batch_size, order="id"):
                self._try(batch, mark, act)
                if not cron._commit_progress(len(batch)):
                    return

    @api.model
    def _try(self, records, mark, act):
        """Act on a batch and take its marks off; a bad record must not stop the others."""
        try:
            with self.env.cr.savepoint():
                act(records)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # a savepoint does not help, the job is begun again
        except Exception:
            if len(records) > 1:
                middle = len(records) // 2
                self._try(records[:middle], mark, act)
                self._try(records[middle:], mark, act)
                return
            _logger.warning("Promises of %s stay as they were", records, exc_info=True)
        records[mark] = False

    @api.model
    def _replan_cases(self, cases):
        cases._replan_clocks(
            self.env._("Due times were recalculated, because the rules of promises were changed.")
        )

    @api.model
    def _follow_hours_of(self, clocks):
        clocks._follow_hours(
            self.env._("Due moments moved, because working hours or days off were changed.")
        )

    # ------------------------------------------------------------
    # Which working hours changed
    # ------------------------------------------------------------

    @api.model
    def _mark_changed_hours(self):
        """Mark the open promises whose working hours are others than when last looked."""
        self.env.flush_all()
        # sudo: the job of nobody; SQL: what working hours consist of, in one query
        rows = self.env.execute_query(self._get_changed_hours_sql())
        if not rows:
            return
        calendars = self.env["resource.calendar"].sudo().browse(row[0] for row in rows)
        for calendar, (_id, fingerprint) in zip(calendars, rows, strict=True):
            calendar.promise_fingerprint = fingerprint
        clocks = self.search(
            [
                ("is_open", "=", True),
                ("is_working", "=", True),
                ("resource_calendar_id", "in", calendars._with_those_that_rely_on_them().ids),
            ]
        )
        clocks.hours_changed = True

    @api.model
    def _get_changed_hours_sql(self):
        """Return ``(calendar, fingerprint)`` of those in use that have changed.

        Whole rows are compared: a change too many costs a look, one too few a wrong promise.
        """
        return SQL(
            """
            SELECT calendar.id, now_.fingerprint
              FROM resource_calendar calendar
        CROSS JOIN LATERAL (
                   SELECT md5(concat_ws('|',
                          calendar.tz, calendar.two_weeks_calendar, calendar.flexible_hours,
                          (SELECT string_agg(line::text, ';' ORDER BY line.id)
                             FROM resource_calendar_attendance line
                            WHERE line.calendar_id = calendar.id),
                          (SELECT string_agg(leave::text, ';' ORDER BY leave.id)
                             FROM resource_calendar_leaves leave
                            WHERE leave.resource_id IS NULL
                              AND (leave.calendar_id = calendar.id OR leave.calendar_id IS NULL)),
                          (SELECT string_agg(day::text, ';' ORDER BY day.id)
                             FROM resource_makeup_day day
                            WHERE day.calendar_id = calendar.id OR day.calendar_id IS NULL)
                          )) AS fingerprint
                   ) now_
             WHERE calendar.id IN (
                   SELECT resource_calendar_id FROM complaint_sla_clock
                    WHERE is_open IS TRUE AND is_working
                    UNION
                   SELECT resource_calendar_id FROM res_company)
               AND calendar.promise_fingerprint IS DISTINCT FROM now_.fingerprint
            """
        )

    # ------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------

    def _follow_hours(self, why):
        """Compute when these promises are due by the hours of today, and log what moved."""
        clocks = self.filtered(lambda clock: clock.is_open and clock.is_working)
        forecast = clocks._forecast({})
        problems = clocks.resource_calendar_id.sudo()._get_timeline_problems()
        changes = {
            clock: {"notice": problems.get(clock.resource_calendar_id, False)}
            for clock in clocks
            if (forecast[clock] or False) != clock.date_due
            or (clock.resource_calendar_id in problems) != bool(clock.notice)
        }
        before = {clock: clock._get_due_words() for clock in changes}
        clocks._replan(changes)
        clocks.case_id._log_moves(why, before, [])
