from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """What levels gave is given back before customers are merged, and given anew after.

    Core fills the properties of the remaining customer from those of the others: it must
    find there what was set by hand, not what somebody's level gave.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists().commercial_partner_id
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        grants = self._get_grants()
        grants._sync(grants._get_companies(), partners.exists().ids, wait=True)
        return result

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        grants = self._get_grants()
        companies = grants._get_companies()
        customers = (src_partners | dst_partner).commercial_partner_id
        # first notice what was changed by hand since the last night
        grants._sync(companies, customers.ids, wait=True)
        grants._take_back(companies, customers.ids, keep_vetoes=True)
        self._end_grants(src_partners)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _end_grants(self, partners):
        """Rows of merged customers are history: the remaining one has his own."""
        current = self._get_grants().search(
            [("partner_id", "in", partners.ids), ("is_current", "=", True)]
        )
        for grant in current:
            grant.write({"is_current": False, "date_to": grant.date_to or grant.date_from})
        current.flush_recordset()

    @api.model
    def _get_grants(self):
        # sudo: who may merge customers need not see what their levels gave
        return self.env["customer.tier.grant"].sudo()
