"""The job that acts on lateness: it wakes for the next event, and every five minutes as a net."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Clocks that are handled and committed together.
BATCH = 500
#: So often a batch that met a user's transaction is begun again at once.
ATTEMPTS = 4
#: A wake-up nearer than this may be over before the transaction that relies on it has ended.
NEAR = timedelta(seconds=5)
SECOND = timedelta(seconds=1)
WAKE_UP = "complaint_handling.wake_up"


class ComplaintEscalation(models.Model):
    _inherit = "complaint.escalation"

    # ------------------------------------------------------------
    # Waking
    # ------------------------------------------------------------

    @api.model
    def _wake_at(self, moment):
        """See that the job runs as soon as an event is over.

        A wake-up is only set where there is none before: each run sets the next one, so one is
        outstanding, whatever the number of changes. An event at 14:20:07 is over a second later.
        """
        now = fields.Datetime.now()
        moment = max(moment + SECOND, now)
        armed = self.env.cr.precommit.data  # emptied by commit and rollback
        if armed.get(WAKE_UP, moment + SECOND) <= moment:
            return
        # sudo: whoever gives a promise wakes the job that looks after it
        cron = self.env.ref("complaint_handling.ir_cron_act_on_lateness").sudo()
        outstanding = cron.env["ir.cron.trigger"].search_count(
            [
                ("cron_id", "=", cron.id),
                ("call_at", ">", now + NEAR),
                ("call_at", "<=", moment),
            ],
            limit=1,
        )
        if not outstanding:
            cron._trigger(at=moment)
        armed[WAKE_UP] = moment

    @api.model
    def _wake_at_next(self, busy):
        """Set the wake-up for the next event.

        :param busy: clocks others are working on: look again soon
        """
        [(moment,)] = self.env.execute_query(
            SQL(
                "SELECT min(next_event_at) FROM complaint_sla_clock"
                " WHERE next_event_at IS NOT NULL AND id != ALL(%s)",
                list(busy),
            )
        )
        if busy:
            soon = fields.Datetime.now() + NEAR
            moment = min(moment or soon, soon)
        if moment:
            self._wake_at(moment)

    # ------------------------------------------------------------
    # The sweep
    # ------------------------------------------------------------

    @api.model
    def _cron_act_on_lateness(self):
        """Breach what is due and let the steps act whose moment has come.

        Batch by batch, each committed with all its effects: after a crash the next run goes on
        with what is left. Two runs at once share the work.
        """
        cron = self.env["ir.cron"]
        due = self._count_due()
        if due:
            cron._commit_progress(remaining=due)
        busy = set()
        while clocks := self._sweep(busy):
            if not cron._commit_progress(len(clocks)) and (due := self._count_due()):
                cron._commit_progress(remaining=due)
                return  # the job is called again at once
        self._send_digests()
        self._wake_at_next(busy)
        cron._commit_progress(remaining=0)

    @api.model
    def _count_due(self):
        self.env["complaint.sla.clock"].flush_model(["next_event_at"])
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM complaint_sla_clock WHERE next_event_at < %s",
                fields.Datetime.now(),
            )
        )
        return count

    @api.model
    def _lock_due(self, busy):
        """Return the next clocks whose moment is over, locked with their cases.

        What somebody else works on is left out and added to ``busy``.
        """
        clocks = self.env["complaint.sla.clock"]
        while True:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT id FROM complaint_sla_clock
                     WHERE next_event_at < %s AND id != ALL(%s)
                  ORDER BY next_event_at, id LIMIT %s
                       FOR NO KEY UPDATE SKIP LOCKED
                    """,
                    fields.Datetime.now(),
                    list(busy),
                    BATCH,
                )
            )
            found = clocks.browse(clock_id for (clock_id,) in rows)
            cases = found.case_id.try_lock_for_update(allow_referencing=True)
            locked = found.filtered(lambda clock, cases=cases: clock.case_id in cases)
            busy.update((found - locked).ids)
            if locked or not found:
                return locked

    @api.model
    def _sweep(self, busy):
        """Let the next batch act; begin again where it met somebody's transaction.

        :return: the clocks of the batch
        """
        for _attempt in range(ATTEMPTS):
            clocks = self.env["complaint.sla.clock"]
            try:
                clocks = self._lock_due(busy)
                clocks._act_on_lateness()
                self.env.flush_all()
                return clocks
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                _logger.info("Escalation met another transaction and begins again")
                self.env.cr.rollback()
        busy.update(clocks.ids or [0])
        return clocks
