"""Coming decisions: before a decision day, who would rise or fall on it.

The statement that decides on the day is run ahead with the figures of that day, as far as
they are known: documents that will have left the period by then no longer count.
"""

from datetime import timedelta

from odoo import models
from odoo.tools import SQL


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("operative") is False:
            # sudo: what was listed of a scheme that stands down is our own to take back
            self.sudo()._withdraw_decisions()
        return result

    def _refresh_decisions(self, as_of):
        """Close the lines of decisions taken; list who changes on the next one.

        :param as_of: day of the last evaluation
        """
        self.ensure_one()
        self._close_decisions()
        day = self.next_decision
        if self.method == "manual" or day - as_of > timedelta(days=self.review_days):
            self._withdraw_decisions()
            return
        rules = self._measure(day)
        self._write_decisions(rules, day)
        self._drop_tables()
        self.env["customer.tier.decision"].invalidate_model(flush=False)

    def _close_decisions(self):
        """Note of each line whose day was decided whether the change took effect.

        Called after each decision, before anything else changes a level.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_tier_decision decision
                   SET state = CASE WHEN standing.tier_id IS NOT DISTINCT FROM decision.to_tier_id
                                    THEN 'done' ELSE 'avoided' END
                  FROM customer_standing standing
                 WHERE standing.scheme_id = decision.scheme_id
                   AND standing.partner_id = decision.partner_id
                   AND decision.scheme_id = %s
                   AND decision.date <= %s
                   AND decision.state NOT IN ('done', 'avoided')
                """,
                self.id,
                self.decided_until or None,
            )
        )
        self.env["customer.tier.decision"].invalidate_model(flush=False)

    def _withdraw_decisions(self):
        """Take back what is listed: no decision of this scheme is near any more."""
        decisions = self.env["customer.tier.decision"].search(
            [("scheme_id", "in", self.ids), ("state", "not in", ("done", "avoided"))]
        )
        decisions.state = "avoided"

    def _write_decisions(self, rules, day):
        """Insert, update and withdraw the lines of one decision day.

        SQL because the whole customer base is compared; a line somebody reviewed keeps its
        state unless the change it spoke of is no longer due. Archived customers change level
        as all others, but there is nothing to review with them.
        """
        value = SQL("new.points" if rules["method"] == "rfm" else "new.value")
        coming = SQL(
            """
            SELECT new.partner_id, new.user_id, new.from_tier_id, new.tier_id AS to_tier_id,
                   CASE WHEN held.position IS NULL OR given.position < held.position
                        THEN 'rise' ELSE 'fall' END AS direction,
                   standing.amount, COALESCE(%(value)s, 0) AS value_on_day,
                   COALESCE(CASE WHEN held.position IS NULL OR given.position < held.position
                                 THEN given.line ELSE held.keep_line END, 0) AS line,
                   COALESCE(new.decisions, 0) AS decisions
              FROM (%(decided)s) new
              JOIN customer_standing standing ON standing.id = new.standing_id
              JOIN res_partner partner ON partner.id = new.partner_id AND partner.active
         LEFT JOIN care_level held ON held.tier_id = new.from_tier_id
         LEFT JOIN care_level given ON given.tier_id = new.tier_id
             WHERE new.tier_id IS DISTINCT FROM new.from_tier_id
            """,
            value=value,
            decided=self._decided_sql(rules, day, "decision"),
        )
        names = (
            "user_id",
            "from_tier_id",
            "to_tier_id",
            "direction",
            "amount",
            "value_on_day",
            "line",
            "decisions",
        )
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_coming"))
        cr.execute(SQL("CREATE TEMPORARY TABLE care_coming AS %s", coming))
        known = SQL(
            "decision.scheme_id = %s AND decision.date = %s"
            " AND decision.partner_id = coming.partner_id",
            self.id,
            day,
        )
        cr.execute(
            SQL(
                """
                UPDATE customer_tier_decision decision
                   SET %(assignments)s,
                       state = CASE WHEN decision.state IN ('avoided', 'held', 'locked')
                                      OR decision.to_tier_id IS DISTINCT FROM coming.to_tier_id
                                    THEN 'open' ELSE decision.state END
                  FROM care_coming coming
                 WHERE %(known)s
                """,
                assignments=SQL(", ").join(
                    SQL("%s = coming.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in names
                ),
                known=known,
            )
        )
        cr.execute(
            SQL(
                """
                INSERT INTO customer_tier_decision (
                    scheme_id, company_id, date, state, partner_id, %(names)s,
                    create_uid, write_uid, create_date, write_date)
                SELECT %(scheme)s, %(company)s, %(day)s, 'open', partner_id, %(names)s,
                       %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
                  FROM care_coming coming
                 WHERE NOT EXISTS (SELECT 1 FROM customer_tier_decision decision WHERE %(known)s)
                """,
                names=SQL(", ").join(SQL.identifier(name) for name in names),
                scheme=self.id,
                company=self.company_id.id,
                day=day,
                uid=self.env.uid,
                known=known,
            )
        )
        cr.execute(
            SQL(
                """
                UPDATE customer_tier_decision decision
                   SET state = 'avoided'
                 WHERE scheme_id = %(scheme)s
                   AND state NOT IN ('done', 'avoided')
                   AND (date <> %(day)s
                        OR (state IN ('open', 'accepted')
                            AND NOT EXISTS (SELECT 1 FROM care_coming coming
                                             WHERE coming.partner_id = decision.partner_id)))
                """,
                scheme=self.id,
                day=day,
            )
        )
        cr.execute(SQL("DROP TABLE care_coming"))
