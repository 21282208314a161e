from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from .kinds import AGENT


class ComplaintCase(models.Model):
    """The ladder as its case shows it: what waits for somebody, and what happens next."""

    _inherit = "complaint.case"

    escalation_ids = fields.One2many(
        "complaint.escalation", "case_id", string="Escalations", readonly=True
    )
    escalation_count = fields.Integer(
        compute="_compute_escalation_count", compute_sudo=True, string="Number of Escalations"
    )
    is_escalated = fields.Boolean(
        string="Waits for somebody to take it on",
        compute="_compute_is_escalated",
        compute_sudo=True,
        search="_search_is_escalated",
        help="Somebody was told that it is late, and nobody has taken it on.",
    )
    next_step = fields.Char(
        compute="_compute_next_step",
        help="What happens by itself if nobody acts before.",
    )

    @api.depends("escalation_ids")
    def _compute_escalation_count(self):
        for case in self:
            case.escalation_count = len(case.escalation_ids)

    @api.depends("escalation_ids.state", "clock_ids.is_open")
    def _compute_is_escalated(self):
        for case in self:
            case.is_escalated = any(case.escalation_ids.mapped("is_waiting"))

    def _search_is_escalated(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("escalation_ids.is_waiting", "in", value)

    @api.depends("clock_ids.next_event_at", "team_id.leader_id", "user_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_next_step(self):
        for case in self:
            steps = case._get_next_steps(limit=1) if case.id else []
            case.next_step = steps[0]["text"] if steps else False

    def _get_next_steps(self, limit=None):
        """Return what happens by itself if nobody acts, the earliest first.

        Who is told is answered as of now: whoever is away then is replaced then.

        :return: list of ``{"moment", "clock", "level" (empty: the breach itself), "users",
            "note", "text"}``
        """
        self.ensure_one()
        rows = self._get_coming_events()[:limit]
        told = self.env["complaint.escalation.level"]._find_told(
            [
                (level, self)
                for _moment, clock, level in rows
                if level and not clock.sudo()._is_silent(level)
            ]
        )
        steps = []
        for moment, clock, level in rows:
            found = told.get((level, self))
            step = {
                "moment": moment,
                "clock": clock,
                "level": level,
                "users": found.users if found else self.env["res.users"],
                "note": found.note if found else "",
            }
            steps.append({**step, "text": self._describe_step(step)})
        return steps

    def _get_coming_events(self):
        """Return ``[(moment, clock, level)]``; without a level the promise is breached."""
        # sudo: whoever may read the case sees how its promises go on
        clocks = self.sudo().clock_ids.filtered("is_open")
        rows = []
        for clock, steps in clocks._get_ladders().items():
            clock = clock.with_env(self.env)
            levels = self.env["complaint.escalation.level"]
            if clock.sudo().state == "running":
                rows.append((clock.sudo().date_due, clock, levels))
            for step in steps:
                rows += [
                    (step.moment, clock, level.with_env(self.env))
                    for level in step.levels
                    if clock.sudo()._get_level_state(step, level) != "skipped"
                ]
        return sorted(rows, key=lambda row: (row[0], bool(row[2]), row[2].id))

    def _describe_step(self, step):
        """Return one step in a sentence, in the time zone of the reader."""
        # sudo: as above; names of colleagues
        clock, level = step["clock"].sudo(), step["level"].sudo()
        tz = self.env.context.get("tz") or self.env.user.tz or "UTC"
        moment = format_datetime(self.env, step["moment"], tz=tz, dt_format="short")
        promise = clock._get_kind_name()
        if not level:
            return self.env._("%(moment)s: %(promise)s is due", moment=moment, promise=promise)
        if clock._is_silent(level):
            return self.env._(
                "%(moment)s: nobody is told, %(user)s has taken it on (%(promise)s, %(step)s)",
                moment=moment,
                user=clock.seen_by_id.name,
                promise=promise,
                step=level._describe(),
            )
        return self.env._(
            "%(moment)s: %(people)s will be told (%(promise)s, %(step)s)",
            moment=moment,
            people=", ".join(step["users"].sudo().mapped("name")) or self.env._("nobody"),
            promise=promise,
            step=level._describe(),
        )

    def _get_account_manager(self):
        """Return who looks after the customer in the case's company, nobody where nobody does."""
        self.ensure_one()
        # sudo: who looks after the customer, whoever asks
        partner = self.sudo().partner_id.with_company(self.company_id)
        return partner.standing_id.user_id or partner.user_id._which_may_enter(self.company_id)

    def _give_to(self, user):
        """Assign cases to a user who may work on them; others keep their agent.

        Unlike *Take*, also what a colleague has accepted: he did not keep the promise.
        """
        if user.has_group(AGENT):
            mine = self._filtered_access("write").filtered(lambda case: case.user_id != user)
            mine.write({"user_id": user.id})
            mine.filtered(lambda case: case.stage_kind == "new").action_take()

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_seen(self):
        """Take on what is late, see :meth:`ComplaintEscalation.action_seen`."""
        # sudo: the log is read for them; rights are checked there
        waiting = self.sudo().escalation_ids.filtered("is_waiting").sudo(False)
        return waiting.action_seen()

    def action_open_escalations(self):
        """Show what the ladder has done with these cases."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_escalation_action"
        )
        return {**action, "domain": [("case_id", "in", self.ids)], "context": {}}

    def action_who_is_told(self):
        """Show what happens if nobody acts, and whom it reaches."""
        self.ensure_one()
        return self.env["complaint.who.is.told"]._open_for(case=self)
