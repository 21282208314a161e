from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging customers is a business event of grading: nothing of theirs may be lost."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        # merging contacts takes documents from the company of the merged one, too
        partners |= partners.commercial_partner_id
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        partners.exists()._regrade("merge")
        return result

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # core's update would run into our unique indexes: make room before
        self.env.flush_all()
        self._keep_own_exemption(src_partners, dst_partner)
        self._merge_customer_standings(src_partners, dst_partner)
        self._merge_customer_sales_history(src_partners, dst_partner)
        self._merge_customer_holds(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _keep_own_exemption(self, src_partners, dst_partner):
        """Keep the remaining customer's own exemption: core would fill in a merged one's."""
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner merged SET tier_exempt = kept.tier_exempt,"
                " tier_exempt_reason = kept.tier_exempt_reason"
                " FROM res_partner kept WHERE kept.id = %s AND merged.id = ANY(%s)",
                dst_partner.id,
                src_partners.ids,
            )
        )
        src_partners.invalidate_recordset(["tier_exempt", "tier_exempt_reason"], flush=False)

    @api.model
    def _merge_customer_standings(self, src_partners, dst_partner):
        """Leave one standing per scheme: the remaining customer's own, else the best.

        A level set by hand on a merged customer is taken over where the remaining one has
        none. Figures are measured again after the merge.
        """
        both = (*src_partners.ids, dst_partner.id)
        ranked = SQL(
            """
            SELECT standing.id, standing.scheme_id,
                   ROW_NUMBER() OVER (
                       PARTITION BY standing.scheme_id
                       ORDER BY standing.partner_id = %s DESC, tier.sequence, standing.id
                   ) AS place,
                   FIRST_VALUE(standing.tier_id) OVER holder AS kept_tier_id,
                   FIRST_VALUE(standing.tier_since) OVER holder AS kept_since
              FROM customer_standing standing
         LEFT JOIN customer_tier tier ON tier.id = standing.tier_id
             WHERE standing.partner_id IN %s
            WINDOW holder AS (
                       PARTITION BY standing.scheme_id
                       ORDER BY standing.tier_id IS NULL, standing.partner_id = %s DESC,
                                tier.sequence, standing.id
                   )
            """,
            dst_partner.id,
            both,
            dst_partner.id,
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_standing standing
                   SET tier_id = ranked.kept_tier_id, earned_tier_id = ranked.kept_tier_id,
                       tier_since = ranked.kept_since
                  FROM (%s) ranked
                 WHERE ranked.id = standing.id AND ranked.place = 1
                   AND standing.tier_id IS NULL AND ranked.kept_tier_id IS NOT NULL
                """,
                ranked,
            )
        )
        self._keep_locks(both, ranked)
        self.env.cr.execute(
            SQL(
                "DELETE FROM customer_standing standing USING (%s) ranked"
                " WHERE ranked.id = standing.id AND ranked.place > 1",
                ranked,
            )
        )

    @api.model
    def _keep_locks(self, partner_ids, ranked):
        """Take over a merged customer's lock or hold where the remaining one has none."""
        for name in ("lock", "floor"):
            columns = [SQL.identifier(f"{name}_{part}") for part in ("tier_id", "until", "reason")]
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE customer_standing standing
                       SET (%(columns)s) = (%(others)s)
                      FROM (%(ranked)s) ranked
                      JOIN (SELECT DISTINCT ON (scheme_id) scheme_id, %(columns)s
                              FROM customer_standing
                             WHERE partner_id IN %(partners)s AND %(tier)s IS NOT NULL
                          ORDER BY scheme_id, %(until)s DESC) other
                        ON other.scheme_id = ranked.scheme_id
                     WHERE ranked.id = standing.id AND ranked.place = 1
                       AND standing.%(tier)s IS NULL
                    """,
                    columns=SQL(", ").join(columns),
                    others=SQL(", ").join(SQL("other.%s", column) for column in columns),
                    ranked=ranked,
                    partners=partner_ids,
                    tier=columns[0],
                    until=columns[1],
                )
            )

    @api.model
    def _merge_customer_sales_history(self, src_partners, dst_partner):
        """Add up the months that both customers imported, on the row that remains."""
        both = (*src_partners.ids, dst_partner.id)
        ranked = SQL(
            """
            SELECT id,
                   ROW_NUMBER() OVER (w ORDER BY partner_id = %s DESC, id) AS place,
                   SUM(amount) OVER w AS amount, SUM(margin) OVER w AS margin,
                   SUM(quantity) OVER w AS quantity,
                   SUM(document_count) OVER w AS document_count,
                   COUNT(*) OVER w AS rows
              FROM customer_sales_history
             WHERE partner_id IN %s
            WINDOW w AS (PARTITION BY company_id, month)
            """,
            dst_partner.id,
            both,
        )
        self.env.cr.execute(
            SQL(
                """
                WITH ranked AS MATERIALIZED (%s), kept AS (
                    UPDATE customer_sales_history history
                       SET amount = ranked.amount, margin = ranked.margin,
                           quantity = ranked.quantity, document_count = ranked.document_count
                      FROM ranked
                     WHERE ranked.id = history.id AND ranked.place = 1 AND ranked.rows > 1
                )
                DELETE FROM customer_sales_history history
                      USING ranked
                      WHERE ranked.id = history.id AND ranked.place > 1
                """,
                ranked,
            )
        )

    @api.model
    def _merge_customer_holds(self, src_partners, dst_partner):
        """Leave one open hold per company, the remaining customer's own before a merged one's.

        The others are kept as ended: who was on hold when, and why, is not lost.
        """
        both = (*src_partners.ids, dst_partner.id)
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_hold hold
                   SET date_end = (NOW() AT TIME ZONE 'UTC')::date, end_reason = 'merge'
                  FROM (SELECT id, ROW_NUMBER() OVER (
                                   PARTITION BY company_id
                                   ORDER BY partner_id = %s DESC, review_date DESC, id
                               ) AS place
                          FROM customer_hold
                         WHERE partner_id IN %s AND date_end IS NULL) ranked
                 WHERE ranked.id = hold.id AND ranked.place > 1
                """,
                dst_partner.id,
                both,
            )
        )
        self.env["customer.hold"].invalidate_model(["date_end", "end_reason"], flush=False)
