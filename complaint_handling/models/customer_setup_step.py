from odoo import models


class CustomerSetupStep(models.Model):
    _inherit = "customer.setup.step"

    def _is_done_complaint_team(self):
        """Somebody takes the company's cases, and somebody is told when they are late."""
        teams = self.env["complaint.team"].search([("company_id", "=", self.env.company.id)])
        return bool(teams) and all(team.leader_id and team.member_ids for team in teams)

    def _is_done_complaint_mail(self):
        company = self.env.company
        return company.complaint_customer_mail
