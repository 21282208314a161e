from odoo import fields, models
from odoo.tools import SQL

from ..models.kinds import KINDS


class ComplaintWaitingReport(models.Model):
    """Each time a case stood still, and for how long the customer waited for us meanwhile.

    One row per stop of a case. *Parked* is the time in
    which the case stood as waiting for the customer although he had the last word: his last
    message, or the complaint itself, had no answer of ours. It begins with the stop and ends
    with our answer, his next message or the end of the stop, whichever comes first. Minutes
    are those of the clock on the wall: the customer waits at night, too.
    """

    _name = "complaint.waiting.report"
    _description = "Waiting Audit"
    _auto = False
    _order = "date_start desc, id desc"
    _rec_name = "case_id"
    _depends = {
        "complaint.case": [
            "company_id", "is_unconfirmed", "kind", "merged_into_id", "partner_id", "team_id",
        ],
        "complaint.pause.reason": ["waits_for"],
        "complaint.wait": [
            "case_id", "date_answered", "date_start", "date_stop", "is_unanswered", "reason_id",
            "user_id",
        ],
        "res.company": ["resource_calendar_id"],
        "resource.calendar": ["tz"],
    }  # fmt: skip

    case_id = fields.Many2one("complaint.case", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    team_id = fields.Many2one("complaint.team", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Stopped by", readonly=True, help="Who let the case wait."
    )
    reason_id = fields.Many2one("complaint.pause.reason", readonly=True)
    waits_for = fields.Selection(
        selection=lambda self: self.env["complaint.pause.reason"]
        ._fields["waits_for"]
        ._description_selection(self.env),
        readonly=True,
    )
    date = fields.Date(
        string="Day", readonly=True, help="When it was stopped, where the company works."
    )
    date_start = fields.Datetime(string="From", readonly=True)
    date_stop = fields.Datetime(string="To", readonly=True, help="Empty while it goes on.")
    wait_count = fields.Integer(string="Stops", readonly=True)
    wait_hours = fields.Float(
        string="Hours stopped", digits=(16, 1), readonly=True, help="In clock time."
    )
    parked_count = fields.Integer(
        string="Stops with our Answer outstanding",
        readonly=True,
        help="The case was set to wait for the customer although he had the last word.",
    )
    parked_minutes = fields.Integer(
        string="Minutes parked",
        readonly=True,
        help="Time the case stood as waiting for the customer although his last message, or "
        "the complaint itself, had no answer of ours; in clock time.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT pause.id, complaint.id AS case_id, complaint.company_id, complaint.kind,
                   complaint.partner_id, complaint.team_id, pause.user_id, pause.reason_id,
                   reason.waits_for, pause.date_start, pause.date_stop,
                   (pause.date_start AT TIME ZONE 'UTC'
                    AT TIME ZONE COALESCE(hours.tz, 'UTC'))::date AS date,
                   1 AS wait_count,
                   EXTRACT(EPOCH FROM COALESCE(pause.date_stop, %(now)s) - pause.date_start)
                       / 3600.0 AS wait_hours,
                   pause.is_unanswered::int AS parked_count,
                   CASE WHEN pause.is_unanswered
                        THEN ROUND(EXTRACT(EPOCH FROM LEAST(pause.date_answered,
                                                            COALESCE(pause.date_stop, %(now)s))
                                           - pause.date_start) / 60)::int
                        ELSE 0 END AS parked_minutes
              FROM complaint_wait pause
              JOIN complaint_case complaint ON complaint.id = pause.case_id
              JOIN res_company office ON office.id = complaint.company_id
         LEFT JOIN resource_calendar hours ON hours.id = office.resource_calendar_id
         LEFT JOIN complaint_pause_reason reason ON reason.id = pause.reason_id
             WHERE complaint.merged_into_id IS NULL
               AND complaint.is_unconfirmed IS NOT TRUE
            """,
            now=fields.Datetime.now(),
        )

    def action_open_case(self):
        """Open the case of this row."""
        self.ensure_one()
        return self.case_id.get_formview_action()
