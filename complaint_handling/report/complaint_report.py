from odoo import fields, models
from odoo.tools import SQL

from ..models.kinds import CHANNELS, KINDS, SERVICE_CLASSES, SEVERITIES, STAGE_KINDS

#: Who answers within so many hours keeps most of his customers.
ANSWER_HOURS = 24


class ComplaintReport(models.Model):
    """Each case with its figures: how long it took, which promises broke, how it ended.

    One row per case, dated by the day it was received where the company works. Cases merged
    into another and those whose sender was not confirmed are left out; requests, suggestions
    and praise are in, and the screens leave them out at first.

    A share is a column of 100, 0 and, for cases it says nothing about, nothing: so the
    average over any group is the exact share of the cases that count for it.

    Team, agent, category and severity are those of today, the level is the one at intake.
    """

    _name = "complaint.report"
    _description = "Complaint Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "case_id"
    _depends = {
        "complaint.case": [
            "category_id", "cause_id", "channel", "company_id", "compensation_amount",
            "date_communicated",
            "date_first_response", "date_received", "date_resolved", "is_open", "is_safety",
            "is_unconfirmed", "kind", "merged_into_id", "partner_id", "product_id",
            "rating_handling", "rating_outcome", "reopen_count", "resolve_work_seconds",
            "response_work_seconds", "service_class", "severity", "stage_id", "stage_kind",
            "team_id", "tier_id", "user_id", "verification_state",
        ],
        "complaint.category": ["parent_path"],
        "complaint.sla.clock": [
            "case_id", "date_breached", "date_due", "is_open", "kind", "state",
        ],
        "res.company": ["currency_id", "resource_calendar_id"],
        "resource.calendar": ["tz"],
    }  # fmt: skip

    # what and who
    case_id = fields.Many2one("complaint.case", readonly=True)
    date = fields.Date(
        string="Received", readonly=True, help="The day it came in, where the company works."
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    tier_id = fields.Many2one("customer.tier", string="Level at Intake", readonly=True)
    service_class = fields.Selection(SERVICE_CLASSES, readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    category_id = fields.Many2one("complaint.category", readonly=True)
    main_category_id = fields.Many2one(
        "complaint.category", readonly=True, help="The topmost category the case belongs to."
    )
    cause_id = fields.Many2one("complaint.cause", string="Root Cause", readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    is_safety = fields.Boolean(string="Somebody may come to harm", readonly=True)
    channel = fields.Selection(CHANNELS, string="Received through", readonly=True)
    team_id = fields.Many2one("complaint.team", readonly=True)
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    stage_id = fields.Many2one("complaint.stage", readonly=True)
    stage_kind = fields.Selection(STAGE_KINDS, string="State", readonly=True)

    # how many
    case_count = fields.Integer(string="Cases", readonly=True)
    open_count = fields.Integer(
        string="Open", readonly=True, help="Cases that are neither closed nor rejected."
    )
    late_count = fields.Integer(
        string="Late now",
        readonly=True,
        help="Open cases with a promise that is overdue at this moment.",
    )

    # how long
    response_work_hours = fields.Float(
        string="Hours to First Response (Working Time)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="From receipt to the first answer by a human, counted in the working hours of the "
        "team, whether the promise runs in working time or around the clock. Cases without an "
        "answer do not count.",
    )
    response_hours = fields.Float(
        string="Hours to First Response",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="From receipt to the first answer by a human, nights and weekends included: what "
        "the customer waited.",
    )
    resolve_work_hours = fields.Float(
        string="Hours to Solution (Working Time)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="From receipt to the last solution in the working hours of the team, without the "
        "time in which the clock stood still and without the time between a solution and its "
        "reopening. Without a promise to solve it, all working time counts. Unsolved cases do "
        "not count.",
    )
    resolve_hours = fields.Float(
        string="Hours to Solution",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="From receipt to the last solution, nights, weekends and waiting included.",
    )

    # how well
    answered_percent = fields.Float(
        string="Answered within 24 Hours %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Share of cases that a human answered within 24 hours of the clock. Who waits for "
        "less than that does not count yet. An old rule of thumb: so answered, 96 % stay.",
    )
    breached_percent = fields.Float(
        string="Breached %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Share of cases in which at least one promise was kept late, or is overdue. Cases "
        "without a promise do not count.",
    )
    response_breached_percent = fields.Float(
        string="First Response late %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Of the cases with a promise of a first response, the share in which it was late.",
    )
    resolve_breached_percent = fields.Float(
        string="Solution late %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Of the cases with a promise to solve it, the share in which it was late, in any run.",
    )
    reopened_percent = fields.Float(
        string="Reopened %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Of the cases that were solved or rejected at least once, the share that was taken "
        "up again.",
    )
    confirmed_percent = fields.Float(
        string="Confirmed %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Of the cases whose customer was asked whether he accepts the solution, the share "
        "in which he said yes. Who was asked and did not answer counts as no.",
    )
    rating_outcome = fields.Float(
        string="Rating of the Outcome",
        digits=(16, 2),
        aggregator="avg",
        readonly=True,
        help="1 is the worst, 5 the best. Cases without a rating do not count.",
    )
    rating_handling = fields.Float(
        string="Rating of the Handling",
        digits=(16, 2),
        aggregator="avg",
        readonly=True,
        help="1 is the worst, 5 the best. Cases without a rating do not count.",
    )
    compensation_amount = fields.Monetary(
        string="Compensation", readonly=True, help="What was granted, in company currency."
    )
    cumulative_percent = fields.Float(
        string="Cumulative %",
        digits=(16, 1),
        aggregator="sum",
        readonly=True,
        help="In a list by groups: the share of all cases that this group and all larger ones "
        "make together. Groups of the same size show what they make together.",
    )

    # ------------------------------------------------------------
    # Aggregates
    # ------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """Return the cumulative share over the groups, the largest first."""
        if aggregate_spec.startswith("cumulative_percent:"):
            return SQL(
                "100.0 * SUM(COUNT(*)) OVER (ORDER BY COUNT(*) DESC) / SUM(COUNT(*)) OVER ()"
            )
        return super()._read_group_select(aggregate_spec, query)

    # ------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT complaint.id, complaint.id AS case_id,
                   (complaint.date_received AT TIME ZONE 'UTC'
                    AT TIME ZONE COALESCE(hours.tz, 'UTC'))::date AS date,
                   complaint.company_id, office.currency_id, complaint.kind,
                   complaint.partner_id, complaint.tier_id, complaint.service_class,
                   complaint.product_id, complaint.category_id,
                   SPLIT_PART(category.parent_path, '/', 1)::int AS main_category_id,
                   complaint.cause_id, complaint.severity, complaint.is_safety,
                   complaint.channel, complaint.team_id, complaint.user_id,
                   complaint.stage_id, complaint.stage_kind,
                   1 AS case_count,
                   complaint.is_open::int AS open_count,
                   (complaint.is_open AND promise.late_now)::int AS late_count,
                   %(figures)s
              FROM complaint_case complaint
              JOIN res_company office ON office.id = complaint.company_id
         LEFT JOIN resource_calendar hours ON hours.id = office.resource_calendar_id
         LEFT JOIN complaint_category category ON category.id = complaint.category_id
        CROSS JOIN LATERAL (%(promises)s) promise
        CROSS JOIN LATERAL (SELECT COALESCE(complaint.date_first_response,
                                            complaint.date_communicated) AS date) answer
             WHERE complaint.merged_into_id IS NULL
               AND complaint.is_unconfirmed IS NOT TRUE
            """,
            figures=SQL(", ").join([self._duration_sql(), self._share_sql(), self._result_sql()]),
            promises=self._promise_sql(),
        )

    def _promise_sql(self):
        """Return one row: whether the promises of a case are or were broken.

        A promise that was withdrawn counts only where it was late before. One that became
        overdue a moment ago is late, whether or not the job that marks it has run.
        """
        return SQL(
            """
            SELECT BOOL_OR(clock.is_open AND clock.late) AS late_now,
                   BOOL_OR(clock.late) AS late,
                   BOOL_OR(clock.late) FILTER (WHERE clock.kind = 'first_response')
                       AS response_late,
                   BOOL_OR(clock.late) FILTER (WHERE clock.kind = 'resolve') AS resolve_late
              FROM (SELECT kind, state, is_open,
                           date_breached IS NOT NULL
                           OR state = 'running' AND date_due < %(now)s AS late
                      FROM complaint_sla_clock
                     WHERE case_id = complaint.id AND kind != 'task') clock
             WHERE clock.state != 'cancelled' OR clock.late
            """,
            now=fields.Datetime.now(),
        )

    def _duration_sql(self):
        return SQL(
            """
            CASE WHEN answer.date IS NOT NULL
                 THEN complaint.response_work_seconds / 3600.0 END AS response_work_hours,
            EXTRACT(EPOCH FROM answer.date - complaint.date_received) / 3600.0
                AS response_hours,
            CASE WHEN complaint.date_resolved IS NOT NULL
                 THEN complaint.resolve_work_seconds / 3600.0 END AS resolve_work_hours,
            EXTRACT(EPOCH FROM complaint.date_resolved - complaint.date_received) / 3600.0
                AS resolve_hours
            """
        )

    def _share_sql(self):
        return SQL(
            """
            CASE WHEN answer.date <= complaint.date_received + %(limit)s THEN 100.0
                 WHEN LEAST(answer.date, %(now)s) > complaint.date_received + %(limit)s
                 THEN 0.0 END AS answered_percent,
            100.0 * promise.late::int AS breached_percent,
            100.0 * promise.response_late::int AS response_breached_percent,
            100.0 * promise.resolve_late::int AS resolve_breached_percent,
            CASE WHEN complaint.reopen_count > 0 THEN 100.0
                 WHEN complaint.stage_kind IN ('resolved', 'closed', 'rejected') THEN 0.0
                 END AS reopened_percent,
            CASE complaint.verification_state
                 WHEN 'confirmed' THEN 100.0
                 WHEN 'refused' THEN 0.0
                 WHEN 'no_answer' THEN 0.0 END AS confirmed_percent
            """,
            limit=SQL("%s * interval '1 hour'", ANSWER_HOURS),
            now=fields.Datetime.now(),
        )

    def _result_sql(self):
        return SQL(
            """
            NULLIF(complaint.rating_outcome, 0)::numeric AS rating_outcome,
            NULLIF(complaint.rating_handling, 0)::numeric AS rating_handling,
            COALESCE(complaint.compensation_amount, 0) AS compensation_amount,
            NULL::numeric AS cumulative_percent
            """
        )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_open_case(self):
        """Open the case of this row."""
        self.ensure_one()
        return self.case_id.get_formview_action()
