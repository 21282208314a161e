"""Evaluating in the background: every night, and where a user asked for a large one."""

import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from psycopg2 import OperationalError

from .customer_tier_evaluation import EvaluationRunning

_logger = logging.getLogger(__name__)

#: Working time after which a pass leaves the rest of the work to the next one.
PASS_SECONDS = 45
#: Rows a pass writes at least: measuring again for the next pass must pay.
PASS_ROWS = 200_000
#: When a pass met a user's transaction, it measures again after this time.
RETRY_MINUTES = 2
#: Schemes left over longer ago than this were not left by the pass before.
LEFT_HOURS = 2


class PassOver(Exception):
    """The time of this pass is used up; what is written is committed."""


class CustomerTierScheme(models.Model):
    """Context keys ``tier_deadline``: moment (monotonic) at which a pass stops writing;
    ``tier_progress``: percent the passes before have reached.
    """

    _inherit = "customer.tier.scheme"

    evaluation_pending = fields.Boolean(readonly=True, copy=False)
    evaluation_user_id = fields.Many2one(
        "res.users", readonly=True, copy=False, index="btree_not_null"
    )
    progress = fields.Integer(string="Progress (%)", readonly=True, copy=False, aggregator=None)
    left_since = fields.Datetime(
        readonly=True, copy=False, help="When a nightly pass left this scheme to the next one."
    )

    evaluation_trigger = fields.Char(
        readonly=True, copy=False, help="What the requested evaluation is put down to."
    )
    evaluation_at_once = fields.Boolean(readonly=True, copy=False)

    def _request_evaluation(self, trigger=None, at_once=False):
        """Have this scheme evaluated by the scheduler, and the current user told.

        A plain evaluation asked for while one "at once" waits does not take its place.
        """
        waiting = self.evaluation_pending and self.evaluation_at_once
        # sudo: the caller may configure grading; these columns and the job are ours
        self.sudo().write(
            {
                "evaluation_pending": True,
                "evaluation_user_id": self.env.uid,
                "evaluation_trigger": trigger or (waiting and self.evaluation_trigger),
                "evaluation_at_once": at_once or waiting,
                "evaluation_error": False,
                "progress": 0,
            }
        )
        self.env.ref("customer_tiering.ir_cron_evaluate_requested").sudo()._trigger()

    @api.model
    def _cron_evaluate(self):
        """Measure all operative schemes and write what differs, committed by partner range.

        Each scheme is measured afresh, so a run that was killed is simply begun again and
        gives the same rows. What does not fit into one pass is left to the next.
        """
        recently = fields.Datetime.now() - timedelta(hours=LEFT_HOURS)
        operative = [("operative", "=", True)]
        left = self.search([*operative, ("left_since", ">", recently)])
        schemes = left or self.search(operative, order="last_run, id")
        self._run_pass(schemes, "customer_tiering.ir_cron_evaluate_schemes")

    @api.model
    def _cron_evaluate_requested(self):
        """Evaluate the schemes a user asked for, also when nothing runs at night."""
        schemes = self.search([("evaluation_pending", "=", True)])
        self._run_pass(schemes, "customer_tiering.ir_cron_evaluate_requested")

    @api.model
    def _run_pass(self, schemes, xmlid):
        """Evaluate schemes until the time of one pass is used up; wake up again for the rest."""
        cron = self.env["ir.cron"]
        deadline = time.monotonic() + PASS_SECONDS
        cron._commit_progress(remaining=len(schemes))
        again = False
        for position, scheme in enumerate(schemes.with_context(tier_deadline=deadline)):
            try:
                if time.monotonic() > deadline:
                    raise PassOver
                scheme._cron_evaluate_one()
            except PassOver:
                schemes[position:].left_since = again = fields.Datetime.now()
                break
            except (EvaluationRunning, OperationalError):
                # a user's transaction was in the way: measure again when it is done
                _logger.info("Evaluation of scheme %s is put off", scheme.id, exc_info=True)
                self.env.cr.rollback()
                again = again or fields.Datetime.now() + timedelta(minutes=RETRY_MINUTES)
            cron._commit_progress(1)
        if again:
            self.env.ref(xmlid)._trigger(at=again)
        cron._commit_progress(remaining=0)

    def _cron_evaluate_one(self):
        """Evaluate one scheme in the background; a failure stays with the scheme.

        :raise PassOver: when the pass ended before all was written
        :raise EvaluationRunning: when somebody else evaluates the scheme
        """
        requested_by = self.evaluation_user_id if self.evaluation_pending else None
        try:
            if not requested_by and self._waits_for_start():
                self.left_since = False
                return
            background = self.with_context(tier_progress=self.progress)
            counts = background._evaluate_one(
                trigger=self.evaluation_trigger or None,
                after_batch=background._commit_batch,
                at_once=self.evaluation_at_once,
            )
            result = {**counts, "failed": {}}
            self.write({"evaluation_pending": False, "left_since": False})
        except (PassOver, EvaluationRunning, OperationalError):
            raise
        except Exception as error:
            self.env.cr.rollback()
            failed = {self.id: self._note_failure(error)}
            result = {"graded": 0, "up": 0, "down": 0, "failed": failed}
        if requested_by:
            self._notify_result(requested_by, result)

    def _commit_batch(self, scheme, done, total):
        """Keep what is written so far and show how far the evaluation is."""
        if scheme.evaluation_pending:
            # from where the pass before ended: the rows left are all that is counted here
            begun = self.env.context.get("tier_progress", 0)
            scheme.progress = begun + (100 - begun) * done // (total or 1)
        self.env["ir.cron"]._commit_progress()
        deadline = self.env.context.get("tier_deadline")
        between_decisions = not total
        if (
            deadline
            and (between_decisions or PASS_ROWS <= done < total)
            and time.monotonic() > deadline
        ):
            raise PassOver

    def _notify_result(self, user, result):
        """Tell the user who asked for a background evaluation how it ended."""
        self.ensure_one()
        scheme = self.with_context(lang=user.lang)
        message, kind = scheme._get_result_message(result)
        user._bus_send(
            "simple_notification",
            {"title": scheme.name, "message": message, "type": kind, "sticky": True},
        )
