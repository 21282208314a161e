"""Status of a customer on his standing: the word, the sentence, the money, and what to do."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from .status import STATUS_RULES, STATUSES


class CustomerStanding(models.Model):
    _inherit = "customer.standing"

    # Status, written by the engine like the figures
    customer_status = fields.Selection(
        STATUSES,
        string="Status",
        readonly=True,
        help="Measured by the customer's own rhythm, the usual number of days between his orders.",
    )
    status_code = fields.Selection(
        [(code, words) for code, _status, words in STATUS_RULES],
        string="Status Rule",
        readonly=True,
        help="The rule that gave the status.",
    )
    status_values = fields.Json(readonly=True, help="The facts the status rests on.")
    status_reason = fields.Char(string="Why this status?", compute="_compute_status_reason")
    value_at_stake = fields.Monetary(
        string="Value at Stake",
        readonly=True,
        aggregator="sum",
        help="Revenue per year that has left or may leave: all of it for who is at risk, "
        "dormant or lost, the missing part for who buys less.",
    )
    expected_next_date = fields.Date(
        string="Expected Next Order",
        readonly=True,
        index="btree_not_null",
        help="The last order plus the usual number of days between two orders.",
    )
    leaving_reason_id = fields.Many2one(
        "customer.leaving.reason",
        string="Reason of Leaving",
        compute="_compute_leaving_reason_id",
        search="_search_leaving_reason_id",
        help="Why he left, as recorded since his last order.",
    )

    _customer_status_idx = models.Index("(customer_status, scheme_id, value_at_stake DESC)")

    @api.model_create_multi
    def create(self, vals_list):
        """A standing made by hand has its status at once, too."""
        standings = super().create(vals_list)
        for scheme, created in standings.grouped("scheme_id").items():
            # sudo: the status is the engine's, the right to create was checked
            scheme.sudo()._refresh_status(created.partner_id)
        return standings

    # ------------------------------------------------------------
    # Reason of leaving
    # ------------------------------------------------------------

    @api.depends("partner_id", "company_id", "last_date")
    def _compute_leaving_reason_id(self):
        leavings = self.env["customer.leaving"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            order="date, id",
        )
        latest = {(leaving.company_id, leaving.partner_id): leaving for leaving in leavings}
        for standing in self:
            leaving = latest.get((standing.company_id, standing.partner_id))
            if leaving and standing.last_date and leaving.date < standing.last_date:
                leaving = None
            standing.leaving_reason_id = leaving.reason_id if leaving else False

    def _search_leaving_reason_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in":
            reasons = Domain("reason_id", "in", [item for item in value if item])
        else:
            reasons = Domain("reason_id", operator, value)
        domain = self._domain_with_leaving(reasons)
        if operator == "in" and False in value:
            domain |= ~self._domain_with_leaving(Domain.TRUE)
        return domain

    @api.model
    def _domain_with_leaving(self, condition):
        """Return the standings whose latest reason since the last order meets a condition."""
        # the caller's rights: a reason he may not read does not count
        leavings = self.env["customer.leaving"]._search(condition)

        def to_sql(model, alias, query):
            return SQL(
                """
                EXISTS (
                    SELECT 1
                      FROM customer_leaving leaving
                     WHERE leaving.id IN %(leavings)s
                       AND leaving.partner_id = %(partner)s
                       AND leaving.company_id = %(company)s
                       AND (%(last_date)s IS NULL OR leaving.date >= %(last_date)s)
                       AND NOT EXISTS (
                           SELECT 1
                             FROM customer_leaving later
                            WHERE later.partner_id = leaving.partner_id
                              AND later.company_id = leaving.company_id
                              AND (later.date, later.id) > (leaving.date, leaving.id)))
                """,
                leavings=leavings.subselect(),
                partner=model._field_to_sql(alias, "partner_id", query),
                company=model._field_to_sql(alias, "company_id", query),
                last_date=model._field_to_sql(alias, "last_date", query),
            )

        return Domain.custom(to_sql=to_sql)

    # ------------------------------------------------------------
    # The sentence
    # ------------------------------------------------------------

    @api.depends_context("lang", "tz")
    @api.depends("status_code", "status_values", "first_date", "last_date")
    def _compute_status_reason(self):
        category_names = self._read_category_names()
        for standing in self:
            standing.status_reason = standing._get_status_reason(category_names)

    def _read_category_names(self):
        """Return the names of the categories these sentences tell of, ``{id: name}``."""
        ids = {(standing.status_values or {}).get("category_id") for standing in self}
        # sudo: the name of what the customer bought, for who may not read products
        categories = self.env["product.category"].sudo().browse(filter(None, ids)).exists()
        return {category.id: category.display_name for category in categories}

    def _get_status_reason(self, category_names):
        """Say in the reader's language why the customer has this status.

        :return: one sentence with the numbers it rests on, days counted up to today
        """
        self.ensure_one()
        describe = {
            "on_hold": self._describe_hold,
            "partial_amount": self._describe_less_revenue,
            "partial_category": self._describe_left_category,
            "partial_assortment": self._describe_smaller_assortment,
            "risk_signal": self._describe_signals,
            "regained": self._describe_return,
        }.get(self.status_code, self._describe_rhythm)
        values = dict(self.status_values or {})
        values["category"] = category_names.get(values.get("category_id"))
        return describe(values) if self.status_code else ""

    def _describe_rhythm(self, values):
        facts = {
            "days": self.recency_days,
            "usual": f"{values.get('median', 0):g}",
            "limit": f"{values.get('limit', 0):g}",
            "first": self._format_day(self.first_date),
            "last": self._format_day(self.last_date),
        }
        texts = {
            "prospect": self.env._("No order yet."),
            "lost_gap": self.env._(
                "No order for %(days)s days, more than three times the usual %(usual)s days.",
                **facts,
            ),
            "lost_year": self.env._(
                "No order for %(days)s days, since %(last)s: more than twelve months.", **facts
            ),
            "dormant_gap": self.env._(
                "No order for %(days)s days, more than twice the usual %(usual)s days.", **facts
            ),
            "risk_gap": self.env._(
                "No order for %(days)s days, more than one and a half times the usual %(usual)s "
                "days.",
                **facts,
            ),
            "risk_deviation": self.env._(
                "No order for %(days)s days; usual are %(usual)s, and hardly ever more than "
                "%(limit)s.",
                **facts,
            ),
            "new": self.env._("First order on %(first)s, within the last 90 days.", **facts),
            "single": self.env._("Bought only once, %(days)s days ago.", **facts),
            "active": self.env._(
                "Last order %(days)s days ago; usually one every %(usual)s days.", **facts
            )
            if values.get("median")
            else self.env._(
                "Last order %(days)s days ago; too few orders to know the rhythm.", **facts
            ),
        }
        return texts.get(self.status_code, "")

    def _describe_hold(self, values):
        facts = {
            "reason": values.get("reason") or "",
            "review": self._format_day(values.get("review_date")),
        }
        if facts["reason"]:
            return self.env._("On hold until %(review)s: %(reason)s", **facts)
        return self.env._("On hold until %(review)s.", **facts)

    def _describe_less_revenue(self, values):
        amount, baseline = values.get("amount", 0), values.get("baseline") or 1
        return self.env._(
            "%(amount)s in %(months)s months after %(baseline)s in the %(months)s months before, "
            "that is %(percent)s %%.",
            amount=self._format_money(amount),
            baseline=self._format_money(baseline),
            months=values.get("months", 0),
            percent=round(100 * amount / baseline),
        )

    def _describe_left_category(self, values):
        last_date = fields.Date.to_date(values.get("last_date"))
        today = fields.Date.context_today(self)
        return self.env._(
            "Nothing of %(category)s for %(days)s days, usually every %(usual)s; it made "
            "%(share)s %% of the revenue.",
            category=values["category"] or self.env._("a deleted category"),
            days=(today - last_date).days if last_date else 0,
            usual=f"{values.get('median', 0):g}",
            share=f"{values.get('share', 0):g}",
        )

    def _describe_smaller_assortment(self, values):
        return self.env._(
            "%(products)s different products after %(before)s in the period before.",
            products=values.get("products", 0),
            before=values.get("products_before", 0),
        )

    def _describe_signals(self, values):
        labels = self._get_signal_labels()
        signals = [labels.get(signal, signal) for signal in values.get("signals", [])]
        return self.env._("Warning signs: %s.", ", ".join(signals))

    def _describe_return(self, values):
        return self.env._(
            "Ordered again on %(date)s after a pause of %(pause)s days.",
            date=self._format_day(values.get("date")),
            pause=values.get("pause", 0),
        )

    @api.model
    def _get_signal_labels(self):
        """Return the words for the signals of ``_status_signal_sql``, ``{signal: label}``."""
        return {}

    def _format_day(self, value):
        return self._format_date(fields.Date.to_date(value)) if value else ""

    def _format_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_put_on_hold(self):
        """Ask why and until when these customers are put on hold."""
        return self.partner_id.action_put_on_hold()

    def action_end_hold(self):
        """End the hold of these customers today."""
        return self.partner_id.action_end_hold()

    def action_record_leaving(self):
        """Ask why these customers left or buy less."""
        return self.partner_id.action_record_leaving()
