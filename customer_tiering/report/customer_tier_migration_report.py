from odoo import api, fields, models
from odoo.tools import SQL, LazyTranslate

_lt = LazyTranslate(__name__)

#: What stands for no level on either side.
NEW, LEFT = _lt("New (no level before)"), _lt("Left (no level any more)")

#: Period, its number inside a row's id, its months.
PERIODS = [("month", 0, 1), ("quarter", 1, 3), ("year", 2, 12)]
#: Month-ends before the latest day.
MONTH_ENDS = 12
#: Row ids: standing × day × period.
ROW_DAYS = 4
ROW_STANDING = 64


class CustomerTierMigrationReport(models.Model):
    """Levels of a day against those a month, a quarter and a year before.

    One row per customer, day and period compared, where he had a level on either day. Days
    are the latest day of the scheme (its last evaluation, or a change after it) and the
    twelve month-ends before. Both levels are read from the level history as of their day,
    never computed again; rows of the history that change no level (a lock noted) do not
    matter. So the months chain: where October ends is where November begins.

    Made for reading one day and one period at a time, which is what the search view starts
    with: the conditions reach down to days, periods, customers and account managers before
    any history is looked up, and each level costs one probe of an index (707,000 graded
    customers: 4.7 s on two cores; one account manager's: milliseconds). Without a condition
    there are 39 rows a customer; “Customers” counts each only once even then.
    """

    _name = "customer.tier.migration.report"
    _description = "Level Migration"
    _auto = False
    _order = "date desc, amount desc, id"
    _rec_name = "partner_id"
    _depends = {
        "customer.standing": [
            "scheme_id", "partner_id", "company_id", "user_id", "amount", "amount_previous",
        ],
        "customer.tier": ["sequence", "service_class"],
        "customer.tier.history": [
            "scheme_id", "partner_id", "date", "from_tier_id", "to_tier_id", "trigger",
        ],
        "customer.tier.scheme": ["last_evaluated"],
    }  # fmt: skip

    scheme_id = fields.Many2one("customer.tier.scheme", string="Grading Scheme", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    standing_id = fields.Many2one("customer.standing", string="Grading Result", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)

    # What is compared
    date = fields.Date(string="As of", readonly=True)
    is_latest = fields.Boolean(
        string="Now",
        readonly=True,
        help="The latest day with levels: the last evaluation or a change after it.",
    )
    period = fields.Selection(
        [("month", "A month before"), ("quarter", "A quarter before"), ("year", "A year before")],
        string="Compared with",
        readonly=True,
    )
    from_tier_id = fields.Many2one(
        "customer.tier",
        string="Level before",
        readonly=True,
        falsy_value_label=NEW,
    )
    to_tier_id = fields.Many2one(
        "customer.tier",
        string="Level as of the Day",
        readonly=True,
        falsy_value_label=LEFT,
    )
    direction = fields.Selection(
        [
            ("new", "New"),
            ("up", "Risen"),
            ("same", "Unchanged"),
            ("down", "Fallen"),
            ("left", "Left"),
        ],
        string="Movement",
        readonly=True,
    )
    history_id = fields.Many2one(
        "customer.tier.history",
        string="Last Change",
        readonly=True,
        help="The last change of the level up to the day.",
    )
    date_changed = fields.Date(string="Changed on", readonly=True)
    trigger = fields.Selection(selection=lambda self: self._get_triggers(), readonly=True)
    reason = fields.Char(related="history_id.reason", string="Why")

    # Figures: the customer's of today, whatever the day compared
    customer_count = fields.Integer(string="Customers", aggregator="count_distinct", readonly=True)
    amount = fields.Monetary(
        string="Revenue",
        readonly=True,
        help="Revenue of the scheme's period as of the last evaluation, whatever the day compared.",
    )
    amount_previous = fields.Monetary(string="Revenue Period before", readonly=True)

    @api.model
    def _get_triggers(self):
        return (
            self.env["customer.tier.history"]
            ._fields["trigger"]
            .get_description(self.env, ["selection"])["selection"]
        )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT standing.id * %(row_standing)s::bigint + day.number * %(row_days)s
                       + period.number AS id,
                   standing.id AS standing_id, standing.scheme_id, standing.company_id,
                   standing.partner_id, standing.user_id,
                   standing.partner_id AS customer_count,
                   standing.amount, standing.amount_previous,
                   day.date, day.number = 0 AS is_latest, period.code AS period,
                   old.to_tier_id AS from_tier_id, new.to_tier_id,
                   new.id AS history_id, new.date AS date_changed, new.trigger,
                   CASE WHEN old.to_tier_id IS NULL THEN 'new'
                        WHEN new.to_tier_id IS NULL THEN 'left'
                        WHEN new.to_tier_id = old.to_tier_id THEN 'same'
                        WHEN (new_tier.sequence, new_tier.id) < (old_tier.sequence, old_tier.id)
                        THEN 'up' ELSE 'down' END AS direction
              FROM customer_standing standing
              JOIN (%(days)s) day ON day.scheme_id = standing.scheme_id
        CROSS JOIN (VALUES %(periods)s) period (code, number, months)
              JOIN LATERAL (%(level_then)s) new ON TRUE
         LEFT JOIN LATERAL (%(level_before)s) old ON TRUE
         LEFT JOIN customer_tier new_tier ON new_tier.id = new.to_tier_id
         LEFT JOIN customer_tier old_tier ON old_tier.id = old.to_tier_id
             WHERE new.to_tier_id IS NOT NULL OR old.to_tier_id IS NOT NULL
            """,
            row_standing=ROW_STANDING,
            row_days=ROW_DAYS,
            days=self._days_sql(),
            periods=SQL(", ").join(SQL("(%s, %s, %s)", *period) for period in PERIODS),
            level_then=self._last_change_sql(SQL("day.date")),
            # by way of the day after, so that a month-end is compared with a month-end
            level_before=self._last_change_sql(
                SQL("(day.date + 1 - make_interval(months => period.months))::date - 1")
            ),
        )

    def _days_sql(self):
        """Return the days of each scheme: the latest, numbered 0, and the month-ends before."""
        return SQL(
            """
            SELECT scheme.id AS scheme_id, number,
                   CASE WHEN number = 0 THEN latest.date
                        ELSE (date_trunc('month', latest.date::timestamp)
                              - make_interval(months => number - 1))::date - 1
                        END AS date
              FROM customer_tier_scheme scheme
        CROSS JOIN LATERAL (
                       SELECT GREATEST(scheme.last_evaluated, MAX(history.date)) AS date
                         FROM customer_tier_history history
                        WHERE history.scheme_id = scheme.id
                   ) latest
        CROSS JOIN generate_series(0, %s) number
            """,
            MONTH_ENDS,
        )

    def _last_change_sql(self, day):
        """Return the last change of a standing's level up to a day."""
        return SQL(
            """
            SELECT history.id, history.date, history.to_tier_id, history.trigger
              FROM customer_tier_history history
             WHERE history.partner_id = standing.partner_id
               AND history.scheme_id = standing.scheme_id
               AND history.date <= %s
               AND history.from_tier_id IS DISTINCT FROM history.to_tier_id
          ORDER BY history.date DESC, history.id DESC
             LIMIT 1
            """,
            day,
        )

    def action_open_standing(self):
        """Open why the customer has his level; the row's id tells whose it is."""
        self.ensure_one()
        standing = self.env["customer.standing"].browse(self.id // ROW_STANDING)
        return {**standing.get_formview_action(), "name": self.env._("Why this level?")}
