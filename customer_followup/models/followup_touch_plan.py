"""What the rhythms ask for becomes follow-ups: set-based, restartable, the same when repeated.

Each (customer, line of his rhythm) has one open follow-up; what lies beyond is not stored.
Temporary tables of a pass: ``care_wanted`` (what the rhythms ask for), ``care_plan`` (the
windows to write).
"""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .kinds import QUIET

_logger = logging.getLogger(__name__)

#: Rows that one batch of the night writes by the ORM.
BATCH = 1000


class FollowupTouch(models.Model):
    """Context key ``followup_machine``: no person decided this change."""

    _inherit = "followup.touch"

    @api.model
    def _plan_partners(self, partners, companies):
        """Plan these customers at once, after a contact or a change of their rhythm."""
        for company in companies.root_id:
            self._plan_company(company, partners.commercial_partner_id.ids)

    @api.model
    def _plan_company(self, company, partner_ids=None):
        """Make the open follow-ups of a company what its rhythms ask for.

        :param company: root company
        :param partner_ids: ids of customers to restrict to; None = all
        :return: dict ``inserted``, ``moved``, ``cancelled``, ``assigned``: numbers of rows
        """
        # sudo: the plan is the company's; who may see which part of it is for the record rules
        touches = self.sudo().with_context(**QUIET, followup_machine=True)
        self.env.flush_all()
        touches._fill_wanted(company, partner_ids)
        changed = touches._relink(company)
        cancelled = touches._cancel_unwanted(company, partner_ids)
        moved = touches._replan(company)
        assigned = touches._follow_responsible(company)
        inserted = touches._insert_missing(company)
        if inserted > BATCH:
            # the planner of the database knows nothing of so many new rows, and chooses badly
            self.env.cr.execute(SQL("ANALYZE followup_touch"))
        absorbed = touches._absorb(company, partner_ids)
        touches.invalidate_model()
        (changed | moved | assigned)._mirror_surfaced()
        if partner_ids is not None:
            touches._get_unmirrored(company, partner_ids)._mirror()
        return {
            "inserted": inserted,
            "moved": len(moved),
            "cancelled": len(cancelled) + len(absorbed),
            "assigned": len(assigned),
        }

    def _mirror_surfaced(self):
        """Mirror those of a large set that have an activity or an event already."""
        shown = self.browse(self._get_activities()) | self.filtered("event_id")
        for start in range(0, len(shown), BATCH):
            shown[start : start + BATCH]._mirror()

    # ------------------------------------------------------------
    # What is wanted
    # ------------------------------------------------------------

    @api.model
    def _fill_table(self, name, query):
        """Fill a temporary table of this transaction, the same one each time.

        Of one that is dropped a lock stays until the end: a program that records a thousand
        contacts at once would use up all locks of the server.
        """
        table = SQL.identifier(name)
        self.env.cr.execute(
            SQL(
                "CREATE TEMP TABLE IF NOT EXISTS %s ON COMMIT DROP AS %s WITH NO DATA", table, query
            )
        )
        self.env.cr.execute(SQL("TRUNCATE %s", table))
        self.env.cr.execute(SQL("INSERT INTO %s %s", table, query))

    @api.model
    def _fill_wanted(self, company, partner_ids, mode="person"):
        """Write into ``care_wanted`` one row per customer and line of a mode.

        :param mode: ``person``, or ``automatic``: of these only lines that are switched on
        """
        cadences = self.env["followup.cadence"]
        self._fill_table(
            "care_wanted",
            SQL(
                """
                SELECT customer.partner_id,
                       customer.tier_sequence,
                       customer.last_date,
                       line.id AS line_id,
                       line.kind,
                       terms.tolerance_days,
                       line.duration,
                       line.purpose,
                       line.checklist,
                       terms.step,
                       terms.step || '/' || line.tolerance_days AS plan_key,
                       ('x' || substr(md5(customer.partner_id || ':' || line.id), 1, 8)
                       )::bit(32)::bigint / 4294967296.0 AS hash,
                       %(user)s AS user_id
                  FROM (%(customers)s) customer
                  JOIN followup_cadence_line line ON line.cadence_id = customer.cadence_id
             LEFT JOIN followup_cadence_override own
                       ON own.partner_id = customer.partner_id
                      AND own.company_id = %(company)s
                      AND own.kind = line.kind
                      AND (own.date_until IS NULL OR own.date_until >= %(today)s)
             LEFT JOIN res_users responsible ON responsible.id = customer.user_id
            CROSS JOIN LATERAL (
                       SELECT coalesce(own.interval, line.interval) || ' '
                              || coalesce(own.interval_unit, line.interval_unit) AS step) every
            CROSS JOIN LATERAL (
                       SELECT every.step,
                              least(line.tolerance_days,
                                    ((%(today)s + every.step::interval)::date - %(today)s - 1) / 2
                              ) AS tolerance_days) terms
                 WHERE line.mode = %(mode)s
                   AND (line.mode = 'person' OR line.is_on)
                   AND NOT coalesce(own.pause, FALSE)
                """,
                user=self._assigned_sql(company),
                customers=cadences._customer_sql(company, partner_ids),
                company=company.id,
                today=SQL("%s::date", self._get_company_day(company)),
                mode=mode,
            ),
        )
        self.env.cr.execute(
            SQL("CREATE INDEX IF NOT EXISTS care_wanted_idx ON care_wanted (partner_id, line_id)")
        )
        self.env.cr.execute(SQL("ANALYZE care_wanted"))

    @api.model
    def _assigned_sql(self, company):
        """Return who carries a line out; the same customer always falls to the same person."""
        entry = SQL(
            """EXISTS (SELECT 1 FROM res_company_users_rel entry
                        WHERE entry.user_id = member.id AND entry.cid IN %s)""",
            tuple(self.env["followup.cadence"]._get_companies(company).ids),
        )
        return SQL(
            """
            CASE line.assign_to
                 WHEN 'leader' THEN coalesce(responsible.care_manager_id, customer.user_id)
                 WHEN 'team' THEN coalesce(%(team)s, customer.user_id)
                 WHEN 'pool' THEN %(pool)s
                 ELSE customer.user_id
            END
            """,
            team=self._pick_sql(SQL("member.sale_team_id = responsible.sale_team_id"), entry),
            pool=self._pick_sql(
                SQL(
                    """EXISTS (SELECT 1 FROM followup_cadence_line_res_users_rel chosen
                                WHERE chosen.followup_cadence_line_id = line.id
                                  AND chosen.res_users_id = member.id)"""
                ),
                entry,
            ),
        )

    @api.model
    def _pick_sql(self, whose, entry):
        """Return one of the people that a condition describes, by the customer's hash."""
        return SQL(
            """
            (SELECT (array_agg(member.id ORDER BY member.id))[
                        1 + (('x' || substr(md5(customer.partner_id || ':who'), 1, 7)
                             )::bit(28)::int %% count(*)::int)]
               FROM res_users member
              WHERE member.active AND NOT coalesce(member.share, FALSE)
                AND %(entry)s AND %(whose)s
             HAVING count(*) > 0)
            """,
            entry=entry,
            whose=whose,
        )

    @api.model
    def _get_company_day(self, company):
        """Return today by the company's clock."""
        tz = company.resource_calendar_id.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))

    # ------------------------------------------------------------
    # What is there
    # ------------------------------------------------------------

    @api.model
    def _relink(self, company):
        """Hang open follow-ups on the line of the same kind of the customer's new rhythm.

        Of several, e.g. after a merge, one only; also what lost its line with the line.
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE followup_touch moved
                   SET cadence_line_id = chosen.line_id
                  FROM (SELECT DISTINCT ON (wanted.partner_id, wanted.line_id)
                               touch.id, wanted.line_id
                          FROM followup_touch touch
                          JOIN care_wanted wanted ON wanted.partner_id = touch.partner_id
                     LEFT JOIN followup_cadence_line line ON line.id = touch.cadence_line_id
                         WHERE touch.company_id = %(company)s
                           AND touch.state = 'planned'
                           AND touch.origin = 'cadence'
                           AND touch.cadence_line_id IS DISTINCT FROM wanted.line_id
                           AND coalesce(line.kind, touch.kind) = wanted.kind
                           AND NOT EXISTS (SELECT 1
                                             FROM care_wanted kept
                                            WHERE kept.partner_id = touch.partner_id
                                              AND kept.line_id = touch.cadence_line_id)
                           AND NOT EXISTS (SELECT 1
                                             FROM followup_touch other
                                            WHERE other.partner_id = touch.partner_id
                                              AND other.company_id = touch.company_id
                                              AND other.cadence_line_id = wanted.line_id
                                              AND other.state = 'planned')
                      ORDER BY wanted.partner_id, wanted.line_id,
                               touch.is_appointment DESC NULLS LAST, touch.date_planned,
                               touch.id) chosen
                 WHERE moved.id = chosen.id
             RETURNING moved.id
                """,
                company=company.id,
            )
        )
        return self.browse([touch_id for (touch_id,) in rows])

    @api.model
    def _cancel_unwanted(self, company, partner_ids):
        """Cancel what no rhythm asks for any more; an appointment stays with a living customer."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT touch.id
                  FROM followup_touch touch
                  JOIN res_partner partner ON partner.id = touch.partner_id
                 WHERE touch.company_id = %(company)s
                   AND touch.state = 'planned'
                   AND (NOT partner.active
                        OR touch.origin = 'cadence' AND NOT coalesce(touch.is_appointment, FALSE)
                           AND NOT EXISTS (SELECT 1
                                             FROM care_wanted wanted
                                            WHERE wanted.partner_id = touch.partner_id
                                              AND wanted.line_id = touch.cadence_line_id))
                   %(restricted)s
                """,
                company=company.id,
                restricted=self._restrict_sql(partner_ids),
            )
        )
        touches = self.browse([touch_id for (touch_id,) in rows])
        touches._cancel_quietly("rhythm")
        return touches

    @api.model
    def _restrict_sql(self, partner_ids):
        if partner_ids is None:
            return SQL()
        return SQL("AND touch.partner_id IN %s", tuple(partner_ids) or (0,))

    def _cancel_quietly(self, reason):
        """Cancel in one statement and take the mirrors away."""
        if self:
            self.with_context(followup_sync=True).write(
                {"state": "cancelled", "cancel_reason": reason}
            )
            self._mirror_surfaced()
            self.flush_model()

    @api.model
    def _follow_responsible(self, company):
        """Give open follow-ups to who is responsible now, unless somebody chose otherwise."""
        # any time that day: the day stays the same where the new person is
        noon = SQL(
            """((touch.date_planned AT TIME ZONE 'UTC' AT TIME ZONE %s)::date + time '12:00')
               AT TIME ZONE %s AT TIME ZONE 'UTC'""",
            self._tz_sql(SQL("touch.user_id"), company),
            self._tz_sql(SQL("wanted.user_id"), company),
        )
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE followup_touch touch
                   SET user_id = wanted.user_id,
                       date_planned = CASE WHEN touch.is_all_day THEN %(noon)s
                                           ELSE touch.date_planned END,
                       date_stop = CASE WHEN touch.is_all_day THEN %(noon)s
                                        ELSE touch.date_stop END
                  FROM care_wanted wanted
                 WHERE touch.partner_id = wanted.partner_id
                   AND touch.cadence_line_id = wanted.line_id
                   AND touch.company_id = %(company)s
                   AND touch.state = 'planned'
                   AND touch.user_id IS DISTINCT FROM wanted.user_id
                   AND NOT coalesce(touch.is_reassigned, FALSE)
                   AND (touch.stand_in_for_id IS NULL
                        OR touch.stand_in_for_id IS DISTINCT FROM wanted.user_id)
             RETURNING touch.id
                """,
                company=company.id,
                noon=noon,
            )
        )
        touches = self.browse([touch_id for (touch_id,) in rows])
        if touches:
            self.env.cr.execute(
                SQL(
                    "UPDATE followup_touch SET stand_in_for_id = NULL WHERE id IN %s",
                    tuple(touches.ids),
                )
            )
        return touches

    # ------------------------------------------------------------
    # Windows
    # ------------------------------------------------------------

    @api.model
    def _replan(self, company):
        """Give open follow-ups whose interval changed a new window.

        What somebody has begun or agreed with the customer stays where it is.
        """
        self._fill_table(
            "care_plan",
            SQL(
                """
                SELECT touch.id AS touch_id, wanted.*, %(free)s AS is_free
                  FROM followup_touch touch
                  JOIN care_wanted wanted ON wanted.partner_id = touch.partner_id
                                         AND wanted.line_id = touch.cadence_line_id
                 WHERE touch.company_id = %(company)s
                   AND touch.state = 'planned'
                   AND touch.plan_key IS DISTINCT FROM wanted.plan_key
                """,
                free=SQL(
                    """NOT coalesce(touch.is_appointment, FALSE)
                       AND coalesce(touch.attempt_count, 0) = 0"""
                ),
                company=company.id,
            ),
        )
        if not self._count_plan():
            return self.browse()
        self._fill_windows(company)
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE followup_touch touch
                   SET plan_key = plan.plan_key,
                       date_earliest = CASE WHEN plan.is_free THEN plan.date_earliest
                                            ELSE touch.date_earliest END,
                       date_due = CASE WHEN plan.is_free THEN plan.date_due
                                       ELSE touch.date_due END,
                       date_latest = CASE WHEN plan.is_free THEN plan.date_latest
                                          ELSE touch.date_latest END,
                       date_planned = CASE WHEN plan.is_free THEN plan.date_planned
                                           ELSE touch.date_planned END,
                       date_stop = CASE WHEN plan.is_free THEN plan.date_planned
                                        ELSE touch.date_stop END,
                       is_all_day = touch.is_all_day OR plan.is_free,
                       duration = plan.duration
                  FROM care_plan plan
                 WHERE touch.id = plan.touch_id
             RETURNING touch.id
                """
            )
        )
        return self.browse([touch_id for (touch_id,) in rows])

    @api.model
    def _insert_missing(self, company):
        """Insert the follow-ups that are missing; visits first, calls they count for not at all."""
        inserted = 0
        for giving in (True, False):
            self._fill_table(
                "care_plan",
                SQL(
                    """
                    SELECT NULL::int AS touch_id, wanted.*, TRUE AS is_free
                      FROM care_wanted wanted
                      JOIN followup_cadence_line line ON line.id = wanted.line_id
                     WHERE (line.counts_for IS NOT NULL) = %(giving)s
                       AND NOT EXISTS (SELECT 1
                                         FROM followup_touch touch
                                        WHERE touch.partner_id = wanted.partner_id
                                          AND touch.company_id = %(company)s
                                          AND touch.cadence_line_id = wanted.line_id
                                          AND touch.state = 'planned')
                    """,
                    giving=giving,
                    company=company.id,
                ),
            )
            if self._count_plan():
                self._fill_windows(company)
                inserted += self._insert_plan(company)
        return inserted

    @api.model
    def _count_plan(self):
        [(count,)] = self.env.execute_query(SQL("SELECT count(*) FROM care_plan"))
        return count

    @api.model
    def _insert_plan(self, company):
        """Insert the rows of ``care_plan``; what a visit in their window covers is left out."""
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO followup_touch (
                       partner_id, company_id, user_id, kind, purpose, duration, checklist,
                       cadence_line_id, plan_key, origin, state, date_earliest, date_due,
                       date_latest, date_planned, date_stop, is_all_day, is_appointment,
                       attempt_count, is_contact, create_uid, create_date, write_uid, write_date)
                SELECT plan.partner_id, %(company)s, plan.user_id, plan.kind, plan.purpose,
                       plan.duration, plan.checklist, plan.line_id, plan.plan_key, 'cadence',
                       'planned', plan.date_earliest, plan.date_due, plan.date_latest,
                       plan.date_planned, plan.date_planned, TRUE, FALSE, 0, FALSE,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM care_plan plan
                 WHERE NOT EXISTS (SELECT 1
                                     FROM followup_touch touch
                                    WHERE touch.partner_id = plan.partner_id
                                      AND touch.company_id = %(company)s
                                      AND touch.state = 'planned'
                                      AND touch.kind != plan.kind
                                      AND touch.date_planned::date
                                          BETWEEN plan.date_earliest AND plan.date_latest
                                      AND (%(counts)s))
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                company=company.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                counts=self._counts_sql(SQL("touch.kind"), SQL("plan")),
            )
        )
        return len(rows)

    @api.model
    def _absorb(self, company, partner_ids):
        """Cancel planned calls in whose window a planned visit falls that counts for them."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT touch.id, visit.id
                  FROM followup_touch touch
                  JOIN care_wanted wanted ON wanted.partner_id = touch.partner_id
                                         AND wanted.line_id = touch.cadence_line_id
                  JOIN followup_touch visit ON visit.partner_id = touch.partner_id
                                           AND visit.company_id = touch.company_id
                                           AND visit.state = 'planned'
                                           AND visit.kind != touch.kind
                                           AND visit.date_planned::date
                                               BETWEEN touch.date_earliest AND touch.date_latest
                 WHERE touch.company_id = %(company)s
                   AND touch.state = 'planned'
                   AND NOT coalesce(touch.is_appointment, FALSE)
                   AND coalesce(touch.attempt_count, 0) = 0
                   AND (%(counts)s)
                   %(restricted)s
                """,
                company=company.id,
                counts=self._counts_sql(SQL("visit.kind"), SQL("wanted")),
                restricted=self._restrict_sql(partner_ids),
            )
        )
        covering = dict(rows)
        touches = self.browse(covering)
        touches._cancel_quietly("absorbed")
        for touch in touches:
            touch.with_context(followup_sync=True).satisfied_by_id = covering[touch.id]
        return touches

    def _replan_from(self, day):
        """Count the interval of open follow-ups on from a contact that came early."""
        # those without a key were imported: the night gives them their window
        for touch in self.filtered("plan_key"):
            line = touch.cadence_line_id
            number, unit = touch.plan_key.split("/")[0].split()
            due = line._add_interval(day, int(number), unit)
            if due <= touch.date_due:
                continue
            tolerance = timedelta(days=min(line.tolerance_days, ((due - day).days - 1) // 2))
            planned = touch._get_working_day(touch.user_id, due, due + tolerance)
            touch.write(
                {
                    "date_earliest": due - tolerance,
                    "date_due": due,
                    "date_latest": due + tolerance,
                    "date_planned": touch._at(planned),
                    "is_all_day": True,
                }
            )
