from odoo import api, models

#: Which of two scorecards of the same quarter remains: the one further on.
PLACES = {"approved": 0, "to_approve": 1, "returned": 2, "draft": 3}


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        # sudo: what is computed from the customer, whoever may see his scorecards
        assessments = self.env["customer.assessment"].sudo()
        moved = assessments.search([("partner_id", "in", partners.exists().ids)])
        self.env.add_to_compute(assessments._fields["user_id"], moved)
        moved._compare_anew()
        return result

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # core's update would run into our unique index: make room before
        self._merge_customer_assessments(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _merge_customer_assessments(self, src_partners, dst_partner):
        """Leave one scorecard per company and quarter; the others become notes on it."""
        both = src_partners | dst_partner
        # sudo: a merge concerns the scorecards of all companies
        assessments = self.env["customer.assessment"].sudo()
        found = assessments.search([("partner_id", "in", both.ids)])
        for rows in found.grouped(lambda row: (row.company_id, row.period)).values():
            kept = rows.sorted(
                lambda row: (PLACES[row.state], row.partner_id != dst_partner, -row.id)
            )[0]
            if rows != kept:
                kept._absorb(rows - kept)
        self.env.flush_all()
