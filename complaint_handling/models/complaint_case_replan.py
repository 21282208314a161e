from typing import NamedTuple

from markupsafe import Markup
from odoo import fields, models

from .kinds import CLASS_RANK, WORKING


class PromisePlan(NamedTuple):
    """What today's rules promise open cases, compared with what was promised."""

    changes: dict  # {clock: values of what is promised}
    gone: models.BaseModel  # clocks of promises that are given no more
    missing: list  # values of clocks that have to be opened


class ComplaintCase(models.Model):
    """Promises of open cases planned anew: after corrections, or because the rules changed."""

    _inherit = "complaint.case"

    # ------------------------------------------------------------
    # What changes them
    # ------------------------------------------------------------

    def _after_write(self, vals, before):
        changed = self.filtered(lambda case: before[case]["partner_id"] != case.partner_id)
        # the promises follow once, below
        changed.with_context(complaint_replans_later=True)._set_level_of_customer()
        return super()._after_write(vals, before)

    def _set_level_of_customer(self):
        """Note the level of customers who were found, or corrected, after intake."""
        vals_list = [
            {"partner_id": case.partner_id.id, "company_id": case.company_id.id} for case in self
        ]
        self._set_levels(vals_list)
        for case, vals in zip(self, vals_list, strict=True):
            # sudo: they follow from the customer
            case.sudo().write({name: vals[name] for name in ("tier_id", "service_class")})

    def _raise_service_class(self):
        """Serve open cases by the class their customers have today, where it is a better one.

        The level at intake stays as it was; a fall changes nothing.
        """
        vals_list = [
            {"partner_id": case.partner_id.id, "company_id": case.company_id.id} for case in self
        ]
        self._set_levels(vals_list)
        today = dict(zip(self, vals_list, strict=True))
        better = self.filtered(
            lambda case: CLASS_RANK[today[case]["service_class"]] < CLASS_RANK[case.service_class]
        )
        for service_class, cases in better.grouped(
            lambda case: today[case]["service_class"]
        ).items():
            # sudo: it follows from the level
            cases.sudo().write({"service_class": service_class})

    def _replan_corrected(self, before):
        """Re-plan after a correction, both ways.

        A better service class alone, and a customer who was unknown before, only shorten.
        """
        if self.env.context.get("complaint_replans_later"):
            return

        def get_corrected(case):
            values, old = case._get_promise_values(), before[case]
            names = {name for name in values if values[name] != old[name]}
            if names <= {"service_class", "partner_id"} and not old["partner_id"]:
                names.discard("partner_id")
            return tuple(name for name in values if name in names)

        for names, cases in self.grouped(get_corrected).items():
            if names == ("service_class",):
                cases._replan_for_service_class()
            elif names:
                labels = [self._fields[name]._description_string(self.env) for name in names]
                cases._replan_clocks(
                    self.env._(
                        "Due times were recalculated, because this was corrected: %(fields)s.",
                        fields=", ".join(labels),
                    )
                )

    def _replan_for_service_class(self):
        words = dict(self._fields["service_class"]._description_selection(self.env))
        for service_class, cases in self.grouped("service_class").items():
            why = self.env._(
                "Promises were shortened, because the customer's service class is %(class)s now.",
                **{"class": words.get(service_class, "")},
            )
            cases._replan_clocks(why, shorten=True)

    def _end_promises(self, why):
        """End all open promises of cases, and say why."""
        clocks = self._get_open_clocks()
        clocks._cancel()
        cases = clocks.case_id.with_env(self.env)
        cases._message_log_batch(bodies={case.id: why for case in cases})

    def _promise_again(self, why):
        """Give open cases what is promised at their stage, from now on, and say why.

        Only what does not run already: the time in which nobody owed anything does not count.
        """
        now, started = fields.Datetime.now(), self.browse()
        working = self.filtered(lambda case: case.stage_kind in WORKING)
        by_kind = {
            "first_response": working.filtered(
                lambda case: case.run == 1 and not case.date_first_response
            ),
            "update": working,
            "resolve": working,
            "verify": self - working,
        }
        for kind, cases in by_kind.items():
            running = self._get_open_clocks(kind).case_id
            clocks = (cases - running)._start_clocks([kind], now)
            started |= clocks.case_id.with_env(self.env)
        tasks = self._get_open_tasks().filtered(lambda task: task.date_due > now)
        (tasks - tasks._get_clocks().task_id)._open_clocks()
        started._message_log_batch(bodies={case.id: why for case in started})

    # ------------------------------------------------------------
    # Planning anew
    # ------------------------------------------------------------

    def _replan_clocks(self, why, shorten=False):
        """Plan the promises of open cases by the rules of today, and log what moved.

        A promise that is not given any more ends, one that is new begins when it would have.

        :param why: sentence for the log of the cases
        :param shorten: take only what is due earlier, and take nothing away
        """
        cases = self.filtered("is_open")
        plan = cases._plan_promises()
        changes, gone = plan.changes, plan.gone
        if shorten:
            changes, gone = self.env["complaint.sla.clock"]._get_shorter(changes), gone.browse()
        clocks = gone.union(*changes)
        before = {clock: clock._get_due_words() for clock in clocks}
        gone._cancel(withdrawn=True)
        clocks._replan(changes)
        opened = self.env["complaint.sla.clock"]._open(plan.missing)
        cases._pause_waiting(opened)
        cases._log_moves(why, before, opened)

    def _plan_promises(self):
        """Return the :class:`PromisePlan` of open cases."""
        policies = self.env["complaint.sla.policy"]._find_policies(self)
        calendars = self._get_calendars()
        targets = {
            case: {target.kind: target for target in policies[case].target_ids}
            if case._has_clocks()
            else {}
            for case in self
        }
        clocks = self._get_open_clocks().filtered(lambda clock: clock.kind != "task")
        changes = {
            clock: clock.case_id._prepare_promise(
                targets[clock.case_id][clock.kind], calendars[clock.case_id]
            )
            for clock in clocks
            if clock.kind in targets[clock.case_id]
        }
        gone = clocks.filtered(lambda clock: clock not in changes)
        missing = [
            case._prepare_clock(targets[case][kind], calendars[case], begin)
            for case in self
            for kind, begin in case._get_unpromised().items()
            if kind in targets[case]
        ]
        return PromisePlan(changes, gone, missing)

    def _get_unpromised(self):
        """Return ``{kind: moment}``: promises this case does not have, and when they began."""
        self.ensure_one()
        # sudo: the case's methods look after its clocks
        clocks = self.sudo().clock_ids.filtered(lambda clock: clock.run == self.run)
        begin = self.date_received
        if self.run > 1:
            begin = min(clocks.mapped("date_start"), default=fields.Datetime.now())
        starts = {}
        if not self.date_first_response:
            starts["first_response"] = self.date_received
        if self.stage_kind in WORKING:
            starts["resolve"] = begin
            starts["update"] = max(begin, self.date_last_answer or begin)
        elif self.stage_kind == "resolved":
            starts["verify"] = self.date_resolved
        given = set(clocks.filtered(lambda clock: clock.state != "cancelled").mapped("kind"))
        return {kind: moment for kind, moment in starts.items() if kind not in given}

    # ------------------------------------------------------------
    # The log
    # ------------------------------------------------------------

    def _log_moves(self, why, before, opened):
        """Say on each case which of its promises moved, from when to when.

        :param before: ``{clock: words}`` of what was due
        :param opened: clocks of new promises
        """
        lines = {}
        for clock, old in before.items():
            new = clock._get_due_words() if clock.is_open else self.env._("no promise")
            if old != new:
                lines.setdefault(clock.case_id.id, []).append(clock._describe_move(old, new))
        for clock in opened:
            line = clock._describe_move(self.env._("no promise"), clock._get_due_words())
            lines.setdefault(clock.case_id.id, []).append(line)
        item = Markup("<li>%s</li>")
        bodies = {
            case_id: Markup("<p>%s</p><ul>%s</ul>")
            % (why, Markup("").join(item % line for line in moves))
            for case_id, moves in lines.items()
        }
        self.browse(bodies)._message_log_batch(bodies=bodies)
