"""When what customers have from their levels has to be looked at again."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_tier_grant import BENEFITS
from .customer_tier_grant_sync import AT_ONCE_CUSTOMERS
from .customer_tier_scheme import PENDING


class CustomerTierScheme(models.Model):
    """Context key ``tier_grants_pending``: the caller looks at all customers when it is done."""

    _inherit = "customer.tier.scheme"

    # ------------------------------------------------------------
    # Synchronisation
    # ------------------------------------------------------------

    def _sync_grants(self, partner_ids=None):
        """Give and take back in the companies of these schemes, now and whatever it takes.

        Only operative schemes give: one that is not, or no longer, takes back what it gave.

        :param partner_ids: ids of the commercial partners to look at, None = all
        :return: Counter, see ``customer.tier.grant._sync``
        """
        return self._get_grants()._sync(self._get_benefit_companies(), partner_ids)

    def _apply_benefits(self, partner_ids=None, companies=None):
        """Synchronise now, or by the scheduler where many customers differ.

        :return: (number of customers who differ, whether the scheduler does it)
        """
        grants = self._get_grants()
        if companies is None:
            companies = self._get_benefit_companies()
        differing = grants._find_differences(companies, partner_ids)
        later = len(differing) > AT_ONCE_CUSTOMERS
        if later:
            grants._request_sync()
        elif differing:
            grants._sync(companies, differing)
        return len(differing), later

    @api.model
    def _get_grants(self):
        # sudo: properties of customers the caller may not edit, by rules he may not change
        return self.env["customer.tier.grant"].sudo()

    def _get_benefit_companies(self):
        """Return the companies of these schemes with their branches, archived ones too.

        Each branch has properties of its own: the ORM stores them by the company itself.
        """
        companies = self.env["res.company"].sudo()
        for scheme in self:
            companies |= companies.browse(scheme._get_company_ids())
        return companies

    # ------------------------------------------------------------
    # What starts it
    # ------------------------------------------------------------

    @api.model
    def _after_tier_changes(self, history):
        super()._after_tier_changes(history)
        if self._grants_pending() or not self._any_benefits():
            return
        for scheme, partner_ids in self._get_changed_customers(history):
            if scheme.operative:
                scheme._apply_benefits(partner_ids)

    @api.model
    def _any_benefits(self):
        """Whether any level gives something, or gave what is still there."""
        given = Domain.OR([(name, "!=", False)] for name in BENEFITS.values())
        # sudo: whether there is anything to do, whoever changed a level
        tiers = self.env["customer.tier"].sudo()
        grants = self._get_grants()
        return bool(
            tiers.search_count(given, limit=1)
            or grants.search_count([("is_current", "=", True)], limit=1)
        )

    @api.model
    def _get_changed_customers(self, history):
        """Return ``(scheme, ids of customers)`` of history rows, without reading them all."""
        history.flush_model(["scheme_id", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT scheme_id, ARRAY_AGG(DISTINCT partner_id) FROM customer_tier_history"
                " WHERE id = ANY(%s) GROUP BY scheme_id",
                history.ids,
            )
        )
        return [(self.sudo().browse(scheme_id), ids) for scheme_id, ids in rows]

    @api.model
    def _grants_pending(self):
        return self.env.context.get("tier_grants_pending") is PENDING

    def action_make_operative(self):
        scheme = self.with_context(tier_grants_pending=PENDING)
        action = super(CustomerTierScheme, scheme).action_make_operative()
        self._apply_benefits()
        return action

    @api.model_create_multi
    def create(self, vals_list):
        schemes = super().create(vals_list)
        # a branch with a scheme of its own no longer has what its parent's levels give
        schemes.filtered("operative")._apply_benefits()
        return schemes

    def write(self, vals):
        if self._grants_pending() or not vals.keys() & {
            "tier_ids",
            "operative",
            "active",
            "company_id",
        }:
            return super().write(vals)
        before, companies = self._get_benefits(), self._get_benefit_companies()
        result = super().write(vals)
        self._after_benefits_saved(before, companies)
        return result

    # ------------------------------------------------------------
    # Changed benefits
    # ------------------------------------------------------------

    def _get_benefits(self):
        """Return what each level gives, to be compared after a save.

        :return: dict of level to tuple of records, archived levels left out
        """
        return {
            tier: tuple(tier[name] for name in BENEFITS.values())
            for tier in self.tier_ids.filtered("active")
            if any(tier[name] for name in BENEFITS.values())
        }

    def _after_benefits_saved(self, before, companies=None):
        """Let the customers have what the levels give now, and say how many it concerned.

        :param before: what :meth:`_get_benefits` returned before the save
        :param companies: where the schemes gave before, if they may have moved
        """
        if not self.filtered(lambda scheme: not scheme.is_draft) or self._grants_pending():
            return
        after = self._get_benefits()
        changed = [tier for tier in {**before, **after} if before.get(tier) != after.get(tier)]
        if not changed and companies is None:
            return
        everywhere = self._get_benefit_companies() | (companies or self.env["res.company"])
        count, later = self._apply_benefits(companies=everywhere)
        for scheme in self.filtered("operative"):
            tiers = self.env["customer.tier"].union(*changed).exists()
            if tiers := tiers.filtered(lambda tier, scheme=scheme: tier.scheme_id == scheme):
                scheme._tell_benefits(tiers, count, later)

    def _tell_benefits(self, tiers, count, later):
        """Tell the manager, and the chatter of the scheme, what the save meant."""
        values = {
            "levels": ", ".join(tiers.mapped("name")),
            "count": count,
        }
        if later:
            text = self.env._(
                "Privileges of %(levels)s changed. Customers brought up to date in the "
                "background, in a few minutes: %(count)s.",
                **values,
            )
        else:
            text = self.env._(
                "Privileges of %(levels)s changed. Customers brought up to date: %(count)s.",
                **values,
            )
        self._tell(text)

    def _tell(self, text):
        """Leave a note on the scheme and show it to the current user."""
        self.message_post(body=text)
        self.env.user._bus_send(
            "simple_notification", {"title": self.name, "message": text, "type": "info"}
        )
