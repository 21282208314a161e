from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

PYRAMIDS = {"pyramid_steep": (1, 4, 15, 80), "pyramid_wide": (1, 19, 30, 50)}
RULE_NAMES = ("source", "measure", "window_type", "window_months")


class CustomerTierStart(models.TransientModel):
    """Guided start: check the data, choose how to grade, see what comes out, grade."""

    _name = "customer.tier.start"
    _description = "Guided Start"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Grading Scheme",
        readonly=True,
        default=lambda self: self._default_scheme(),
    )
    step = fields.Selection(
        [("check", "Check the data"), ("choose", "Choose the levels")],
        default="check",
        required=True,
    )
    check_ids = fields.One2many(
        "customer.tier.start.check", "start_id", default=lambda self: self._default_checks()
    )

    choice = fields.Selection(
        [
            ("amount", "By amount: lines in money, proposed from your own figures"),
            ("pyramid_steep", "By pyramid: the best 1, 4, 15 and 80 % of the customers"),
            ("pyramid_wide", "By pyramid: the best 1, 19, 30 and 50 % of the customers"),
            ("abc", "By ABC: the customers who make 80, 15 and 5 % of the value"),
            ("rfm", "By RFM: how recently, how often and how much they buy"),
            ("matrix", "By scorecard: how you judge possibility, foundation and potential"),
            ("manual", "By hand: you set or import the levels yourself"),
        ],
        string="How do you want to grade?",
        default="amount",
        required=True,
    )
    source = fields.Selection(
        selection=lambda self: self._scheme_selection("source"), required=True, default="sale"
    )
    measure = fields.Selection(
        selection=lambda self: self._scheme_selection("measure"), required=True, default="revenue"
    )
    window_type = fields.Selection(
        selection=lambda self: self._scheme_selection("window_type"),
        string="Period",
        required=True,
        default="rolling",
    )
    window_months = fields.Integer(string="Months", required=True, default=12)
    method = fields.Selection(
        selection=lambda self: self._scheme_selection("method"), compute="_compute_method"
    )
    line_ids = fields.One2many("customer.tier.start.line", "start_id", string="Levels")
    population = fields.Integer(string="Customers in the Period", readonly=True)
    amount = fields.Monetary(string="Revenue in the Period", readonly=True)
    without_level = fields.Integer(readonly=True)
    problem = fields.Char(readonly=True)

    # ------------------------------------------------------------
    # Defaults
    # ------------------------------------------------------------

    @api.model
    def _scheme_selection(self, name):
        return self.env["customer.tier.scheme"]._fields[name]._description_selection(self.env)

    @api.model
    def _default_scheme(self):
        scheme = self.env["customer.tier.scheme"]._get_operative(self.env.company)
        return scheme.sudo(False) if scheme.company_id == self.env.company else False

    @api.model
    def _default_checks(self):
        return [Command.create(vals) for vals in self.env["customer.data.check"]._get_checks()]

    @api.depends("choice")
    def _compute_method(self):
        for start in self:
            start.method = "pyramid" if start.choice in PYRAMIDS else start.choice

    # ------------------------------------------------------------
    # Live counts while editing
    # ------------------------------------------------------------

    @api.onchange("choice", "source", "measure", "window_type", "window_months")
    def _onchange_choice(self):
        if self.step != "choose":
            return
        self.line_ids = [Command.clear()] + [Command.create(vals) for vals in self._prepare_lines()]
        self._count_levels()

    @api.onchange("line_ids")
    def _onchange_line_ids(self):
        if self.step == "choose":
            self._count_levels()

    def _count_levels(self):
        """Grade everybody with the levels as they stand and show what comes out."""
        scheme = self._get_draft()
        problems = scheme._get_problems()
        self.problem = "\n".join(problems)
        if problems:
            self.line_ids.update({"customer_count": 0, "amount": 0, "amount_share": 0})
            return
        preview = scheme._preview()
        self.population = preview["population"]
        self.amount = preview["amount"]
        self.without_level = preview["without_level"]
        for line, level in zip(self._get_sorted_lines(), preview["levels"], strict=True):
            line.customer_count = level["customer_count"]
            line.amount = level["amount"]
            line.amount_share = 100 * level["amount"] / (preview["amount"] or 1)

    def _get_sorted_lines(self):
        return self.line_ids.sorted("sequence")

    def _get_draft(self):
        """Return an unsaved scheme with the rules as they stand on the screen."""
        self.ensure_one()
        draft = self.env["customer.tier.scheme"].new(
            {
                **self._prepare_scheme_vals(),
                "tier_ids": [
                    Command.create(line._prepare_tier_vals()) for line in self._get_sorted_lines()
                ],
            }
        )
        # sudo: the preview counts documents of all sellers; only managers may open the wizard
        return draft.sudo()

    def _prepare_scheme_vals(self):
        scheme = self.scheme_id
        return {
            **{name: self[name] for name in RULE_NAMES},
            "method": self.method,
            "company_id": self.company_id.id,
            "tz": scheme.tz or scheme._default_tz(),
            "history_until": scheme.history_until,
            "weight_r": scheme.weight_r or 1,
            "weight_f": scheme.weight_f or 1,
            "weight_m": scheme.weight_m or 1,
        }

    # ------------------------------------------------------------
    # Levels of each choice
    # ------------------------------------------------------------

    def _prepare_lines(self):
        """Return values of the levels the chosen method starts with."""
        if self.choice == "amount":
            return self._prepare_amount_lines()
        if self.choice in PYRAMIDS:
            names = [
                (self.env._("VIP"), "VIP", "key"),
                (self.env._("Major"), "MAJOR", "key"),
                (self.env._("Ordinary"), "ORDINARY", "standard"),
                (self.env._("Small"), "SMALL", "basic"),
            ]
            return self._number(
                [
                    {"name": name, "code": code, "service_class": service, "share": share}
                    for (name, code, service), share in zip(
                        names, PYRAMIDS[self.choice], strict=True
                    )
                ]
            )
        if self.choice == "abc":
            return self._number(
                [
                    {"name": name, "code": name, "service_class": service, "share": share}
                    for name, service, share in (
                        ("A", "key", 80),
                        ("B", "standard", 15),
                        ("C", "basic", 5),
                    )
                ]
            )
        if self.choice == "rfm":
            return self._number(
                [
                    {"name": name, "code": code, "service_class": service, "min_score": points}
                    for name, code, service, points in (
                        (self.env._("Champions"), "CHAMPIONS", "key", 13),
                        (self.env._("Loyal"), "LOYAL", "key", 10),
                        (self.env._("Promising"), "PROMISING", "standard", 7),
                        (self.env._("Occasional"), "OCCASIONAL", "basic", 0),
                    )
                ]
            )
        if self.choice == "matrix":
            return self.env["customer.tier.scheme"]._default_matrix_levels()
        return self.env["customer.tier.scheme"]._default_amount_levels()

    def _prepare_amount_lines(self):
        """Take the shipped amounts where they fit, else amounts from the company's figures."""
        levels = self.env["customer.tier.scheme"]._default_amount_levels()
        draft = (
            self.env["customer.tier.scheme"]
            .sudo()
            .new(
                {
                    **self._prepare_scheme_vals(),
                    "tier_ids": [Command.create(dict(level)) for level in levels],
                }
            )
        )
        if self.measure == "revenue" and draft._fits():
            return levels
        lines = draft._propose_lines()
        kept = [*levels[: len(lines)], levels[-1]]
        for level, line in zip(kept, lines, strict=False):
            level["min_amount"] = float(line)
        return kept

    @api.model
    def _number(self, levels):
        colors = (4, 8, 3, 10, 0)
        for position, level in enumerate(levels):
            level.update(sequence=10 * (position + 1), color=colors[position])
        return levels

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------

    def action_choose(self):
        """Go on to the levels, with a proposal for the company's own figures."""
        self.ensure_one()
        self.step = "choose"
        scheme = self.scheme_id
        if scheme:
            self.write({name: scheme[name] for name in RULE_NAMES})
        return self._refill()

    def action_back(self):
        self.ensure_one()
        self.step = "check"
        return self._reopen()

    def action_propose(self):
        """Start the levels of this choice afresh."""
        self.ensure_one()
        return self._refill()

    def _refill(self):
        self.line_ids.unlink()
        self.write({"line_ids": [Command.create(vals) for vals in self._prepare_lines()]})
        self._count_levels()
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Guided Start"),
            "res_model": self._name,
            "view_mode": "form",
            "res_id": self.id,
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_grade(self):
        """Save the levels as the company's operative scheme and grade with them."""
        self.ensure_one()
        self.check_access("write")
        if problems := self._get_draft()._get_problems():
            raise UserError("\n".join(problems))
        scheme = self._save_scheme()
        # levels chosen in the guided start hold from now on, whatever customers held before
        again = bool(scheme.last_evaluated)
        action = scheme._evaluate_now("publish" if again else None, at_once=again)
        if action.get("params"):
            action["params"]["next"] = self.env["ir.actions.act_window"]._for_xml_id(
                self._get_next_action()
            )
        return action

    def _get_next_action(self):
        """Return the xml id of the screen where work with the chosen method begins."""
        return {
            "manual": "customer_tiering.customer_standing_action_manual",
            "matrix": "customer_tiering.customer_assessment_action",
        }.get(self.choice, "customer_tiering.customer_standing_action")

    def _save_scheme(self):
        """Write the levels into the operative scheme; equal codes stay the same level."""
        schemes = self.env["customer.tier.scheme"].with_context(
            tier_revision_reason=self.env._("Guided start")
        )
        scheme = schemes.browse(self.scheme_id.id)
        known = {tier.code: tier for tier in scheme.tier_ids}
        commands = []
        for line in self._get_sorted_lines():
            vals = line._prepare_tier_vals()
            tier = known.pop(line.code, None)
            commands.append(Command.update(tier.id, vals) if tier else Command.create(vals))
        commands += [Command.delete(tier.id) for tier in known.values()]
        vals = {**self._prepare_scheme_vals(), "tier_ids": commands}
        if scheme:
            scheme.write(vals)
            # sudo: a mark of ours; from now on the scheme waits for nobody
            scheme.sudo().is_default = False
            return scheme
        return schemes.create({**vals, "name": schemes._default_name(), "operative": True})
