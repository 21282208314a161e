"""Evaluating a scheme on request; in the background: customer_tier_background.py."""

import logging
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, plaintext2html
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)

#: Above this number of documents "Evaluate now" hands the work to the scheduler and
#: shows its progress instead of holding the browser (about three seconds of work).
BACKGROUND_DOCUMENTS = 300_000
TO_DO_TYPE = "mail.mail_activity_data_todo"
#: Managers who get a to-do when a scheme cannot be evaluated.
TOLD_MANAGERS = 3


class EvaluationRunning(UserError):
    """Somebody else evaluates the same scheme, at this moment or since it was measured."""


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def evaluate(self, as_of=None, partner_ids=None):
        """Grade the customers of these schemes, or of all operative ones when empty.

        Decisions that ended and are not yet taken come first, in order, each with the
        figures of its own day.

        :param as_of: date in the scheme's time zone; None = today there. A day before the
            last evaluated one writes nothing but due decisions: read it with
            :meth:`evaluate_rows`. A day after today is refused.
        :param partner_ids: ids of commercial partners whose rows may be written; the
            population that ranks and shares refer to is always everybody. Such a call takes
            no decisions and does not move the last evaluated day.
        :return: ``{'graded': n, 'up': n, 'down': n, 'failed': {scheme_id: sentence}}``;
            the first grading of a scheme (baseline) counts in neither ``up`` nor ``down``
        :raise AccessError: for who may not configure grading
        """
        schemes = self or self.search([("operative", "=", True)])
        schemes.check_access("write")
        # sudo: the engine measures documents of all sellers and writes rows nobody may edit
        return schemes.sudo()._evaluate_all(fields.Date.to_date(as_of), partner_ids)

    def _evaluate_all(self, as_of=None, partner_ids=None, trigger=None, at_once=False):
        """Evaluate each scheme for itself: one that fails does not stop the others."""
        total = {"graded": 0, "up": 0, "down": 0, "failed": {}}
        for scheme in self:
            try:
                with self.env.cr.savepoint():
                    counts = scheme._evaluate_one(
                        as_of, partner_ids, trigger=trigger, at_once=at_once
                    )
            except OperationalError:
                # two transactions met on the same row: the server repeats the whole call
                raise
            except EvaluationRunning as error:
                total["failed"][scheme.id] = str(error)
            except Exception as error:
                total["failed"][scheme.id] = scheme._note_failure(error)
            else:
                for key, count in counts.items():
                    total[key] += count
        return total

    def _note_failure(self, error):
        """Keep on the scheme why it could not be evaluated, in a sentence for its manager."""
        self.ensure_one()
        if isinstance(error, UserError):
            message = str(error)
        else:
            _logger.warning("Evaluation of scheme %s failed", self.id, exc_info=error)
            message = self.env._(
                "The evaluation stopped with a technical error (%(error)s). Levels are "
                "unchanged; the server log has the details.",
                error=type(error).__name__,
            )
        self.invalidate_recordset()
        is_new = message != self.evaluation_error
        self.write(
            {
                "evaluation_error": message,
                "evaluation_pending": False,
                "evaluation_user_id": False,
                "progress": 0,
            }
        )
        if is_new:
            self._tell_failure(message)
        return message

    def _tell_failure(self, message):
        """Bring a new failure before those who can mend it; the next success closes it."""
        note = plaintext2html(message)
        self.message_post(body=note)
        self.activity_unlink([TO_DO_TYPE])
        for user in self._get_managers():
            told = self.with_context(lang=user.lang, tz=user.tz, mail_activity_quick_update=True)
            told.activity_schedule(
                TO_DO_TYPE,
                summary=told.env._("Levels are unchanged: the scheme could not be evaluated"),
                note=note,
                user_id=user.id,
            )

    def _get_managers(self):
        """Return some users who may configure grading in the company of this scheme."""
        return self.env["res.users"].search(
            [
                (
                    "all_group_ids",
                    "in",
                    self.env.ref("customer_tiering.customer_tiering_group_manager").ids,
                ),
                ("company_ids", "in", self.company_id.ids),
                ("share", "=", False),
                ("active", "=", True),
            ],
            order="id",
            limit=TOLD_MANAGERS,
        )

    def _evaluate_one(
        self, as_of=None, partner_ids=None, trigger=None, after_batch=None, at_once=False
    ):
        """Evaluate one scheme (sudo): first the decisions that are due, then the day itself.

        :param trigger: what the changes are put down to in the history
        :param after_batch: called with (done, total) after each range of partners
        :param at_once: put everybody where the figures call for, past grace and steps
        :return: ``{'graded': n, 'up': n, 'down': n}``
        """
        self.ensure_one()
        self._lock_for_evaluation()
        counts = {"graded": 0, "up": 0, "down": 0}
        as_of = as_of or self._get_today()
        self._check_not_ahead(as_of)
        self._check_not_on_trial()
        if problems := self._get_problems():
            raise UserError("\n".join(problems))
        decided = False
        # read afresh each time: between two commits somebody else may have taken some
        while partner_ids is None and (due := self._get_due_decisions(as_of)):
            decided = due[0]
            self._add_counts(counts, self._run(decided, "decision", after_batch=after_batch))
            self._close_decisions()
            if after_batch:
                # a pass may end between two decisions as between two ranges
                after_batch(self, 0, 0)
                self._lock_for_evaluation()
        if decided != as_of or at_once:
            if not decided and self.last_evaluated and as_of < self.last_evaluated:
                return counts
            mode = "at_once" if at_once else "figures"
            run = self._run(as_of, mode, partner_ids, trigger, after_batch)
            self._add_counts(counts, run)
        if partner_ids is None and self.operative and self.last_evaluated:
            self._refresh_decisions(as_of)
        return counts

    def _check_not_ahead(self, as_of):
        """Refuse a day to come: the nights until then would find nothing left to do."""
        if as_of > self._get_today():
            raise UserError(
                self.env._(
                    "“%(name)s” cannot be evaluated as of %(day)s, which is after today.",
                    name=self.name,
                    day=format_date(self.env, as_of),
                )
            )

    @api.model
    def _add_counts(self, counts, run):
        counts.update(
            graded=run["graded"], up=counts["up"] + run["up"], down=counts["down"] + run["down"]
        )

    def _run(self, as_of, mode, partner_ids=None, trigger=None, after_batch=None):
        """Measure one day, decide and write what differs.

        :param mode: see ``customer_tier_stability.MODES``
        """
        counts = {"graded": 0, "up": 0, "down": 0}
        if partner_ids is None and self.last_evaluated:
            if ended := self._end_holds(as_of):
                self._after_tier_changes(ended)
        run_number = self.run_number
        counts["graded"] = self._prepare_changes(as_of, partner_ids, trigger, mode)
        for done, total, rises, falls in self._apply_changes(as_of):
            counts["up"] += rises
            counts["down"] += falls
            if after_batch:
                after_batch(self, done, total)
                self._lock_for_evaluation()
                if self.run_number != run_number:
                    # another evaluation ran in between and has seen newer documents
                    raise self._evaluation_running()
        self.run_number += 1
        if partner_ids is None:
            self._note_success(as_of, counts, mode)
        self._drop_tables()
        return counts

    def _note_success(self, as_of, counts, mode):
        self._store_lines()
        # nobody graded yet: the first customers will still be a baseline
        evaluated = counts["graded"] or self.last_evaluated
        settled = self.decided_until
        if mode == "decision":
            settled = as_of
        elif evaluated:
            # all decisions due were taken before: what a new rhythm finds there is no decision
            yesterday = self._get_today() - timedelta(days=1)
            settled = max(settled or date.min, min(as_of, yesterday))
        self.write(
            {
                "last_evaluated": as_of if evaluated else False,
                "decided_until": settled,
                "last_run": fields.Datetime.now(),
                "last_graded": counts["graded"],
                "last_up": counts["up"],
                "last_down": counts["down"],
                "evaluation_error": False,
            }
        )
        self.activity_unlink([TO_DO_TYPE])
        if mode == "at_once" or (mode == "figures" and not self.evaluation_at_once):
            self._end_request()

    def _end_request(self):
        """What was asked of the scheduler is done; a decision before it was not yet that."""
        self.write(
            {
                "evaluation_pending": False,
                "evaluation_user_id": False,
                "evaluation_trigger": False,
                "evaluation_at_once": False,
                "progress": 0,
            }
        )

    def _lock_for_evaluation(self):
        """Keep others from evaluating this scheme until the end of the transaction."""
        if not self.try_lock_for_update(allow_referencing=True):
            raise self._evaluation_running()
        self.invalidate_recordset(["run_number", "last_evaluated", "decided_until"])

    def _evaluation_running(self):
        return EvaluationRunning(
            self.env._(
                "“%(name)s” is being evaluated at this moment. Try again in a minute.",
                name=self.name,
            )
        )

    def _get_today(self):
        """Return today's date in the scheme's time zone."""
        return fields.Date.context_today(self.with_context(tz=self.tz))

    def evaluate_rows(self, as_of, partner_ids=None):
        """Measure and grade without writing anything.

        :param as_of: date, any day, also before the last evaluation
        :param partner_ids: restricts the rows returned, never the population
        :return: list of dicts with ``partner_id``, ``document_count``, ``first_date``,
            ``last_date``, ``amount``, ``amount_previous``, ``margin``, ``quantity``,
            ``r_score``, ``f_score``, ``m_score``, ``rfm_segment`` (id or False),
            ``earned_tier_id`` (id or False), one for each member of the population;
            amounts in the company's currency, dates in the scheme's time zone
        :raise AccessError: for who may not see all customers
        """
        self.ensure_one()
        self.check_access("read")
        if not (
            self.env.su or self.env.user.has_group("customer_tiering.customer_tiering_group_all")
        ):
            raise AccessError(
                self.env._("Only users who may see all customers can read the whole grading.")
            )
        # sudo: figures rest on documents of all sellers; the right to see them is checked above
        return self.sudo()._read_evaluation(fields.Date.to_date(as_of), partner_ids)

    # ------------------------------------------------------------
    # Evaluate now
    # ------------------------------------------------------------

    def action_evaluate(self):
        """Evaluate now and tell the user what happened.

        Large companies are handed to the scheduler; the form shows the progress.
        """
        return self._evaluate_now()

    def _evaluate_now(self, trigger=None, at_once=False):
        """Evaluate, in the background where it takes long; return what the screen shows.

        :param at_once: put everybody where the figures call for, past grace and steps
        """
        self.ensure_one()
        self.check_access("write")
        if self.sudo()._takes_long():
            self._request_evaluation(trigger, at_once)
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        if self.last_evaluated and self._get_today() < self.last_evaluated:
            raise UserError(
                self.env._(
                    "“%(name)s” is already evaluated as of %(day)s, which is after today: wait "
                    "for that day.",
                    name=self.name,
                    day=format_date(self.env, self.last_evaluated),
                )
            )
        # sudo: as in evaluate(), whose right was checked above
        return self._get_result_notification(
            self.sudo()._evaluate_all(trigger=trigger, at_once=at_once)
        )

    def _takes_long(self):
        """Whether an evaluation would hold the browser for too long."""
        return self._count_documents() > BACKGROUND_DOCUMENTS

    def _get_result_notification(self, result):
        """Return the message that closes an evaluation, with the list refreshed behind it."""
        message, kind = self._get_result_message(result)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Customers graded")
                if kind == "success"
                else self.env._("Not graded"),
                "message": message,
                "type": kind,
                "sticky": kind != "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_result_message(self, result):
        if result["failed"]:
            return "\n".join(result["failed"].values()), "danger"
        if not result["graded"]:
            return (
                self.env._("There was nothing to grade: no customer has a document in the period."),
                "warning",
            )
        return (
            self.env._(
                "%(graded)s graded, %(up)s up, %(down)s down.",
                graded=result["graded"],
                up=result["up"],
                down=result["down"],
            ),
            "success",
        )
