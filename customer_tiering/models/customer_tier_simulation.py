from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_list, formatLang

from .customer_tier_scheme import RULE_FIELDS

#: Settings a publication takes over from the draft, besides the levels.
PUBLISHED_FIELDS = (*RULE_FIELDS, "hysteresis", "history_until")
#: What makes a result old when it is changed.
TRIED_FIELDS = {*PUBLISHED_FIELDS, "tier_ids", "apply"}
#: What only a run or a publication writes.
FOUND_FIELDS = {
    "draft_id",
    "base_revision_id",
    "revision_id",
    "state",
    "as_of",
    "population",
    "up_count",
    "down_count",
    "new_count",
    "left_count",
    "other_count",
    "down_amount",
    "cost_before",
    "cost_after",
    "cell_ids",
    "result_ids",
}


class CustomerTierSimulation(models.Model):
    """A what-if: other rules, tried on the whole customer base, nothing live touched.

    The rules under trial are a draft scheme of their own, a copy of the one it starts from,
    so whatever a scheme or a level can be set to can be tried as well.
    """

    _name = "customer.tier.simulation"
    _description = "What-if"
    _inherits = {"customer.tier.scheme": "draft_id"}
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="What-if", required=True)
    active = fields.Boolean(default=True)
    scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Starts from",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('is_draft', '=', False)]",
        default=lambda self: self._default_scheme(),
        help="The scheme whose rules are tried out otherwise, and published to.",
    )
    draft_id = fields.Many2one(
        "customer.tier.scheme",
        string="Rules on Trial",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(
        [("draft", "Not run yet"), ("run", "Result"), ("published", "Published")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    apply = fields.Selection(
        [
            ("eventually", "Under the stability rules, when grace and minimum stay are over"),
            ("decision", "Under the stability rules, if today were a decision day"),
            ("at_once", "At once, where the figures call for"),
        ],
        string="Show Levels",
        required=True,
        default="eventually",
        help="Under the stability rules, the levels are compared with those that the rules in "
        "force lead to; at once, with the levels held today.",
    )
    as_of = fields.Date(string="Figures of", readonly=True, copy=False)
    population = fields.Integer(string="Customers in the Period", readonly=True, copy=False)
    up_count = fields.Integer(string="Rise", readonly=True, copy=False)
    down_count = fields.Integer(string="Fall", readonly=True, copy=False)
    new_count = fields.Integer(string="New", readonly=True, copy=False)
    left_count = fields.Integer(string="Left", readonly=True, copy=False)
    other_count = fields.Integer(string="Other Level", readonly=True, copy=False)
    down_amount = fields.Monetary(
        string="Revenue of Losers",
        readonly=True,
        copy=False,
        help="Revenue of the customers who would fall or be left without a level.",
    )
    cost_before = fields.Monetary(string="Privileges cost today", readonly=True, copy=False)
    cost_after = fields.Monetary(string="Privileges would cost", readonly=True, copy=False)
    cell_ids = fields.One2many("customer.tier.simulation.cell", "simulation_id", copy=False)
    result_ids = fields.One2many("customer.tier.simulation.result", "simulation_id", copy=False)
    conclusion = fields.Char(compute="_compute_conclusion")
    matrix = fields.Html(compute="_compute_matrix", string="From → to")
    compare_id = fields.Many2one(
        "customer.tier.simulation",
        string="Compare with",
        index="btree_not_null",
        ondelete="set null",
        domain="[('id', '!=', id), ('state', '!=', 'draft'), ('company_id', '=', company_id)]",
        copy=False,
    )
    comparison = fields.Html(compute="_compute_comparison")
    base_revision_id = fields.Many2one(
        "customer.tier.revision",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="Rules of the scheme when this what-if was made from them.",
    )
    revision_id = fields.Many2one(
        "customer.tier.revision",
        string="Published as",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )

    # ------------------------------------------------------------
    # Defaults and computed values
    # ------------------------------------------------------------

    @api.model
    def _default_scheme(self):
        return self.env["customer.tier.scheme"]._get_operative(self.env.company).sudo(False)

    @api.depends_context("lang")
    @api.depends("state", "up_count", "down_count", "new_count", "left_count", "other_count")
    def _compute_conclusion(self):
        for simulation in self:
            simulation.conclusion = simulation._get_conclusion()

    def _get_conclusion(self):
        """Say in one sentence what these rules would change."""
        if self.state == "draft":
            return ""
        parts = [
            text
            for count, text in (
                (self.up_count, self.env._("%s rise", self.up_count)),
                (self.down_count, self.env._("%s fall", self.down_count)),
                (self.new_count, self.env._("%s get a level", self.new_count)),
                (self.left_count, self.env._("%s are left without a level", self.left_count)),
                (
                    self.other_count,
                    self.env._("%s leave a level that is no more", self.other_count),
                ),
            )
            if count
        ]
        if not parts:
            return self.env._("These rules change no customer's level.")
        changes = self.env._("Of the customers, %s.", format_list(self.env, parts))
        if not self.down_amount:
            return changes
        return self.env._(
            "%(changes)s The losers make %(amount)s.",
            changes=changes,
            amount=formatLang(self.env, self.down_amount, currency_obj=self.currency_id),
        )

    @api.depends_context("lang")
    @api.depends("cell_ids")
    def _compute_matrix(self):
        for simulation in self:
            simulation.matrix = simulation._render_matrix() if simulation.cell_ids else False

    def _render_matrix(self):
        """Return the table from old to new levels, counts and revenue, with its sums."""
        self.ensure_one()
        cells = {(cell.from_tier_id, cell.to_tier_id): cell for cell in self.cell_ids}
        nobody = self.env["customer.tier"]
        rows = list(self.cell_ids.from_tier_id.sorted(lambda tier: (tier.sequence, tier.id)))
        columns = list(self.draft_id.tier_ids)
        if any(not old for old, _new in cells):
            rows.append(nobody)
        if any(not new for _old, new in cells):
            columns.append(nobody)
        return self.env["ir.qweb"]._render(
            "customer_tiering.simulation_matrix",
            {
                "rows": rows,
                "columns": columns,
                "cells": cells,
                "origin_of": {tier: tier.origin_tier_id for tier in columns},
                "money": lambda amount: formatLang(
                    self.env, amount, digits=0, currency_obj=self.currency_id
                ),
                "total": lambda found: (
                    sum(cell.customer_count for cell in found),
                    sum(cell.amount for cell in found),
                ),
            },
        )

    @api.depends_context("lang")
    @api.depends("compare_id")
    def _compute_comparison(self):
        for simulation in self:
            simulation.comparison = False
            if simulation.compare_id:
                simulation.comparison = self.env["ir.qweb"]._render(
                    "customer_tiering.simulation_comparison",
                    {"simulations": simulation | simulation.compare_id},
                )

    def _describe(self):
        """Return the rules on trial in words, one line each."""
        self.ensure_one()
        rules = self.draft_id._get_rules()
        return self.env["customer.tier.scheme"]._describe_rules(rules).split("\n")

    # ------------------------------------------------------------
    # The draft behind
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Each what-if works on a copy of the scheme it starts from."""
        # where a copy comes from is no finding; it is checked below
        self._check_found_fields(*(set(vals) - {"base_revision_id"} for vals in vals_list))
        prepared = []
        for vals in vals_list:
            scheme = self.env["customer.tier.scheme"].browse(
                vals.get("scheme_id") or self._default_scheme().id
            )
            if not scheme:
                raise UserError(
                    self.env._("Choose the scheme to start from: the company has none in force.")
                )
            rules = {name: value for name, value in vals.items() if self._fields[name].inherited}
            own = {name: value for name, value in vals.items() if name not in rules}
            draft = scheme._make_draft(rules)
            # its rules are those of the original: newer ones of the scheme are not among them
            base = scheme.sudo().revision_ids.browse(own.get("base_revision_id") or [])
            if base.scheme_id != scheme:
                base = scheme._get_revision()
            prepared.append(
                {
                    **own,
                    "scheme_id": scheme.id,
                    "draft_id": draft.id,
                    "base_revision_id": base.id,
                }
            )
        return super().create(prepared)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for original, vals in zip(self.sudo(), vals_list, strict=True):
            vals["base_revision_id"] = (original.revision_id or original.base_revision_id).id
        return vals_list

    def web_save(self, vals, specification, next_id=None):
        """A new what-if begins with the rules of its scheme, not with a form's defaults."""
        if not self:
            vals = {name: value for name, value in vals.items() if not self._fields[name].inherited}
        return super().web_save(vals, specification, next_id=next_id)

    def write(self, vals):
        self._check_found_fields(vals)
        moved = {"scheme_id", "company_id"} & vals.keys()
        if any(simulation[name].id != vals[name] for simulation in self for name in moved):
            raise UserError(
                self.env._("A what-if stays with the scheme it starts from: make another one.")
            )
        rules = {name: value for name, value in vals.items() if self._fields[name].inherited}
        if rules:
            # together: several levels may fit only when all of them are saved
            self.draft_id.write(rules)
        result = super().write({name: vals[name] for name in vals if name not in rules})
        if TRIED_FIELDS & vals.keys():
            # sudo: a result of ours; what it was found for is no longer on trial
            self.filtered(lambda simulation: simulation.state == "run").sudo().state = "draft"
        return result

    def _check_found_fields(self, *vals_list):
        """What a run found is not for users to write."""
        if not self.env.su and FOUND_FIELDS & set().union(*vals_list):
            raise AccessError(self.env._("The result of a what-if is written by its run only."))

    def unlink(self):
        drafts = self.draft_id
        result = super().unlink()
        if drafts:
            drafts.unlink()
        return result

    def _get_held_scheme(self):
        """Return the scheme whose levels customers hold today: the one in force."""
        self.ensure_one()
        operative = self.env["customer.tier.scheme"]._get_operative(self.company_id)
        return operative.sudo(False) or self.scheme_id

    # ------------------------------------------------------------
    # Running
    # ------------------------------------------------------------

    def action_run(self):
        """Try the rules on every customer; only the rows of this what-if are written."""
        for simulation in self:
            simulation.check_access("write")
            if problems := simulation.draft_id._get_problems():
                raise UserError("\n".join(problems))
            # sudo: figures rest on documents of all sellers; only managers may come here
            simulation.sudo()._run()
        return True

    def _run(self):
        self.ensure_one()
        draft, held = self.draft_id, self._get_held_scheme()
        as_of = held.last_evaluated or draft._get_today()
        self._write_base(held, as_of)
        levels = self._get_level_numbers(held)
        rules = draft._get_rules()
        for level in rules["levels"]:
            level["id"] = levels[level["id"]]
        draft._measure_figures(as_of)
        draft._draw_lines(rules)
        self.cell_ids.unlink()
        self.env.cr.execute(
            SQL("DELETE FROM customer_tier_simulation_result WHERE simulation_id = %s", self.id)
        )
        self._write_outcome(draft._decided_sql(rules, as_of, self.apply, held), levels)
        population = draft._count_population()
        draft._drop_tables()
        self.invalidate_recordset()
        self.write({"as_of": as_of, "population": population, "state": "run", **self._sum_up()})

    def _get_level_numbers(self, held):
        """Return ``{id of a level on trial: id of the level held that it stands for}``.

        A level that exists only on trial gets the negative of its own id.
        """
        if held == self.scheme_id:
            known = {tier: tier.origin_tier_id.id for tier in self.draft_id.tier_ids}
        else:
            by_code = {tier.code: tier.id for tier in held.tier_ids}
            known = {tier: by_code.get(tier.code) for tier in self.draft_id.tier_ids}
        return {tier.id: level or -tier.id for tier, level in known.items()}

    def _write_base(self, held, as_of):
        """Fill ``care_base``: what customers hold without the rules on trial.

        At once, that is the level of today. Under the stability rules it is what the rules in
        force lead to by themselves: a fall that is due anyway is no effect of a what-if.
        """
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_base"))
        base = SQL(
            "SELECT partner_id, tier_id FROM customer_standing WHERE scheme_id = %s", held.id
        )
        graded = held.last_evaluated and not held._get_problems()
        if graded and self.apply != "at_once":
            rules = held._measure(as_of)
            base = held._decided_sql(rules, as_of, self.apply)
        cr.execute(
            SQL("CREATE TEMPORARY TABLE care_base AS SELECT partner_id, tier_id FROM (%s) x", base)
        )
        cr.execute(SQL("ANALYZE care_base"))

    def _write_outcome(self, decided, levels):
        """Write the matrix and, by name, the customers whose level would change.

        :param levels: see :meth:`_get_level_numbers`
        """
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_outcome"))
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_outcome AS
                SELECT new.partner_id, new.user_id, base.tier_id AS from_tier_id, new.amount,
                       own.id AS to_tier_id,
                       CASE WHEN base.tier_id IS NULL AND new.tier_id IS NULL THEN 'none'
                            WHEN base.tier_id IS NULL THEN 'new'
                            WHEN new.tier_id IS NULL THEN 'left'
                            WHEN new.tier_id = base.tier_id THEN 'same'
                            WHEN old.position IS NULL THEN 'other'
                            WHEN target.position < old.position THEN 'up'
                            ELSE 'down' END AS direction
                  FROM (%(decided)s) new
             LEFT JOIN care_base base ON base.partner_id = new.partner_id
             LEFT JOIN care_level target ON target.tier_id = new.tier_id
             LEFT JOIN care_level old ON old.tier_id = base.tier_id
             LEFT JOIN (VALUES %(levels)s) AS own (id, number) ON own.number = new.tier_id
                """,
                decided=decided,
                levels=SQL(", ").join(SQL("(%s, %s)", *pair) for pair in levels.items()),
            )
        )
        cr.execute(
            SQL(
                """
                INSERT INTO customer_tier_simulation_cell (
                    simulation_id, company_id, from_tier_id, to_tier_id, customer_count, amount)
                SELECT %(id)s, %(company)s, from_tier_id, to_tier_id, COUNT(*), SUM(amount)
                  FROM care_outcome
                 WHERE direction <> 'none'
              GROUP BY from_tier_id, to_tier_id
                """,
                id=self.id,
                company=self.company_id.id,
            )
        )
        cr.execute(
            SQL(
                """
                INSERT INTO customer_tier_simulation_result (
                    simulation_id, company_id, partner_id, user_id, from_tier_id, to_tier_id,
                    direction, amount)
                SELECT %(id)s, %(company)s, partner_id, user_id, from_tier_id, to_tier_id,
                       direction, amount
                  FROM care_outcome
                 WHERE direction NOT IN ('none', 'same')
              ORDER BY amount DESC
                """,
                id=self.id,
                company=self.company_id.id,
            )
        )
        cr.execute(SQL("DROP TABLE care_outcome, care_base"))

    def _sum_up(self):
        """Return the totals of the run for the fields that show them."""
        groups = self.env["customer.tier.simulation.result"]._read_group(
            [("simulation_id", "=", self.id)], ["direction"], ["__count", "amount:sum"]
        )
        counts = {direction: count for direction, count, _amount in groups}
        amounts = {direction: amount for direction, _count, amount in groups}
        cells = self.cell_ids
        return {
            **{
                f"{name}_count": counts.get(name, 0)
                for name in ("up", "down", "new", "left", "other")
            },
            "down_amount": amounts.get("down", 0) + amounts.get("left", 0),
            "cost_before": sum(
                cell.amount * cell.from_tier_id.benefit_cost / 100 for cell in cells
            ),
            "cost_after": sum(cell.amount * cell.to_tier_id.benefit_cost / 100 for cell in cells),
        }

    # ------------------------------------------------------------
    # Publishing
    # ------------------------------------------------------------

    def action_publish(self):
        """Open the dialog that asks why, and when the levels follow."""
        self.ensure_one()
        return self.env["customer.tier.publish"]._open({"default_simulation_id": self.id})

    def publish(self, reason, at_once=False):
        """Make the rules on trial the next revision of the scheme and grade with them.

        :param reason: words for the revision
        :param at_once: levels follow at once instead of under the stability rules
        :return: the new ``customer.tier.revision``
        :raise UserError: when nothing would change, or somebody changed the scheme meanwhile
        """
        self.ensure_one()
        self.check_access("write")
        scheme = self.scheme_id
        draft = self.draft_id
        self._check_base()
        vals = {name: draft[name] for name in PUBLISHED_FIELDS}
        vals["tier_ids"] = scheme._prepare_level_commands(draft, self.base_revision_id.body)
        revision = scheme._publish(vals, reason, "publish", at_once)
        # sudo: marks of ours
        self.sudo().write({"state": "published", "revision_id": revision.id})
        draft._link_origins(scheme)
        return revision

    def _check_base(self):
        """Refuse to publish over rules that somebody else changed since this was begun."""
        scheme = self.scheme_id
        current = scheme._get_revision()
        known = self.sudo().base_revision_id | self.sudo().revision_id
        if not known or any(scheme._is_same_body(current.body, old.body) for old in known):
            return
        raise UserError(
            self.env._(
                "“%(scheme)s” was changed by %(user)s since this what-if was begun (revision "
                "%(number)s). Start a new what-if from it, so that nothing of that is lost.",
                scheme=scheme.name,
                user=current.user_id.name,
                number=current.number,
            )
        )

    # ------------------------------------------------------------
    # Lists behind the figures
    # ------------------------------------------------------------

    def action_view_winners(self):
        return self._action_results("up", "new")

    def action_view_losers(self):
        return self._action_results("down", "left")

    def action_view_results(self):
        return self._action_results("up", "down", "new", "left", "other")

    def _action_results(self, *directions):
        """Open the customers whose level would change in these directions."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_tier_simulation_result_action"
        )
        action["domain"] = [
            ("simulation_id", "=", self.id),
            ("direction", "in", directions),
        ]
        action["display_name"] = self.name
        action["context"] = {}
        return action
