from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import date_utils, format_date

from odoo.addons.base.models.res_partner import _tz_get

from . import scoring

RULE_FIELDS = (
    "source",
    "measure",
    "method",
    "window_type",
    "window_months",
    "tz",
    "weight_r",
    "weight_f",
    "weight_m",
    "decision",
    "rise",
    "grace_decisions",
    "min_stay_days",
    "max_steps_down",
    "review_days",
)
#: What only an evaluation writes.
RESULT_FIELDS = {
    "last_evaluated",
    "decided_until",
    "last_run",
    "last_graded",
    "last_up",
    "last_down",
    "run_number",
    "evaluation_error",
    "evaluation_pending",
    "evaluation_user_id",
    "evaluation_trigger",
    "evaluation_at_once",
    "is_draft",
    "told_history_id",
    "progress",
    "left_since",
    "is_default",
}
#: Value of the context key ``tier_rules_pending``: an object no client can send.
PENDING = object()
LEVEL_FIELDS = (
    "code",
    "name",
    "service_class",
    "catch_all",
    "min_score",
    "color",
)
LEVEL_TEXTS = ("possibility_letters", "foundation_letters", "potential_letters", "benefit_text")
#: Privileges of a level in a set of rules, by id.
LEVEL_LINKS = ("pricelist_id", "payment_term_id")


