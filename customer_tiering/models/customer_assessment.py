from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from . import scorecard
from .customer_tier_scheme import PENDING
from .scorecard import DIMENSIONS

LETTER_SELECTION = [(letter, letter) for letter in scorecard.LETTERS]
STATES = [
    ("draft", "Draft"),
    ("returned", "Returned"),
    ("to_approve", "To Approve"),
    ("approved", "Approved"),
]
OPEN_STATES = ("draft", "returned")
#: Fields of answers, one for each dimension.
ANSWER_FIELDS = {f"{dimension}_answer_ids": dimension for dimension in DIMENSIONS}
#: What a user may write while the scorecard is open.
CONTENT_FIELDS = {*DIMENSIONS, *ANSWER_FIELDS, "note"}
#: What makes the row; given once.
KEY_FIELDS = ("company_id", "partner_id", "period")
#: What only the business methods and computations write.
GUARDED_FIELDS = {
    "state",
    "user_id",
    "submit_user_id",
    "submit_date",
    "approver_id",
    "approve_date",
    "return_reason",
    "tier_id",
    "previous_id",
    "previous_possibility",
    "previous_foundation",
    "previous_potential",
    "changed",
    "difference_count",
    "potential_rises",
}


class CustomerAssessment(models.Model):
    """How somebody who knows the customer judges him in one quarter.

    Confirming and approving: ``customer_assessment_approval.py``. Context keys
    ``assessment_workflow``: the business methods write; ``import_file``: a row that exists
    is taken over instead of refused.
    """

    _name = "customer.assessment"
    _description = "Customer Scorecard"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "period desc, partner_id, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('parent_id', '=', False)]",
    )
    period = fields.Date(
        string="Quarter",
        required=True,
        index=True,
        default=lambda self: self._default_period(),
        help="Any day of the quarter; kept as its first day.",
    )
    period_name = fields.Char(string="Quarter Name", compute="_compute_period_name")
    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        compute="_compute_user_id",
        store=True,
        index=True,
        help="The customer's salesperson, if he may enter this company or a branch of it.",
    )

    # Letters: copied from the quarter before, set by hand or drawn from the criteria
    possibility = fields.Selection(
        LETTER_SELECTION,
        compute="_compute_possibility",
        store=True,
        readonly=False,
        tracking=True,
        help="How likely this customer buys more from us: need, access, competition.",
    )
    foundation = fields.Selection(
        LETTER_SELECTION,
        compute="_compute_foundation",
        store=True,
        readonly=False,
        tracking=True,
        help="What we have built with him so far: sales, relations, reputation.",
    )
    potential = fields.Selection(
        LETTER_SELECTION,
        compute="_compute_potential",
        store=True,
        readonly=False,
        tracking=True,
        help="How much he could buy: size, growth, funds.",
    )
    note = fields.Char(help="What the letters rest on, in a few words.")
    possibility_answer_ids = fields.One2many(
        "customer.assessment.answer",
        "assessment_id",
        string="Criteria of Possibility",
        domain=[("dimension", "=", "possibility")],
    )
    foundation_answer_ids = fields.One2many(
        "customer.assessment.answer",
        "assessment_id",
        string="Criteria of Foundation",
        domain=[("dimension", "=", "foundation")],
    )
    potential_answer_ids = fields.One2many(
        "customer.assessment.answer",
        "assessment_id",
        string="Criteria of Potential",
        domain=[("dimension", "=", "potential")],
    )
    possibility_hint = fields.Char(compute="_compute_hints")
    foundation_hint = fields.Char(compute="_compute_hints")
    potential_hint = fields.Char(compute="_compute_hints")

    # Compared with the last approved scorecard before
    previous_id = fields.Many2one(
        "customer.assessment",
        string="Scorecard before",
        compute="_compute_previous_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
    )
    previous_possibility = fields.Selection(
        related="previous_id.possibility", string="Possibility before", store=True
    )
    previous_foundation = fields.Selection(
        related="previous_id.foundation", string="Foundation before", store=True
    )
    previous_potential = fields.Selection(
        related="previous_id.potential", string="Potential before", store=True
    )
    changed = fields.Boolean(
        compute="_compute_difference",
        store=True,
        help="Differs from the last approved scorecard, or is the customer's first.",
    )
    difference_count = fields.Integer(
        string="Differences", compute="_compute_difference", store=True, aggregator=None
    )
    potential_rises = fields.Boolean(compute="_compute_difference", store=True)
    change_summary = fields.Char(string="What changed", compute="_compute_change_summary")

    # Category: the cell of the matrix
    tier_id = fields.Many2one(
        "customer.tier",
        string="Category",
        compute="_compute_tier_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        help="What the matrix of the company makes of the three letters.",
    )
    tier_color = fields.Integer(related="tier_id.color", string="Category Color")
    previous_tier_id = fields.Many2one(related="previous_id.tier_id", string="Category before")
    previous_tier_color = fields.Integer(
        related="previous_id.tier_id.color", string="Color of the Category before"
    )

    # Approval
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, index=True, tracking=True, copy=False
    )
    submit_user_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, index="btree_not_null", copy=False
    )
    submit_date = fields.Datetime(string="Confirmed on", readonly=True, copy=False)
    approver_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, index="btree_not_null", copy=False
    )
    approve_date = fields.Datetime(string="Approved on", readonly=True, copy=False)
    return_reason = fields.Char(readonly=True, copy=False)
    can_approve = fields.Boolean(compute="_compute_can_approve")

    _partner_uniq = models.UniqueIndex(
        "(company_id, partner_id, period)",
        "This customer already has a scorecard for this quarter: change that one.",
    )
    _approved_idx = models.Index("(partner_id, period DESC) WHERE state = 'approved'")
    _period_first_day = models.Constraint(
        "CHECK(period = date_trunc('quarter', period::timestamp)::date)",
        "A quarter is kept as its first day.",
    )

    # ------------------------------------------------------------
    # Defaults and computed values
    # ------------------------------------------------------------

    @api.model
    def _default_period(self):
        return scorecard.quarter_start(fields.Date.context_today(self))

    @api.model
    def _format_quarter(self, period):
        """Name a quarter in the reader's language."""
        period = fields.Date.to_date(period)
        if not period:
            return ""
        quarter = (period.month + 2) // 3
        return self.env._("Q%(quarter)s %(year)s", quarter=quarter, year=period.year)

    @api.depends("period")
    @api.depends_context("lang")
    def _compute_period_name(self):
        for assessment in self:
            assessment.period_name = self._format_quarter(assessment.period)

    @api.depends("partner_id", "period")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for assessment in self:
            parts = [assessment.partner_id.display_name, assessment.period_name]
            assessment.display_name = ", ".join(filter(None, parts))

    @api.depends("partner_id.user_id", "partner_id.user_id.company_ids", "company_id")
    def _compute_user_id(self):
        for assessment in self:
            # sudo: companies of another user; who works in a branch works in the company
            user = assessment.partner_id.sudo().user_id
            allowed = assessment.company_id in user.company_ids.parent_ids
            assessment.user_id = user if allowed else False

    @api.depends("company_id", "partner_id", "period")
    def _compute_previous_id(self):
        approved = self.sudo().search(
            [
                ("state", "=", "approved"),
                ("company_id", "in", self.company_id.ids),
                ("partner_id", "in", self.partner_id.ids),
            ],
            order="period desc",
        )
        by_customer = approved.grouped(lambda row: (row.company_id.id, row.partner_id.id))
        for assessment in self:
            customer = (assessment.company_id.id, assessment.partner_id._origin.id)
            period = assessment.period
            rows = by_customer.get(customer, ()) if period else ()
            earlier = (row for row in rows if row.period < period)
            assessment.previous_id = next(earlier, False)

    def _compare_anew(self):
        """Find the scorecard before once more, for what was computed from it as well."""
        self.env.add_to_compute(self._fields["previous_id"], self)
        self.modified(["previous_id"])

    # one method each: a letter given at creation must not keep the others from being copied
    @api.depends("previous_id")
    def _compute_possibility(self):
        self._copy_letter("possibility")

    @api.depends("previous_id")
    def _compute_foundation(self):
        self._copy_letter("foundation")

    @api.depends("previous_id")
    def _compute_potential(self):
        self._copy_letter("potential")

    def _copy_letter(self, dimension):
        """Begin with the letter of the quarter before; what is filled stays."""
        for assessment in self:
            before = assessment.previous_id[dimension]
            assessment[dimension] = assessment[dimension] or before

    @api.depends(*DIMENSIONS, *(f"previous_{dimension}" for dimension in DIMENSIONS))
    def _compute_difference(self):
        for assessment in self:
            differing = assessment._get_differing()
            assessment.difference_count = len(differing)
            assessment.changed = bool(differing) or not assessment.previous_id
            before, now = assessment.previous_potential, assessment.potential
            assessment.potential_rises = bool(before and now and now < before)

    def _get_differing(self):
        """Return the dimensions whose letter is not that of the scorecard before."""
        return [name for name in DIMENSIONS if self[name] != self[f"previous_{name}"]]

    @api.depends("changed", *DIMENSIONS)
    @api.depends_context("lang")
    def _compute_change_summary(self):
        labels = self._get_dimension_labels()
        for assessment in self:
            if not assessment.previous_id:
                assessment.change_summary = self.env._("First scorecard")
                continue
            assessment.change_summary = ", ".join(
                self.env._(
                    "%(dimension)s %(before)s → %(now)s",
                    dimension=labels[name],
                    before=assessment[f"previous_{name}"] or "–",
                    now=assessment[name] or "–",
                )
                for name in assessment._get_differing()
            )

    @api.model
    def _get_dimension_labels(self):
        """Return ``{dimension: its name in the reader's language}``."""
        criteria = self.env["customer.assessment.criterion"]
        return dict(criteria._fields["dimension"]._description_selection(self.env))

    @api.depends(*DIMENSIONS, "company_id")
    def _compute_tier_id(self):
        for company, assessments in self.grouped("company_id").items():
            cells = self.env["customer.tier.scheme"]._get_matrix(company)._get_cells()
            for assessment in assessments:
                assessment.tier_id = cells.get(assessment._get_cell(), False)

    def _get_cell(self):
        return tuple(self[dimension] for dimension in DIMENSIONS)

    # ------------------------------------------------------------
    # Criteria
    # ------------------------------------------------------------

    @api.depends(*(f"{name}.score" for name in ANSWER_FIELDS))
    @api.depends_context("lang")
    def _compute_hints(self):
        for assessment in self:
            for name, dimension in ANSWER_FIELDS.items():
                assessment[f"{dimension}_hint"] = assessment._describe_answers(
                    assessment[name], dimension
                )

    def _describe_answers(self, answers, dimension):
        """Say what the answers make, and what a letter set by hand differs from."""
        counted = answers.filtered("criterion_id.active")
        if not counted:
            return ""
        letter, mean = self._get_proposal(counted)
        if not letter:
            left = len(counted.filtered(lambda answer: answer.score == "0"))
            return self.env._("%s not answered yet", left)
        values = {"mean": f"{float(mean):.2f}", "letter": letter}
        if self[dimension] == letter:
            return self.env._("%(mean)s of 5 is %(letter)s", **values)
        return self.env._("%(mean)s of 5 would be %(letter)s; set by hand", **values)

    def _get_proposal(self, answers):
        """Return (letter, mean) of complete answers, else (False, None)."""
        if not answers or any(answer.score in ("0", False) for answer in answers):
            return False, None
        mean = scorecard.mean_score(
            [(answer.criterion_id.weight, int(answer.score)) for answer in answers]
        )
        scheme = self.env["customer.tier.scheme"]._get_matrix(self.company_id)
        return scorecard.letter_of(mean, *scheme._get_thresholds()), mean

    def _draw_letters(self, dimensions):
        """Take over what the answers make, where all criteria of a dimension are answered."""
        for assessment in self:
            for name, dimension in ANSWER_FIELDS.items():
                if dimension not in dimensions:
                    continue
                letter = assessment._get_drawn_letter(name, dimension)
                if letter and letter != assessment[dimension]:
                    assessment[dimension] = letter

    def _get_drawn_letter(self, name, dimension):
        """Return the letter of one dimension, False while a criterion is unanswered."""
        answers = self[name].filtered("criterion_id.active")
        criteria = self._get_criteria().filtered(lambda row: row.dimension == dimension)
        if criteria - answers.criterion_id:
            return False
        return self._get_proposal(answers)[0]

    def _get_criteria(self):
        """Return the criteria that count for this scorecard's company."""
        # sudo: the tree of companies, also above those the user works in
        companies = self.company_id.sudo().parent_ids
        return self.env["customer.assessment.criterion"].search(
            [("company_id", "in", [False, *companies.ids])]
        )

    @api.onchange("possibility_answer_ids")
    def _onchange_possibility_answer_ids(self):
        self._draw_letters({"possibility"})

    @api.onchange("foundation_answer_ids")
    def _onchange_foundation_answer_ids(self):
        self._draw_letters({"foundation"})

    @api.onchange("potential_answer_ids")
    def _onchange_potential_answer_ids(self):
        self._draw_letters({"potential"})

    # ------------------------------------------------------------
    # Saving
    # ------------------------------------------------------------

    @api.constrains("partner_id")
    def _check_partner_id(self):
        for assessment in self:
            partner = assessment.partner_id
            if partner != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s: scorecards belong to the "
                        "company.",
                        contact=partner.display_name,
                        company=partner.commercial_partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Create scorecards; an import fills in those that are already there."""
        vals_list = [self._with_first_day(vals) for vals in vals_list]
        for vals in vals_list:
            self._check_guarded(vals)
        known = [self._find_for_import(vals) for vals in vals_list]
        new = [vals for vals, found in zip(vals_list, known, strict=True) if not found]
        pending = self.with_context(assessment_answers_pending=PENDING)
        created = iter(super(CustomerAssessment, pending).create(new).with_env(self.env))
        result = self.browse()
        for vals, found in zip(vals_list, known, strict=True):
            if found:
                found.write({key: vals[key] for key in vals.keys() - set(KEY_FIELDS)})
            else:
                found = next(created)
                found._follow_answers(vals)
            result += found
        return result

    def write(self, vals):
        """Content changes while the scorecard is open; its course is the buttons'."""
        vals = self._with_first_day(vals)
        self._check_guarded(vals)
        if vals.keys() & CONTENT_FIELDS and not self.env.su:
            self._check_open()
        self._check_key(vals)
        pending = self.with_context(assessment_answers_pending=PENDING)
        result = super(CustomerAssessment, pending).write(vals)
        self._follow_answers(vals)
        return result

    def _follow_answers(self, vals):
        """Draw the letters whose criteria were answered and that were not given as well."""
        answered = {ANSWER_FIELDS[name] for name in vals.keys() & ANSWER_FIELDS.keys()}
        if answered - vals.keys():
            self._draw_letters(answered - vals.keys())

    @api.model
    def _with_first_day(self, vals):
        """Return a copy of ``vals`` whose ``period`` is the first day of its quarter."""
        if not vals.get("period"):
            return vals
        return {**vals, "period": scorecard.quarter_start(fields.Date.to_date(vals["period"]))}

    def _find_for_import(self, vals):
        if not self.env.context.get("import_file"):
            return self.browse()
        return self.search(
            [
                ("partner_id", "=", vals.get("partner_id")),
                ("company_id", "=", vals.get("company_id") or self.env.company.id),
                ("period", "=", vals.get("period") or self._default_period()),
            ]
        )

    def _is_workflow(self):
        """Whether a business method of ours writes, not a client."""
        return self.env.su or self.env.context.get("assessment_workflow") is PENDING

    @api.model
    def _check_guarded(self, vals):
        if not self._is_workflow() and GUARDED_FIELDS & vals.keys():
            raise AccessError(
                self.env._(
                    "Confirm, approve or return a scorecard with its buttons; what they write "
                    "cannot be written directly."
                )
            )

    def _check_open(self):
        """Refuse changes to what waits for approval or is approved."""
        for assessment in self:
            if assessment.state == "approved":
                raise UserError(
                    self.env._(
                        "“%s” is approved. Judge the customer anew next quarter, or ask a "
                        "manager to reopen it.",
                        assessment.display_name,
                    )
                )
            if assessment.state == "to_approve":
                raise UserError(
                    self.env._(
                        "“%s” waits for approval. Take it back before you change it.",
                        assessment.display_name,
                    )
                )

    def _check_key(self, vals):
        """A scorecard stays with its customer and quarter."""
        if self.env.su:
            return
        for name in KEY_FIELDS:
            if name not in vals:
                continue
            for assessment in self:
                value = assessment[name]
                if (value.id if name != "period" else value) != vals[name]:
                    raise UserError(
                        self.env._(
                            "“%s” stays with its customer and quarter: make another scorecard "
                            "instead.",
                            assessment.display_name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        if not self.env.su:
            self._check_open()

    def copy_data(self, default=None):
        """A copy is meant for another quarter or customer; nothing of its course is copied."""
        result = super().copy_data(default)
        return [
            {name: value for name, value in vals.items() if name not in GUARDED_FIELDS}
            for vals in result
        ]

    @api.model
    def get_import_templates(self):
        """Offer a file to fill in on the import screen."""
        return [
            {
                "label": self.env._("Import Template for Scorecards"),
                "template": "/customer_tiering/static/xls/scorecard.csv",
            }
        ]

    # ------------------------------------------------------------
    # Set-based helpers
    # ------------------------------------------------------------

    @api.model
    def _latest_sql(self, company_ids, as_of, partners=None):
        """Return the scorecard in force of every customer at a day.

        :param partners: only these commercial partners and their contacts

        :return: SQL of a query with the columns ``partner_id`` (commercial partner), ``id``,
            ``period``, the three letters and ``tier_id``. Where a customer was judged by
            several companies or contacts, the latest counts.
        """
        return SQL(
            """
            SELECT DISTINCT ON (customer.commercial_partner_id)
                   customer.commercial_partner_id AS partner_id, assessment.id,
                   assessment.period, assessment.possibility, assessment.foundation,
                   assessment.potential, assessment.tier_id
              FROM customer_assessment assessment
              JOIN res_partner customer ON customer.id = assessment.partner_id
             WHERE assessment.state = 'approved'
               AND assessment.company_id IN %(companies)s
               AND assessment.period <= %(as_of)s
               AND %(wanted)s
          ORDER BY customer.commercial_partner_id, assessment.period DESC,
                   assessment.approve_date DESC, assessment.id DESC
            """,
            companies=tuple(company_ids),
            as_of=as_of,
            wanted=SQL("TRUE")
            if partners is None
            else SQL("customer.commercial_partner_id = ANY(%s)", partners.ids),
        )

    @api.model
    def _find_in_force(self, partners, company_ids, as_of):
        """Return ``{id of the commercial partner: scorecard in force at a day}``."""
        self.flush_model()
        query = SQL(
            "SELECT partner_id, id FROM (%s) latest",
            self._latest_sql(company_ids, as_of, partners),
        )
        return {
            partner_id: self.browse(assessment_id)
            for partner_id, assessment_id in self.env.execute_query(query)
        }

    @api.model
    def _refresh_tiers(self, companies):
        """Put the categories right after a matrix changed, for these companies' scorecards."""
        companies = companies.sudo().search([("id", "child_of", companies.ids)])
        self.flush_model([*DIMENSIONS, "company_id", "tier_id"])
        by_scheme = companies.grouped(self.env["customer.tier.scheme"]._get_matrix)
        for scheme, judged in by_scheme.items():
            rows = [
                SQL("(%s, %s, %s, %s::int)", *cell, tier.id or None)
                for cell, tier in scheme._get_cells().items()
            ] or [SQL("(NULL, NULL, NULL, NULL::int)")]
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE customer_assessment assessment
                       SET tier_id = found.tier_id
                      FROM customer_assessment own
                 LEFT JOIN (VALUES %s) AS found (possibility, foundation, potential, tier_id)
                        ON found.possibility = own.possibility
                       AND found.foundation = own.foundation
                       AND found.potential = own.potential
                     WHERE own.id = assessment.id AND own.company_id IN %s
                       AND own.tier_id IS DISTINCT FROM found.tier_id
                    """,
                    SQL(", ").join(rows),
                    tuple(judged.ids),
                )
            )
        self.invalidate_model(["tier_id"], flush=False)

    # ------------------------------------------------------------
    # Who should be judged
    # ------------------------------------------------------------

    @api.model
    def _get_population_domains(self, company, period):
        """Return the customers a quarter's scorecards are prepared for, by why.

        :return: dict of domains on ``res.partner``: ``key`` (service class of the level
            held), ``promising`` (the last scorecard says potential A or B, or any category
            but the last), ``prospect`` (has a prospect class)
        """
        scheme = self.env["customer.tier.scheme"]._get_operative(company)
        self.env.flush_all()
        key = SQL(
            "SELECT standing.partner_id FROM customer_standing standing"
            " JOIN customer_tier tier ON tier.id = standing.tier_id"
            " WHERE standing.scheme_id = %s AND tier.service_class = 'key'",
            scheme.id or 0,
        )
        promising = SQL(
            "SELECT latest.partner_id FROM (%s) latest"
            " LEFT JOIN customer_tier tier ON tier.id = latest.tier_id"
            " WHERE latest.potential IN ('A', 'B') "
            " OR (tier.id IS NOT NULL AND tier.catch_all IS NOT TRUE)",
            self._latest_sql(company.ids or [0], period),
        )
        return {
            "key": Domain("id", "in", SQL("(%s)", key)),
            "promising": Domain("id", "in", SQL("(%s)", promising)),
            "prospect": Domain("prospect_class", "!=", False),
        }

    @api.model
    def _get_judged_domain(self, company):
        """Return the customers whose scorecards this user may write in a company."""
        # sudo: the tree of companies, also above those the user works in
        companies = company.sudo().parent_ids
        domain = Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        domain &= Domain("tier_exempt", "=", False)
        domain &= Domain("company_id", "in", [False, *companies.ids])
        user = self.env.user
        if self.env.su or user.has_group("customer_tiering.customer_tiering_group_all"):
            return domain
        domain &= Domain("user_id.company_ids", "child_of", company.id)
        if user.has_group("customer_tiering.customer_tiering_group_team"):
            return domain & Domain("user_id.care_path", "=like", f"{user.care_path or '-'}%")
        return domain & Domain("user_id", "=", user.id)

    @api.model
    def _without_domain(self, company, period, states=tuple(dict(STATES))):
        """Return the customers who have no scorecard of a quarter in one of these states.

        NOT EXISTS, because PostgreSQL does not finish NOT IN over a large table.
        """

        def to_sql(model, alias, query):
            return SQL(
                "NOT EXISTS (SELECT 1 FROM customer_assessment judged"
                " WHERE judged.partner_id = %s AND judged.company_id = %s"
                " AND judged.period = %s AND judged.state IN %s)",
                SQL.identifier(alias, "id"),
                company.id,
                period,
                states,
            )

        self.flush_model()
        return Domain.custom(to_sql=to_sql)
