"""What a level gives: fields of the level, their checks, and what follows a change."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .customer_tier_grant import BENEFITS
from .customer_tier_scheme import PENDING

#: A change of these decides about what the holders of a level have.
WATCHED = {*BENEFITS.values(), "active", "scheme_id"}


class CustomerTier(models.Model):
    _inherit = "customer.tier"

    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Customers get this price list with the level, in place of their own, which "
        "comes back when they leave it. Saving switches price lists on, if they are off.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Customers get these payment terms with the level, in place of their own, which "
        "come back when they leave it.",
    )
    benefit_text = fields.Text(
        string="Privileges",
        translate=True,
        help="What else customers of this level are entitled to, in words for colleagues who "
        "serve them: shown on the customer and on his orders.",
    )
    benefit_hint = fields.Text(compute="_compute_benefit_hint")
    grant_count = fields.Integer(
        string="Privileges Given",
        compute="_compute_grant_count",
        groups="customer_tiering.customer_tiering_group_own",
        help="Price lists and payment terms that customers have from this level today.",
    )
    unmanaged_count = fields.Integer(
        string="Key Customers without Account Manager",
        compute="_compute_unmanaged_count",
        groups="customer_tiering.customer_tiering_group_own",
    )

    @api.depends("scheme_id.company_id", *BENEFITS.values())
    def _compute_benefit_hint(self):
        """Say where something chosen here is not given."""
        for tier in self:
            # sudo: names of branches the manager may not enter
            company = tier.sudo().company_id.with_context(active_test=True)
            hints = [
                self.env._("“%s” is archived and not given.", tier[name].display_name)
                for name in BENEFITS.values()
                if tier[name] and not tier[name].active
            ]
            if tier.pricelist_id.company_id and company.child_ids:
                hints.append(
                    self.env._(
                        "“%(pricelist)s” belongs to %(company)s and is not given in its "
                        "branches: their orders refuse it. A price list without company is.",
                        pricelist=tier.pricelist_id.name,
                        company=company.name,
                    )
                )
            tier.benefit_hint = "\n".join(hints)

    def _compute_grant_count(self):
        counts = dict(
            self.env["customer.tier.grant"]._read_group(
                [("tier_id", "in", self.ids), ("state", "=", "given")], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.grant_count = counts.get(tier, 0)

    def _compute_unmanaged_count(self):
        domain = [
            ("tier_id", "in", self.ids),
            ("service_class", "=", "key"),
            "|",
            ("user_id", "=", False),
            ("user_id.active", "=", False),
        ]
        counts = dict(self.env["customer.standing"]._read_group(domain, ["tier_id"], ["__count"]))
        for tier in self:
            tier.unmanaged_count = counts.get(tier, 0)

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @api.constrains("company_id", *BENEFITS.values())
    def _check_benefits(self):
        for tier in self:
            company = tier.company_id
            for field_name in BENEFITS.values():
                benefit = tier[field_name]
                allowed = benefit.filtered_domain(benefit._check_company_domain(company))
                if benefit != allowed:
                    raise ValidationError(
                        self.env._(
                            "“%(benefit)s” belongs to %(other)s and cannot be given by the level "
                            "“%(level)s” of %(company)s.",
                            benefit=benefit.display_name,
                            other=benefit.company_id.display_name,
                            level=tier.name,
                            company=company.display_name,
                        )
                    )
                if benefit and not benefit.active:
                    raise ValidationError(
                        self.env._(
                            "“%(benefit)s” is archived, so the level “%(level)s” cannot give it. "
                            "Unarchive it or choose another.",
                            benefit=benefit.display_name,
                            level=tier.name,
                        )
                    )

    @api.onchange(*BENEFITS.values())
    def _onchange_benefits(self):
        """Say before saving how many customers it concerns."""
        notes = []
        currency = self.pricelist_id.currency_id
        if currency and self.currency_id and currency != self.currency_id:
            notes.append(
                self.env._(
                    "“%(pricelist)s” is in %(currency)s: orders of these customers will be, too.",
                    pricelist=self.pricelist_id.name,
                    currency=currency.name,
                )
            )
        tier = self._origin
        changed = any(tier[name] != self[name]._origin for name in BENEFITS.values())
        if changed and tier.scheme_id.operative and tier.customer_count:
            notes.append(
                self.env._(
                    "Customers who hold “%(level)s”: %(count)s. Saving changes what they have.",
                    count=tier.customer_count,
                    level=tier.name,
                )
            )
        if notes:
            return {
                "warning": {
                    "title": self.env._("Privileges"),
                    "message": "\n".join(notes),
                    "type": "notification",
                }
            }

    # ------------------------------------------------------------
    # Saving
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers._switch_price_lists_on()
        return tiers

    def write(self, vals):
        # a save of the whole scheme looks at all its levels at its end
        whole = self.env.context.get("tier_rules_pending") is PENDING
        if whole or not WATCHED & vals.keys():
            result = super().write(vals)
        else:
            schemes = self.scheme_id
            before = schemes._get_benefits()
            result = super().write(vals)
            (schemes | self.scheme_id)._after_benefits_saved(before)
        if vals.get("pricelist_id"):
            self._switch_price_lists_on()
        return result

    def _filter_used(self):
        """A level that gave something stays, archived: the log names it."""
        # sudo: whether a level may be deleted depends on rows of all users
        grants = self.env["customer.tier.grant"].sudo()
        groups = grants._read_group([("tier_id", "in", self.ids)], ["tier_id"])
        return super()._filter_used() | self.browse(tier.id for (tier,) in groups)

    def _switch_price_lists_on(self):
        """Let users see price lists: without, orders would ignore what the level gives."""
        schemes = self.filtered("pricelist_id").scheme_id.filtered(
            # rules on trial change nothing for anybody
            lambda scheme: not scheme.is_draft
        )
        group = self.env.ref("product.group_product_pricelist")
        if not schemes or self.env["res.groups"]._is_feature_enabled(
            "product.group_product_pricelist"
        ):
            return
        # sudo: a setting, changed as the settings page does it; who may configure levels
        # chose a price list, and is told
        self.env.ref("base.group_user").sudo()._apply_group(group.sudo())
        self.env["res.company"].sudo()._activate_or_create_pricelists()
        for scheme in schemes:
            scheme._tell(
                self.env._(
                    "Price lists were switched on for all users, because a level gives one. "
                    "They are a setting of Sales."
                )
            )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_grants(self):
        """Open what this level gave."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_tier_grant_action"
        )
        action["domain"] = [("tier_id", "=", self.id)]
        action["display_name"] = self.name
        return action

    def action_view_unmanaged(self):
        """Open the key customers of this level whom nobody looks after."""
        self.ensure_one()
        action = self.action_view_customers()
        action["context"] = {"search_default_key_unmanaged": 1}
        return action
