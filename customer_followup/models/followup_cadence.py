import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL

#: The shipped rhythms by service class: (kind, months, tolerance, hours, mode).
DEFAULTS = {
    "key": [("visit", 3, 15, 1.0, "person"), ("call", 1, 7, 0.25, "person")],
    "standard": [("visit", 6, 30, 1.0, "person"), ("call", 3, 15, 0.25, "person")],
    "basic": [("mail", 6, 30, 0.0, "automatic")],
}


class FollowupCadence(models.Model):
    """How often which customers are contacted. A customer follows the first that fits him."""

    _name = "followup.cadence"
    _description = "Contact Rhythm"
    _inherit = ["mail.thread"]
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(
        default=10, help="A customer follows the first rhythm whose conditions he meets."
    )
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    service_class = fields.Selection(
        [("key", "Key"), ("standard", "Standard"), ("basic", "Basic")],
        help="Of the customer's level; empty = any.",
        tracking=True,
    )
    tier_ids = fields.Many2many(
        "customer.tier", string="Levels", check_company=True, help="Empty = any level, or none."
    )
    customer_status = fields.Selection(
        selection=lambda self: self._get_statuses(),
        string="Status",
        tracking=True,
        help="Empty = any but On Hold.",
    )
    prospect_class = fields.Selection(
        selection=lambda self: self.env["res.partner"]._fields["prospect_class"].selection,
        tracking=True,
        help="Of customers who have not ordered yet; empty = any.",
    )
    domain = fields.Char(
        string="Further Conditions", default="[]", help="Conditions on the customer's record."
    )
    line_ids = fields.One2many("followup.cadence.line", "cadence_id", string="Contacts", copy=True)
    note = fields.Text()

    # ------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------

    @api.model
    def _get_statuses(self):
        """Return the states of a customer as the grading knows them."""
        return self.env["customer.standing"]._fields["customer_status"].selection

    @api.constrains("domain")
    def _check_domain(self):
        for cadence in self:
            try:
                self.env["res.partner"]._search(cadence._get_domain())
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The further conditions of “%(name)s” cannot be read: %(error)s",
                        name=cadence.name,
                        error=error,
                    )
                ) from error

    @api.constrains("line_ids")
    def _check_lines(self):
        for cadence in self:
            kinds = cadence.line_ids.mapped("kind")
            if len(kinds) != len(set(kinds)):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” has two lines of the same kind. Put them into one.",
                        name=cadence.name,
                    )
                )

    def _get_domain(self):
        """Return the further conditions; only literals are read, nothing is evaluated."""
        self.ensure_one()
        return Domain(ast.literal_eval(self.domain or "[]"))

    # ------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        cadences = super().create(vals_list)
        self._request_plan()
        return cadences

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() - {"name", "note"}:
            self._request_plan()
        return result

    def unlink(self):
        self._request_plan()
        return super().unlink()

    @api.model
    def _request_plan(self):
        """Have the follow-ups planned anew in the background."""
        # sudo: the job is ours, and it must not only go on where a pass ended
        left = self.env["res.company"].sudo().search([("followup_left_since", "!=", False)])
        left.followup_left_since = False
        cron = self.env.ref("customer_followup.ir_cron_plan", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    # ------------------------------------------------------------
    # Who follows it
    # ------------------------------------------------------------

    @api.model
    def _customer_sql(self, company, partner_ids=None, cadences=None):
        """Return customers with their rhythm.

        :param company: root company whose operative scheme tells level and status
        :param partner_ids: ids of customers to restrict to; None = all
        :param cadences: rhythms to try in order, also edited ones; None = those in use
        :return: SQL with partner_id, user_id (account manager), tier_sequence, last_date,
            cadence_id (None = follows no rhythm, 0 = one that is not saved)
        """
        if cadences is None:
            cadences = self.search([("company_id", "=", company.id)])
        scheme = self.env["customer.tier.scheme"]._get_operative(company)
        cases = [
            # 0 = not saved yet
            SQL("WHEN %s THEN %s", cadence._condition_sql(), cadence._origin.id or 0)
            for cadence in cadences
        ]
        return SQL(
            """
            SELECT base.*, %(cadence)s AS cadence_id
              FROM (SELECT partner.id AS partner_id,
                           coalesce(standing.user_id, manager.id) AS user_id,
                           coalesce(tier.sequence, 1000000) AS tier_sequence,
                           standing.last_date,
                           standing.tier_id,
                           tier.service_class,
                           coalesce(standing.customer_status, 'prospect') AS customer_status,
                           partner.prospect_class
                      FROM res_partner partner
                 LEFT JOIN customer_standing standing ON standing.partner_id = partner.id
                                                     AND standing.scheme_id = %(scheme)s
                 LEFT JOIN customer_tier tier ON tier.id = standing.tier_id
                 LEFT JOIN LATERAL (
                           SELECT users.id
                             FROM res_users users
                             JOIN res_company_users_rel entry ON entry.user_id = users.id
                            WHERE users.id = partner.user_id
                              AND standing.id IS NULL
                              AND entry.cid IN %(companies)s
                            LIMIT 1) manager ON TRUE
                     WHERE partner.active
                       AND NOT coalesce(partner.care_do_not_contact, FALSE)
                       AND partner.commercial_partner_id = partner.id
                       AND (partner.company_id IS NULL OR partner.company_id IN %(companies)s)
                       AND (standing.id IS NOT NULL OR partner.prospect_class IS NOT NULL)
                       %(restricted)s) base
            """,
            cadence=SQL("CASE %s END", SQL(" ").join(cases)) if cases else SQL("NULL::int"),
            scheme=scheme.id or 0,
            companies=tuple(self._get_companies(company).ids),
            restricted=SQL("AND partner.id IN %s", tuple(partner_ids) or (0,))
            if partner_ids is not None
            else SQL(),
        )

    @api.model
    def _get_companies(self, company):
        """Return a company with its branches."""
        # sudo: branches count wherever the caller may work
        return self.env["res.company"].sudo().search([("id", "child_of", company.id)])

    def _condition_sql(self):
        """Return the conditions of one rhythm on the rows of :meth:`_customer_sql`."""
        self.ensure_one()
        conditions = []
        if self.service_class:
            conditions.append(SQL("base.service_class = %s", self.service_class))
        if self.tier_ids:
            conditions.append(SQL("base.tier_id IN %s", tuple(self.tier_ids.ids)))
        if self.customer_status:
            conditions.append(SQL("base.customer_status = %s", self.customer_status))
        else:
            conditions.append(SQL("base.customer_status != 'on_hold'"))
        if self.prospect_class:
            conditions.append(SQL("base.prospect_class = %s", self.prospect_class))
        domain = self._get_domain()
        if not domain.is_true():
            # sudo: managers may describe any customer; others never write a rhythm
            partners = self.env["res.partner"].sudo().with_company(self.company_id)
            query = partners.with_context(active_test=False)._search(domain)
            conditions.append(SQL("base.partner_id IN %s", query.subselect()))
        return SQL(" AND ").join(conditions)

    @api.model
    def _get_lines_of(self, partner, company):
        """Return the lines of the rhythm that one customer follows in a company."""
        partner = partner.commercial_partner_id
        rows = self.env.execute_query(self._customer_sql(company.root_id, partner.ids))
        return self.browse([row[-1] for row in rows if row[-1]]).line_ids

    # ------------------------------------------------------------
    # Shipped
    # ------------------------------------------------------------

    @api.model
    def _create_defaults(self, companies):
        """Give companies without a rhythm the shipped ones; a branch follows its parent."""
        # sudo: whoever may create a company gets its defaults
        cadences = self.sudo().with_context(active_test=False, lang="en_US")
        having = cadences.search([("company_id", "in", companies.ids)]).company_id
        created = cadences.create(
            [
                self._prepare_default_vals(company, service_class, position)
                for company in companies - having
                if not company.parent_id
                for position, service_class in enumerate(DEFAULTS, start=1)
            ]
        )
        created._translate_default_names()
        return created

    @api.model
    def _default_names(self):
        return {
            "key": self.env._("Key customers"),
            "standard": self.env._("Standard customers"),
            "basic": self.env._("Basic customers"),
        }

    @api.model
    def _prepare_default_vals(self, company, service_class, position):
        lines = [
            Command.create(
                {
                    "sequence": number,
                    "kind": kind,
                    "interval": months,
                    "interval_unit": "month",
                    "tolerance_days": tolerance,
                    "duration": hours,
                    "mode": mode,
                    "counts_for": "call" if kind == "visit" else False,
                }
            )
            for number, (kind, months, tolerance, hours, mode) in enumerate(DEFAULTS[service_class])
        ]
        return {
            "name": self._default_names()[service_class],
            "company_id": company.id,
            "sequence": 10 * position,
            "service_class": service_class,
            "line_ids": lines,
        }

    def _translate_default_names(self):
        for lang, __ in self.env["res.lang"].get_installed():
            names = self.with_context(lang=lang)._default_names()
            for cadence in self:
                cadence.with_context(lang=lang).name = names[cadence.service_class]
