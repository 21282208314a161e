"""What is known of a person or a company, and what the customer owes."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from .followup_profile import CLOSENESSES, HOT_BUTTONS, INFLUENCES, ROLES
from .kinds import KINDS
from .res_partner import GROUP_OWN

GROUP_TEAM = "customer_tiering.customer_tiering_group_team"
GROUP_ALL = "customer_tiering.customer_tiering_group_all"
#: fields of ``followup.profile`` shown on the partner under the same name
PROFILE_FIELDS = (
    "care_role",
    "care_influence",
    "care_closeness",
    "personality_id",
    "care_hot_button",
    "care_interests",
    "care_channel",
    "care_hour_from",
    "care_hour_to",
    "care_wechat",
    "care_birthday",
    "care_notes",
)
#: fields whose export is the managers' and leaves a trace
GUARDED_FIELDS = {
    *PROFILE_FIELDS,
    "personality_hint",
    "care_profile_ids",
    "care_answer_ids",
    "care_person_map",
    "care_missing",
}
GUARDED_MODELS = {"followup.profile", "followup.answer"}


def from_profile(name):
    """Return the parameters of a field that lives in the partner's ``followup.profile``.

    One inverse per field: a shared one would write what it was not given.
    """
    return {
        "compute": "_compute_care_profile",
        "inverse": lambda self: self._inverse_care_profile(name),
        "search": lambda self, operator, value: self._search_care_profile(name, operator, value),
        "groups": GROUP_OWN,
    }


class ResPartner(models.Model):
    """Every internal user reads partners, but few may read what is known of them.

    A field's ``groups`` cannot tell one account manager from another, so nothing of this is
    stored here: the fields are read from, written to and searched in ``followup.profile`` with
    the user's own rights. Others read nothing, find nothing, and may not write. What is not
    stored here cannot be grouped or sorted by either.
    """

    _inherit = "res.partner"

    care_profile_ids = fields.One2many(
        "followup.profile", "partner_id", string="Profile", groups=GROUP_OWN
    )
    care_role = fields.Selection(ROLES, string="Role at the Customer", **from_profile("care_role"))
    care_influence = fields.Selection(
        INFLUENCES, string="Influence", **from_profile("care_influence")
    )
    care_closeness = fields.Selection(
        CLOSENESSES, string="Closeness", **from_profile("care_closeness")
    )
    personality_id = fields.Many2one("followup.personality", **from_profile("personality_id"))
    # with the reader's rights: personality_id itself is empty for who may not know it
    personality_hint = fields.Char(
        related="personality_id.hint", related_sudo=False, string="Advice", groups=GROUP_OWN
    )
    care_hot_button = fields.Selection(
        HOT_BUTTONS, string="Hot Button", **from_profile("care_hot_button")
    )
    care_interests = fields.Char(string="Interests", **from_profile("care_interests"))
    care_channel = fields.Selection(KINDS, string="Preferred Way", **from_profile("care_channel"))
    care_hour_from = fields.Float(string="Best from", **from_profile("care_hour_from"))
    care_hour_to = fields.Float(string="Best until", **from_profile("care_hour_to"))
    care_wechat = fields.Char(string="WeChat ID", **from_profile("care_wechat"))
    care_birthday = fields.Date(string="Birthday", **from_profile("care_birthday"))
    care_notes = fields.Text(string="What else is known", **from_profile("care_notes"))
    care_is_known = fields.Boolean(
        string="Knowledge readable",
        compute="_compute_care_is_known",
        search="_search_care_is_known",
        groups=GROUP_OWN,
        help="The user looks after this customer: as account manager, deputy or leader.",
    )

    # what the customer owes: totals only, for who looks after him
    care_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Company",
        compute="_compute_receivable",
        groups=GROUP_OWN,
    )
    receivable = fields.Monetary(
        string="Owes us",
        compute="_compute_receivable",
        currency_field="care_currency_id",
        groups=GROUP_OWN,
        help="Open posted invoices less what was paid, of this company and its branches.",
    )
    overdue_amount = fields.Monetary(
        string="Overdue",
        compute="_compute_receivable",
        currency_field="care_currency_id",
        groups=GROUP_OWN,
    )
    overdue_days = fields.Integer(
        string="Overdue (Days)",
        compute="_compute_receivable",
        groups=GROUP_OWN,
        help="Days since the oldest open invoice was due.",
    )

    # ------------------------------------------------------------
    # Who may know
    # ------------------------------------------------------------

    @api.model
    def _get_care_domain(self):
        """Return the domain of the partners whose customer the user looks after.

        As account manager, as his deputy, as a leader above him; customers without account
        manager are the leaders'. The record rules of ``followup.knowledge`` say the same.
        """
        user = self.env.user
        if self.env.su or user.has_group(GROUP_ALL):
            return Domain.TRUE
        if not user.has_group(GROUP_OWN):
            return Domain.FALSE
        managers = Domain("id", "=", user.id) | Domain("deputy_id", "=", user.id)
        is_leader = user.has_group(GROUP_TEAM)
        if is_leader:
            # sudo: who looks after whom, to decide what may be read
            managers |= Domain("care_path", "=like", f"{user.sudo().care_path or '-'}%")
        users = self.env["res.users"].sudo().with_context(active_test=False)
        ids = users.search(managers).ids
        return Domain("commercial_partner_id.user_id", "in", [*ids, False] if is_leader else ids)

    def _filter_care_known(self):
        """Keep the partners whose customer the user looks after."""
        domain = self._get_care_domain()
        if domain.is_true() or domain.is_false():
            return self if domain.is_true() else self.browse()
        # sudo: who looks after whom, to decide what may be read
        return self.sudo().filtered_domain(domain).sudo(self.env.su)

    def _search_care_is_known(self, operator, value):
        self._check_field_access(self._fields["care_is_known"], "read")
        if operator != "in":
            return NotImplemented
        known = self._get_care_domain()
        return (known if True in value else Domain.FALSE) | (
            ~known if False in value else Domain.FALSE
        )

    @api.depends("commercial_partner_id.user_id")
    @api.depends_context("uid")
    def _compute_care_is_known(self):
        known = self._filter_care_known()
        for partner in self:
            partner.care_is_known = partner in known

    def _refresh_knowledge(self):
        """Let what is known of these partners follow them after a merge, which is done in SQL."""
        for name in ("followup.profile", "followup.answer"):
            # sudo: stored for the rules, whoever may read it
            model = self.env[name].sudo()
            found = model.search([("partner_id", "in", self.ids)])
            for field in ("customer_id", "user_id", "company_id"):
                self.env.add_to_compute(model._fields[field], found)
        self.env.flush_all()

    # ------------------------------------------------------------
    # Profile
    # ------------------------------------------------------------

    @api.depends(*(f"care_profile_ids.{name}" for name in PROFILE_FIELDS))
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_care_profile(self):
        profiles = self.env["followup.profile"].search_fetch(
            [("partner_id", "in", self._origin.ids)], ["partner_id", *PROFILE_FIELDS]
        )
        by_partner = {profile.partner_id.id: profile for profile in profiles}
        for partner in self:
            profile = by_partner.get(partner._origin.id, profiles.browse())
            for name in PROFILE_FIELDS:
                partner[name] = profile[name]

    def _inverse_care_profile(self, name):
        """Write one field of the profile, which is made where there is none."""
        field = self._fields[name]
        profiles = self.env["followup.profile"].search([("partner_id", "in", self.ids)])
        by_partner = {profile.partner_id.id: profile for profile in profiles}
        changed = self.filtered(lambda partner: partner[name] or partner.id in by_partner)
        changed._check_care_known()
        missing = []
        for partner in changed:
            vals = {name: field.convert_to_write(partner[name], partner)}
            if profile := by_partner.get(partner.id):
                profile.write(vals)
            else:
                missing.append({"partner_id": partner.id, **vals})
        profiles.create(missing)

    def _check_care_known(self):
        """Refuse to note anything of a customer whom the user does not look after."""
        if unknown := self - self._filter_care_known():
            raise AccessError(
                self.env._(
                    "What is known of %(customer)s is kept by the account manager, his deputy and "
                    "their leaders. Ask one of them, or become the account manager first.",
                    customer=unknown[0].display_name,
                )
            )

    def _search_care_profile(self, name, operator, value):
        # core does not ask who searches by a computed field; a portal user must not
        self._check_field_access(self._fields[name], "read")
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in" and False in value:
            blank = Domain("care_profile_ids", "not any", [(name, "!=", False)])
            rest = [item for item in value if item]
            return blank | Domain("care_profile_ids", "any", [(name, "in", rest)])
        # with the user's own rights: he finds nobody whose profile he may not read
        return Domain("care_profile_ids", "any", [(name, operator, value)])

    @api.model
    def _domain_not_in(self, name, query):
        """Return the partners whose id in a field is no ``partner_id`` of a query.

        NOT EXISTS, because PostgreSQL does not finish NOT IN over a large table.
        """

        def to_sql(model, alias, outer_query):
            return SQL(
                "NOT EXISTS (SELECT 1 FROM (%s) found WHERE found.partner_id = %s)",
                query,
                model._field_to_sql(alias, name, outer_query),
            )

        return Domain.custom(to_sql=to_sql)

    # ------------------------------------------------------------
    # Money owed
    # ------------------------------------------------------------

    @api.depends("commercial_partner_id.user_id")
    @api.depends_context("company", "uid", "tz")
    def _compute_receivable(self):
        known = self._filter_care_known()
        totals = known._read_receivables()
        self.care_currency_id = self.env.company.currency_id
        for partner in self:
            customer = partner in known and partner._origin.commercial_partner_id.id
            total, overdue, days = totals.get(customer) or [0] * 3
            partner.receivable, partner.overdue_amount, partner.overdue_days = total, overdue, days

    def _read_receivables(self):
        """Return ``{customer id: (open, overdue, days overdue)}`` in the company's currency.

        Three totals of posted receivable lines; nothing else of the ledger leaves this query.
        """
        customers = self._origin.commercial_partner_id.ids
        if not customers:
            return {}
        self.env["account.move.line"].flush_model(
            [
                "account_id",
                "amount_residual",
                "company_id",
                "date",
                "date_maturity",
                "parent_state",
                "partner_id",
                "reconciled",
            ]
        )
        self.env["account.account"].flush_model(["account_type"])
        self.flush_model(["commercial_partner_id"])
        today = fields.Date.context_today(self)
        # sudo: branches the user may not enter belong to the company all the same
        companies = self.env["res.company"].sudo().search([("id", "child_of", self.env.company.id)])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.commercial_partner_id,
                       SUM(line.amount_residual),
                       SUM(line.amount_residual) FILTER (WHERE %(due)s < %(today)s),
                       MIN(%(due)s) FILTER (WHERE line.amount_residual > 0)
                  FROM account_move_line line
                  JOIN account_account account ON account.id = line.account_id
                  JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE partner.commercial_partner_id = ANY(%(customers)s)
                   AND account.account_type = 'asset_receivable'
                   AND line.parent_state = 'posted' AND line.reconciled IS NOT TRUE
                   AND line.company_id = ANY(%(companies)s)
              GROUP BY partner.commercial_partner_id
                """,
                due=SQL("COALESCE(line.date_maturity, line.date)"),
                today=today,
                customers=customers,
                companies=companies.ids,
            )
        )
        totals = {}
        for customer, total, overdue, oldest in rows:
            overdue = max(0, overdue or 0)
            days = (today - oldest).days if overdue and oldest else 0
            totals[customer] = (total, overdue, days)
        return totals
