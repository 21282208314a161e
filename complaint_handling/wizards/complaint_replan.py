from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Command

#: Of so many moves the dialog shows each, the most urgent first.
SHOWN = 100
MOVES = [
    ("late", "Breached at once"),
    ("earlier", "Earlier"),
    ("new", "Newly promised"),
    ("later", "Later"),
    ("in_time", "In time again"),
    ("gone", "Not promised any more"),
]
RANKS = {move: rank for rank, (move, _name) in enumerate(MOVES)}


class Move(NamedTuple):
    """What becomes of one promise."""

    kind: str  # of MOVES, or "same" where only the revision is another one
    case: models.BaseModel
    promise: str
    old: object  # due moments; False where there is none
    new: object


class ComplaintReplan(models.TransientModel):
    """What a change would move on open cases.

    Of a changed promise: apply it, or keep what was promised. Of changed working hours: apply it
    now; the job does so within minutes, because the hours promised in do not exist any more.
    """

    _name = "complaint.replan"
    _description = "Preview of changed Promises"

    policy_id = fields.Many2one("complaint.sla.policy", string="Promise", readonly=True)
    resource_calendar_id = fields.Many2one(
        "resource.calendar", string="Working Hours", readonly=True
    )
    is_settled = fields.Boolean(related="policy_id.is_settled")
    summary = fields.Text(readonly=True)
    moved_count = fields.Integer(readonly=True)
    hidden_count = fields.Integer(
        readonly=True, help="Only the most urgent moves are listed; so many more are not."
    )
    line_ids = fields.One2many("complaint.replan.line", "wizard_id", readonly=True)

    @api.model
    def _open_for(self, policy):
        """Return the action that shows what a policy would move."""
        return self._open(self._find_moves(policy), {"policy_id": policy.id})

    @api.model
    def _open_for_hours(self, calendar):
        """Return the action that shows what working hours of today would move."""
        moves = self._find_moved_hours(calendar)
        return self._open(moves, {"resource_calendar_id": calendar.id})

    @api.model
    def _open(self, moves, vals):
        moves = [move for move in moves if move.kind != "same"]
        moves.sort(key=self._get_urgency)
        wizard = self.create(
            {
                **vals,
                "moved_count": len(moves),
                "hidden_count": max(0, len(moves) - SHOWN),
                "summary": self._summarize(moves),
                "line_ids": [
                    Command.create(
                        {
                            "case_id": move.case.id,
                            "move": move.kind,
                            "promise": move.promise,
                            "old_date": move.old,
                            "new_date": move.new,
                        }
                    )
                    for move in moves[:SHOWN]
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Affected Promises"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _get_urgency(self, move):
        """What is late already and stays so comes last."""
        now = fields.Datetime.now()
        stays_late = bool(move.old and move.new) and max(move.old, move.new) <= now
        return stays_late, RANKS[move.kind], move.new or move.old or now, move.case.id

    @api.model
    def _summarize(self, moves):
        if not moves:
            return self.env._("No open case would be promised anything else.")
        counts = {kind: sum(move.kind == kind for move in moves) for kind, _name in MOVES}
        names = dict(
            self.env["complaint.replan.line"]._fields["move"]._description_selection(self.env)
        )
        return self.env._(
            "%(count)s promises of %(cases)s open cases would move. %(moves)s.",
            count=len(moves),
            cases=len({move.case for move in moves}),
            moves="; ".join(f"{names[kind]}: {count}" for kind, count in counts.items() if count),
        )

    # ------------------------------------------------------------
    # What would move
    # ------------------------------------------------------------

    @api.model
    def _find_moves(self, policy):
        """Return a :class:`Move` for each promise of open cases that the policy concerns."""
        # sudo: a promise is the company's, whatever teams its manager may look into
        cases = self.env["complaint.case"].sudo().search(policy._get_case_domain())
        plan = cases._plan_promises()
        clocks = plan.gone.browse().union(*plan.changes)
        forecast = clocks._forecast(plan.changes)
        moves = [
            self._judge(clock, values, forecast[clock])
            for clock, values in plan.changes.items()
            if policy.id in (clock.policy_id.id, values["policy_id"])
        ]
        moves += [
            Move("gone", clock.case_id, clock._get_kind_name(), clock.date_due, False)
            for clock in plan.gone
            if clock.policy_id == policy
        ]
        return moves + self._find_new(
            [values for values in plan.missing if values["policy_id"] == policy.id]
        )

    @api.model
    def _judge(self, clock, values, due):
        """Say how a promise moves: when it would be due, or what would be left of it."""
        old, kind = clock.date_due, "same"
        if old and due and old != due:
            now = fields.Datetime.now()
            if due <= now < old:
                kind = "late"
            elif old <= now < due and clock.state == "breached":
                kind = "in_time"
            else:
                kind = "earlier" if due < old else "later"
        elif bool(old) != bool(due):
            kind = "late" if due else "in_time"
        elif not due and values.get("target_seconds", clock.target_seconds) != clock.target_seconds:
            kind = "earlier" if values["target_seconds"] < clock.target_seconds else "later"
        return Move(kind, clock.case_id, clock._get_kind_name(), old, due or False)

    @api.model
    def _find_new(self, vals_list):
        clocks = self.env["complaint.sla.clock"].sudo()
        clocks = clocks.union(*(clocks.new(values) for values in vals_list))
        timelines = clocks._get_timelines()
        now = fields.Datetime.now()
        moves = []
        for clock in clocks:
            due = timelines[clock].add(clock.date_start, clock.target_seconds)
            kind = "late" if due <= now else "new"
            moves.append(Move(kind, clock.case_id, clock._get_kind_name(), False, due))
        return moves

    @api.model
    def _find_moved_hours(self, calendar):
        """Return a :class:`Move` for each promise that runs in working hours."""
        clocks = calendar._get_open_promises()
        forecast = clocks._forecast({})
        return [self._judge(clock, {}, forecast[clock]) for clock in clocks if clock.date_due]

    # ------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------

    def action_apply(self):
        """Promise open cases what holds today; very many of them are moved by the job."""
        self.ensure_one()
        if self.resource_calendar_id:
            self.resource_calendar_id._follow_now()
        else:
            self._apply_policy()
        return {"type": "ir.actions.act_window_close"}

    def _apply_policy(self):
        self.policy_id.check_access("write")
        moves = self._find_moves(self.policy_id)
        cases = self.env["complaint.case"].sudo().union(*(move.case for move in moves))
        cases._replan_soon(
            self.env._(
                "Due times were recalculated, because “%(policy)s” was changed.",
                policy=self.policy_id.name,
            )
        )
        self.policy_id._message_log(
            body=self.env._(
                "Revision %(number)s holds for open cases, too: %(count)s promises moved.",
                number=self.policy_id.revision,
                count=sum(move.kind != "same" for move in moves),
            )
        )
        self.policy_id.is_settled = True

    def action_keep(self):
        """Let open cases keep what they were promised."""
        self.policy_id.action_keep()
        return {"type": "ir.actions.act_window_close"}
