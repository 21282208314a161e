from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.misc import format_datetime

from odoo.addons.customer_tiering.models.working_time import AroundTheClock

from ..models.complaint_sla_clock import HORIZON
from ..models.complaint_sla_policy import FILTERS
from ..models.kinds import CHANNELS, KINDS, SERVICE_CLASSES, SEVERITIES

#: What a case is asked for; a chosen case fills it in.
ASKED = (*FILTERS, "team_id", "date_received", "user_id", "partner_id", "company_id")


class ComplaintPolicyTry(models.TransientModel):
    """Try the promises: which one a case would get and why, when what is due, whom it tells."""

    _name = "complaint.policy.try"
    _description = "Try the Promises"

    company_id = fields.Many2one("res.company", required=True)
    case_id = fields.Many2one(
        "complaint.case",
        string="As Case",
        domain="[('company_id', '=', company_id)]",
        help="Takes over what this case is like. It is not changed.",
    )
    date_received = fields.Datetime(string="Received", required=True, default=fields.Datetime.now)
    service_class = fields.Selection(SERVICE_CLASSES)
    severity = fields.Selection(SEVERITIES, required=True, default="medium")
    kind = fields.Selection(KINDS, required=True, default="complaint")
    category_id = fields.Many2one("complaint.category")
    channel = fields.Selection(CHANNELS, string="Received through", required=True, default="phone")
    team_id = fields.Many2one(
        "complaint.team", required=True, domain="[('company_id', 'parent_of', company_id)]"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    partner_id = fields.Many2one("res.partner", string="Customer")

    policy_id = fields.Many2one(
        "complaint.sla.policy", string="Applicable Promise", compute="_compute_answer"
    )
    reason = fields.Text(string="Because", compute="_compute_answer")
    hours = fields.Char(string="Working Hours", compute="_compute_answer")
    line_ids = fields.One2many(
        "complaint.policy.try.line", "wizard_id", compute="_compute_answer", string="What happens"
    )
    other_ids = fields.One2many(
        "complaint.policy.try.other",
        "wizard_id",
        compute="_compute_answer",
        string="Other Promises",
    )

    @api.model
    def _open_for(self, company, policy=None):
        """Return the action that tries the promises of a company, for what a policy asks for."""
        context = {
            "default_company_id": company.id,
            "default_team_id": self.env["complaint.team"]._get_catch_all(company).id,
        }
        for name in FILTERS:
            if policy and len(policy) == 1 and policy[name]:
                field = policy._fields[name]
                context[f"default_{name}"] = policy[name].id if field.relational else policy[name]
        # not saved: an answer that is computed anew with each field is shown of new records
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try it"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    @api.onchange("case_id")
    def _onchange_case_id(self):
        for name in ASKED if self.case_id else ():
            self[name] = self.case_id[name]

    # ------------------------------------------------------------
    # The answer
    # ------------------------------------------------------------

    @api.depends(*ASKED)
    @api.depends_context("lang", "tz")
    def _compute_answer(self):
        for wizard in self:
            case = wizard._make_case()
            policy = self.env["complaint.sla.policy"]._find_policies(case)[case]
            calendar, notice = case.team_id._get_calendar(case.company_id)
            wizard.policy_id = policy.with_env(self.env)
            wizard.reason = wizard._explain(policy)
            wizard.hours = notice or (
                f"{calendar.name} ({calendar.tz})" if calendar else self.env._("around the clock")
            )
            rows = wizard._get_rows(case, policy, calendar) if case.date_received else []
            wizard.line_ids = [Command.clear(), *(Command.create(row) for row in rows)]
            others = wizard._get_others(case, policy)
            wizard.other_ids = [Command.clear(), *(Command.create(row) for row in others)]

    def _make_case(self):
        """Return a case that does not exist, with these values."""
        values = self._convert_to_write({name: self[name] for name in ASKED})
        partner = self.partner_id.commercial_partner_id
        return self.env["complaint.case"].new({**values, "partner_id": partner.id})

    def _explain(self, policy):
        if not policy:
            return self.env._("No promise fits: nothing is due by itself.")
        conditions = " · ".join(policy._get_conditions().values())
        if not conditions:
            return self.env._("It applies to every case that no other promise covers.")
        return self.env._(
            "It matches the most conditions of this case: %(conditions)s.", conditions=conditions
        )

    def _get_others(self, case, chosen):
        """Say of each other promise why this case does not get it."""
        # sudo: promises of the company above, which hold for its branches
        policies = self.env["complaint.sla.policy"].sudo()
        policies = policies.with_context(active_test=False).search(
            [("company_id", "parent_of", self.company_id.ids)]
        )
        ranked = policies.sorted(lambda policy: -policy._count_filters())
        return [
            {"policy_id": policy.id, "reason": self._explain_not(policy, case, chosen)}
            for policy in ranked
            if policy != chosen
        ]

    def _explain_not(self, policy, case, chosen):
        if not policy.active:
            return self.env._("It is not switched on.")
        if not policy._fits(case):
            words = " · ".join(policy._get_conditions().values())
            return self.env._("It holds for other cases: %(conditions)s.", conditions=words)
        if policy._count_filters() < chosen._count_filters():
            return self.env._("It also applies, but matches fewer conditions.")
        return self.env._("It fits as well, but stands further down in the list.")

    # ------------------------------------------------------------
    # What happens when
    # ------------------------------------------------------------

    def _get_rows(self, case, policy, calendar):
        """Return the due moments and the steps of the ladder, in order."""
        tz = calendar.tz or case.company_id.sudo().resource_calendar_id.tz or "UTC"
        rows = []
        for target in policy.target_ids:
            if target.kind != "verify":
                rows += self._get_target_rows(case, target, calendar)
        told = policy.level_ids._find_told([(row["level"], case) for row in rows if row["level"]])
        rows.sort(key=lambda row: (row["moment"], row["level"]._get_rank() if row["level"] else ()))
        return [
            {
                "moment": format_datetime(self.env, row["moment"], tz=tz, dt_format="short"),
                "promise": row["target"]._describe(),
                "step": row["level"]._describe() if row["level"] else self.env._("due"),
                "user_ids": [Command.set(told[row["level"], case].users.ids)]
                if row["level"]
                else [],
                "note": told[row["level"], case].note if row["level"] else False,
            }
            for row in rows
        ]

    def _get_target_rows(self, case, target, calendar):
        """Return when one target is due and when the steps that watch over it act."""
        clocks = self.env["complaint.sla.clock"].sudo()
        hours = clocks._build_timeline(
            case.date_received, case.date_received + HORIZON, case.company_id, calendar
        )
        timeline = hours if target.time == "working" else AroundTheClock()
        run = {"state": "running", "date_start": case.date_received}
        clock = clocks.new(
            {
                **case._prepare_clock(target, (calendar, False), case.date_received),
                "interval_ids": [Command.create(run)],
            }
        )
        clock.date_due = clock._get_due(timeline)
        row = {"target": target, "level": self.env["complaint.escalation.level"].sudo()}
        return [
            {**row, "moment": clock.date_due},
            *(
                {**row, "level": level, "moment": level._get_moment(clock, timeline, hours)}
                for level in target.policy_id._get_levels(target.kind)
            ),
        ]
