from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, date_utils, formatLang

from . import scoring
from .customer_tier import SERVICE_CLASSES
from .customer_tier_engine import MEASURE_COLUMNS


class CustomerStanding(models.Model):
    """Where a customer stands in one grading scheme; written by the engine in SQL."""

    _name = "customer.standing"
    _description = "Grading Result"
    _order = "amount desc, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Grading Scheme",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self._default_scheme(),
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    method = fields.Selection(related="scheme_id.method")
    measure = fields.Selection(related="scheme_id.measure")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        compute="_compute_user_id",
        store=True,
        index=True,
        help="The customer's salesperson, if he may enter this company or a branch of it.",
    )

    # Figures of the window
    first_date = fields.Date(string="First Order", readonly=True, index=True)
    last_date = fields.Date(string="Last Order", readonly=True, index=True)
    recency_days = fields.Integer(
        string="Days since Last Order",
        compute="_compute_recency_days",
        search="_search_recency_days",
        aggregator=None,
    )
    document_count = fields.Integer(string="Orders", readonly=True)
    amount = fields.Monetary(string="Revenue", readonly=True, aggregator="sum")
    amount_previous = fields.Monetary(
        string="Revenue Period before",
        readonly=True,
        help="Revenue of the period before: the same number of months, or last year up to "
        "the same day.",
    )
    margin = fields.Monetary(readonly=True)
    quantity = fields.Float(
        digits="Product Unit", readonly=True, help="Filled where the scheme measures quantity."
    )

    # Scores
    r_score = fields.Integer(string="Recency", readonly=True, aggregator="avg")
    f_score = fields.Integer(string="Frequency", readonly=True, aggregator="avg")
    m_score = fields.Integer(string="Monetary", readonly=True, aggregator="avg")
    rfm_segment = fields.Many2one(
        "customer.rfm.segment",
        string="RFM Segment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    # Level
    earned_tier_id = fields.Many2one(
        "customer.tier",
        string="Level by the Figures",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    tier_id = fields.Many2one(
        "customer.tier",
        string="Level",
        index="btree_not_null",
        ondelete="set null",
        domain="[('scheme_id', '=', scheme_id)]",
        group_expand="_group_expand_tiers",
    )
    tier_color = fields.Integer(related="tier_id.color", string="Level Color")
    tier_since = fields.Date(string="Level since", readonly=True)
    service_class = fields.Selection(
        SERVICE_CLASSES,
        compute="_compute_service_class",
        search="_search_service_class",
    )

    # Position, computed on reading: storing it would rewrite the table every night
    rank = fields.Integer(compute="_compute_rank", aggregator=None)
    percentile = fields.Float(
        string="Among the Best (%)", compute="_compute_rank", digits=(5, 1), aggregator=None
    )
    amount_to_next = fields.Float(
        string="Needed to Rise", compute="_compute_needs", digits=(16, 2), aggregator=None
    )
    amount_to_keep = fields.Float(
        string="Needed to Keep", compute="_compute_needs", digits=(16, 2), aggregator=None
    )
    explanation = fields.Html(string="Why this level?", compute="_compute_explanation")
    history_ids = fields.One2many(
        "customer.tier.history", compute="_compute_history_ids", string="Level History"
    )

    _partner_uniq = models.UniqueIndex(
        "(scheme_id, partner_id)", "This customer already stands in this scheme."
    )
    _amount_idx = models.Index("(scheme_id, amount DESC)")

    # ------------------------------------------------------------
    # Computed values
    # ------------------------------------------------------------

    @api.model
    def _default_scheme(self):
        scheme_id = self.env.context.get("tier_scheme_id")
        if scheme_id:
            return self.env["customer.tier.scheme"].browse(scheme_id)
        return self.env["customer.tier.scheme"]._get_operative(self.env.company).sudo(False)

    @api.depends("partner_id.user_id", "partner_id.user_id.company_ids", "company_id")
    def _compute_user_id(self):
        for standing in self:
            # sudo: companies of another user; who works in a branch works in the company
            user = standing.partner_id.sudo().user_id
            allowed = standing.company_id in user.company_ids.parent_ids
            standing.user_id = user if allowed else False

    @api.depends("last_date")
    @api.depends_context("tz")
    def _compute_recency_days(self):
        today = fields.Date.context_today(self)
        for standing in self:
            last = standing.last_date
            standing.recency_days = (today - last).days if last else 0

    def _search_recency_days(self, operator, value):
        if operator not in ("<", "<=", ">", ">=", "in"):
            return NotImplemented
        today = fields.Date.context_today(self)
        if operator == "in":
            numbers = [int(number) for number in value if number is not False]
            days = [date_utils.subtract(today, days=number) for number in numbers]
            return [("last_date", "in", days)]
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator]
        return [("last_date", mirrored, date_utils.subtract(today, days=int(value)))]

    @api.depends("tier_id.service_class")
    def _compute_service_class(self):
        for standing in self:
            standing.service_class = standing.tier_id.service_class

    def _search_service_class(self, operator, value):
        return Domain("tier_id.service_class", operator, value)

    @api.model
    def _group_expand_tiers(self, tiers, domain):
        """Show every level of the operative scheme as a column, also an empty one."""
        operative = self.env["customer.tier.scheme"]._get_operative(self.env.company)
        if tiers and tiers.scheme_id != operative.sudo(False):
            return tiers
        return (tiers | operative.tier_ids.sudo(False)).sorted()

    def _get_value(self):
        """Return the measured value of this customer, as the scheme measures it."""
        self.ensure_one()
        return self[MEASURE_COLUMNS[self.scheme_id.measure]]

    @api.depends("document_count", "amount", "margin", "quantity")
    def _compute_rank(self):
        self.rank = 0
        self.percentile = 0.0
        # sudo: a rank counts all customers, also those the user may not see
        for scheme, standings in self.sudo().grouped("scheme_id").items():
            members = standings.filtered("document_count")
            if not members:
                continue
            ranks, population = members._read_ranks(scheme)
            for standing in members:
                standing.rank = ranks[standing.id]
                standing.percentile = 100 * ranks[standing.id] / population

    def _read_ranks(self, scheme):
        """Return ranks by value in one pass over the scheme.

        :return: ``({standing id: rank}, population)``; equal values share the better rank
        """
        self.flush_model()
        column = SQL.identifier(MEASURE_COLUMNS[scheme.measure])
        values = sorted({standing._get_value() for standing in self})
        # one scan instead of one count per record: how many lie above each asked value
        rows = self.env.execute_query(
            SQL(
                """
                SELECT width_bucket(%(column)s, %(values)s::numeric[]) AS bucket,
                       COUNT(*),
                       COUNT(*) FILTER (WHERE %(column)s = ANY(%(values)s::numeric[]))
                  FROM customer_standing
                 WHERE scheme_id = %(scheme)s AND document_count > 0
              GROUP BY bucket
                """,
                column=column,
                values=values,
                scheme=scheme.id,
            )
        )
        # bucket i holds the values from values[i-1] on, up to the next asked one
        buckets = {bucket: (count, equal) for bucket, count, equal in rows}
        population = sum(count for count, _equal in buckets.values())
        rank_of, better = {}, 0
        for position in range(len(values), 0, -1):
            count, equal = buckets.get(position, (0, 0))
            rank_of[values[position - 1]] = better + count - equal + 1
            better += count
        return {standing.id: rank_of[standing._get_value()] for standing in self}, population

    @api.depends("tier_id", "amount", "margin", "quantity")
    def _compute_needs(self):
        for standing in self:
            better, own = standing._get_next_tier(), standing.tier_id
            if standing.method in ("rfm", "matrix", "manual"):
                better = own = own.browse()
            value = standing._get_value()
            standing.amount_to_next = max(0, better.line_value - value) if better else 0
            has_line = own and not standing._takes_rest(own)
            standing.amount_to_keep = max(0, own.keep_value - value) if has_line else 0

    def _takes_rest(self, tier):
        """Whether a level takes every customer below the other lines, whatever the value."""
        if self.method == "amount":
            return tier.catch_all
        return tier == self.scheme_id.tier_ids[-1:]

    def _get_next_tier(self):
        """Return the level one step better than the one held, empty at the top."""
        self.ensure_one()
        tiers = self.scheme_id.tier_ids
        if not self.tier_id:
            return tiers[-1:]
        own = (self.tier_id.sequence, self.tier_id.id)
        better = tiers.filtered(lambda tier: (tier.sequence, tier.id) < own)
        return better[-1:]

    def _compute_history_ids(self):
        history = self.env["customer.tier.history"].search(
            [
                ("scheme_id", "in", self.scheme_id.ids),
                ("partner_id", "in", self.partner_id.ids),
            ]
        )
        found = history.grouped(lambda row: (row.scheme_id, row.partner_id))
        for standing in self:
            standing.history_ids = found.get((standing.scheme_id, standing.partner_id), False)

    # ------------------------------------------------------------
    # Explanation
    # ------------------------------------------------------------

    @api.depends_context("lang")
    @api.depends(
        "tier_id",
        "earned_tier_id",
        "amount",
        "margin",
        "quantity",
        "r_score",
        "f_score",
        "m_score",
        "change_ahead",
        "protection",
    )
    def _compute_explanation(self):
        for standing in self:
            standing.explanation = self.env["ir.qweb"]._render(
                "customer_tiering.standing_explanation", standing._get_explanation()
            )

    def _get_explanation(self):
        """Return what the explanation shows: sentences, and the levels with their lines."""
        self.ensure_one()
        scheme = self.scheme_id
        as_of = scheme.last_evaluated or scheme._get_today()
        (first, last), _previous = scoring.window_bounds(
            as_of, scheme.window_type, scheme.window_months
        )
        return {
            "standing": self,
            "sentences": self._get_sentences(first, last) + self._get_difference_sentences(),
            "levels": [
                {
                    "tier": tier,
                    "line": self._describe_line(tier),
                    "held": tier == self.tier_id,
                }
                for tier in scheme.tier_ids
            ],
        }

    def _get_sentences(self, first, last):
        """Say in two or three sentences which level the figures call for, and why."""
        period = {
            "first": self._format_date(first),
            "last": self._format_date(last),
        }
        if self.partner_id.tier_exempt:
            return [
                self.env._("Exempt from grading: %s", self.partner_id.tier_exempt_reason or "—")
            ]
        if self.method != "manual" and not self.document_count:
            return [
                self.env._(
                    "Nothing bought between %(first)s and %(last)s, so no level by the figures.",
                    **period,
                )
            ]
        sentences = [
            self.env._(
                "%(measure)s from %(first)s to %(last)s: %(value)s in %(count)s documents.",
                measure=self.env["customer.tier.scheme"]._get_measure_label(self.measure),
                value=self._format_value(self._get_value()),
                count=self.document_count,
                **period,
            )
        ]
        sentences += self._get_level_sentences()
        return sentences

    def _get_level_sentences(self):
        if self.method == "manual":
            return [self.env._("The level was set by hand.")] if self.tier_id else []
        if self.method == "rfm":
            return [
                self.env._(
                    "Scores: recency %(r)s, frequency %(f)s, monetary %(m)s of 5 each; with "
                    "their weights %(points)s points.",
                    r=self.r_score,
                    f=self.f_score,
                    m=self.m_score,
                    points=self._get_points(),
                )
            ]
        sentences = []
        if self.method == "pyramid":
            sentences.append(
                self.env._(
                    "Rank %(rank)s, among the best %(percentile).1f %% of the customers.",
                    rank=self.rank,
                    percentile=self.percentile,
                )
            )
        earned = self.earned_tier_id
        if earned:
            sentences.append(
                self.env._(
                    "%(level)s: %(line)s.", level=earned.name, line=self._describe_line(earned)
                )
            )
        else:
            sentences.append(self.env._("That is below every line, so no level by the figures."))
        better = self._get_next_tier()
        if better and self.amount_to_next:
            sentences.append(
                self.env._(
                    "%(amount)s more in the period would make %(level)s.",
                    amount=self._format_value(self.amount_to_next),
                    level=better.name,
                )
            )
        return sentences

    def _get_points(self):
        scheme = self.scheme_id
        return (
            scheme.weight_r * self.r_score
            + scheme.weight_f * self.f_score
            + scheme.weight_m * self.m_score
        )

    def _describe_line(self, tier):
        """Say where the line of a level lies, in the scheme's own terms."""
        method = self.method
        if method == "manual":
            return self.env._("set by hand")
        if method == "rfm":
            return self.env._("from %s points", tier.min_score)
        if method == "amount" and tier.catch_all:
            return self.env._("takes the rest")
        line = self._format_value(tier.line_value)
        if method == "amount":
            return self.env._("from %s", line)
        if method == "pyramid":
            return self.env._(
                "%(share)g %% of the customers, from %(line)s", share=tier.share, line=line
            )
        return self.env._("%(share)g %% of the value, from %(line)s", share=tier.share, line=line)

    def _format_value(self, value):
        if self.measure == "quantity":
            return formatLang(self.env, value, digits=2)
        return formatLang(self.env, value, currency_obj=self.currency_id)

    def _format_date(self, value):
        return self.env["ir.qweb.field.date"].value_to_html(value, {})

    # ------------------------------------------------------------
    # Levels set by hand
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Standings are made by the engine; by hand only in a scheme graded by hand.

        A customer the engine listed without a level is given it on his row. An import that
        meets a customer who already stands in the scheme sets his level.
        """
        result = self.browse()
        for vals in vals_list:
            self._check_no_figures(set(vals) - {"scheme_id", "partner_id"})
            scheme_id = vals.get("scheme_id") or self._default_scheme().id
            known = self.search(
                [("scheme_id", "=", scheme_id), ("partner_id", "=", vals.get("partner_id"))]
            )
            if known and (self.env.context.get("import_file") or not known.tier_id):
                known.write({"tier_id": vals.get("tier_id")})
                result |= known
                continue
            standing = super().create([{**vals, "tier_id": False}])
            standing._check_set_by_hand()
            standing._set_level(vals.get("tier_id"))
            result |= standing
        return result

    def write(self, vals):
        """Figures are the engine's; by hand only a level, in a scheme graded by hand."""
        self._check_no_figures(set(vals))
        if set(vals) != {"tier_id"}:
            return super().write(vals)
        self.check_access("write")
        self._check_set_by_hand()
        self._set_level(vals["tier_id"])
        return True

    @api.model
    def _check_no_figures(self, names):
        if not self.env.su and names - {"tier_id"}:
            raise UserError(
                self.env._(
                    "The figures of a grading result come from the documents and cannot be "
                    "written. Correct the document and evaluate again."
                )
            )

    def _check_set_by_hand(self):
        """Refuse levels by hand where a rule decides, and for who cannot have one."""
        for standing in self:
            if standing.scheme_id.method != "manual":
                raise UserError(
                    self.env._(
                        "“%(scheme)s” grades by its rules; a level set by hand would be gone "
                        "after the next night. Choose the method “By hand” in a scheme first.",
                        scheme=standing.scheme_id.name,
                    )
                )
            partner = standing.partner_id
            if partner != partner.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s: levels belong to the company.",
                        contact=partner.display_name,
                        company=partner.commercial_partner_id.display_name,
                    )
                )
            if partner.tier_exempt:
                raise UserError(self.env._("%s is exempt from grading.", partner.display_name))

    def _set_level(self, tier_id):
        """Give these customers a level by hand, with a history row each."""
        tier = self.env["customer.tier"].browse(tier_id or [])
        history = []
        for standing in self:
            scheme = standing.scheme_id
            if tier and tier.scheme_id != scheme:
                raise UserError(
                    self.env._(
                        "“%(level)s” is not a level of “%(scheme)s”.",
                        level=tier.display_name,
                        scheme=scheme.name,
                    )
                )
            if standing.tier_id == tier:
                continue
            today = scheme._get_today()
            history.append(
                {
                    "partner_id": standing.partner_id.id,
                    "scheme_id": scheme.id,
                    "company_id": standing.company_id.id,
                    "revision_id": scheme._get_revision().id,
                    "from_tier_id": standing.tier_id.id,
                    "to_tier_id": tier.id,
                    "date": today,
                    "trigger": "manual",
                    "reason_code": "manual",
                    "reason_values": {"user": self.env.user.name},
                }
            )
            # a night that measured before must not write the old level back
            scheme.sudo().run_number += 1
            # sudo: the right to set a level was checked; its other columns are the engine's
            standing.sudo().write(
                {"tier_id": tier.id, "earned_tier_id": tier.id, "tier_since": today}
            )
        # sudo: history is written by the business method only
        rows = self.env["customer.tier.history"].sudo().create(history)
        self.env["res.partner"].invalidate_model(["tier_id"], flush=False)
        if rows:
            self.env["customer.tier.scheme"]._after_tier_changes(rows)

    @api.model
    def get_import_templates(self):
        """Offer a file to fill in on the import screen."""
        return [
            {
                "label": self.env._("Import Template for Levels set by Hand"),
                "template": "/customer_tiering/static/xls/levels_by_hand.csv",
            }
        ]

    # ------------------------------------------------------------
    # Documents behind the figures
    # ------------------------------------------------------------

    def action_view_documents(self):
        """Open the documents that make the figures of the period."""
        return self._action_documents(previous=False)

    def action_view_documents_previous(self):
        """Open the documents of the period before."""
        return self._action_documents(previous=True)

    def _action_documents(self, previous):
        self.ensure_one()
        scheme = self.scheme_id
        as_of = scheme.last_evaluated or scheme._get_today()
        first, last = scoring.window_bounds(as_of, scheme.window_type, scheme.window_months)[
            1 if previous else 0
        ]
        return scheme._get_documents_action(self.partner_id, first, last)

    def action_view_imported(self):
        """Open the imported months of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_sales_history_action"
        )
        action["domain"] = [
            ("partner_id.commercial_partner_id", "=", self.partner_id.id),
            ("company_id", "child_of", self.company_id.id),
        ]
        return action

    def action_open_customer(self):
        self.ensure_one()
        return self.partner_id.get_formview_action()
