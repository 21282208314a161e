from odoo import fields, models
from odoo.tools import SQL

from ..models.kinds import SERVICE_CLASSES


class ComplaintRateReport(models.Model):
    """Complaints beside what they could come from: orders, and customers who bought.

    Rows are complaints, and orders of a customer in a month; both are dated by the first day
    of their month where the company works. So each period has its own complaints and its own
    orders, and every rate is a ratio of sums at any grouping. Customers are counted once
    however often they ordered in the period.

    Orders know neither team nor category of a complaint, so rates exist only by what both
    have: company, month, customer, his account manager, and his level of today.
    """

    _name = "complaint.rate.report"
    _description = "Complaint Rates"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "date"
    _depends = {
        "complaint.case": [
            "company_id", "date_received", "is_unconfirmed", "kind", "merged_into_id",
            "partner_id",
        ],
        "customer.standing": ["scheme_id", "partner_id", "tier_id"],
        "customer.tier": ["service_class"],
        "customer.tier.scheme": ["company_id", "operative"],
        "res.company": ["resource_calendar_id"],
        "res.partner": ["commercial_partner_id", "user_id"],
        "resource.calendar": ["tz"],
        "sale.order": ["company_id", "date_order", "partner_id", "state"],
    }  # fmt: skip

    date = fields.Date(
        string="Month",
        readonly=True,
        help="Of a complaint: when it came in; of an order: when it was confirmed.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    tier_id = fields.Many2one(
        "customer.tier", string="Level", readonly=True, help="The customer's level of today."
    )
    service_class = fields.Selection(SERVICE_CLASSES, readonly=True)

    case_count = fields.Integer(
        string="Complaints",
        readonly=True,
        help="Complaints that came in; requests, suggestions and praise do not count.",
    )
    order_count = fields.Integer(string="Orders", readonly=True, help="Confirmed orders.")
    buyer_count = fields.Integer(
        string="Active Customers",
        aggregator="count_distinct",
        readonly=True,
        help="Customers with at least one confirmed order in the period; each counts once.",
    )
    per_100_orders = fields.Float(
        string="Complaints per 100 Orders",
        digits=(16, 2),
        aggregator="avg",
        readonly=True,
        help="Complaints of the period for each hundred orders of the same period. Empty where "
        "there was no order.",
    )
    per_100_customers = fields.Float(
        string="Complaints per 100 Customers",
        digits=(16, 2),
        aggregator="avg",
        readonly=True,
        help="Complaints of the period for each hundred customers who ordered in it. Empty "
        "where nobody did.",
    )

    # ------------------------------------------------------------
    # Aggregates
    # ------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """Return rates as ratios of sums: an average of rates would be wrong."""
        name = aggregate_spec.partition(":")[0]
        if name == "per_100_orders":
            return self._rate_sql(self._sum_sql("order_count", query), query)
        if name == "per_100_customers":
            buyers = self._field_to_sql(self._table, "buyer_count", query)
            return self._rate_sql(SQL("COUNT(DISTINCT %s)", buyers), query)
        return super()._read_group_select(aggregate_spec, query)

    def _rate_sql(self, exposure, query):
        """Return complaints per hundred; NULL, shown as empty, where there is no exposure."""
        cases = self._sum_sql("case_count", query)
        return SQL("100.0 * (%s) / NULLIF(%s, 0)", cases, exposure)

    def _sum_sql(self, name, query):
        return SQL("SUM(%s)", self._field_to_sql(self._table, name, query))

    # ------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.id, fact.date, fact.company_id, fact.partner_id, customer.user_id,
                   standing.tier_id, tier.service_class, fact.case_count, fact.order_count,
                   CASE WHEN fact.order_count > 0 THEN fact.partner_id END AS buyer_count,
                   100.0 * fact.case_count / NULLIF(fact.order_count, 0) AS per_100_orders,
                   CASE WHEN fact.order_count > 0 THEN 100.0 * fact.case_count END
                       AS per_100_customers
              FROM (%(cases)s UNION ALL %(orders)s) fact
              JOIN res_company office ON office.id = fact.company_id
         LEFT JOIN res_partner customer ON customer.id = fact.partner_id
         LEFT JOIN customer_tier_scheme scheme
                ON scheme.operative
               AND scheme.company_id = SPLIT_PART(office.parent_path, '/', 1)::int
         LEFT JOIN customer_standing standing ON standing.scheme_id = scheme.id
                                             AND standing.partner_id = fact.partner_id
         LEFT JOIN customer_tier tier ON tier.id = standing.tier_id
            """,
            cases=self._case_sql(),
            orders=self._order_sql(),
        )

    def _month_sql(self, moment):
        return SQL(
            "DATE_TRUNC('month', %s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(hours.tz, 'UTC'))"
            "::date",
            moment,
        )

    def _case_sql(self):
        return SQL(
            """
            SELECT complaint.id * 2::bigint AS id, %(month)s AS date, complaint.company_id,
                   complaint.partner_id, 1 AS case_count, 0::bigint AS order_count
              FROM complaint_case complaint
              JOIN res_company office ON office.id = complaint.company_id
         LEFT JOIN resource_calendar hours ON hours.id = office.resource_calendar_id
             WHERE complaint.kind = 'complaint'
               AND complaint.merged_into_id IS NULL
               AND complaint.is_unconfirmed IS NOT TRUE
            """,
            month=self._month_sql(SQL("complaint.date_received")),
        )

    def _order_sql(self):
        """Return the orders of each customer and month; no single order is shown."""
        return SQL(
            """
            SELECT MIN(document.id) * 2::bigint + 1 AS id, %(month)s AS date,
                   document.company_id, buyer.commercial_partner_id AS partner_id,
                   0 AS case_count, COUNT(*) AS order_count
              FROM sale_order document
              JOIN res_partner buyer ON buyer.id = document.partner_id
              JOIN res_company office ON office.id = document.company_id
         LEFT JOIN resource_calendar hours ON hours.id = office.resource_calendar_id
             WHERE document.state = 'sale'
          GROUP BY 2, 3, 4
            """,
            month=self._month_sql(SQL("document.date_order")),
        )
