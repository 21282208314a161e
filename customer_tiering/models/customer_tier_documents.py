"""Where the figures come from: documents of a source, as SQL and as a list to open."""

from datetime import datetime, time, timedelta

import pytz
from odoo import models
from odoo.tools import SQL

from . import scoring
from .customer_tier_engine import MEASURE_COLUMNS


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _document_sql(self, source):
        """Return the documents of this scheme's company and branches.

        Higher addons add a source: extend the selection and return their own SQL here.

        :param source: value of the field ``source``
        :return: SQL of a query with the columns ``partner_id`` (any contact; the engine
            takes the commercial partner), ``date`` (in the scheme's time zone), ``amount``,
            ``margin`` (company currency, rounded per document), ``quantity`` (product's own
            unit), ``counts`` (number of documents the row stands for, 0 for a refund)
        """
        self.ensure_one()
        if source == "invoice":
            return self._document_sql_invoice()
        return self._document_sql_sale()

    def _document_sql_sale(self):
        decimals = self.currency_id.decimal_places
        # one rate per order, kept by Odoo: units of the order's currency for one of ours
        rate = SQL("COALESCE(NULLIF(doc.currency_rate, 0), 1)::numeric")
        margin = SQL("0::numeric")
        if self._has_margin("sale"):
            margin = SQL("ROUND(COALESCE(doc.margin, 0) / %s, %s)", rate, decimals)
        quantity, join = SQL("0::numeric"), SQL()
        if self.measure == "quantity":
            quantity, join = (
                SQL("COALESCE(line.quantity, 0)"),
                SQL(
                    """
                    LEFT JOIN (
                        SELECT l.order_id,
                               SUM(l.product_uom_qty * COALESCE(unit.factor / own.factor, 1))
                                   AS quantity
                          FROM sale_order_line l
                          JOIN product_product p ON p.id = l.product_id
                          JOIN product_template t ON t.id = p.product_tmpl_id
                          JOIN uom_uom own ON own.id = t.uom_id
                     LEFT JOIN uom_uom unit ON unit.id = l.product_uom_id
                         WHERE l.display_type IS NULL
                           AND l.is_downpayment IS NOT TRUE
                      GROUP BY l.order_id
                    ) line ON line.order_id = doc.id
                    """
                ),
            )
        return SQL(
            """
            SELECT doc.partner_id,
                   (doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS date,
                   ROUND(COALESCE(doc.amount_untaxed, 0) / %(rate)s, %(decimals)s) AS amount,
                   %(margin)s AS margin,
                   %(quantity)s AS quantity,
                   1 AS counts
              FROM sale_order doc %(join)s
             WHERE doc.state = 'sale'
               AND doc.company_id IN %(companies)s
            """,
            tz=self.tz,
            rate=rate,
            decimals=decimals,
            margin=margin,
            quantity=quantity,
            join=join,
            companies=self._get_company_ids(),
        )

    def _document_sql_invoice(self):
        decimals = self.currency_id.decimal_places
        quantity, join = SQL("0::numeric"), SQL()
        if self.measure == "quantity":
            quantity, join = (
                SQL(
                    "COALESCE(line.quantity, 0)"
                    " * CASE WHEN doc.move_type = 'out_refund' THEN -1 ELSE 1 END"
                ),
                SQL(
                    """
                    LEFT JOIN (
                        SELECT l.move_id,
                               SUM(l.quantity * COALESCE(unit.factor / own.factor, 1))
                                   AS quantity
                          FROM account_move_line l
                          JOIN product_product p ON p.id = l.product_id
                          JOIN product_template t ON t.id = p.product_tmpl_id
                          JOIN uom_uom own ON own.id = t.uom_id
                     LEFT JOIN uom_uom unit ON unit.id = l.product_uom_id
                         WHERE l.display_type = 'product'
                      GROUP BY l.move_id
                    ) line ON line.move_id = doc.id
                    """
                ),
            )
        return SQL(
            """
            SELECT doc.partner_id,
                   doc.invoice_date AS date,
                   ROUND(COALESCE(doc.amount_untaxed_signed, 0), %(decimals)s) AS amount,
                   0::numeric AS margin,
                   %(quantity)s AS quantity,
                   CASE WHEN doc.move_type = 'out_refund' THEN 0 ELSE 1 END AS counts
              FROM account_move doc %(join)s
             WHERE doc.state = 'posted'
               AND doc.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
               AND doc.company_id IN %(companies)s
            """,
            decimals=decimals,
            quantity=quantity,
            join=join,
            companies=self._get_company_ids(),
        )

    def _imported_sql(self):
        """Return the imported months as documents dated on their last day."""
        return SQL(
            """
            SELECT partner_id, month AS date, COALESCE(amount, 0) AS amount,
                   COALESCE(margin, 0) AS margin, COALESCE(quantity, 0)::numeric AS quantity,
                   document_count AS counts
              FROM customer_sales_history
             WHERE month <= %s
               AND company_id IN %s
            """,
            self.history_until,
            self._get_company_ids(),
        )

    def _all_documents_sql(self):
        """Return imported history through ``history_until`` and Odoo's documents after it."""
        documents = self._document_sql(self.source)
        if not self.history_until:
            return documents
        return SQL(
            "SELECT * FROM (%s) doc WHERE doc.date > %s UNION ALL %s",
            documents,
            self.history_until,
            self._imported_sql(),
        )

    def _read_values(self, partners, as_of):
        """Return ``{id: value}``: what of today's documents lies in the period of a day.

        :param partners: commercial partners
        :param as_of: last day of the period, also in the future
        """
        (first, last), _previous = scoring.window_bounds(
            as_of, self.window_type, self.window_months
        )
        self.env.flush_all()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT partner.commercial_partner_id, SUM(doc.%s)
                      FROM (%s) doc
                      JOIN res_partner partner ON partner.id = doc.partner_id
                     WHERE partner.commercial_partner_id = ANY(%s)
                       AND doc.date BETWEEN %s AND %s
                  GROUP BY partner.commercial_partner_id
                    """,
                    SQL.identifier(MEASURE_COLUMNS[self.measure]),
                    self._all_documents_sql(),
                    partners.ids,
                    first,
                    last,
                )
            )
        )

    def _has_documents_of(self, partners):
        """Whether any document of these commercial partners counts for this scheme."""
        self.env.flush_all()
        return bool(
            self.env.execute_query(
                SQL(
                    "SELECT 1 FROM (%s) doc WHERE doc.partner_id IN"
                    " (SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s)) LIMIT 1",
                    self._all_documents_sql(),
                    partners.ids,
                )
            )
        )

    def _get_company_ids(self):
        """Return the ids of the company and all its branches, archived ones included."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return tuple(companies.search([("id", "child_of", self.company_id.id)]).ids)

    def _count_documents(self):
        """Return how many documents an evaluation would read."""
        self.ensure_one()
        self.env.flush_all()
        documents = self._all_documents_sql()
        return self.env.execute_query(SQL("SELECT COUNT(*) FROM (%s) doc", documents))[0][0]

    # ------------------------------------------------------------
    # The same documents on the screen
    # ------------------------------------------------------------

    def _get_documents_action(self, partner, first, last):
        """Return the action that lists what ``_document_sql`` counts for one customer.

        :param partner: commercial partner
        :param first: first day in the scheme's time zone
        :param last: last day in the scheme's time zone, inclusive
        """
        self.ensure_one()
        if self.history_until and first <= self.history_until:
            first = self.history_until + timedelta(days=1)
        xmlid, domain = self._get_documents_domain(first, last)
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action.update(
            {
                "display_name": self.env._("Documents of %s", partner.display_name),
                "domain": [
                    ("partner_id.commercial_partner_id", "=", partner.id),
                    ("company_id", "in", self._get_company_ids()),
                    *domain,
                ],
                "context": {"create": False, "edit": False},
            }
        )
        return action

    def _get_documents_domain(self, first, last):
        """Return (xmlid of the list's action, domain) of this source for a period."""
        if self.source == "invoice":
            return "customer_tiering.account_move_action_documents", [
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_receipt", "out_refund")),
                ("invoice_date", ">=", first),
                ("invoice_date", "<=", last),
            ]
        return "customer_tiering.sale_order_action_documents", [
            ("state", "=", "sale"),
            ("date_order", ">=", self._start_of_day(first)),
            ("date_order", "<", self._start_of_day(last + timedelta(days=1))),
        ]

    def _start_of_day(self, day):
        """Return the moment a day begins in the scheme's time zone, as naive UTC."""
        local = pytz.timezone(self.tz).localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)
