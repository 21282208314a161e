from odoo import api, fields, models
from odoo.fields import Command


class ComplaintWhoIsTold(models.TransientModel):
    """Try a ladder: who would be told, if it were now, and for a case, when."""

    _name = "complaint.who.is.told"
    _description = "Who would be told?"

    company_id = fields.Many2one("res.company", required=True)
    case_id = fields.Many2one("complaint.case", readonly=True)
    policy_id = fields.Many2one("complaint.sla.policy", string="Promise", readonly=True)
    team_id = fields.Many2one("complaint.team", domain="[('company_id', 'parent_of', company_id)]")
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Leave it empty to see what happens to a case nobody has taken.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    line_ids = fields.One2many(
        "complaint.who.is.told.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        string="Steps",
    )

    @api.model
    def _open_for(self, case=None, policy=None):
        """Return the action that shows the coming steps of a case, or those of a promise."""
        wizard = self.create(self._prepare_for_case(case) if case else self._prepare_for(policy))
        name = self.env._("If nobody acts") if case else self.env._("Who would be told?")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _prepare_for_case(self, case):
        return {"case_id": case.id, "company_id": case.company_id.id}

    @api.model
    def _prepare_for(self, policy):
        company = policy.company_id
        if company not in self.env.companies:
            company = self.env.company
        team = self.env["complaint.team"]._get_catch_all(company)
        return {
            "policy_id": policy.id,
            "company_id": company.id,
            "team_id": team.id,
            "user_id": team.user_ids[:1].id,
        }

    @api.depends("case_id", "policy_id", "team_id", "user_id", "partner_id")
    def _compute_line_ids(self):
        for wizard in self:
            rows = wizard._get_case_rows() if wizard.case_id else wizard._get_policy_rows()
            wizard.line_ids = [Command.clear(), *(Command.create(row) for row in rows)]

    def _get_case_rows(self):
        return [
            {
                "moment": step["moment"],
                "promise": step["clock"].sudo()._get_kind_name(),
                "step": step["level"].sudo()._describe()
                if step["level"]
                else self.env._("Due moment"),
                "user_ids": [Command.set(step["users"].ids)],
                "note": step["note"] or self._describe_silence(step),
            }
            for step in self.case_id._get_next_steps()
        ]

    def _describe_silence(self, step):
        """Return why a step tells nobody; the due moment itself never does."""
        return step["text"] if step["level"] and not step["users"] else False

    def _get_policy_rows(self):
        """Ask each step about a case that does not exist."""
        case = self.env["complaint.case"].new(
            {
                "company_id": self.company_id.id,
                "team_id": self.team_id.id,
                "user_id": self.user_id.id,
                "partner_id": self.partner_id.commercial_partner_id.id,
            }
        )
        levels = self.policy_id.level_ids.sorted(lambda level: (level._get_rank(), level.id))
        told = levels._find_told([(level, case) for level in levels])
        kinds = dict(levels._fields["clock_kind"]._description_selection(self.env))
        return [
            {
                "promise": kinds.get(level.clock_kind) or self.env._("Every promise"),
                "step": level._describe(),
                "user_ids": [Command.set(told[level, case].users.ids)],
                "note": told[level, case].note,
            }
            for level in levels
        ]
