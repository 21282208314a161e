"""*Seen, I take it*: who acts, and what his press stops."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain


class ComplaintEscalation(models.Model):
    _inherit = "complaint.escalation"

    activity_ids = fields.Many2many(
        "mail.activity",
        "complaint_escalation_activity_rel",
        "escalation_id",
        "activity_id",
        string="Activities",
        readonly=True,
        copy=False,
    )
    mail_user_ids = fields.Many2many(
        "res.users",
        "complaint_escalation_mail_rel",
        "escalation_id",
        "user_id",
        string="Waits for Mail",
        readonly=True,
        copy=False,
        help="Who gets the next digest of this step.",
    )
    is_waiting = fields.Boolean(
        string="Waits for somebody",
        compute="_compute_is_waiting",
        search="_search_is_waiting",
        help="Somebody was told, nobody has taken it on, and the promise is still to be kept.",
    )
    partner_id = fields.Many2one(related="case_id.partner_id", string="Customer")
    run = fields.Integer(
        related="clock_id.run", store=True, help="Each reopening of the case begins a new run."
    )
    clock_kind = fields.Selection(related="clock_id.kind", string="Promise")

    @api.depends("state", "clock_id.is_open")
    def _compute_is_waiting(self):
        for escalation in self:
            escalation.is_waiting = (
                escalation.state == "told" and escalation.sudo().clock_id.is_open
            )

    def _search_is_waiting(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = Domain("state", "=", "told") & Domain("clock_id.is_open", "=", True)
        return (waiting if True in value else Domain.FALSE) | (
            ~waiting if False in value else Domain.FALSE
        )

    def action_seen(self):
        """Take on what these escalations are about.

        Taken on by somebody above the agent, the ladders of these promises are silent: further
        steps are recorded and tell nobody, until a new promise is given (reopening, or a changed
        severity, category or policy). An agent silences only what tells the agent, or warns
        before the breach: he does not keep his lateness from his leaders. The case is assigned
        to who pressed, where he may work on complaints.

        :raise UserError: if only others can take it on
        """
        waiting = self.filtered("is_waiting")
        waiting._check_may_take_on()
        user, now = self.env.user, fields.Datetime.now()
        # sudo: checked above; the log and the clocks are written by their methods only
        clocks = waiting.sudo().clock_id
        above = clocks.filtered(lambda clock: clock._is_above_agent(user))
        told = clocks.escalation_ids.filtered(
            lambda each: each.state == "told"
            and (each.clock_id in above or each.user_ids == user or each.level_id._is_for_agent())
        )
        if waiting and not told:
            raise UserError(
                self.env._(
                    "%(people)s were told, and have to take it on themselves: it is late.",
                    people=", ".join(waiting.sudo().user_ids.mapped("name")),
                )
            )
        clocks = told.clock_id
        above &= clocks
        above.write({"seen_by_id": user.id, "date_seen": now, "is_seen_above": True})
        # what somebody above has taken on stays his
        (clocks - above).filtered(lambda clock: not clock.is_seen_above).write(
            {"seen_by_id": user.id, "date_seen": now}
        )
        told._close_activities(user)
        told.write(
            {
                "state": "seen",
                "seen_by_id": user.id,
                "date_seen": now,
                "mail_user_ids": [Command.clear()],
            }
        )
        told._log_seen(user)
        (waiting & told).case_id._give_to(user)
        return True

    def _check_may_take_on(self):
        """Refuse who was not told and may not work on the case either."""
        mine = self.filtered(lambda each: self.env.user in each.user_ids)
        others = (self - mine).case_id
        if others and not others.has_access("write"):
            raise AccessError(
                self.env._(
                    "Only people who were told of %(cases)s, or may work on it, can take it on.",
                    cases=", ".join(others.sudo().mapped("display_name")),
                )
            )

    def _close_activities(self, user):
        """His own to-do is done, the others' are not needed any more."""
        activities = self.activity_ids.filtered("active")
        mine = activities.filtered(lambda activity: activity.user_id == user)
        if mine:
            mine.action_feedback(feedback=self.env._("Seen, I take it"))
        (activities - mine).unlink()

    def _log_seen(self, user):
        for case, escalations in self.grouped("case_id").items():
            promises = dict.fromkeys(clock._get_kind_name() for clock in escalations.clock_id)
            case._message_log(
                body=self.env._(
                    "%(user)s has seen it and takes it on: %(promises)s.",
                    user=user.name,
                    promises=", ".join(promises),
                ),
                author_id=user.partner_id.id,
            )
