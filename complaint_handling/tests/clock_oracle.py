"""Promises by counting every second: slow, plain, and written without a look at the product.

A world of working hours (see ``working_time_oracle`` of customer_tiering) with many clocks. On
random days things happen to them: they are paused, resumed, promised otherwise, given other
working hours; hours change, days off and make-up days come. :class:`Expected` does the same on
the pictures of seconds.
"""

from datetime import datetime, timedelta

from odoo.addons.complaint_handling.models import sla_ledger
from odoo.addons.customer_tiering.tests.working_time_oracle import DAYS, WORK, ZONES, World

#: of these events one is drawn for each step
EVENTS = (
    "pause pause pause resume resume resume retarget retarget other_hours clock_time "
    "new_leave new_makeup new_hours settle settle meet cancel"
).split()
STEPS = 14


class ClockWorld(World):
    """Working hours that change while clocks run."""

    def change_hours(self):
        """Give the calendar other hours."""
        fresh = self._make_calendar()
        self.calendar.attendance_ids.unlink()
        fresh.attendance_ids.write({"calendar_id": self.calendar.id})


class OtherHours(World):
    """Another team's hours in the same world, with the days off of all."""

    def __init__(self, world):
        self.case, self.rng, self.begin = world.case, world.rng, world.begin
        self.tz = self.rng.choice(ZONES)[0]
        self.two_weeks = self.rng.random() < 0.3
        self.hours = {}
        self.calendar = self._make_calendar()

    def look(self):
        """Note whose days off and make-up days count here."""
        env, company = self.case.env, self.case.company
        leaves = env["resource.calendar.leaves"].search(
            [
                ("name", "=", "Off"),
                ("company_id", "in", (False, company.id)),
                ("calendar_id", "=", False),
                ("resource_id", "=", False),
                ("time_type", "=", "leave"),
            ]
        )
        self.off = [
            (leave.date_from, leave.date_to + timedelta(seconds=leave.date_to.second == 59))
            for leave in leaves
        ]
        days = env["resource.makeup.day"].search(
            [("company_id", "=", company.id), ("calendar_id", "=", False)]
        )
        self.makeup = {day.date: int(day.dayofweek) for day in days}


class Expected:
    """What has to become of one clock."""

    def __init__(self, world, start, target, picture):
        self.world, self.target, self.picture = world, target, picture
        self.state, self.start, self.closed = "running", start, []
        self.events_changed_hours = False
        self.pauses = []

    def _count(self, start, stop):
        return self.world.count(self.picture, start, stop)

    def _walk(self, start, seconds):
        """Return the moment after so many seconds of work; the far future beyond the month."""
        return self.world.walk(self.picture, start, seconds) or datetime.max

    @property
    def due(self):
        left = self.target
        for start, stop, seconds in self.closed:
            if seconds > left:
                return min(self._walk(start, left), stop)
            left -= seconds
        return self._walk(self.start, left) if self.start else None

    # events
    def settle(self, now):
        if self.state == "running" and self.due < now:
            self.state = "breached"

    def _close(self, now):
        if self.start:
            self.closed.append((self.start, now, self._count(self.start, now)))
            self.start = None

    def pause(self, now):
        self.settle(now)
        if self.state == "running":
            self._close(now)
            self.state = "paused"
            self.pauses.append([now, None])

    def resume(self, now):
        if not self.start and self.state in ("paused", "breached"):
            self.start = now
            self.state = "running" if self.state == "paused" else "breached"
            self.pauses[-1][1] = now
            self._judge(now)

    def change(self, now, target=None, picture=None):
        if self.state in ("met", "ended", "cancelled"):
            return
        if picture is not None:
            self.events_changed_hours |= bool(self.closed)
            self.picture = picture
        if target is not None:
            self.target = target
        self._judge(now)

    def _judge(self, now):
        """Late ones may be in time again, and waiting ones turn out to be late."""
        due = self.due
        if due is None:
            self.state = "paused"
        elif self.state == "breached" and due > now:
            self.state = "running"
        elif self.state == "paused" and due <= now:
            self.state = "breached"

    def meet(self, now):
        if self.state in ("met", "ended", "cancelled"):
            return
        self.settle(now)
        self._close(now)
        self.state = "ended" if self.state == "breached" else "met"

    def cancel(self, now):
        if self.state not in ("met", "ended", "cancelled"):
            self.meet(now)
            self.state = "cancelled" if self.state == "met" else "ended"


