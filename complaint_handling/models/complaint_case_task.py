from datetime import timedelta

from odoo import api, fields, models

from . import sla_ledger
from .kinds import ENDED, WORKING

#: Time to answer where no promise says how much there is.
USUAL_TIME = timedelta(hours=4)


class ComplaintCase(models.Model):
    """What other departments are asked about a case."""

    _inherit = "complaint.case"

    task_ids = fields.One2many("complaint.task", "case_id", string="Internal Requests")
    task_count = fields.Integer(compute="_compute_task_count", string="Requests")
    open_task_count = fields.Integer(compute="_compute_task_count", string="Open Requests")

    @api.depends("task_ids.state")
    def _compute_task_count(self):
        rows = self.env["complaint.task"]._read_group(
            [("case_id", "in", self.ids)], ["case_id", "state"], ["__count"]
        )
        counts = {(case.id, state): count for case, state, count in rows}
        for case in self:
            states = {state: n for (case_id, state), n in counts.items() if case_id == case.id}
            case.task_count = sum(states.values())
            case.open_task_count = states.get("open", 0)

    def _get_open_tasks(self):
        # sudo: how far the case is does not depend on who asks
        return self.sudo().task_ids.filtered(lambda task: task.state == "open")

    # ------------------------------------------------------------
    # What open requests hold up
    # ------------------------------------------------------------

    def _get_work_obstacles(self):
        return super()._get_work_obstacles() + [
            self.env._(
                "%(user)s has not answered yet: “%(question)s”. Wait for the answer, or withdraw "
                "the question.",
                user=task.user_id.name,
                question=task.name,
            )
            for task in self._get_open_tasks()
        ]

    def _get_closing_obstacles(self):
        """A case that is closed without having been solved asks for the same as solving."""
        obstacles = super()._get_closing_obstacles()
        if self.stage_kind in WORKING:
            obstacles = self._get_work_obstacles() + obstacles
        return obstacles

    def _after_move(self, old, new):
        result = super()._after_move(old, new)
        if new in ENDED:
            self._get_open_tasks()._withdraw(self.env._("The case is over."))
        return result

    def _get_holder(self):
        """Who was asked has the case, as long as nobody else has to act before."""
        held_by, user = super()._get_holder()
        task = self._get_open_tasks().sorted("date_due")[:1]
        if task and held_by in ("agent", "nobody") and self.is_open:
            return "department", task.user_id
        return held_by, user

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    def action_tasks(self):
        """Show what was asked about the case; where nothing was, ask."""
        self.ensure_one()
        if not self.task_count:
            return self.action_ask()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_task_action"
        )
        action["domain"] = [("case_id", "=", self.id)]
        action["context"] = {"default_case_id": self.id}
        return action

    def action_ask(self):
        """Open the dialog that asks somebody."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_ask_action"
        )
        action["context"] = {"default_case_id": self.id}
        return action

    def _get_task_due(self):
        """Return by when an answer is wanted: half of what is left to solve the case.

        Where there is no such promise, or its time is over, some hours from now.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        clock = self._get_open_clocks("resolve")[:1]
        if clock.state == "paused":
            return clock._get_timelines()[clock].add(now, clock.remaining_seconds // 2)
        if clock and clock.date_due and clock.date_due > now:
            timeline = clock._get_timelines()[clock]
            left = clock.target_seconds - sla_ledger.get_used(timeline, clock._get_runs(), now)
            return timeline.add(now, left // 2)
        return now + USUAL_TIME

    def _get_solving_due(self):
        """Return until when the case has to be solved, False where nothing says so."""
        self.ensure_one()
        return self._get_open_clocks("resolve")[:1].date_due
