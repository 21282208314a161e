"""The arithmetic of a promise, without a database."""

from datetime import datetime, timedelta
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.complaint_handling.models.sla_ledger import get_done, get_due, get_used, replay
from odoo.addons.customer_tiering.models.working_time import AroundTheClock, Timeline, to_seconds

HOUR = 3600
DAY = datetime(2024, 7, 3)


def at(hour, minute=0):
    return DAY + timedelta(hours=hour, minutes=minute)


@tagged("post_install", "-at_install")
class TestSlaLedger(BaseCase):
    """Somebody works from 8 to 12 and from 13 to 17, for ten days."""

    def setUp(self):
        super().setUp()
        start = to_seconds(DAY)
        spans = [
            (start + day * 24 * HOUR + low * HOUR, start + day * 24 * HOUR + high * HOUR)
            for day in range(10)
            for low, high in ((8, 12), (13, 17))
        ]
        self.line = Timeline(spans, start, start + 10 * 24 * HOUR)

    def test_one_run(self):
        self.assertEqual(get_due(self.line, [(at(8), None, None)], 5 * HOUR), at(14))
        self.assertEqual(get_due(self.line, [(at(6), None, None)], 8 * HOUR), at(17))

    def test_paused_has_no_due_moment(self):
        runs = [(at(8), at(9), HOUR)]
        self.assertIsNone(get_due(self.line, runs, 5 * HOUR))
        self.assertEqual(get_done(runs), HOUR)

    def test_closed_runs_keep_what_they_counted(self):
        """The first run counted half an hour by hours that have changed since."""
        runs = [(at(8), at(9), HOUR // 2), (at(10), None, None)]
        self.assertEqual(get_due(self.line, runs, HOUR), at(10, 30))
        self.assertEqual(get_used(self.line, runs, at(10, 20)), HOUR // 2 + 20 * 60)

    def test_nothing_left_is_due_when_it_goes_on(self):
        runs = [(at(8), at(9), HOUR), (at(10), None, None)]
        self.assertEqual(get_due(self.line, runs, HOUR), at(10))

    def test_a_shorter_promise_was_used_up_before(self):
        runs = [(at(8), at(10), 2 * HOUR), (at(11), None, None)]
        self.assertEqual(get_due(self.line, runs, HOUR), at(9))
        self.assertEqual(get_due(self.line, runs[:1], HOUR), at(9))
        # hours changed since: never later than the run that used it up
        self.assertEqual(get_due(self.line, [(at(6), at(7), HOUR)], HOUR // 2), at(7))

    def test_replay_of_what_was_kept(self):
        runs, due = replay(self.line, 5 * HOUR, at(8), [(at(9), at(10))], end=at(11))
        self.assertEqual(runs, [(at(8), at(9), HOUR), (at(10), at(11), HOUR)])
        self.assertEqual(due, at(15))

    def test_replay_while_paused(self):
        runs, due = replay(AroundTheClock(), HOUR, at(8), [(at(8, 30), None)])
        self.assertEqual(runs, [(at(8), at(8, 30), HOUR // 2)])
        self.assertIsNone(due)

    def test_random_pauses_second_by_second(self):
        rng = Random(1)
        for _case in range(300):
            start = 0
            spans = []
            while start < 900:
                start += rng.randrange(1, 60)
                stop = start + rng.randrange(1, 60)
                spans.append((start, stop))
                start = stop
            line = Timeline(spans, 0, 2000)
            moments = sorted(rng.sample(range(300), 2 * rng.randrange(4) + 1))
            base = datetime(1970, 1, 1)
            begin, *rest = (base + timedelta(seconds=second) for second in moments)
            pauses = list(zip(rest[::2], rest[1::2], strict=True))
            used = sum(line.worked(*pause) for pause in pauses)
            longest = line.worked(begin, rest[-1] if rest else begin) - used
            target = longest + rng.randrange(1, 200)
            _runs, due = replay(line, target, begin, pauses)
            self.assertEqual(due, self._walk(spans, begin, pauses, target))

    def _walk(self, spans, begin, pauses, target):
        second, base = timedelta(seconds=1), datetime(1970, 1, 1)
        moment = begin
        while target:
            number = (moment - base).total_seconds()
            working = any(low <= number < high for low, high in spans)
            paused = any(low <= moment < high for low, high in pauses)
            target -= working and not paused
            moment += second
        return moment