class CustomerTierScheme(models.Model):
    """How one company grades its customers.

    Context key ``tier_rules_pending``: a save of the whole scheme is under way; levels
    saved inside it neither check the rules nor make a revision of their own.
    """

    _name = "customer.tier.scheme"
    _description = "Grading Scheme"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "company_id, operative desc, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="The scheme counts the documents of this company and of its branches.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    operative = fields.Boolean(
        copy=False,
        tracking=True,
        help="The scheme whose levels are the levels of the company's customers. "
        "One per company; the others may be evaluated for comparison.",
    )
    is_default = fields.Boolean(
        readonly=True, copy=False, help="Made by the installation, waiting to be confirmed."
    )

    # What is measured
    source = fields.Selection(
        [("sale", "Sales orders"), ("invoice", "Invoices")],
        required=True,
        default="sale",
        tracking=True,
    )
    measure = fields.Selection(
        [("revenue", "Revenue"), ("margin", "Margin"), ("quantity", "Quantity")],
        required=True,
        default="revenue",
        tracking=True,
    )
    window_type = fields.Selection(
        [("rolling", "Rolling"), ("calendar", "Calendar")],
        string="Period",
        required=True,
        default="rolling",
        tracking=True,
        help="Rolling: the last months up to the day of evaluation. "
        "Calendar: since 1 January of the year.",
    )
    window_months = fields.Integer(string="Months", required=True, default=12, tracking=True)
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self._default_tz(),
        help="Where the day of an order ends. Default: that of the company's working calendar.",
    )
    history_until = fields.Date(
        string="Imported History until",
        help="Through this day only the imported sales history counts, afterwards only "
        "the documents in Odoo. Empty: imported history does not count.",
    )

    # How it is graded
    method = fields.Selection(
        [
            ("amount", "Amount"),
            ("pyramid", "Pyramid"),
            ("abc", "ABC"),
            ("rfm", "RFM"),
            ("matrix", "Matrix"),
            ("manual", "By hand"),
        ],
        required=True,
        default="amount",
        tracking=True,
        help="Amount: lines in money or pieces.\n"
        "Pyramid: shares of the customers, best first.\n"
        "ABC: shares of the value.\n"
        "RFM: points for recency, frequency and monetary.\n"
        "Matrix: the letters of approved scorecards.\n"
        "By hand: set on the customer or imported.",
    )
    weight_r = fields.Integer(string="Weight of Recency", default=1, required=True)
    weight_f = fields.Integer(string="Weight of Frequency", default=1, required=True)
    weight_m = fields.Integer(string="Weight of Monetary", default=1, required=True)
    tier_ids = fields.One2many("customer.tier", "scheme_id", string="Levels", copy=True)
    revision_ids = fields.One2many("customer.tier.revision", "scheme_id", string="Revisions")
    revision_count = fields.Integer(compute="_compute_revision_count")

    # What the last evaluation did
    last_evaluated = fields.Date(string="Evaluated as of", readonly=True, copy=False)
    last_run = fields.Datetime(string="Last Evaluation", readonly=True, copy=False)
    last_graded = fields.Integer(string="Graded", readonly=True, copy=False)
    last_up = fields.Integer(string="Risen", readonly=True, copy=False)
    last_down = fields.Integer(string="Fallen", readonly=True, copy=False)
    run_number = fields.Integer(
        readonly=True, copy=False, help="Counts the evaluations, also of single customers."
    )
    evaluation_error = fields.Text(string="What went wrong", readonly=True, copy=False)

    _operative_uniq = models.UniqueIndex(
        "(company_id) WHERE operative",
        "A company can have one operative scheme only: use “Make operative” on the new one.",
    )
    _months_positive = models.Constraint(
        "CHECK(window_months BETWEEN 1 AND 120)", "The period must have 1 to 120 months."
    )
    _weights_positive = models.Constraint(
        "CHECK(weight_r >= 0 AND weight_f >= 0 AND weight_m >= 0"
        " AND weight_r + weight_f + weight_m > 0)",
        "Weights are whole numbers from 0 on, and one of them at least must be above 0.",
    )

    # ------------------------------------------------------------
    # Defaults and computed values
    # ------------------------------------------------------------

    @api.model
    def _default_tz(self):
        company = self.env.company
        return company.resource_calendar_id.tz or self.env.user.tz or "UTC"

    def _compute_revision_count(self):
        counts = dict(
            self.env["customer.tier.revision"]._read_group(
                [("scheme_id", "in", self.ids)], ["scheme_id"], ["__count"]
            )
        )
        for scheme in self:
            scheme.revision_count = counts.get(scheme, 0)

    @api.onchange("history_until")
    def _onchange_history_until(self):
        until = self.history_until
        if until and until != date_utils.end_of(until, "month"):
            return {
                "warning": {
                    "title": self.env._("Not the end of a month"),
                    "message": self.env._(
                        "Imported months count on their last day: with %(day)s, the import of "
                        "that month is left out, and so are the documents before that day.",
                        day=format_date(self.env, until),
                    ),
                }
            }

    @api.onchange("company_id")
    def _onchange_company_id(self):
        self.tz = self.company_id.resource_calendar_id.tz or self.tz

    # ------------------------------------------------------------
    # Saving rules: checked, and kept as a revision
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_result_fields(*vals_list)
        schemes = super(CustomerTierScheme, self.with_context(tier_rules_pending=PENDING)).create(
            vals_list
        )
        schemes = schemes.with_env(self.env)
        schemes._after_rules_saved()
        return schemes

    def write(self, vals):
        self._check_result_fields(vals)
        result = super(CustomerTierScheme, self.with_context(tier_rules_pending=PENDING)).write(
            vals
        )
        if "tier_ids" in vals or vals.keys() & {*RULE_FIELDS, "hysteresis", "history_until"}:
            self._after_rules_saved()
        return result

    def _check_result_fields(self, *vals_list):
        """What an evaluation found is not for users to write."""
        if self.env.su:
            return
        if RESULT_FIELDS & set().union(*vals_list):
            raise AccessError(
                self.env._("What the last evaluation found is written by the evaluation only.")
            )

    @api.constrains("active", "operative")
    def _check_operative_active(self):
        for scheme in self:
            if scheme.operative and not scheme.active:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is the operative scheme of %(company)s. Make another "
                        "scheme operative before you archive this one.",
                        name=scheme.name,
                        company=scheme.company_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_operative(self):
        for scheme in self:
            if scheme.operative:
                raise UserError(
                    self.env._(
                        "“%(name)s” is the operative scheme of %(company)s. Make another "
                        "scheme operative before you delete this one.",
                        name=scheme.name,
                        company=scheme.company_id.name,
                    )
                )

    def _after_rules_saved(self):
        """Refuse rules that cannot work; keep changed ones as a new revision."""
        if self.env.context.get("tier_rules_pending") is PENDING:
            return
        schemes = self.exists()
        schemes._check_rules()
        schemes._keep_revision()

    def _check_rules(self):
        """Raise a sentence for the first rule that cannot work."""
        for scheme in self:
            problems = scheme._get_problems()
            if problems:
                raise ValidationError(
                    self.env._(
                        "The scheme “%(name)s” cannot grade: %(problem)s",
                        name=scheme.name,
                        problem="\n".join(problems),
                    )
                )

    def _get_problems(self):
        """Say in sentences what keeps this scheme from working.

        :return: list of translated sentences, empty when the scheme can grade
        """
        self.ensure_one()
        rules = self._get_rules()
        problems = [
            self._problem_texts()[code] % values for code, values in scoring.rules_problems(rules)
        ]
        if self.measure == "margin" and not self._has_margin(self.source):
            problems.append(
                self.env._(
                    "Margin needs the source “Sales orders” and the app that records margins "
                    "on sales orders (sale_margin)."
                )
            )
        return problems

    @api.model
    def _has_margin(self, source):
        """Whether documents of this source know their margin."""
        return source == "sale" and "margin" in self.env["sale.order"]._fields

    def _problem_texts(self):
        return {
            "no_level": self.env._("It has no level. Add at least one."),
            "code_twice": self.env._("Two levels have the code “%(code)s”."),
            "line_not_falling": self.env._(
                "The line of “%(below)s” is not below that of “%(above)s”: amounts must fall "
                "from the best level to the last."
            ),
            "catch_all_not_last": self.env._(
                "“%(level)s” takes the rest but is not the last level."
            ),
            "share_not_positive": self.env._("“%(level)s” has no share of its own."),
            "share_total": self.env._("The shares make %(total)s %%, not 100 %%."),
            "score_not_falling": self.env._(
                "The points of “%(below)s” are not below those of “%(above)s”."
            ),
        }

    def _get_rules(self):
        """Return everything that decides about levels as plain data.

        :return: dict of settings with ``levels``, a list of dicts, best first; decimals as
            text so that they survive JSON exactly. This is the body of a revision and the
            input of the engine.
        """
        self.ensure_one()
        rules = {name: self[name] for name in RULE_FIELDS}
        rules["hysteresis"] = f"{self.hysteresis or 0:.2f}"
        rules["history_until"] = fields.Date.to_string(self.history_until) or False
        # English names: a revision must not depend on who saved it
        tiers = self.with_context(lang=None).tier_ids.filtered("active")
        rules["levels"] = [
            {
                "id": tier.id or position,
                "min_amount": f"{tier.min_amount or 0:.6f}",
                "share": f"{tier.share or 0:.4f}",
                "benefit_cost": f"{tier.benefit_cost or 0:.2f}",
                **{name: tier[name] for name in LEVEL_FIELDS},
                # not set and emptied are the same
                **{name: tier[name] or "" for name in LEVEL_TEXTS},
                **{name: tier[name].id for name in LEVEL_LINKS},
            }
            for position, tier in enumerate(
                tiers.sorted(lambda tier: (tier.sequence, tier._origin.id or 0)), start=1
            )
        ]
        return rules

    def _keep_revision(self, reason=None):
        """Freeze the rules where they differ from the last revision."""
        revisions = self.env["customer.tier.revision"].sudo()
        for scheme in self.filtered(lambda scheme: not scheme.is_draft):
            body = scheme._get_rules()
            last = revisions.search([("scheme_id", "=", scheme.id)], limit=1)
            if last and self._without_names(last.body) == self._without_names(body):
                continue
            # sudo: everybody who may save a scheme makes its revision, nobody edits one
            revisions.create(
                {
                    "scheme_id": scheme.id,
                    "number": last.number + 1,
                    "date_from": fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "reason": reason or self.env.context.get("tier_revision_reason"),
                    "body": body,
                }
            )

    @api.model
    def _without_names(self, body):
        """Return rules without what only reads well: a new name is no new rule.

        What a level has not is left out, so that rules kept before a setting existed are
        the same as rules that do not use it.
        """
        nothing = (None, False, "", 0, "0.00")
        levels = [
            {
                name: value
                for name, value in level.items()
                if name not in ("name", "color") and value not in nothing
            }
            for level in body["levels"]
        ]
        return {**body, "levels": levels}

    @api.model
    def _is_same_body(self, body, other):
        """Whether two sets of rules grade alike, also with levels made anew."""

        def bare(rules):
            levels = [{**level, "id": 0} for level in rules["levels"]]
            return self._without_names({**rules, "levels": levels})

        return bare(body) == bare(other)

    def _get_revision(self):
        """Return the revision in force (sudo); rules on trial have none."""
        self.ensure_one()
        revision = (
            self.env["customer.tier.revision"]
            .sudo()
            .search([("scheme_id", "=", self.id)], order="number desc", limit=1)
        )
        if not revision and not self.is_draft:
            self._keep_revision()
            return self._get_revision()
        return revision

    @api.model
    def _get_measure_label(self, measure):
        return dict(self._fields["measure"]._description_selection(self.env)).get(measure, "")

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_make_operative(self):
        """Let this scheme decide about the company's levels from now on."""
        self.ensure_one()
        self.check_access("write")
        self._check_not_on_trial()
        if problems := self._get_problems():
            # the scheme in force must not stand down for one that cannot grade
            raise UserError("\n".join(problems))
        others = self.search([("company_id", "=", self.company_id.id), ("operative", "=", True)])
        (others - self).write({"operative": False})
        # the unique index must see the old scheme stand down first
        self.env.flush_all()
        self.write({"operative": True, "active": True})
        self.env["res.partner"].invalidate_model(["tier_id", "standing_id"])
        # sudo: the engine writes rows nobody may edit; the right to configure is checked above
        result = self.sudo()._evaluate_all(trigger="operative")
        if result["failed"]:
            raise UserError("\n".join(result["failed"].values()))
        return self._get_result_notification(result)

    def action_view_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_standing_action"
        )
        action["domain"] = [("scheme_id", "=", self.id)]
        return action

    def action_view_revisions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_tier_revision_action"
        )
        action["domain"] = [("scheme_id", "=", self.id)]
        return action

    def action_view_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_tier_history_action"
        )
        action["domain"] = [("scheme_id", "=", self.id)]
        return action

    # ------------------------------------------------------------
    # Defaults of a company
    # ------------------------------------------------------------

    @api.model
    def _get_operative(self, company):
        """Return the scheme that grades the customers of a company (sudo).

        A branch without a scheme of its own is graded by the nearest company above it.
        """
        companies = company.sudo().parent_ids
        schemes = self.sudo().search(
            [("company_id", "in", companies.ids), ("operative", "=", True)]
        )
        by_company = {scheme.company_id: scheme for scheme in schemes}
        for candidate in reversed(companies):
            if candidate in by_company:
                return by_company[candidate]
        return self.sudo().browse()

    @api.model
    def _default_name(self):
        return self.env._("Value Levels")

    def _translate_default_names(self):
        """Name the shipped scheme and its levels in every language of the database.

        They are made in code, so no translation file reaches them. Names somebody changed
        or translated stay as they are.
        """
        english = self.with_context(lang="en_US")
        shipped = english._default_amount_levels()
        for lang, _name in self.env["res.lang"].get_installed():
            for scheme in self.with_context(lang=lang, tier_rules_pending=PENDING):
                translated = scheme._default_amount_levels()
                if scheme.name == english._default_name():
                    scheme.name = scheme._default_name()
                for tier in scheme.tier_ids:
                    for level, words in zip(shipped, translated, strict=True):
                        if (tier.code, tier.name) == (level["code"], level["name"]):
                            tier.name = words["name"]

    @api.model
    def _default_amount_levels(self):
        """Levels a new company starts with, in its own currency."""
        rows = [
            (self.env._("Diamond"), "DIAMOND", 200_000, "key", 4),
            (self.env._("Platinum"), "PLATINUM", 100_000, "key", 8),
            (self.env._("Gold"), "GOLD", 10_000, "standard", 3),
            (self.env._("Member"), "MEMBER", 5_000, "standard", 10),
            (self.env._("Ordinary"), "ORDINARY", 0, "basic", 0),
        ]
        return [
            {
                "name": name,
                "code": code,
                "sequence": 10 * position,
                "min_amount": amount,
                "service_class": service_class,
                "color": color,
                "catch_all": position == len(rows),
            }
            for position, (name, code, amount, service_class, color) in enumerate(rows, start=1)
        ]

    def _fits(self):
        """Whether at least one customer in a hundred reaches the third level.

        Lines far above a company's figures grade everybody into the last level: then the
        guided start proposes others instead (DESIGN §3 "Installed").
        """
        self.ensure_one()
        if self.method != "amount" or len(self.tier_ids) < 3:
            return True
        preview = self._preview()
        if not preview["population"]:
            return True
        reached = sum(level["customer_count"] for level in preview["levels"][:3])
        return reached * 100 >= preview["population"]

    def _waits_for_start(self):
        """Whether this is the untouched default, never evaluated, whose lines do not fit."""
        self.ensure_one()
        return bool(
            self.is_default
            and not self.last_evaluated
            and self.revision_count <= 1
            and not self._fits()
        )
