"""What complaints say to the grading: a frozen fall, and signs of risk."""

from odoo import api, models
from odoo.tools import SQL

from .kinds import SEVERE

#: Complaints count as a sign of risk for so many days after they came in.
HISTORY_DAYS = 180
#: What an ended complaint weighs; a customer at 1 or more is at risk. Rule of thumb.
WEIGHTS = {"low": 0.1, "medium": 0.25, "high": 0.5, "critical": 0.75}
#: What comes on top where the customer did not accept the first solution.
REOPENED_WEIGHT = 0.25
#: What an open complaint that is not severe weighs.
OPEN_WEIGHT = 0.5


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _freeze_sql(self, as_of):
        """A level does not fall while a severe complaint is open."""
        return SQL(
            "%s UNION ALL SELECT partner_id, 'complaint' FROM (%s) complaint"
            " WHERE is_open IS TRUE AND severity IN %s",
            super()._freeze_sql(as_of),
            self._complaint_sql(as_of),
            SEVERE,
        )

    @api.model
    def _get_freeze_texts(self):
        return {
            **super()._get_freeze_texts(),
            "complaint": self.env._("A severe complaint is open: the level does not fall."),
        }

    def _status_signal_sql(self, as_of):
        """Complaints make a customer at risk: an open severe one alone, others together."""
        weight = SQL(
            "CASE WHEN is_open AND severity IN %s THEN 1 WHEN is_open THEN %s"
            " ELSE CASE severity %s END END + CASE WHEN reopen_count > 0 THEN %s ELSE 0 END",
            SEVERE,
            OPEN_WEIGHT,
            SQL(" ").join(SQL("WHEN %s THEN %s", key, value) for key, value in WEIGHTS.items()),
            REOPENED_WEIGHT,
        )
        return SQL(
            """
            %(others)s
            UNION ALL
            SELECT partner_id,
                   CASE WHEN is_open AND severity IN %(severe)s THEN 'complaint_severe'
                        WHEN is_open THEN 'complaint_open'
                        ELSE 'complaint_history' END,
                   %(weight)s
              FROM (%(complaint)s) complaint
            """,
            others=super()._status_signal_sql(as_of),
            severe=SEVERE,
            weight=weight,
            complaint=self._complaint_sql(as_of),
        )

    def _complaint_sql(self, as_of):
        """Return the complaints that a day has to know about, one row each.

        Those open at the end of the day, and those received within the last half year; days
        are those of the scheme's time zone, severities those of today.
        """
        return SQL(
            """
            SELECT partner_id, severity, reopen_count, then_.is_open
              FROM complaint_case complaint
        CROSS JOIN LATERAL (
                   SELECT (date_received AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS received,
                          (date_closed AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS closed
                   ) day
        CROSS JOIN LATERAL (
                   SELECT COALESCE(day.closed > %(as_of)s, complaint.is_open) AS is_open
                   ) then_
             WHERE kind = 'complaint'
               AND partner_id IS NOT NULL
               AND merged_into_id IS NULL
               AND is_unconfirmed IS NOT TRUE
               AND company_id IN (SELECT id FROM res_company WHERE parent_path LIKE %(path)s)
               AND day.received <= %(as_of)s
               AND (then_.is_open OR day.received > %(as_of)s::date - %(days)s)
            """,
            tz=self.tz,
            as_of=as_of,
            # the company and its branches, without asking for them first
            path=f"{self.company_id.sudo().parent_path}%",
            days=HISTORY_DAYS,
        )
