from odoo import models


class ComplaintCase(models.Model):
    """How cases come to their agent, and from him to another.

    Context key ``complaint_keep_promises``: the clocks stay as they are, although the case
    comes to a team with other working hours.
    """

    _inherit = "complaint.case"

    def _after_write(self, vals, before):
        if self.env.context.get("complaint_keep_promises"):
            before = {case: case._get_promise_values() for case in self}
        return super()._after_write(vals, before)

    def _hand_over(self, user=None, team=None):
        """Give cases to another agent or team, or both; what was promised stays promised.

        Open activities of the agents who had them go to the new one.

        :param user: the new agent; none = the team finds one by its rule, or takes them anew
        :param team: the new team; none = the cases stay in theirs
        """
        owners = {case: case.user_id for case in self}
        values = {"user_id": user.id if user else False}
        if team:
            values["team_id"] = team.id
        # the new team may be closed to who hands over: he had the right to the cases before
        self.check_access("write")
        cases = self.sudo().with_context(complaint_keep_promises=True)
        cases.write(values)
        cases._assign()
        for case, owner in owners.items():
            case.sudo()._move_activities(owner, case.sudo().user_id)

    def _move_activities(self, owner, user):
        """Give what an agent still has to do on this case to another one."""
        mine = self.activity_ids.filtered(lambda activity: activity.user_id == owner)
        if mine and user and owner != user:
            mine.with_context(mail_activity_quick_update=True).user_id = user
