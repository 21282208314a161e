"""What becomes of clocks whose moment has come."""

import logging
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import plaintext2html

from odoo.addons.customer_followup.models.kinds import QUIET

from .complaint_escalation_fire import TO_DO_TYPE

_logger = logging.getLogger(__name__)

#: A clock whose step failed is tried again after this time.
RETRY = timedelta(hours=1)


class ComplaintSlaClock(models.Model):
    _inherit = "complaint.sla.clock"

    def _act_on_lateness(self):
        """Breach and escalate these clocks; a bad one must not stop the others."""
        try:
            with self.env.cr.savepoint():
                self._act()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # a savepoint does not help, the whole transaction is begun again
        except Exception as error:
            if len(self) == 1:
                self._note_ladder_failure(error)
                return
            middle = len(self) // 2
            self[:middle]._act_on_lateness()
            self[middle:]._act_on_lateness()

    def _act(self):
        now = fields.Datetime.now()
        self._settle(now)
        ladders, acts = self._get_ladders(), []
        for clock, steps in ladders.items():
            if due := [step for step in steps if step.moment < now]:
                acts.append((clock, due))
                ladders[clock] = steps[len(due) :]
        fired = self.env["complaint.escalation"]._fire(acts)
        # another severity has brought other promises, with another ladder
        renewed = fired.filtered("level_id.raise_severity").case_id.clock_ids & self
        self._set_next_events(ladders | renewed._get_ladders())
        self.filtered("ladder_error").ladder_error = False

    def _note_ladder_failure(self, error):
        """Put a clock off that could not act, and tell the complaint managers, once."""
        self.ensure_one()
        _logger.warning("Escalation of clock %s failed", self.id, exc_info=error)
        self._settle(fields.Datetime.now())
        message = (
            str(error)
            if isinstance(error, UserError)
            else self.env._("a technical error (%(error)s)", error=type(error).__name__)
        )
        is_new = self.ladder_error != message
        self.write({"ladder_error": message, "next_event_at": fields.Datetime.now() + RETRY})
        if is_new:
            try:
                with self.env.cr.savepoint():
                    self._tell_ladder_failure(message)
            except Exception:  # the failure is on the clock, and in the log
                _logger.warning("Nobody could be told of it", exc_info=True)

    def _tell_ladder_failure(self, message):
        managers = self.env["complaint.escalation.level"]._get_present_managers(self.company_id)
        for user in managers:
            case = self.case_id.with_context(**QUIET, lang=user.lang, tz=user.tz)
            case.activity_schedule(
                TO_DO_TYPE,
                summary=case.env._("Nobody could be told that this is late"),
                note=plaintext2html(
                    case.env._(
                        "A step of the ladder stopped with %(error)s. It is tried again every "
                        "hour; look after the case yourself until then.",
                        error=message,
                    )
                ),
                user_id=user.id,
            )
