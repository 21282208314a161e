from odoo import api, models
from odoo.exceptions import UserError


class ComplaintCase(models.Model):
    """No case comes to an archived team: the fallback team of its company takes it."""

    _inherit = "complaint.case"

    @api.model
    def _set_teams(self, vals_list):
        result = super()._set_teams(vals_list)
        # sudo: whether a team is active, whoever opens the case
        Team = self.env["complaint.team"].sudo()
        receiving = {}
        for vals in vals_list:
            key = (vals["team_id"], vals["company_id"])
            if key not in receiving:
                company = self.env["res.company"].browse(vals["company_id"])
                team = Team.browse(vals["team_id"] or [])._get_receiving(company)
                self._check_team_found(team, company)
                receiving[key] = team.id
            vals["team_id"] = receiving[key]
        return result

    @api.model
    def _check_team_found(self, team, company):
        if not team:
            raise UserError(
                self.env._(
                    "%(company)s has no complaint team that could take the case: ask your "
                    "complaint manager to create or restore one.",
                    # sudo: the name of a company one works for
                    company=company.sudo().display_name,
                )
            )

    def _leave_archived_teams(self):
        """Bring cases of archived teams to the fallback team and say so in their logs.

        Promises stay, and whoever works on a case keeps it; the others find an agent by the rule
        of their new team.
        """
        # sudo: see _set_teams
        left = self.sudo().filtered(lambda case: not case.team_id.active)
        for (team, company), cases in left.grouped(lambda c: (c.team_id, c.company_id)).items():
            receiving = team._get_receiving(company)
            self._check_team_found(receiving, company)
            sentence = self.env._(
                "“%(team)s” was archived: “%(receiving)s” takes its cases.",
                team=team.name,
                receiving=receiving.name,
            )
            cases._message_log_batch(bodies=dict.fromkeys(cases.ids, sentence))
            cases = cases.with_context(complaint_keep_promises=True)
            cases.write({"team_id": receiving.id})
            cases._assign()

    def _after_reopening(self):
        """A case that ended before its team was archived comes to the fallback team."""
        self._leave_archived_teams()
        return super()._after_reopening()
