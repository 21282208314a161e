from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

SERVICE_CLASSES = [("key", "Key"), ("standard", "Standard"), ("basic", "Basic")]


class CustomerTier(models.Model):
    _name = "customer.tier"
    _description = "Customer Level"
    _order = "scheme_id, sequence, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]

    name = fields.Char(string="Level Name", required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Short unique name inside the scheme; imports and history refer to it.",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The best level comes first.")
    color = fields.Integer(help="Color of the level in kanban cards, badges and ribbons.")
    scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Grading Scheme",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="scheme_id.currency_id")

    # Lines: which of them counts depends on the method of the scheme
    min_amount = fields.Float(
        string="Amount from",
        digits=(16, 2),
        help="Amount: a customer reaches the level from this amount on, measured as the "
        "scheme says (revenue, margin or quantity).",
    )
    catch_all = fields.Boolean(
        string="Takes the Rest",
        help="Last level only: takes every customer below the other lines, whatever the amount.",
    )
    share = fields.Float(
        string="Share (%)",
        digits=(7, 4),
        help="Pyramid: percent of the customers. ABC: percent of the value.",
    )
    min_score = fields.Integer(
        string="Points from",
        help="RFM: a customer reaches the level from this sum of weighted scores on.",
    )
    line_value = fields.Float(
        string="Line",
        digits=(16, 6),
        readonly=True,
        copy=False,
        help="Where the last evaluation put the line of this level.",
    )
    keep_value = fields.Float(
        string="Line for Staying",
        digits=(16, 6),
        readonly=True,
        copy=False,
        help="Where the last evaluation put the line for staying on this level: the line less "
        "the tolerance of the scheme.",
    )

    origin_tier_id = fields.Many2one(
        "customer.tier",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Level on trial in a what-if: the level it stands for.",
    )

    # What the level means to other rules
    service_class = fields.Selection(
        SERVICE_CLASSES,
        default="standard",
        required=True,
        help="What other rules (contact rhythm, service promises) refer to.",
    )
    benefit_cost = fields.Float(
        string="Cost of Privileges (%)",
        digits=(5, 2),
        help="What the privileges of this level cost, in percent of the revenue of its "
        "customers; a what-if adds them up.",
    )
    customer_count = fields.Integer(
        string="Customers",
        compute="_compute_customer_count",
        groups="customer_tiering.customer_tiering_group_own",
        help="Customers holding this level since the last evaluation.",
    )

    _share_range = models.Constraint(
        "CHECK(share BETWEEN 0 AND 100)", "The share of a level must lie between 0 and 100 percent."
    )
    _benefit_cost_range = models.Constraint(
        "CHECK(benefit_cost BETWEEN 0 AND 100)",
        "The cost of privileges must lie between 0 and 100 percent.",
    )

    def _compute_customer_count(self):
        counts = dict(
            self.env["customer.standing"]._read_group(
                [("tier_id", "in", self.ids)], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.customer_count = counts.get(tier, 0)

    @api.model
    def _search_display_name(self, operator, value):
        """Look for levels of one scheme only where the screen works on one scheme.

        Several schemes have a "Gold": an import of levels by hand would take the first.
        Context key ``tier_scheme_id``: id of the scheme.
        """
        domain = super()._search_display_name(operator, value)
        domain = Domain(domain) & Domain("scheme_id.is_draft", "=", False)
        if scheme_id := self.env.context.get("tier_scheme_id"):
            domain = Domain(domain) & Domain("scheme_id", "=", scheme_id)
        return domain

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers.scheme_id._after_rules_saved()
        return tiers

    def write(self, vals):
        if vals.keys() & {"line_value", "keep_value"} and not self.env.su:
            raise AccessError(self.env._("The lines found are written by the evaluation only."))
        schemes = self.scheme_id
        result = super().write(vals)
        (schemes | self.scheme_id)._after_rules_saved()
        return result

    def unlink(self):
        """Delete levels nobody ever held; archive the others, which history still names."""
        schemes = self.scheme_id
        used = self._filter_used()
        used.action_archive()
        result = super(CustomerTier, self - used).unlink()
        schemes._after_rules_saved()
        return result

    def _filter_used(self):
        """Return the levels that a standing or a history row refers to."""
        used = self.browse()
        for model, field_names in (
            ("customer.standing", ("tier_id", "earned_tier_id", "lock_tier_id", "floor_tier_id")),
            ("customer.tier.history", ("from_tier_id", "to_tier_id")),
        ):
            # sudo: whether a level may be deleted depends on rows of all users
            records = self.env[model].sudo()
            for field_name in field_names:
                groups = records._read_group([(field_name, "in", self.ids)], [field_name])
                used |= self.browse(tier.id for (tier,) in groups)
        return used

    def _get_renamed(self, body):
        """Return what of name and color of a level on trial was changed since it was copied.

        :param body: rules the draft was made from
        """
        self.ensure_one()
        known = {level["code"]: level for level in body["levels"]}
        level = known.get(self.code, {})
        tier = self.with_context(lang=None)
        return {name for name in ("name", "color") if tier[name] != level.get(name, tier[name])}

    def _is_better_than(self, other):
        """Whether this level stands above another one of the same scheme."""
        return (self.sequence, self.id) < (other.sequence, other.id)

    def action_view_customers(self):
        """Open the customers who hold this level."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_standing_action"
        )
        action["domain"] = [("tier_id", "=", self.id)]
        action["display_name"] = self.name
        return action
