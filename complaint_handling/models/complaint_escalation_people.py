"""Whom a step tells: the person it names, else who stands in for him, else the managers."""

from typing import NamedTuple

from odoo import api, models

from .kinds import MANAGER


class Told(NamedTuple):
    """Who is told, and in words why it is somebody else than the step names."""

    users: models.BaseModel
    note: str


class ComplaintEscalationLevel(models.Model):
    _inherit = "complaint.escalation.level"

    @api.model
    def _find_told(self, pairs):
        """Return who would be told at this moment.

        :param pairs: ``[(level, case)]``
        :return: ``{(level, case): Told}``
        """
        found = {}
        companies = {case.company_id for _level, case in pairs}
        for company in companies:
            # sudo: who works where and is away, whoever asks
            wanted = {
                (level, case): level.sudo()._get_wanted(case.sudo(), company)
                for level, case in pairs
                if case.company_id == company
            }
            users = self.env["res.users"].sudo().union(*wanted.values())
            stand_ins = users._get_stand_ins_today(company)
            managers = self._get_present_managers(company)
            for (level, case), named in wanted.items():
                found[level, case] = level._choose_told(named, stand_ins, managers)
        return found

    def _choose_told(self, named, stand_ins, managers):
        """Put who is there in the place of who is not.

        :param named: users this step is meant for
        :param stand_ins: ``{user away: who stands in, or nobody}``
        """
        users, notes = named.browse(), []
        for user in named:
            substitute = stand_ins.get(user, user)
            if self.notify == "group" and substitute != user:
                continue  # the others of the role are there, see below
            users |= substitute
            if substitute != user:
                notes.append(self._describe_absence(user, substitute))
        if not users and self.notify == "group":
            # the whole role is away
            users = named.browse().union(*(stand_ins.get(user, user) for user in named))
        if not users:
            notes.append(
                self.env._("Nobody who could be told was found: the complaint managers are told.")
                if managers
                else self.env._("Nobody who could be told was found.")
            )
            users = managers
        return Told(users, "\n".join(notes))

    def _describe_absence(self, user, substitute):
        if substitute:
            return self.env._(
                "%(user)s is away: %(substitute)s is told.",
                user=user.name,
                substitute=substitute.name,
            )
        return self.env._("%(user)s is away, and nobody stands in for him.", user=user.name)

    # ------------------------------------------------------------
    # Whom the step names
    # ------------------------------------------------------------

    def _get_wanted(self, case, company):
        """Return the users a step names for a case, absent ones included."""
        self.ensure_one()
        return getattr(self, f"_get_wanted_{self.notify}")(case, company)._which_may_enter(company)

    def _get_wanted_agent(self, case, company):
        """The agent; of a case nobody has taken, the leader of the team."""
        return case.user_id or case.team_id.leader_id

    def _get_wanted_account_manager(self, case, company):
        return case._get_account_manager()

    def _get_wanted_user(self, case, company):
        return self.user_id

    def _get_wanted_group(self, case, company):
        return self.group_id.all_user_ids

    def _get_wanted_leader(self, case, company):
        return case.team_id.leader_id or case.user_id._get_care_managers()[:1]

    def _get_wanted_next_leader(self, case, company):
        """The nearest one above the leader who may enter the company."""
        leader = case.team_id.leader_id
        above = (leader or case.user_id)._get_care_managers()._which_may_enter(company)
        return above[:1] if leader else above[1:2] or above[:1]

    @api.model
    def _get_present_managers(self, company):
        """Return the complaint managers of a company who are there today."""
        managers = (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", self.env.ref(MANAGER).ids),
                    ("company_ids", "in", company.ids),
                    ("share", "=", False),
                ],
                order="id",
            )
        )
        away = managers._get_stand_ins_today(company)
        return managers.filtered(lambda user: user not in away) or managers
