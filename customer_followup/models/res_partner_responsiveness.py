"""How a customer answers, read from attempts and contacts."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import GROUP_OWN

RESPONSIVENESS = [
    ("ordered", "Has ordered"),
    ("answers", "Answers"),
    ("will_return", "Will come back to us"),
    ("silent", "Reads, but is silent"),
    ("unreached", "Not reached"),
]
SILENCES = [
    ("other", "Another person or a colleague"),
    ("hold", "Put on hold"),
]


class ResPartner(models.Model):
    """Words and suggestions follow from the follow-ups that the user may read, so that nobody
    learns here, or by searching, how somebody else's customers answer.

    A customer *responds* when an outcome says so or asks for a date, or when he orders. He is
    *silent since* the first attempt that he left unanswered after his last response: who was
    not tried is not silent. His word is that of his last response, until a silence has lasted
    for the first limit of the company; then it says whether our messages reached him at all.
    """

    _inherit = "res.partner"

    responsiveness = fields.Selection(
        RESPONSIVENESS,
        compute="_compute_responsiveness",
        search="_search_responsiveness",
        groups=GROUP_OWN,
        help="How this customer reacts to calls, visits and messages; empty = not tried yet.",
    )
    silent_since = fields.Date(
        compute="_compute_responsiveness",
        groups=GROUP_OWN,
        help="The first attempt that was left unanswered since the last response.",
    )
    silent_attempts = fields.Integer(
        string="Unanswered",
        compute="_compute_responsiveness",
        groups=GROUP_OWN,
        help="Attempts since the last response.",
    )
    silence_advice = fields.Selection(
        SILENCES,
        string="Suggestion",
        compute="_compute_responsiveness",
        search="_search_silence_advice",
        groups=GROUP_OWN,
        help="After half a year without an answer: try another person in the company, or let a "
        "colleague try. After a year: put the customer on hold. Both limits are settings.",
    )

    @api.depends(
        "commercial_partner_id",
        "touch_ids.state",
        "touch_ids.outcome_id.response",
        "touch_ids.date_done",
        "touch_ids.date_attempt",
    )
    @api.depends_context("company", "uid")
    def _compute_responsiveness(self):
        customers = self._origin.commercial_partner_id
        query = self._get_responsiveness_query(customers)
        rows = self.env.execute_query(
            SQL("SELECT partner_id, word, silent_since, attempts, advice FROM (%s) said", query)
        )
        by_customer = {customer: values for customer, *values in rows}
        for partner in self:
            values = by_customer.get(partner._origin.commercial_partner_id.id, (False,) * 4)
            partner.responsiveness, since, attempts, partner.silence_advice = values
            partner.silent_since = since and fields.Date.to_date(since)
            partner.silent_attempts = attempts or 0

    def _search_responsiveness(self, operator, value):
        return self._search_said("responsiveness", "word", operator, value)

    def _search_silence_advice(self, operator, value):
        return self._search_said("silence_advice", "advice", operator, value)

    def _search_said(self, name, column, operator, value):
        # core does not ask who searches by a computed field; a portal user must not
        self._check_field_access(self._fields[name], "read")
        if operator != "in":
            return NotImplemented
        said = SQL(
            "(SELECT partner_id FROM (%s) said WHERE %s IN %s)",
            self._get_responsiveness_query(),
            SQL.identifier(column),
            tuple(item for item in value if item) or (None,),
        )
        found = Domain("commercial_partner_id", "in", said)
        if False not in value:
            return found
        known = SQL(
            "(SELECT partner_id FROM (%s) said WHERE %s IS NOT NULL)",
            self._get_responsiveness_query(),
            SQL.identifier(column),
        )
        return found | Domain("commercial_partner_id", "not in", known)

    def _get_responsiveness_query(self, customers=None):
        """Return the SQL of what is said of customers: of some, or of all the user may read.

        :return: SQL of ``partner_id, word, silent_since, attempts, advice``
        """
        company = self.env.company
        scope = Domain("company_id", "in", (company.sudo().parent_ids | company).ids)
        scope &= Domain("outcome_id", "!=", False)
        graded = Domain("scheme_id", "=", self._get_operative_scheme_id())
        graded &= Domain("last_date", "!=", False)
        if customers is not None:
            scope &= Domain("partner_id", "in", customers.ids)
            graded &= Domain("partner_id", "in", customers.ids)
        # with the user's own rights: no word about customers he may not read
        touches = self.env["followup.touch"]._search(scope)
        standings = self.env["customer.standing"]._search(graded)
        self.env["followup.outcome"].flush_model(["code", "effect", "is_contact", "response"])
        today = fields.Date.context_today(self)
        return SQL(
            """
            WITH said AS MATERIALIZED (
                SELECT touch.partner_id,
                       CASE WHEN outcome.code = 'ordered' THEN 'ordered'
                            WHEN outcome.effect = 'reschedule' THEN 'will_return'
                            WHEN outcome.response = 'positive' THEN 'answers'
                       END AS word,
                       CASE WHEN touch.state = 'done' THEN touch.date_done
                            ELSE touch.date_attempt
                       END AS moment,
                       GREATEST(touch.attempt_count, 1) AS attempts,
                       outcome.is_contact IS TRUE AS is_contact
                  FROM followup_touch touch
                  JOIN followup_outcome outcome ON outcome.id = touch.outcome_id
                 WHERE touch.id IN %(touches)s AND touch.state != 'cancelled'
             UNION ALL
                SELECT standing.partner_id, 'ordered', standing.last_date, 0, TRUE
                  FROM customer_standing standing
                 WHERE standing.id IN %(standings)s
            ), response AS (
                SELECT DISTINCT ON (partner_id) partner_id, word, moment
                  FROM said
                 WHERE word IS NOT NULL AND moment IS NOT NULL
              ORDER BY partner_id, moment DESC, word = 'ordered' DESC
            ), silence AS (
                SELECT said.partner_id, MIN(said.moment)::date AS silent_since,
                       SUM(said.attempts) AS attempts, BOOL_OR(said.is_contact) AS was_reached
                  FROM said
             LEFT JOIN response ON response.partner_id = said.partner_id
                 WHERE said.word IS NULL AND said.moment > COALESCE(response.moment, '-infinity')
              GROUP BY said.partner_id
            )
            SELECT partner_id,
                   CASE WHEN response.word IS NULL
                             OR silence.silent_since <= %(other_before)s
                        THEN CASE WHEN silence.was_reached THEN 'silent' ELSE 'unreached' END
                        ELSE response.word
                   END AS word,
                   silence.silent_since,
                   silence.attempts,
                   CASE WHEN silence.silent_since <= %(hold_before)s THEN 'hold'
                        WHEN silence.silent_since <= %(other_before)s THEN 'other'
                   END AS advice
              FROM response
         FULL JOIN silence USING (partner_id)
            """,
            touches=touches.subselect(),
            standings=standings.subselect(),
            other_before=fields.Date.subtract(today, months=company.care_silent_months),
            hold_before=fields.Date.subtract(today, months=company.care_hold_months),
        )
