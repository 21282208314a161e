"""Status of a customer on the partner, and what is known of those who never bought."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import GROUP_OWN
from .status import STATUSES


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Like the level, the word is no secret among those who look after customers
    customer_status = fields.Selection(
        STATUSES,
        compute="_compute_customer_status",
        search="_search_customer_status",
        compute_sudo=True,
        groups=GROUP_OWN,
    )
    # sentence and money come from the standing, with the reader's own rights
    status_reason = fields.Char(
        string="Why this status?", compute="_compute_status_reason", groups=GROUP_OWN
    )
    value_at_stake = fields.Monetary(
        string="Value at Stake",
        related="standing_id.value_at_stake",
        related_sudo=False,
        currency_field="tier_currency_id",
        groups=GROUP_OWN,
    )
    prospect_class = fields.Selection(
        [
            ("deposit", "Deposit paid"),
            ("interested", "Strongly interested"),
            ("qualified", "Qualified"),
            ("first", "First interest"),
        ],
        tracking=True,
        index="btree_not_null",
        group_expand=True,
        groups=GROUP_OWN,
        help="How far the sale is.\n"
        "Deposit paid: the first order is only a matter of time.\n"
        "Strongly interested: two talks or more.\n"
        "Qualified: needs and budget are known, or measured on the spot.\n"
        "First interest: has asked.",
    )
    annual_potential = fields.Monetary(
        currency_field="currency_id",
        groups=GROUP_OWN,
        help="What this customer could buy in a year of the goods we offer, from anybody.",
    )

    # ------------------------------------------------------------
    # Status
    # ------------------------------------------------------------

    @api.depends(
        "commercial_partner_id.tier_exempt",
        "commercial_partner_id.prospect_class",
        "commercial_partner_id.customer_rank",
        "commercial_partner_id.supplier_rank",
    )
    @api.depends_context("company")
    def _compute_customer_status(self):
        customers = self.commercial_partner_id
        statuses = {
            partner.id: status
            for partner, status in self.env["customer.standing"]._read_group(
                [
                    ("scheme_id", "=", self._get_operative_scheme_id()),
                    ("partner_id", "in", customers.ids),
                ],
                ["partner_id", "customer_status"],
            )
        }
        unknown = customers.filtered(lambda customer: customer.id not in statuses)
        prospects = unknown._filter_prospects()
        for partner in self:
            customer = partner.commercial_partner_id
            default = "prospect" if customer in prospects else False
            partner.customer_status = statuses.get(customer.id, default)

    def _filter_prospects(self):
        """Keep who may become a customer: no own company or user, no mere supplier (sudo)."""
        candidates = self.filtered(
            lambda partner: not partner.tier_exempt
            and (partner.prospect_class or partner.customer_rank > 0 or partner.supplier_rank <= 0)
        )
        active_test = self.env["res.company"].with_context(active_test=False)
        ours = active_test.search([("partner_id", "in", candidates._origin.ids)]).partner_id
        users = self.env["res.users"].with_context(active_test=False)
        ours |= users.search(
            [("partner_id", "in", candidates._origin.ids), ("share", "=", False)]
        ).partner_id
        return candidates.filtered(lambda partner: partner._origin not in ours)

    def _is_prospect_sql(self, alias, standing, query):
        """Return the SQL of :meth:`_filter_prospects` for a joined commercial partner."""
        return SQL(
            """
            (%(standing)s IS NULL
             AND %(exempt)s IS NOT TRUE
             AND (%(prospect_class)s IS NOT NULL
                  OR COALESCE(%(customer_rank)s, 0) > 0
                  OR COALESCE(%(supplier_rank)s, 0) <= 0)
             AND NOT EXISTS (SELECT 1 FROM res_company WHERE partner_id = %(partner)s)
             AND NOT EXISTS (SELECT 1 FROM res_users
                              WHERE partner_id = %(partner)s AND share IS NOT TRUE))
            """,
            standing=SQL.identifier(standing, "id"),
            exempt=self._field_to_sql(alias, "tier_exempt", query),
            prospect_class=self._field_to_sql(alias, "prospect_class", query),
            customer_rank=self._field_to_sql(alias, "customer_rank", query),
            supplier_rank=self._field_to_sql(alias, "supplier_rank", query),
            partner=SQL.identifier(alias, "id"),
        )

    def _search_customer_status(self, operator, value):
        # core does not ask who searches by a computed field; a portal user must not
        self._check_field_access(self._fields["customer_status"], "read")
        if operator != "in":
            return NotImplemented

        # the caller's query is joined with the standing: see _field_to_sql
        def to_sql(model, alias, query):
            status = model._field_to_sql(alias, "customer_status", query)
            found = SQL("%s IN %s", status, tuple(item for item in value if item) or (None,))
            return SQL("(%s OR %s IS NULL)", found, status) if False in value else found

        stored = [item for item in value if item and item != "prospect"]
        if len(stored) == len(list(value)):
            # sudo: the status is no secret among those who look after customers
            standings = self.env["customer.standing"].sudo()
            return self._search_through_standing(standings, "customer_status", "in", stored)
        return Domain.custom(to_sql=to_sql)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let lists of customers be grouped, sorted and searched by status."""
        if field_expr != "customer_status" or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields["customer_status"], "read")
        standing = self._join_standing(alias, query)
        customer = query.make_alias(alias, "status_customer")
        if customer not in query._joins:
            query.add_join(
                "LEFT JOIN",
                customer,
                "res_partner",
                SQL(
                    "%s = %s",
                    SQL.identifier(customer, "id"),
                    SQL.identifier(alias, "commercial_partner_id"),
                ),
            )
        return SQL(
            "CASE WHEN %s THEN 'prospect' ELSE %s END",
            self._is_prospect_sql(customer, standing, query),
            SQL.identifier(standing, "customer_status"),
        )

    # ------------------------------------------------------------
    # Sentence
    # ------------------------------------------------------------

    @api.depends("customer_status")
    @api.depends_context("company", "lang", "tz", "uid")
    def _compute_status_reason(self):
        for partner in self:
            partner.status_reason = partner._get_status_reason()

    def _get_status_reason(self):
        """Say in one sentence why this customer has his status."""
        self.ensure_one()
        if self.standing_id.customer_status not in (False, "prospect"):
            return self.standing_id.status_reason
        if self.customer_status != "prospect":
            return ""
        prospect_class = self.commercial_partner_id.prospect_class
        if not prospect_class:
            return self.env._("No order yet.")
        labels = dict(self._fields["prospect_class"]._description_selection(self.env))
        return self.env._("No order yet; %s.", labels[prospect_class].lower())

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_put_on_hold(self):
        """Ask why and until when these customers are put on hold."""
        return self._open_status_dialog("customer_tiering.customer_hold_start_action")

    def action_record_leaving(self):
        """Ask why these customers left or buy less."""
        return self._open_status_dialog("customer_tiering.customer_leaving_record_action")

    def _open_status_dialog(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["context"] = {"default_partner_ids": self.commercial_partner_id.ids}
        return action

    def action_end_hold(self):
        """End the hold of these customers today."""
        company = self.env["customer.tier.scheme"]._get_grading_company()
        holds = self.env["customer.hold"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", company.id),
                ("date_end", "=", False),
            ]
        )
        return holds.action_end()
