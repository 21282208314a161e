from odoo import api, models
from odoo.exceptions import UserError


class ComplaintTeam(models.Model):
    """A team that is given up leaves no case behind, and no company without a team."""

    _inherit = "complaint.team"

    def write(self, vals):
        given_up = self.filtered("active") if not vals.get("active", True) else self.browse()
        given_up._check_others_remain()
        result = super().write(vals)
        given_up._give_away_cases()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last(self):
        self.filtered("active")._check_others_remain()

    def _check_others_remain(self):
        """Refuse to give up the last teams of a company; a branch has those above it."""
        # sudo: whatever teams the user may see
        teams = self.env["complaint.team"].sudo().with_context(active_test=True)
        for company in self.company_id:
            others = [("company_id", "parent_of", company.ids), ("id", "not in", self.ids)]
            if not teams.search_count(others, limit=1):
                raise UserError(
                    self.env._(
                        "%(company)s would have no complaint team left, and somebody has to take "
                        "its cases: create or restore another team first.",
                        company=company.display_name,
                    )
                )

    def _get_receiving(self, company):
        """Return who takes cases meant for this team: itself, or once archived the fallback."""
        if self.active:
            return self
        # sudo: which team takes cases, whoever brings them
        teams = self.env["complaint.team"].sudo().with_context(active_test=True)
        return teams._get_default(company).with_env(self.env)

    def _give_away_cases(self):
        """Hand the open cases of archived teams to the fallback team of their company."""
        # sudo: cases of branches that the user may not see must not stay behind either
        cases = self.env["complaint.case"].sudo()
        cases.search([("team_id", "in", self.ids), ("is_open", "=", True)])._leave_archived_teams()
