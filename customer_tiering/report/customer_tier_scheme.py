"""The documents of a scheme line by line: what ``customer.value.report`` is made of."""

from odoo import models
from odoo.tools import SQL

#: Kinds of rows; a row's id carries the kind, so that a row finds its record (ROW_*).
SALE_LINE, SALE_ORDER, INVOICE_LINE, INVOICE, IMPORTED = range(5)
ROW_KINDS = 8
ROW_SCHEME = 2**36
#: Lines that make an invoice's untaxed amount.
UNTAXED_LINES = (
    "product",
    "rounding",
    "non_deductible_product",
    "non_deductible_product_total",
)


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _value_line_sql(self, source):
        """Return the documents of :meth:`_document_sql` line by line.

        A document without lines makes one row. The rows of a document add up to its amount
        before rounding; ``_document_sql`` rounds each document to the currency's decimals.
        Higher addons that add a source return its lines here.

        :param source: value of the field ``source``
        :return: SQL of a query with the columns of ``customer.value.report``
        """
        self.ensure_one()
        if source == "invoice":
            return self._value_line_sql_invoice()
        return self._value_line_sql_sale()

    def _all_value_line_sql(self):
        """Return the lines of all documents that count, imported months included."""
        lines = self._value_line_sql(self.source)
        if not self.history_until:
            return lines
        return SQL("%s UNION ALL %s", lines, self._value_line_sql_imported())

    def _value_line_sql_sale(self):
        # one rate per order, kept by Odoo: units of the order's currency for one of ours
        rate = SQL("COALESCE(NULLIF(doc.currency_rate, 0), 1)::numeric")
        date = SQL("(doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", self.tz)
        margin = SQL("0::numeric")
        if self._has_margin("sale"):
            margin = SQL(
                "(CASE WHEN line.id IS NULL THEN doc.margin ELSE line.margin END)::numeric / %s",
                rate,
            )
        return self._value_query(
            {
                "id": self._value_row_id(SALE_LINE, SALE_ORDER),
                "date": date,
                "amount": SQL(
                    "CASE WHEN line.id IS NULL THEN doc.amount_untaxed"
                    " ELSE line.price_subtotal END / %s",
                    rate,
                ),
                "margin": margin,
                "quantity": SQL(
                    "CASE WHEN line.product_id IS NULL OR line.is_downpayment THEN 0"
                    " ELSE line.product_uom_qty * COALESCE(unit.factor / own.factor, 1) END"
                ),
                "document_count": SQL("doc.id * 2::bigint"),
            },
            SQL(
                """
                sale_order doc
                LEFT JOIN sale_order_line line
                       ON line.order_id = doc.id AND line.display_type IS NULL
                """
            ),
            SQL("doc.state = 'sale'"),
            date,
        )

    def _value_line_sql_invoice(self):
        return self._value_query(
            {
                "id": self._value_row_id(INVOICE_LINE, INVOICE),
                "date": SQL("doc.invoice_date"),
                "amount": SQL(
                    "CASE WHEN line.id IS NULL THEN doc.amount_untaxed_signed"
                    " ELSE -line.balance END"
                ),
                "margin": SQL("0::numeric"),
                "quantity": SQL(
                    "CASE WHEN line.product_id IS NULL OR line.display_type <> 'product' THEN 0"
                    " ELSE line.quantity * COALESCE(unit.factor / own.factor, 1) END"
                    " * CASE WHEN doc.move_type = 'out_refund' THEN -1 ELSE 1 END"
                ),
                # a refund is no document
                "document_count": SQL(
                    "CASE WHEN doc.move_type <> 'out_refund' THEN doc.id * 2::bigint + 1 END"
                ),
            },
            SQL(
                """
                account_move doc
                LEFT JOIN account_move_line line
                       ON line.move_id = doc.id AND line.display_type IN %s
                """,
                UNTAXED_LINES,
            ),
            SQL(
                "doc.state = 'posted'"
                " AND doc.move_type IN ('out_invoice', 'out_receipt', 'out_refund')"
            ),
            SQL("doc.invoice_date"),
        )

    def _value_query(self, columns, documents, condition, date):
        """Return a query over documents ``doc`` and their lines ``line``.

        :param columns: {column: SQL} of what differs between the sources
        :param documents: SQL of the tables of the documents and their lines
        """
        conditions = [condition, SQL("doc.company_id IN %s", self._get_company_ids())]
        if self.history_until:
            conditions.append(SQL("%s > %s", date, self.history_until))
        columns = {
            **self._value_customer_columns(),
            "name": SQL("doc.name"),
            "product_id": SQL("line.product_id"),
            "categ_id": SQL("template.categ_id"),
            "team_id": SQL("doc.team_id"),
            "source_id": SQL("doc.source_id"),
            "medium_id": SQL("doc.medium_id"),
            "campaign_id": SQL("doc.campaign_id"),
            **columns,
        }
        return SQL(
            """
            SELECT %(columns)s
              FROM %(documents)s
         LEFT JOIN product_product product ON product.id = line.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN uom_uom own ON own.id = template.uom_id
         LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
              %(customer)s
             WHERE %(conditions)s
            """,
            columns=self._value_select(columns),
            documents=documents,
            customer=self._value_customer_join(),
            conditions=SQL(" AND ").join(conditions),
        )

    def _value_line_sql_imported(self):
        """Return the imported months, dated on their last day, without product and team."""
        columns = {
            **self._value_customer_columns(),
            "id": SQL("%s + doc.id * %s::bigint + %s", self.id * ROW_SCHEME, ROW_KINDS, IMPORTED),
            "date": SQL("doc.month"),
            "amount": SQL("doc.amount"),
            "margin": SQL("doc.margin"),
            "quantity": SQL("doc.quantity"),
            # apart from the orders and invoices, whose numbers are positive
            "document_count": SQL("CASE WHEN doc.document_count > 0 THEN -doc.id::bigint END"),
        }
        return SQL(
            """
            SELECT %(columns)s
              FROM customer_sales_history doc
              %(customer)s
             WHERE doc.month <= %(until)s
               AND doc.company_id IN %(companies)s
            """,
            columns=self._value_select(columns),
            customer=self._value_customer_join(),
            until=self.history_until,
            companies=self._get_company_ids(),
        )

    def _value_row_id(self, line_kind, document_kind):
        """Return a number that no other row has, and from which the record can be told."""
        return SQL(
            "%(scheme)s + CASE WHEN line.id IS NULL THEN doc.id * %(kinds)s::bigint + %(doc)s"
            " ELSE line.id * %(kinds)s::bigint + %(line)s END",
            scheme=self.id * ROW_SCHEME,
            kinds=ROW_KINDS,
            doc=document_kind,
            line=line_kind,
        )

    def _value_customer_columns(self):
        return {
            "scheme_id": SQL("%s", self.id),
            "company_id": SQL("doc.company_id"),
            "currency_id": SQL("%s", self.currency_id.id),
            "partner_id": SQL("contact.commercial_partner_id"),
            "customer_count": SQL("contact.commercial_partner_id"),
            "country_id": SQL("customer.country_id"),
            "state_id": SQL("customer.state_id"),
            "tier_id": SQL("standing.tier_id"),
            "service_class": SQL("tier.service_class"),
            "user_id": SQL("standing.user_id"),
        }

    def _value_customer_join(self):
        # outer joins by a unique key: PostgreSQL leaves out those a question does not need
        return SQL(
            """
            JOIN res_partner contact ON contact.id = doc.partner_id
       LEFT JOIN res_partner customer ON customer.id = contact.commercial_partner_id
       LEFT JOIN customer_standing standing
              ON standing.scheme_id = %s
             AND standing.partner_id = contact.commercial_partner_id
       LEFT JOIN customer_tier tier ON tier.id = standing.tier_id
            """,
            self.id,
        )

    def _value_select(self, columns):
        """Return the select list in the report's own order, NULL for what is missing."""
        report = self.env["customer.value.report"]
        return SQL(", ").join(
            SQL(
                "(%s)::%s AS %s",
                columns.get(name, SQL("NULL")),
                SQL(column_type),
                SQL.identifier(name),
            )
            for name, column_type in report._get_columns().items()
        )
