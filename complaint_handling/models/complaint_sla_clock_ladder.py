"""When a clock acts by itself: the steps of its ladder, and the job that wakes for them."""

from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.customer_tiering.models.working_time import AroundTheClock

from .complaint_escalation_level_ladder import ASKED_FIRST

#: Working time is looked up so far ahead; it grows where that is not enough.
HORIZON = timedelta(days=14)


class Step(NamedTuple):
    """Levels that act at the same moment of one clock."""

    moment: datetime
    levels: models.BaseModel


class ComplaintSlaClock(models.Model):
    _inherit = "complaint.sla.clock"

    escalation_ids = fields.One2many(
        "complaint.escalation", "clock_id", string="Escalations", readonly=True
    )
    seen_by_id = fields.Many2one(
        "res.users", string="Taken on by", index="btree_not_null", readonly=True
    )
    date_seen = fields.Datetime(
        string="Taken on at",
        readonly=True,
        help="Since then the ladder of this promise is silent: its steps are recorded, nobody is "
        "told. Where the agent took it on, his leaders are told of the breach all the same. A new "
        "promise (changed policy, severity or category) and a reopened case begin with a ladder "
        "that speaks again.",
    )
    is_seen_above = fields.Boolean(
        string="Taken on above the Agent",
        readonly=True,
        help="A leader, or somebody else who was told, took it on: nobody else is told.",
    )
    ladder_error = fields.Char(
        string="Step failed",
        readonly=True,
        help="Why the last step could not act. It is tried again every hour.",
    )

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------

    def _get_ladders(self):
        """Return ``{clock: [Step, …]}`` of what has not acted yet, the earliest first.

        Steps from before the company went live never act. Paused and ended clocks, and those
        of archived customers, have none.
        """
        ladders = {clock: [] for clock in self}
        waiting = self.filtered(lambda clock: clock._has_ladder())
        timelines, hours = waiting._get_timelines(), waiting._get_hour_timelines()
        starts = self.company_id._get_ladder_starts()
        for clock in waiting:
            acted = clock.escalation_ids.level_id
            moments = {}
            for level in clock.policy_id._get_levels(clock.kind) - acted:
                moment = level._get_moment(clock, timelines[clock], hours[clock])
                if moment >= starts[clock.company_id]:
                    key = (moment, level._get_rank())
                    moments[key] = moments.get(key, level.browse()) | level
            ladders[clock] = [Step(key[0], moments[key]) for key in sorted(moments)]
        return ladders

    def _is_above_agent(self, user):
        """Say whether a user takes on more than the agent's part of the ladder.

        The leader, a complaint manager, or who was told by a step for others than the agent;
        the agent himself only where the ladder made him the agent.
        """
        self.ensure_one()
        told = self.escalation_ids.filtered(lambda each: user in each.user_ids).level_id
        if user == self.case_id.user_id:
            return any(told.mapped("reassign"))
        case = self.case_id.with_user(user).sudo(False)
        return case._may_skip_verification() or any(
            level.notify not in ASKED_FIRST for level in told
        )

    def _is_silent(self, level):
        """Say whether a step tells nobody because somebody has taken the promise on."""
        self.ensure_one()
        return bool(self.date_seen) and (self.is_seen_above or level._is_for_agent())

    def _get_level_state(self, step, level):
        """Return what becomes of a level of a step that is due."""
        return "seen" if self._is_silent(level) else self._get_step_state(step)

    def _get_step_state(self, step):
        """Return what becomes of a step that is due: it tells somebody, or is passed over."""
        self.ensure_one()
        rank = step.levels[0]._get_rank()
        for acted in self.escalation_ids.filtered("level_id"):
            level = acted.level_id
            if (
                level.policy_id == self.policy_id
                and step.moment < acted.date_fired
                and rank <= level._get_rank()
            ):
                return "skipped"  # put into the ladder below what has acted
        return "told"

    def _has_ladder(self):
        self.ensure_one()
        if not self.is_open or not self.date_due or not self.policy_id:
            return False
        partner = self.case_id.partner_id
        return not partner or partner.active

    def _get_hour_timelines(self):
        """Return ``{clock: timeline}`` in which hours after the breach count.

        The working time of the team, also for promises that run around the clock.
        """
        timelines, built = self._get_timelines(), {}
        for clock in self.filtered(lambda clock: not clock.is_working):
            key = clock.case_id.team_id, clock.company_id
            if key not in built:
                built[key] = clock._build_hour_timeline()
            timelines[clock] = built[key]
        return timelines

    def _build_hour_timeline(self):
        calendar, _notice = self.case_id.team_id._get_calendar(self.company_id)
        if not calendar:
            return AroundTheClock()
        now = fields.Datetime.now()
        return self.company_id._get_working_timeline(
            min(now, self.date_due), max(now, self.date_due) + HORIZON, calendar
        )

    # ------------------------------------------------------------
    # Next event
    # ------------------------------------------------------------

    def _plan_next_event(self):
        """Note when something happens by itself: a step acts, or the promise is breached."""
        # sudo: whoever pauses or answers does not write clocks himself
        clocks = self.sudo()
        clocks._set_next_events(clocks._get_ladders())
        clocks._arm()

    def _set_next_events(self, ladders):
        for clock in self:
            moments = [step.moment for step in ladders[clock][:1]]
            if clock.state == "running" and clock.date_due:
                moments.append(clock.date_due)
            moment = min(moments, default=False)
            if clock.next_event_at != moment:
                clock.next_event_at = moment

    def _arm(self):
        """See that the job wakes for the earliest of these clocks."""
        moments = [clock.next_event_at for clock in self if clock.next_event_at]
        if moments:
            self.env["complaint.escalation"]._wake_at(min(moments))

    @api.model
    def _plan_later(self, domain):
        """Let the job plan open clocks anew, batch by batch: there may be very many."""
        # sudo: whoever changes a ladder does not write clocks himself
        clocks = self.sudo()
        moment = fields.Datetime.now()
        query = clocks._search([("is_open", "=", True), ("state", "!=", "paused"), *domain])
        clocks.flush_model(["next_event_at"])
        # SQL: one statement, whatever their number; nothing else depends on the field
        rows = self.env.execute_query(
            SQL(
                "UPDATE complaint_sla_clock SET next_event_at = %s WHERE id IN %s RETURNING id",
                moment,
                query.subselect(),
            )
        )
        clocks.invalidate_model(["next_event_at"], flush=False)
        if rows:
            self.env["complaint.escalation"]._wake_at(moment)

    # ------------------------------------------------------------
    # What ends or renews a ladder
    # ------------------------------------------------------------

    def _replan(self, targets):
        """A new promise has a ladder that speaks again; steps that acted do not act twice."""
        before = {clock: (clock.target_seconds, clock.date_due) for clock in self.sudo()}
        result = super()._replan(targets)
        renewed = self.sudo().filtered(
            lambda clock: clock.date_seen
            and before[clock] != (clock.target_seconds, clock.date_due)
        )
        renewed.write({"seen_by_id": False, "date_seen": False, "is_seen_above": False})
        return result

    def _meet_each(self, proofs, note=None):
        result = super()._meet_each(proofs, note=note)
        self._drop_ladder_activities()
        return result

    def _cancel(self, moment=None, withdrawn=False):
        result = super()._cancel(moment=moment, withdrawn=withdrawn)
        self._drop_ladder_activities()
        return result

    def _drop_ladder_activities(self):
        """What was to be done is done: take it off everybody's list."""
        # sudo: they belong to the ladder, whoever has them
        escalations = self.sudo().filtered(lambda clock: not clock.is_open).escalation_ids
        escalations.activity_ids.filtered("active").unlink()
