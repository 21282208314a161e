from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

GROUP_OWN = "customer_tiering.customer_tiering_group_own"


class ResPartner(models.Model):
    """Level of a customer, read from the standing of the company's operative scheme.

    The level is not stored here: it differs by company, contacts follow their company,
    and a nightly write would block the users who edit partners.
    """

    _inherit = "res.partner"

    # Internal users may see a customer's level; a portal user must not read his own
    tier_id = fields.Many2one(
        "customer.tier",
        string="Level",
        compute="_compute_tier_id",
        search="_search_tier_id",
        compute_sudo=True,
        groups="base.group_user",
    )
    tier_color = fields.Integer(
        string="Level Color",
        related="tier_id.color",
        related_sudo=False,
        groups="base.group_user",
    )
    standing_id = fields.Many2one(
        "customer.standing",
        string="Grading Result",
        compute="_compute_standing_id",
        search="_search_standing_id",
        groups=GROUP_OWN,
    )
    # related without sudo: who may not see a customer's figures must not read them here
    tier_amount = fields.Monetary(
        string="This Period",
        related="standing_id.amount",
        related_sudo=False,
        currency_field="tier_currency_id",
        groups=GROUP_OWN,
    )
    tier_amount_previous = fields.Monetary(
        string="Period before",
        related="standing_id.amount_previous",
        related_sudo=False,
        currency_field="tier_currency_id",
        groups=GROUP_OWN,
    )
    tier_amount_to_next = fields.Float(
        string="Needed to Rise",
        related="standing_id.amount_to_next",
        related_sudo=False,
        groups=GROUP_OWN,
    )
    tier_amount_to_keep = fields.Float(
        string="Needed to Keep",
        related="standing_id.amount_to_keep",
        related_sudo=False,
        groups=GROUP_OWN,
    )
    tier_change_hint = fields.Char(
        string="What would change it",
        related="standing_id.change_hint",
        related_sudo=False,
        groups=GROUP_OWN,
    )
    tier_currency_id = fields.Many2one(
        related="standing_id.currency_id",
        string="Level Currency",
        related_sudo=False,
        groups=GROUP_OWN,
    )
    tier_measure = fields.Selection(
        related="standing_id.measure",
        string="Level Measure",
        related_sudo=False,
        groups=GROUP_OWN,
    )
    tier_exempt = fields.Boolean(
        string="Exempt from Grading",
        groups=GROUP_OWN,
        tracking=True,
        help="Own companies, walk-in customers and others that no level should describe. "
        "Holds in every company.",
    )
    tier_exempt_reason = fields.Char(string="Reason of Exemption", groups=GROUP_OWN)

    # ------------------------------------------------------------
    # Level
    # ------------------------------------------------------------

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_tier_id(self):
        tiers = {
            partner.id: tier
            for partner, tier in self.env["customer.standing"]._read_group(
                [
                    ("scheme_id", "=", self._get_operative_scheme_id()),
                    ("partner_id", "in", self.commercial_partner_id.ids),
                ],
                ["partner_id", "tier_id"],
            )
        }
        for partner in self:
            partner.tier_id = tiers.get(partner.commercial_partner_id.id, False)

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_standing_id(self):
        # without sudo: who may not see a customer's figures finds none here
        standings = self.env["customer.standing"].search(
            [
                ("scheme_id", "=", self._get_operative_scheme_id()),
                ("partner_id", "in", self.commercial_partner_id.ids),
            ]
        )
        by_partner = {standing.partner_id.id: standing for standing in standings}
        for partner in self:
            partner.standing_id = by_partner.get(partner.commercial_partner_id.id, False)

    @api.model
    def _get_operative_scheme_id(self):
        return self.env["customer.tier.scheme"]._get_operative(self.env.company).id

    def _search_tier_id(self, operator, value):
        # core does not ask who searches by a computed field; a portal user must not
        self._check_field_access(self._fields["tier_id"], "read")
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator != "in":
            # with the caller's rights: a path through the level leads no further than he may go
            value = self._search_levels(operator, value)
        # sudo: the level itself is no secret inside the company
        return self._search_through_standing(
            self.env["customer.standing"].sudo(), "tier_id", "in", value
        )

    @api.model
    def _search_levels(self, operator, value):
        """Return the ids of the levels that a condition on the field ``tier_id`` means."""
        tiers = self.env["customer.tier"].with_context(active_test=False)
        if operator in ("any", "any!"):
            domain = Domain(value)
        else:
            domain = Domain("display_name", operator, value)
        return tiers.search(domain).ids

    def _search_standing_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return self._search_through_standing(self.env["customer.standing"], "id", operator, value)

    def _search_through_standing(self, standings, field_name, operator, value):
        """Turn a condition on a standing into one on its customer and his contacts."""
        base = Domain("scheme_id", "=", self._get_operative_scheme_id())
        if operator == "in" and False in value:
            filled = standings._search(base & Domain(field_name, "!=", False))
            domain = self._domain_without(filled)
            if rest := [item for item in value if item]:
                domain |= Domain(self._search_through_standing(standings, field_name, "in", rest))
            return domain
        query = standings._search(base & Domain(field_name, operator, value))
        partner_ids = query.subselect(SQL.identifier(query.table, "partner_id"))
        return Domain("commercial_partner_id", "in", partner_ids)

    @api.model
    def _domain_without(self, query):
        """Return the partners whose commercial partner is not among a query's partners.

        NOT EXISTS, because PostgreSQL does not finish NOT IN over a large table.
        """

        def to_sql(model, alias, outer_query):
            return SQL(
                "NOT EXISTS (SELECT 1 FROM (%s) graded WHERE graded.partner_id = %s)",
                query.select(SQL.identifier(query.table, "partner_id")),
                model._field_to_sql(alias, "commercial_partner_id", outer_query),
            )

        return Domain.custom(to_sql=to_sql)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists of customers be grouped and sorted by level."""
        if field_expr != "tier_id" or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields["tier_id"], "read")
        return SQL.identifier(self._join_standing(alias, query), "tier_id")

    def _join_standing(self, alias, query):
        """Join the standing of the operative scheme to a query; return its alias."""
        standing = query.make_alias(alias, "tier_standing")
        if standing not in query._joins:
            query.add_join(
                "LEFT JOIN",
                standing,
                "customer_standing",
                SQL(
                    "%s = %s AND %s = %s",
                    SQL.identifier(standing, "partner_id"),
                    SQL.identifier(alias, "commercial_partner_id"),
                    SQL.identifier(standing, "scheme_id"),
                    self._get_operative_scheme_id() or 0,
                ),
            )
        return standing

    # ------------------------------------------------------------
    # Exemption
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("tier_exempt") for vals in vals_list):
            self._check_may_exempt()
        return super().create(vals_list)

    def write(self, vals):
        changed = self.browse()
        if "tier_exempt" in vals:
            exempt = bool(vals["tier_exempt"])
            changed = self.filtered(lambda partner: partner.tier_exempt != exempt)
        if changed:
            self._check_may_exempt()
        result = super().write(vals)
        if changed:
            changed._regrade("evaluation")
        return result

    def _check_may_exempt(self):
        if not self.env.su and not self.env.user.has_group(
            "customer_tiering.customer_tiering_group_team"
        ):
            raise AccessError(
                self.env._("Only team leaders and above can exempt a customer from grading.")
            )

    def _regrade(self, trigger):
        """Put the levels of these customers right at once, in every scheme that holds them."""
        partners = self.commercial_partner_id
        # sudo: the caller's right to the change that made this necessary was checked
        standings = self.env["customer.standing"].sudo()
        operative = self.env["customer.tier.scheme"].sudo().search([("operative", "=", True)])
        schemes = standings.search([("partner_id", "in", partners.ids)]).scheme_id
        schemes |= operative.filtered(lambda scheme: scheme._has_documents_of(partners))
        # a level by hand holds before any evaluation
        schemes = schemes.filtered(
            lambda scheme: scheme.last_evaluated or scheme.method == "manual"
        )
        result = schemes._evaluate_all(
            # a merge moves documents, no customer bought less: nothing to be patient about
            partner_ids=partners.ids,
            trigger=trigger,
            at_once=trigger == "merge",
        )
        for scheme in self.env["customer.tier.scheme"].sudo().browse(result["failed"]):
            # somebody evaluates it at this moment: right as soon as he is done
            if not scheme.evaluation_error:
                scheme._request_evaluation()

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_standing(self):
        """Open why this customer has this level."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why this level?"),
            "res_model": "customer.standing",
            "view_mode": "form",
            "res_id": self.standing_id.id,
        }
