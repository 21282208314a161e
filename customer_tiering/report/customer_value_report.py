from odoo import api, fields, models
from odoo.tools import SQL, LazyTranslate

from ..models.customer_tier import SERVICE_CLASSES
from .customer_tier_scheme import (
    IMPORTED,
    INVOICE,
    INVOICE_LINE,
    ROW_KINDS,
    ROW_SCHEME,
    SALE_LINE,
    SALE_ORDER,
)

_lt = LazyTranslate(__name__)

NO_LEVEL = _lt("No Level")


class CustomerValueReport(models.Model):
    """What the customers buy, line by line, as the operative schemes count it.

    One row per document line of the scheme's source, one per document without lines, one
    per imported month. Amounts follow the arithmetic of the evaluation, so the sum of a
    period is the amount the evaluation measures for it, but for the rounding of single
    documents. Level, account manager and region are the customer's of today.

    The query is made anew for each reader: the operative schemes of the companies he works
    in, with their time zone and companies as constants. A condition on customer or account
    manager reaches the documents through their indexes; one on a date reads the documents
    of the companies once.
    """

    _name = "customer.value.report"
    _description = "Customer Value"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"
    _depends = {
        "account.move": [
            "state", "move_type", "name", "partner_id", "company_id", "invoice_date",
            "amount_untaxed_signed", "team_id", "source_id", "medium_id", "campaign_id",
        ],
        "account.move.line": [
            "move_id", "display_type", "product_id", "product_uom_id", "quantity", "balance",
        ],
        "customer.sales.history": [
            "company_id", "partner_id", "month", "amount", "margin", "quantity",
            "document_count",
        ],
        "customer.standing": ["scheme_id", "partner_id", "tier_id", "user_id"],
        "customer.tier": ["service_class"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id", "uom_id"],
        "res.partner": ["commercial_partner_id", "country_id", "state_id"],
        "sale.order": [
            "state", "name", "partner_id", "company_id", "date_order", "amount_untaxed",
            "currency_rate", "team_id", "source_id", "medium_id", "campaign_id",
        ],
        "sale.order.line": [
            "order_id", "display_type", "product_id", "product_uom_id", "product_uom_qty",
            "price_subtotal", "is_downpayment",
        ],
        "uom.uom": ["factor"],
    }  # fmt: skip

    # Where it was bought
    scheme_id = fields.Many2one("customer.tier.scheme", string="Grading Scheme", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(
        readonly=True, help="Day of the order in the scheme's time zone, or of the invoice."
    )
    name = fields.Char(string="Document", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", readonly=True)

    # Who bought
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    tier_id = fields.Many2one(
        "customer.tier",
        string="Level",
        readonly=True,
        falsy_value_label=NO_LEVEL,
        help="The customer's level of today.",
    )
    service_class = fields.Selection(SERVICE_CLASSES, readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    state_id = fields.Many2one("res.country.state", readonly=True)

    # What was bought
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    quantity = fields.Float(
        digits="Product Unit", readonly=True, help="In the product's own unit, refunds negative."
    )
    amount = fields.Monetary(
        string="Revenue",
        readonly=True,
        help="Untaxed, in the company's currency; refunds negative.",
    )
    margin = fields.Monetary(readonly=True)

    # Ids, counted: right at every grouping, which a sum over lines is not
    customer_count = fields.Integer(string="Customers", aggregator="count_distinct", readonly=True)
    document_count = fields.Integer(
        string="Documents",
        aggregator="count_distinct",
        readonly=True,
        help="Orders or invoices, each once; a refund is none, an imported month is one.",
    )

    @property
    def _table_query(self):
        schemes = self._get_schemes()
        if not schemes:
            return self._get_empty_query()
        return SQL(" UNION ALL ").join(scheme._all_value_line_sql() for scheme in schemes)

    @api.model
    def _get_schemes(self):
        """Return the schemes that grade the companies the reader works in (sudo)."""
        schemes = self.env["customer.tier.scheme"].sudo()
        for company in self.env.companies:
            schemes |= schemes._get_operative(company)
        return schemes

    @api.model
    def _get_empty_query(self):
        columns = SQL(", ").join(
            SQL("NULL::%s AS %s", SQL(column_type), SQL.identifier(name))
            for name, column_type in self._get_columns().items()
        )
        return SQL("SELECT %s WHERE FALSE", columns)

    @api.model
    def _get_columns(self):
        """Return {column: type in PostgreSQL}; ids and counted ids exceed an int4."""
        wide = dict.fromkeys(("id", "customer_count", "document_count"), "bigint")
        return {
            name: wide.get(name) or field.column_type[1]
            for name, field in self._fields.items()
            if field.store and field.column_type and name not in models.LOG_ACCESS_COLUMNS
        }

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Offer the margin only where documents know one."""
        result = super().fields_get(allfields, attributes)
        if not self.env["customer.tier.scheme"]._has_margin("sale"):
            result.pop("margin", None)
        return result

    def action_open_document(self):
        """Open the order, invoice or imported month of this row."""
        self.ensure_one()
        return self._get_document().get_formview_action()

    def _get_document(self):
        """Return the record a row was made of, with the rights of the reader.

        It is told from the row's id: reading the row would read all documents first.
        """
        record_id, kind = divmod(self.id % ROW_SCHEME, ROW_KINDS)
        model, path = {
            SALE_LINE: ("sale.order.line", "order_id"),
            SALE_ORDER: ("sale.order", "id"),
            INVOICE_LINE: ("account.move.line", "move_id"),
            INVOICE: ("account.move", "id"),
            IMPORTED: ("customer.sales.history", "id"),
        }[kind]
        record = self.env[model].browse(record_id)
        return record[path] if path != "id" else record
