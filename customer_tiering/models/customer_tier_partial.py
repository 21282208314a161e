"""What customers buy: who left a category, or buys a smaller assortment."""

from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from .status import MIN_GAPS, MIN_PRODUCTS


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _document_line_sql(self, source, first, last):
        """Return what was bought with the documents of :meth:`_document_sql` in a period.

        Higher addons that add a source return its lines here. Imported history has none.

        :param source: value of the field ``source``
        :param first: first day in the scheme's time zone; compare it with a plain column,
            an expression would hide from the planner how many documents there are
        :param last: last day, inclusive
        :return: SQL of a query with the columns ``partner_id`` (any contact), ``date`` (in
            the scheme's time zone), ``product_id``, ``categ_id``, ``amount`` (company
            currency, refunds negative)
        """
        self.ensure_one()
        if source == "invoice":
            return self._document_line_sql_invoice(first, last)
        return self._document_line_sql_sale(first, last)

    def _document_line_sql_sale(self, first, last):
        return SQL(
            """
            SELECT doc.partner_id,
                   (doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS date,
                   line.product_id, template.categ_id,
                   COALESCE(line.price_subtotal, 0)
                       / COALESCE(NULLIF(doc.currency_rate, 0), 1)::numeric AS amount
              FROM sale_order doc
              JOIN sale_order_line line ON line.order_id = doc.id
         LEFT JOIN product_product product ON product.id = line.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE doc.state = 'sale'
               AND doc.date_order >= %(start)s
               AND doc.date_order < %(end)s
               AND doc.company_id IN %(companies)s
               AND line.display_type IS NULL
               AND line.is_downpayment IS NOT TRUE
            """,
            tz=self.tz,
            start=self._start_of_day(first),
            end=self._start_of_day(last + timedelta(days=1)),
            companies=self._get_company_ids(),
        )

    def _document_line_sql_invoice(self, first, last):
        return SQL(
            """
            SELECT doc.partner_id, doc.invoice_date AS date,
                   line.product_id, template.categ_id, -line.balance AS amount
              FROM account_move doc
              JOIN account_move_line line ON line.move_id = doc.id
         LEFT JOIN product_product product ON product.id = line.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE doc.state = 'posted'
               AND doc.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
               AND doc.invoice_date BETWEEN %(first)s AND %(last)s
               AND doc.company_id IN %(companies)s
               AND line.display_type = 'product'
            """,
            first=first,
            last=last,
            companies=self._get_company_ids(),
        )

    def _collect_lines(self, as_of):
        """Fill ``care_line`` with the last two windows of customers still in question.

        Order lines are the largest table of all: they are read once, and only those of
        customers whom no rule of higher precedence has taken.
        """
        _window, (previous_first, _previous_last) = self._get_status_windows(as_of)
        if self.history_until:
            previous_first = max(previous_first, self.history_until + timedelta(days=1))
        rules = self._rhythm_rules(as_of)
        taken = SQL(" OR ").join(
            SQL("(%s)", rules[code])
            for code in ("lost_gap", "lost_year", "dormant_gap", "partial_amount")
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_open AS
                SELECT partner.id AS contact_id, rhythm.partner_id
                  FROM care_rhythm rhythm
                  JOIN res_partner partner
                    ON partner.commercial_partner_id = rhythm.partner_id
                 WHERE (rhythm.gaps >= %(min_gaps)s OR rhythm.amount_previous > 0)
                   AND NOT (%(taken)s)
                """,
                min_gaps=MIN_GAPS,
                taken=taken,
            )
        )
        cr.execute(SQL("ANALYZE care_open"))
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_line AS
                SELECT contact.partner_id, line.categ_id, line.product_id, line.date,
                       line.amount
                  FROM (%(lines)s) line
                  JOIN care_open contact ON contact.contact_id = line.partner_id
                """,
                lines=self._document_line_sql(self.source, previous_first, as_of),
            )
        )
        cr.execute(SQL("ANALYZE care_line"))

    def _measure_partial(self, as_of):
        """Fill ``care_partial``: who left a category, or buys much fewer products."""
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_partial AS
                SELECT DISTINCT ON (partner_id) partner_id, code, stake, reason_values
                  FROM (
                        SELECT partner_id, 'partial_category' AS code, stake, reason_values,
                               1 AS place, categ_id
                          FROM (%(category)s) category
                     UNION ALL
                        SELECT partner_id, 'partial_assortment', stake, reason_values, 2, NULL
                          FROM (%(assortment)s) assortment
                       ) found
              ORDER BY partner_id, place, stake DESC, categ_id
                """,
                category=self._left_categories_sql(as_of),
                assortment=self._smaller_assortment_sql(as_of),
            )
        )

    def _left_categories_sql(self, as_of):
        """Return who is silent in a category that made a fifth of his revenue.

        Silent: for more than twice the usual gap between days he bought of it; returns do
        not make a day. The share is that of both windows together.
        """
        (first, _last), _previous = self._get_status_windows(as_of)
        return SQL(
            """
            WITH main AS MATERIALIZED (
                SELECT category.*, customer.total
                  FROM (
                        SELECT partner_id, categ_id, SUM(amount) AS amount,
                               GREATEST(SUM(amount) FILTER (WHERE date >= %(first)s),
                                        SUM(amount) FILTER (WHERE date < %(first)s)) AS stake
                          FROM care_line
                      GROUP BY partner_id, categ_id
                        -- fewer lines cannot make enough gaps
                        HAVING COUNT(*) > %(min_gaps)s
                       ) category
                  JOIN (SELECT partner_id, SUM(amount) AS total
                          FROM care_line
                      GROUP BY partner_id) customer
                    ON customer.partner_id = category.partner_id
                 WHERE customer.total > 0 AND 5 * category.amount >= customer.total
            )
            SELECT main.partner_id, main.categ_id, main.stake,
                   jsonb_build_object(
                       'category_id', main.categ_id,
                       'share', ROUND(100 * main.amount / main.total),
                       'median', ROUND(rhythm.median::numeric, 1),
                       'last_date', rhythm.last_date) AS reason_values
              FROM main
              JOIN (
                    SELECT partner_id, categ_id, MAX(date) AS last_date, COUNT(gap) AS gaps,
                           percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median
                      FROM (
                            SELECT line.partner_id, line.categ_id, line.date,
                                   line.date - LAG(line.date) OVER (
                                       PARTITION BY line.partner_id, line.categ_id
                                       ORDER BY line.date) AS gap
                              FROM care_line line
                              JOIN main ON main.partner_id = line.partner_id
                                       AND main.categ_id = line.categ_id
                          GROUP BY line.partner_id, line.categ_id, line.date
                            HAVING SUM(line.amount) > 0
                           ) bought
                  GROUP BY partner_id, categ_id
                   ) rhythm
                ON rhythm.partner_id = main.partner_id AND rhythm.categ_id = main.categ_id
             WHERE rhythm.gaps >= %(min_gaps)s
               AND %(as_of)s::date - rhythm.last_date > 2 * rhythm.median
            """,
            first=first,
            min_gaps=MIN_GAPS,
            as_of=as_of,
        )

    def _smaller_assortment_sql(self, as_of):
        """Return who buys at most 60 % as many products as in the window before."""
        (first, _last), _previous = self._get_status_windows(as_of)
        return SQL(
            """
            SELECT partner_id,
                   SUM(before) FILTER (WHERE before > 0 AND now <= 0) AS stake,
                   jsonb_build_object(
                       'products', COUNT(*) FILTER (WHERE now > 0),
                       'products_before', COUNT(*) FILTER (WHERE before > 0)) AS reason_values
              FROM (
                    SELECT partner_id, product_id,
                           COALESCE(SUM(amount) FILTER (WHERE date >= %(first)s), 0) AS now,
                           COALESCE(SUM(amount) FILTER (WHERE date < %(first)s), 0) AS before
                      FROM care_line
                     WHERE product_id IS NOT NULL
                  GROUP BY partner_id, product_id
                   ) product
          GROUP BY partner_id
            HAVING COUNT(*) FILTER (WHERE before > 0) >= %(min_products)s
               AND 5 * COUNT(*) FILTER (WHERE now > 0) <= 3 * COUNT(*) FILTER (WHERE before > 0)
            """,
            first=first,
            min_products=MIN_PRODUCTS,
        )
