from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .kinds import WORKING


class ComplaintTeam(models.Model):
    """Who takes the cases of a company: a leader, members, working hours and a mail address."""

    _name = "complaint.team"
    _description = "Complaint Team"
    _inherit = ["mail.thread", "mail.alias.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    # a branch works with the teams of the company above it
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    leader_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Is told when the team is late, and approves what is beyond a member's authority.",
    )
    # core leaves it without an index
    alias_id = fields.Many2one(index=True)
    member_ids = fields.One2many("complaint.team.member", "team_id", string="Members", copy=True)
    user_ids = fields.Many2many(
        "res.users", compute="_compute_user_ids", search="_search_user_ids", string="Agents"
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        index="btree_not_null",
        check_company=True,
        help="Promises in working time run in these hours. Without them the company's hold, "
        "and where there are none, work goes on around the clock.",
    )
    assignment = fields.Selection(
        [
            ("manual", "By hand"),
            ("balanced", "Who has the fewest open cases"),
            ("round_robin", "In turn"),
            ("by_class", "By service class, then the fewest open cases"),
        ],
        required=True,
        default="manual",
        help="Who gets a new case. Who is away is left out.",
    )
    is_catch_all = fields.Boolean(
        string="Fallback Team",
        help="Cases that name no team, and mails that could not be read, come here.",
    )
    case_ids = fields.One2many("complaint.case", "team_id", string="Cases")

    _one_catch_all_idx = models.UniqueIndex(
        "(company_id) WHERE is_catch_all AND active",
        "Another team of this company takes what nobody else takes already.",
    )

    @api.depends("member_ids.user_id")
    def _compute_user_ids(self):
        for team in self:
            team.user_ids = team.member_ids.user_id

    def _search_user_ids(self, operator, value):
        return Domain("member_ids.user_id", operator, value)

    @api.constrains("resource_calendar_id")
    def _check_resource_calendar_id(self):
        problems = self.resource_calendar_id._get_timeline_problems()
        if problems:
            raise ValidationError("\n".join(problems.values()))

    # ------------------------------------------------------------
    # Mail
    # ------------------------------------------------------------

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("complaint.case")
        if self.id:
            values["alias_defaults"] = {"team_id": self.id, "company_id": self.company_id.id}
        return values

    # ------------------------------------------------------------
    # Who takes a case
    # ------------------------------------------------------------

    @api.model
    def _get_default(self, company):
        """Return the team for cases that name none: the user's own, else the catch-all."""
        return self._get_own(company) or self._get_catch_all(company)

    @api.model
    def _get_own(self, company):
        """Return the first team for a company that the user is in, or leads.

        He may not enter cases of other teams. Who is no agent, such as a customer, has none.
        """
        mine = Domain("member_ids.user_id", "=", self.env.uid) | Domain(
            "leader_id", "=", self.env.uid
        )
        teams = self.search(Domain("company_id", "parent_of", company.ids) & mine)
        return (teams.filtered(lambda team: team.company_id == company) or teams)[:1]

    @api.model
    def _get_catch_all(self, company):
        """Return the team that takes what nobody else takes, else the first."""
        teams = self.search([("company_id", "parent_of", company.ids)])
        near = teams.filtered(lambda team: team.company_id == company) or teams
        return near.filtered("is_catch_all")[:1] or near[:1]

    def _pick_agents(self, cases):
        """Choose who gets the unassigned cases of this team by its rule.

        :return: ``{case: user}``; cases stay out for whom nobody is there
        """
        self.ensure_one()
        members = self._get_present_members()
        if self.assignment == "manual" or not members:
            return {}
        load = self._get_load(members.user_id)
        chosen = {}
        for case in cases:
            member = self._pick_member(members, case, load)
            if member:
                chosen[case] = member.user_id
                load[member.user_id] += 1
        return chosen

    def _get_present_members(self):
        """Return the members who are there today."""
        members = self.member_ids.filtered(lambda member: member.user_id.active)
        today = fields.Date.context_today(self)
        # sudo: whether a colleague is away, not why
        absent = members.user_id.sudo()._get_absent([today], self.company_id)
        return members.filtered(lambda member: (member.user_id.id, today) not in absent)

    def _get_load(self, users):
        """Return ``{user: number of cases he works on}``."""
        # sudo: the number, not the cases of other teams
        rows = (
            self.env["complaint.case"]
            .sudo()
            ._read_group(
                [("user_id", "in", users.ids), ("stage_kind", "in", WORKING)],
                ["user_id"],
                ["__count"],
            )
        )
        return {user: 0 for user in users} | {user.with_env(self.env): n for user, n in rows}

    def _pick_member(self, members, case, load):
        if self.assignment == "round_robin":
            never = fields.Datetime.from_string("1970-01-01 00:00:00")
            member = min(members, key=lambda member: (member.date_assigned or never, member.id))
            # by the number of the turn, not the clock: many cases may come in one second
            last = max(each.date_assigned or never for each in members)
            member.date_assigned = max(fields.Datetime.now(), fields.Datetime.add(last, seconds=1))
            return member
        if self.assignment == "by_class":
            wanted = members.filtered(lambda member: member.service_class == case.service_class)
            members = wanted or members.filtered(lambda member: not member.service_class)
        return min(members, key=lambda member: (load[member.user_id], member.id), default=None)

    def _get_calendar(self, company):
        """Return the working hours promises of this team run in, and why they are not its own.

        The team's, else the company's, none there = around the clock. Working hours that
        became flexible or empty after they were chosen are passed over.

        :return: ``(calendar, notice)``; an empty calendar stands for around the clock
        """
        # sudo: hours of work are no secret
        own, general = self.sudo().resource_calendar_id, company.sudo().resource_calendar_id
        problems = (own | general)._get_timeline_problems()
        usable = [calendar for calendar in (own, general) if calendar and calendar not in problems]
        calendar = usable[0] if usable else own.browse()
        wanted = own or general
        if calendar and calendar == wanted:
            return calendar, False
        return calendar, self._describe_fallback(problems.get(wanted), calendar)

    def _describe_fallback(self, problem, calendar):
        """Return in which hours promises run, because those that were meant cannot be used."""
        if not problem:
            return self.env._(
                "Neither the team nor its company has working hours: work goes on around the clock."
            )
        if calendar:
            return self.env._(
                "%(problem)s Until then “%(calendar)s” holds.",
                problem=problem,
                calendar=calendar.name,
            )
        return self.env._("%(problem)s Until then every hour counts.", problem=problem)