class Story:
    """A world, its clocks in the database, and what is expected of them."""

    def __init__(self, case, rng, count):
        self.case, self.rng = case, rng
        self.world = ClockWorld(case, rng)
        self.other = OtherHours(self.world)
        self._paint()
        self.moments = sorted(self.world._moment().replace(microsecond=0) for _n in range(STEPS))
        case.at(self.world.begin)
        self.record = case.make_case(received=self.world.begin, team_id=case.silent_team.id)
        self.clocks = self._open(count)

    def _paint(self):
        self.other.look()
        self.pictures = {
            self.world.calendar: bytes(self.world.paint(with_own_leaves=False)),
            self.other.calendar: bytes(self.other.paint(with_own_leaves=False)),
            None: WORK * (DAYS * 86400),
        }

    def _target(self):
        return self.rng.choice((self.rng.randint(1, 7200), self.rng.randint(1, 60 * 3600)))

    def _open(self, count):
        """Open clocks in the first days; return ``{clock: Expected}``."""
        rng, world = self.rng, self.world
        vals_list, expected = [], []
        for _number in range(count):
            start = world.begin + timedelta(seconds=rng.randrange(3 * 86400))
            target = self._target()
            vals_list.append(
                {
                    "case_id": self.record.id,
                    "company_id": self.case.company.id,
                    "kind": rng.choice(("resolve", "update")),
                    "target_seconds": target,
                    "is_working": True,
                    "resource_calendar_id": world.calendar.id,
                    "date_start": start,
                }
            )
            expected.append(Expected(world, start, target, self.pictures[world.calendar]))
        clocks = self.case.Clock._open(vals_list)
        return dict(zip(clocks, expected, strict=True))

    # ------------------------------------------------------------
    # What happens
    # ------------------------------------------------------------

    def run(self):
        """Let everything happen and compare after each event; return the answers compared."""
        compared = self._compare()
        for moment in self.moments:
            self.case.at(moment)
            begun = [clock for clock in self.clocks if clock.date_start <= moment]
            some = self.case.Clock.browse(clock.id for clock in begun if self.rng.random() < 0.4)
            event = self.rng.choice(EVENTS)
            getattr(self, f"_{event}")(moment, some)
            compared += self._compare(event, moment)
        self._replay()
        self.world.close()
        return compared

    def _all(self):
        return self.case.Clock.browse(clock.id for clock in self.clocks)

    def _pause(self, now, some):
        some._pause(self.case.reason, now)
        for clock in some:
            self.clocks[clock].pause(now)

    def _resume(self, now, some):
        some._resume(now)
        for clock in some:
            self.clocks[clock].resume(now)

    def _meet(self, now, some):
        some = some[: len(some) // 3]
        some._meet(now)
        for clock in some:
            self.clocks[clock].meet(now)

    def _cancel(self, now, some):
        some = some[: len(some) // 4]
        some._cancel(now)
        for clock in some:
            self.clocks[clock].cancel(now)

    def _settle(self, now, some):
        some._settle(now)
        for clock in some:
            self.clocks[clock].settle(now)

    def _retarget(self, now, some):
        targets = {clock: self._target() for clock in some}
        some._replan({clock: {"target_seconds": target} for clock, target in targets.items()})
        for clock, target in targets.items():
            self.clocks[clock].change(now, target=target)

    def _other_hours(self, now, some):
        self._move(now, some, self.other.calendar)

    def _clock_time(self, now, some):
        self._move(now, some[:3], None)

    def _move(self, now, some, calendar):
        vals = {
            "is_working": bool(calendar),
            "resource_calendar_id": calendar.id if calendar else False,
        }
        some._replan({clock: vals for clock in some})
        for clock in some:
            self.clocks[clock].change(now, picture=self.pictures[calendar])

    def _new_leave(self, now, _some):
        self.world._make_leave()
        self._follow(now)

    def _new_makeup(self, now, _some):
        self.world._make_makeup_day()
        self._follow(now)

    def _new_hours(self, now, _some):
        self.world.change_hours()
        self._follow(now)

    def _follow(self, now):
        """Hours changed: every promise in working time moves with them."""
        self._paint()
        clocks = self._all()
        clocks._replan({clock: {} for clock in clocks})
        for clock in clocks:
            calendar = clock.resource_calendar_id if clock.is_working else None
            self.clocks[clock].change(now, picture=self.pictures[calendar])

    # ------------------------------------------------------------
    # Comparing
    # ------------------------------------------------------------

    def _compare(self, event="opened", moment=None):
        test, horizon = self.case, self.world.begin + timedelta(days=DAYS)
        compared = 0
        for clock, expected in self.clocks.items():
            story = f"{event} at {moment}: {self.world.tz}, clock {clock.id}, {expected.closed}"
            ended = clock.state == "breached" and clock.date_met
            test.assertEqual("ended" if ended else clock.state, expected.state, story)
            if not clock.is_open:
                continue
            compared += 1
            due = expected.due
            if due is None:
                test.assertFalse(clock.date_due, story)
                left = expected.target - sum(seconds for *_span, seconds in expected.closed)
                test.assertEqual(clock.remaining_seconds, left, story)
            elif due == datetime.max:
                test.assertGreaterEqual(clock.date_due, horizon, story)
            else:
                test.assertEqual(clock.date_due, due, story)
        return compared

    def _replay(self):
        """Begin, pauses and hours alone give the same ledger as the database holds."""
        clocks = self._all()
        timelines = clocks._get_timelines()
        for clock, expected in self.clocks.items():
            if expected.events_changed_hours or not clock.is_open:
                continue
            runs, due = sla_ledger.replay(
                timelines[clock], clock.target_seconds, clock.date_start, expected.pauses
            )
            self.case.assertEqual(runs, clock._get_runs())
            self.case.assertEqual(due or False, clock.date_due)


def run_clocks(case, rng, worlds, clocks_per_world):
    """Compare clocks with the oracle; return how many clocks and how many answers it were."""
    compared = sum(Story(case, rng, clocks_per_world).run() for _number in range(worlds))
    return worlds * clocks_per_world, compared
