from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.customer_tiering.models.working_time import AroundTheClock, HorizonError

from . import sla_ledger
from .kinds import CLOCK_STATES, CLOCKS

#: Timelines are built so far ahead; they grow where that is not enough.
HORIZON = timedelta(days=60)


class ComplaintSlaClock(models.Model):
    """One promise that runs. Written by its own methods only, with the ledger of its intervals.

    All methods take moments as naive UTC and work on many clocks at once.
    """

    _name = "complaint.sla.clock"
    _description = "Promise Clock"
    _order = "date_start, id"
    _rec_name = "kind"

    case_id = fields.Many2one("complaint.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(CLOCKS, required=True, string="Promise")
    run = fields.Integer(default=1, help="Each reopening of the case begins a new run.")

    # what was promised
    policy_id = fields.Many2one("complaint.sla.policy", index="btree_not_null", ondelete="set null")
    policy_revision = fields.Integer()
    target_seconds = fields.Integer(required=True)
    is_working = fields.Boolean(string="Working Time")
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: around the clock.",
    )
    notice = fields.Char(readonly=True, help="Why it does not run in the hours of the team.")

    # how it goes
    state = fields.Selection(CLOCK_STATES, required=True, default="running")
    date_start = fields.Datetime(string="Started", required=True)
    date_due = fields.Datetime(string="Due by", help="Empty while paused.")
    date_met = fields.Datetime(string="Ended", help="When it was kept, late or not.")
    date_breached = fields.Datetime(string="Breached")
    date_paused = fields.Datetime(string="Paused since")
    done_seconds = fields.Integer(help="Time used up by the intervals that are over.")
    remaining_seconds = fields.Integer(
        string="Left (Seconds)", help="What remains while it is paused."
    )
    is_open = fields.Boolean(
        compute="_compute_is_open", store=True, help="Somebody still has to keep it."
    )
    interval_ids = fields.One2many("complaint.sla.interval", "clock_id", string="Time Log")

    # what proves that it was kept
    proof_message_id = fields.Many2one(
        "mail.message", string="Proving Message", index="btree_not_null", ondelete="set null"
    )
    proof_note = fields.Char()

    next_event_at = fields.Datetime(help="When something happens by itself.")

    _next_event_idx = models.Index("(next_event_at) WHERE next_event_at IS NOT NULL")
    _open_idx = models.Index("(case_id, kind) WHERE is_open IS TRUE")

    @api.depends("state", "date_met")
    def _compute_is_open(self):
        for clock in self:
            clock.is_open = clock.state in ("running", "paused") or (
                clock.state == "breached" and not clock.date_met
            )

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------

    def _get_timelines(self, stop=None, changes=None):
        """Return ``{clock: timeline}``; each calendar's is built once.

        :param changes: ``{clock: values}`` of other promises that are thought of
        """
        starts = [clock.date_start for clock in self]
        first = min(starts, default=fields.Datetime.now())
        last = (stop or fields.Datetime.now()) + HORIZON
        built, timelines = {}, {}
        for clock in self:
            key = clock._get_hours((changes or {}).get(clock, {}))
            if key not in built:
                built[key] = self._build_timeline(first, last, *key)
            timelines[clock] = built[key]
        return timelines

    def _get_hours(self, values):
        """Return the company and the working hours a promise runs in; none = around the clock."""
        if not values.get("is_working", self.is_working):
            return self.company_id, self.resource_calendar_id.browse()
        calendar = self.resource_calendar_id
        if "resource_calendar_id" in values:
            calendar = calendar.browse(values["resource_calendar_id"] or ())
        return self.company_id, calendar

    @api.model
    def _build_timeline(self, first, last, company, calendar):
        """Return the working time of a company in working hours.

        A calendar that lost its hours after the promise was given must not stop the work on
        complaints: then those of the company hold, and where they cannot, every hour counts.
        """
        if not calendar:
            return AroundTheClock()
        # sudo: hours of work are no secret
        calendars = calendar.sudo() | company.sudo().resource_calendar_id
        problems = calendars._get_timeline_problems()
        usable = next((each for each in calendars if each not in problems), None)
        if not usable:
            return AroundTheClock()
        return company._get_working_timeline(first, last, usable)

    def _get_runs(self):
        """Return the ledger of a clock as :mod:`sla_ledger` wants it."""
        self.ensure_one()
        return [
            (interval.date_start, interval.date_stop, interval.work_seconds)
            if interval.date_stop
            else (interval.date_start, None, None)
            for interval in self.interval_ids.sorted(lambda each: (each.date_start, each.id))
            if interval.state == "running"
        ]

    # ------------------------------------------------------------
    # What happens to a promise
    # ------------------------------------------------------------

    @api.model
    def _open(self, vals_list):
        """Give promises: create clocks that run from their ``date_start``.

        Works as superuser: nobody else writes clocks.

        :param vals_list: values without state and due moment
        """
        # sudo: nobody writes clocks but these methods
        clocks = self.sudo().create(vals_list)
        timelines = clocks._get_timelines()
        self.env["complaint.sla.interval"].sudo().create(
            [clock._prepare_interval("running", clock.date_start) for clock in clocks]
        )
        clocks._set_due(timelines)
        return clocks

    def _prepare_interval(self, state, moment, reason=None):
        return {
            "clock_id": self.id,
            "company_id": self.company_id.id,
            "state": state,
            "date_start": moment,
            "reason_id": reason.id if reason else False,
            "user_id": self.env.uid,
        }

    def _settle(self, moment):
        """Mark what is breached by now, without waiting for the job that looks after it."""
        for clock in self.filtered(lambda clock: clock.state == "running"):
            if clock.date_due and clock.date_due < moment:
                clock.write({"state": "breached", "date_breached": clock.date_due})

    def _stop_interval(self, moment, timelines):
        """End the open interval of each clock.

        :return: ``{clock: moment}``: when each ended and the next one begins
        """
        stops = {}
        for clock in self:
            interval = clock.interval_ids.filtered(lambda each: not each.date_stop)
            # a moment before the start: two things reported in the wrong order, such as a
            # customer's mail that was on its way when the agent began to wait for it
            stop = stops[clock] = max(moment, interval.date_start or moment)
            seconds = 0
            if interval.state == "running":
                seconds = timelines[clock].worked(interval.date_start, stop)
            interval.write({"date_stop": stop, "work_seconds": seconds})
            clock.done_seconds += seconds
        # the next interval is inserted at once, and two open ones are refused
        self.interval_ids.flush_recordset(["date_stop"])
        return stops

    def _pause(self, reason, moment=None):
        """Let the running clocks stand still. A breached one goes on: it is late already.

        The first response is never paused: who waits for the customer has answered him.
        """
        moment = moment or fields.Datetime.now()
        clocks = self.sudo()
        clocks._settle(moment)
        clocks = clocks.filtered(
            lambda clock: clock.state == "running" and clock.kind in ("resolve", "update")
        )
        timelines = clocks._get_timelines(moment)
        stops = clocks._stop_interval(moment, timelines)
        self.env["complaint.sla.interval"].sudo().create(
            [clock._prepare_interval("paused", stops[clock], reason) for clock in clocks]
        )
        for clock in clocks:
            clock.date_paused = stops[clock]
        clocks._set_due(timelines)

    def _resume(self, moment=None):
        """Let paused clocks run again with what was left."""
        moment = moment or fields.Datetime.now()
        clocks = self.sudo().filtered(lambda clock: clock.is_open and clock.date_paused)
        timelines = clocks._get_timelines(moment)
        stops = clocks._stop_interval(moment, timelines)
        self.env["complaint.sla.interval"].sudo().create(
            [clock._prepare_interval("running", stops[clock]) for clock in clocks]
        )
        clocks.write({"date_paused": False, "remaining_seconds": 0})
        clocks.filtered(lambda clock: clock.state == "paused").write({"state": "running"})
        clocks._set_due(timelines)

    def _start_at(self, moment):
        """Begin promises at another moment, because the case came in then."""
        clocks = self.sudo().filtered("is_open")
        clocks.date_start = moment
        timelines = clocks._get_timelines()
        for clock in clocks:
            first = clock.interval_ids.sorted(lambda each: (each.date_start, each.id))[:1]
            first.date_start = moment
            if first.date_stop:
                seconds = timelines[clock].worked(moment, first.date_stop)
                clock.done_seconds += seconds - first.work_seconds
                first.work_seconds = seconds
        clocks._set_due(timelines)

    def _set_due(self, timelines):
        """Compute when open clocks are due, from their ledger; a later moment revives a breach."""
        now = fields.Datetime.now()
        for clock in self:
            clock.write(clock._prepare_due(clock._get_due(timelines[clock]), now))
        self._plan_next_event()

    def _prepare_due(self, due, now):
        if not due:
            return {
                "state": "paused",
                "date_due": False,
                "date_breached": False,
                "remaining_seconds": self.target_seconds - self.done_seconds,
            }
        if self.state == "running":
            return {"date_due": due}
        # late already, or a shorter promise was used up before the clock was paused
        if due > now:
            return {"state": "running", "date_due": due, "date_breached": False}
        return {
            "state": "breached",
            "date_due": due,
            "date_breached": due,
            "remaining_seconds": 0,
        }

    def _get_due(self, timeline, target=None):
        """Return when a clock is due, None while it is paused.

        Hours that hardly ever run must not stop the work on complaints: then every hour counts.

        :param target: seconds, where others than its own are asked for
        """
        runs = self._get_runs()
        target = self.target_seconds if target is None else target
        try:
            return sla_ledger.get_due(timeline, runs, target)
        except HorizonError:
            return sla_ledger.get_due(AroundTheClock(), runs, target)

    def _meet(self, moment=None, message=None, note=None):
        """End open promises: kept, or late where the due moment is over.

        What is reported after the due moment, but was done before it, was in time.

        :param message: the message that proves it
        :param note: words that prove it where there is no message
        """
        proof = moment or fields.Datetime.now(), message
        self._meet_each(dict.fromkeys(self, proof), note)

    def _meet_each(self, proofs, note=None):
        """End open promises as :meth:`_meet` does, each with its own proof.

        :param proofs: ``{clock: (moment, message)}``
        """
        clocks = self.sudo().filtered("is_open")
        timelines = clocks._get_timelines(max((proofs[clock][0] for clock in clocks), default=None))
        for (moment, message), group in clocks.grouped(proofs.get).items():
            group._settle(moment)
            group._stop_interval(moment, timelines)
            proof = {
                "date_met": moment,
                "date_paused": False,
                "remaining_seconds": 0,
                "proof_message_id": message.id if message else False,
                "proof_note": note,
                "next_event_at": False,
            }
            late = group.filtered(
                lambda clock, moment=moment: clock.state == "breached" and clock.date_due < moment
            )
            late.write(proof)
            (group - late).write({**proof, "state": "met", "date_breached": False})

    def _prove_earlier(self, moment):
        """Open what was kept after a moment: an answer noted only now had been given by then."""
        clocks = self.sudo().filtered(lambda clock: clock.date_met and clock.date_met > moment)
        for clock in clocks:
            last = clock.interval_ids.sorted("id")[-1:]
            clock.done_seconds -= last.work_seconds
            last.write({"date_stop": False, "work_seconds": 0})
        clocks.write({"state": "running", "date_met": False, "date_breached": False})

    def _cancel(self, moment=None, withdrawn=False):
        """End open promises that nobody has to keep any more. A breach remains one.

        :param withdrawn: the promise should not have been given: its breach counts no more
        """
        moment = moment or fields.Datetime.now()
        clocks = self.sudo().filtered("is_open")
        if not withdrawn:
            clocks._settle(moment)
        clocks._stop_interval(moment, clocks._get_timelines(moment))
        ended = {"date_paused": False, "remaining_seconds": 0, "next_event_at": False}
        late = clocks.filtered(lambda clock: clock.state == "breached" and not withdrawn)
        late.write({**ended, "date_met": moment})
        (clocks - late).write(
            {**ended, "state": "cancelled", "date_due": False, "date_breached": False}
        )

    def _replan(self, targets):
        """Give open clocks another target, or working hours, from the open interval on.

        :param targets: ``{clock: {field: value}}``, of the fields that say what was promised
        """
        clocks = self.sudo().filtered(lambda clock: clock.is_open and clock in targets)
        for clock in clocks:
            clock.write(clock._get_news(targets[clock]))
            # the log of a case that moves to another company goes with it
            clock.interval_ids.filtered(
                lambda each, clock=clock: each.company_id != clock.company_id
            ).company_id = clock.company_id
        clocks._set_due(clocks._get_timelines())

    def _get_news(self, values):
        """Return those values of a promise that are others than before."""
        stored = self._convert_to_write({name: self[name] for name in values})
        return {name: value for name, value in values.items() if stored[name] != value}

    def _plan_next_event(self):
        """Note when something happens by itself: here only the due moment."""
        for clock in self:
            clock.next_event_at = clock.date_due if clock.state == "running" else False
