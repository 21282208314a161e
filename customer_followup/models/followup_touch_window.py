"""When the follow-ups of a rhythm are due: windows, first dates, working days."""

from datetime import time, timedelta

import pytz
from odoo import api, fields, models
from odoo.tools import SQL


class FollowupTouch(models.Model):
    """Context key ``followup_load``: the values come from a file."""

    _inherit = "followup.touch"

    @api.model
    def _prepare_plan(self):
        """Add to ``care_plan`` the columns that are computed here."""
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                ALTER TABLE care_plan
                  ADD COLUMN IF NOT EXISTS tz text,
                  ADD COLUMN IF NOT EXISTS today date,
                  ADD COLUMN IF NOT EXISTS anchor date,
                  ADD COLUMN IF NOT EXISTS is_known boolean,
                  ADD COLUMN IF NOT EXISTS spread float8,
                  ADD COLUMN IF NOT EXISTS date_due date,
                  ADD COLUMN IF NOT EXISTS date_earliest date,
                  ADD COLUMN IF NOT EXISTS date_latest date,
                  ADD COLUMN IF NOT EXISTS day date,
                  ADD COLUMN IF NOT EXISTS date_planned timestamp
                """
            )
        )
        cr.execute(SQL("CREATE INDEX IF NOT EXISTS care_plan_idx ON care_plan (partner_id)"))

    @api.model
    def _fill_windows(self, company):
        """Compute due day, window and planned moment of the rows of ``care_plan``.

        A customer nobody knows a contact of is not overdue: his first day lies within one
        interval, best levels first. One who has a history here and is overdue comes soon.
        """
        cr = self.env.cr
        self._prepare_plan()
        self._fill_anchors(company)
        cr.execute(
            SQL(
                """
                UPDATE care_plan plan
                   SET tz = local.tz, today = local.today
                  FROM (SELECT users.id, coalesce(person.tz, %(tz)s) AS tz,
                               (%(now)s AT TIME ZONE 'UTC'
                                AT TIME ZONE coalesce(person.tz, %(tz)s))::date AS today
                          FROM res_users users
                          JOIN res_partner person ON person.id = users.partner_id) local
                 WHERE local.id = plan.user_id
                """,
                tz=company.resource_calendar_id.tz or "UTC",
                now=fields.Datetime.now(),
            )
        )
        cr.execute(
            SQL(
                """
                UPDATE care_plan
                   SET tz = coalesce(tz, %(tz)s), today = coalesce(today, %(today)s)
                """,
                tz=company.resource_calendar_id.tz or "UTC",
                today=self._get_company_day(company),
            )
        )
        cr.execute(
            SQL(
                """
                UPDATE care_plan plan
                   SET spread = (rank.before + plan.hash * rank.same) / rank.total
                  FROM (SELECT line_id, tier_sequence, count(*) AS same,
                               sum(count(*)) OVER better - count(*) AS before,
                               sum(count(*)) OVER (PARTITION BY line_id) AS total
                          FROM care_wanted
                      GROUP BY line_id, tier_sequence
                        WINDOW better AS (PARTITION BY line_id ORDER BY tier_sequence)) rank
                 WHERE rank.line_id = plan.line_id AND rank.tier_sequence = plan.tier_sequence
                """
            )
        )
        cr.execute(
            SQL(
                """
                UPDATE care_plan plan
                   SET date_due = CASE
                       WHEN (anchor + step::interval)::date >= today
                       THEN (anchor + step::interval)::date
                       WHEN is_known
                       THEN today + floor(hash * least(tolerance_days + 1,
                                                       (today + step::interval)::date - today))::int
                       ELSE today + floor(spread * ((today + step::interval)::date - today))::int
                       END
                """
            )
        )
        cr.execute(
            SQL(
                """
                UPDATE care_plan
                   SET date_earliest = greatest(date_due - tolerance_days, today),
                       date_latest = date_due + tolerance_days
                """
            )
        )
        self._fill_days(company)
        cr.execute(
            SQL(
                """
                UPDATE care_plan
                   SET date_planned = (day + time '12:00') AT TIME ZONE tz AT TIME ZONE 'UTC'
                """
            )
        )

    @api.model
    def _fill_anchors(self, company):
        """Find the day from which each row's interval runs.

        The last contact that counts for the line, or the due day that was missed or skipped;
        where there is neither, the last meeting, done activity or order from before.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH contact AS (
                    SELECT plan.partner_id, plan.line_id,
                           max((touch.date_done AT TIME ZONE 'UTC'
                                AT TIME ZONE coalesce(person.tz, %(tz)s))::date) AS day
                      FROM care_plan plan
                      JOIN followup_touch touch ON touch.partner_id = plan.partner_id
                                               AND touch.company_id = %(company)s
                                               AND touch.state = 'done'
                                               AND touch.is_contact
                 LEFT JOIN res_users users ON users.id = touch.user_id
                 LEFT JOIN res_partner person ON person.id = users.partner_id
                     WHERE touch.kind = plan.kind OR %(counts)s
                  GROUP BY plan.partner_id, plan.line_id
                ), passed AS (
                    SELECT plan.partner_id, plan.line_id, max(touch.date_due) AS day
                      FROM care_plan plan
                      JOIN followup_touch touch ON touch.partner_id = plan.partner_id
                                               AND touch.company_id = %(company)s
                                               AND touch.kind = plan.kind
                                               AND touch.origin = 'cadence'
                                               AND (touch.state = 'missed'
                                                    OR touch.state = 'cancelled'
                                                       AND touch.cancel_reason = 'user')
                  GROUP BY plan.partner_id, plan.line_id
                ), meeting AS (
                    SELECT person.commercial_partner_id AS partner_id,
                           max(CASE WHEN event.allday THEN event.start_date
                                    ELSE (event.start AT TIME ZONE 'UTC'
                                          AT TIME ZONE %(tz)s)::date END) AS day
                      FROM calendar_event event
                      JOIN calendar_event_res_partner_rel attendee
                           ON attendee.calendar_event_id = event.id
                      JOIN res_partner person ON person.id = attendee.res_partner_id
                     WHERE event.active AND event.start < %(now)s
                       AND person.commercial_partner_id IN (SELECT partner_id FROM care_plan)
                  GROUP BY person.commercial_partner_id
                ), activity AS (
                    SELECT person.commercial_partner_id AS partner_id, max(done.date_done) AS day
                      FROM mail_activity done
                      JOIN mail_activity_type kind ON kind.id = done.activity_type_id
                 LEFT JOIN sale_order document ON done.res_model = 'sale.order'
                                              AND document.id = done.res_id
                      JOIN res_partner person
                           ON person.id = CASE done.res_model WHEN 'res.partner' THEN done.res_id
                                               ELSE document.partner_id END
                     WHERE NOT done.active AND kind.touch_kind IS NOT NULL
                       AND done.res_model IN ('res.partner', 'sale.order')
                       AND person.commercial_partner_id IN (SELECT partner_id FROM care_plan)
                  GROUP BY person.commercial_partner_id
                )
                UPDATE care_plan plan
                   SET anchor = coalesce(greatest(found.contact, found.passed),
                                         greatest(plan.last_date, found.meeting, found.activity)),
                       is_known = coalesce(found.contact, found.passed) IS NOT NULL
                  FROM (SELECT base.partner_id, base.line_id, contact.day AS contact,
                               passed.day AS passed, meeting.day AS meeting,
                               activity.day AS activity
                          FROM care_plan base
                     LEFT JOIN contact USING (partner_id, line_id)
                     LEFT JOIN passed USING (partner_id, line_id)
                     LEFT JOIN meeting USING (partner_id)
                     LEFT JOIN activity USING (partner_id)) found
                 WHERE found.partner_id = plan.partner_id AND found.line_id = plan.line_id
                """,
                company=company.id,
                counts=self._counts_sql(SQL("touch.kind"), SQL("plan")),
                now=fields.Datetime.now(),
                tz=company.resource_calendar_id.tz or "UTC",
            )
        )

    @api.model
    def _tz_sql(self, user, company):
        """Return the time zone of a person as :meth:`_tz` does; ``user`` is an SQL expression."""
        return SQL(
            """coalesce((SELECT person.tz
                           FROM res_users users
                           JOIN res_partner person ON person.id = users.partner_id
                          WHERE users.id = %s), %s)""",
            user,
            company.resource_calendar_id.tz or "UTC",
        )

    @api.model
    def _counts_sql(self, kind, wanted):
        """Return whether a contact of a kind counts for a wanted row of another kind.

        As the customer's rhythm says; a visit counts for the call where it says nothing.
        """
        return SQL(
            """
            EXISTS (SELECT 1
                      FROM followup_cadence_line asked
                      JOIN followup_cadence_line giver ON giver.cadence_id = asked.cadence_id
                     WHERE asked.id = %(wanted)s.line_id
                       AND giver.kind = %(kind)s
                       AND giver.counts_for = %(wanted)s.kind)
            OR %(kind)s = 'visit' AND %(wanted)s.kind = 'call'
               AND NOT EXISTS (SELECT 1
                                 FROM followup_cadence_line asked
                                 JOIN followup_cadence_line visit
                                      ON visit.cadence_id = asked.cadence_id
                                WHERE asked.id = %(wanted)s.line_id AND visit.kind = 'visit')
            """,
            wanted=wanted,
            kind=kind,
        )

    @api.model
    def _fill_days(self, company):
        """Put each row on the working day of its person that is nearest to the due day."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT user_id, date_due, date_earliest, date_latest
                  FROM care_plan
                """
            )
        )
        if not rows:
            return
        users = self.env["res.users"].browse({row[0] for row in rows if row[0]})
        first = min(row[2] for row in rows)
        last = max(row[3] for row in rows)
        works = self._get_working_days(users, first, last)
        chosen = [
            (
                user_id,
                due,
                earliest,
                latest,
                self._nearest(works.get(user_id), due, earliest, latest),
            )
            for user_id, due, earliest, latest in rows
        ]
        values = SQL(", ").join(
            SQL("(%s::int, %s::date, %s::date, %s::date, %s::date)", *row) for row in chosen
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE care_plan plan
                   SET day = chosen.day
                  FROM (VALUES %s) AS chosen (user_id, due, earliest, latest, day)
                 WHERE chosen.user_id IS NOT DISTINCT FROM plan.user_id
                   AND chosen.due = plan.date_due
                   AND chosen.earliest = plan.date_earliest
                   AND chosen.latest = plan.date_latest
                """,
                values,
            )
        )

    @api.model
    def _nearest(self, works, due, earliest, latest):
        """Return the working day of a window that is nearest to the due day, else the due day.

        :param works: set of days on which the person works; None = unknown
        """
        if works is None or due in works:
            return due
        for distance in range(1, max((latest - due).days, (due - earliest).days) + 1):
            for day in (due - timedelta(days=distance), due + timedelta(days=distance)):
                if earliest <= day <= latest and day in works:
                    return day
        return due

    # ------------------------------------------------------------
    # Working days
    # ------------------------------------------------------------

    @api.model
    def _get_working_days(self, users, first, last):
        """Return ``{user's id: set of days on which he works}`` between two days."""
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        works = {user.id: set() for user in users}
        # sudo: only whether somebody works on a day
        present = users.sudo().filtered("active")
        absent = present._get_absent(days)  # out of office, too
        for (user_id, day), seconds in present._get_working_seconds(days).items():
            if seconds and (user_id, day) not in absent:
                works[user_id].add(day)
        return works

    @api.model
    def _get_working_day(self, user, day, latest=None):
        """Return the first working day of a person on or after a day, else that day."""
        latest = latest or day + timedelta(days=14)
        works = self._get_working_days(user, day, latest)
        return min(works.get(user.id) or [day])

    # ------------------------------------------------------------
    # Any time that day
    # ------------------------------------------------------------

    def _get_days(self, tz=None):
        """Return ``{follow-up: its day}`` of those that may be done at any time of it.

        :param tz: name of the time zone their person had before a change of it
        """
        days = self.filtered(lambda touch: touch.is_all_day and touch.date_planned)
        return {
            touch: pytz.utc.localize(touch.date_planned).astimezone(touch._tz(tz)).date()
            for touch in days
        }

    def _keep_days(self, days):
        """Let follow-ups stay on their day where the person, or his clock, is another one."""
        for touch, day in days.items():
            if touch.is_all_day and touch.date_planned != touch._at(day):
                touch.with_context(followup_sync=True).date_planned = touch._at(day)

    @api.model
    def load(self, fields, data):
        """Import: where a file names only a day, it is any time that day."""
        return super(FollowupTouch, self.with_context(followup_load=True)).load(fields, data)

    @api.model
    def _read_day(self, vals):
        """Return values whose midnight, which the importer makes of a day, is that day again."""
        moment = vals.get("date_planned")
        if not self.env.context.get("followup_load") or not moment or self._is_day(moment):
            return vals
        moment = pytz.utc.localize(fields.Datetime.to_datetime(moment)).astimezone(self.env.tz)
        if moment.time() != time.min or not vals.get("is_all_day", True):
            return vals
        return {**vals, "date_planned": fields.Date.to_string(moment.date())}
