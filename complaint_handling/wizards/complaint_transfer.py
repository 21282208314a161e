from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ComplaintTransfer(models.TransientModel):
    """Give open cases to another agent or team. What was promised stays promised."""

    _name = "complaint.transfer"
    _description = "Hand over Cases"

    scope = fields.Selection(
        [
            ("selection", "The cases selected"),
            ("agent", "All open cases of an agent"),
            ("team", "All open cases of a team"),
        ],
        string="Which",
        required=True,
        default="agent",
    )
    selected_ids = fields.Many2many("complaint.case", string="Cases selected")
    from_user_id = fields.Many2one(
        "res.users", string="Of", domain="[('share', '=', False)]", ondelete="cascade"
    )
    from_team_id = fields.Many2one("complaint.team", string="Of the Team", ondelete="cascade")
    case_ids = fields.Many2many("complaint.case", compute="_compute_case_ids", string="Cases")
    case_count = fields.Integer(compute="_compute_case_ids", string="Open Cases")
    company_ids = fields.Many2many("res.company", compute="_compute_case_ids")
    team_id = fields.Many2one(
        "complaint.team",
        string="To the Team",
        domain="[('company_id', 'parent_of', company_ids)]",
        ondelete="cascade",
        help="Empty: the cases stay in their team.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="To the Agent",
        domain="[('share', '=', False), ('company_ids', 'in', company_ids)]",
        ondelete="cascade",
        help="Empty: the team finds somebody by its rule, or takes them anew.",
    )
    warning = fields.Char(compute="_compute_warning")
    note = fields.Char(string="Why", help="Stands in the log of each case.")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "complaint.case":
            selected = self.env.context.get("active_ids") or []
            values.update(scope="selection", selected_ids=selected)
        elif "from_user_id" in fields:
            values.setdefault("from_user_id", self.env.uid)
        return values

    @api.depends("scope", "selected_ids", "from_user_id", "from_team_id")
    def _compute_case_ids(self):
        for wizard in self:
            wizard.case_ids = wizard._find_cases()
            wizard.case_count = len(wizard.case_ids)
            wizard.company_ids = wizard.case_ids.company_id or self.env.company

    def _find_cases(self):
        """Return the open cases that are meant; what has ended keeps its agent."""
        if self.scope == "selection":
            return self.selected_ids._origin.filtered("is_open")
        field, owner = {
            "agent": ("user_id", self.from_user_id),
            "team": ("team_id", self.from_team_id),
        }[self.scope]
        cases = self.env["complaint.case"]
        if not owner:
            return cases
        return cases.search(Domain("is_open", "=", True) & Domain(field, "=", owner.id))

    @api.depends("user_id", "company_ids")
    def _compute_warning(self):
        for wizard in self:
            wizard.warning = wizard._describe_absence()

    def _describe_absence(self):
        """Return who is away today and so takes nothing, nothing if he is there."""
        user = self.user_id
        today = fields.Date.context_today(self)
        # sudo: whether a colleague is away, not why
        absent = user.sudo()._get_absent([today], self.company_ids[:1]) if user else ()
        if (user.id, today) not in absent:
            return False
        return self.env._(
            "%(user)s is away today: choose somebody who is there, or give the cases to a team.",
            user=user.name,
        )

    # ------------------------------------------------------------
    # Handing over
    # ------------------------------------------------------------

    def action_apply(self):
        """Hand the cases over; activities of the agents go along."""
        self.ensure_one()
        cases = self.case_ids
        self._check_transfer(cases)
        if self.note:
            cases._message_log_batch(bodies=dict.fromkeys(cases.ids, self.note))
        cases._hand_over(user=self.user_id, team=self.team_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s cases now belong to %(owner)s.",
                    count=len(cases),
                    owner=self.user_id.name or self.team_id.name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _check_transfer(self, cases):
        if not cases:
            raise UserError(
                self.env._("None of these cases is open: there is nothing to hand over.")
            )
        if not self.user_id and not self.team_id:
            raise UserError(self.env._("Say who gets the cases: an agent, a team, or both."))
        if self.warning:
            raise UserError(self.warning)
