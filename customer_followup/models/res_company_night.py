"""Which companies the night has still to plan, and what went wrong there."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import plaintext2html

_logger = logging.getLogger(__name__)

MANAGER = "customer_tiering.customer_tiering_group_manager"
TO_DO_TYPE = "mail.mail_activity_data_todo"
#: Companies left over longer ago than this were not left by the pass before.
LEFT_HOURS = 2
#: Managers who are told about a failure.
TOLD_MANAGERS = 5


class ResCompany(models.Model):
    _inherit = "res.company"

    followup_left_since = fields.Datetime(
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="When a nightly pass left this company's follow-ups to the next one.",
    )
    followup_error = fields.Text(
        string="Planning failed",
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="Why the follow-ups of this company could not be planned last night.",
    )
    followup_error_activity_ids = fields.Many2many(
        "mail.activity", readonly=True, copy=False, groups=MANAGER
    )

    @api.model
    def _get_companies_of_night(self):
        """Return the companies the pass before has left, else all that have a plan."""
        recently = fields.Datetime.now() - timedelta(hours=LEFT_HOURS)
        return self.search([("followup_left_since", ">", recently)]) or self.search(
            [("parent_id", "=", False)]
        )

    def _note_night(self, error=None):
        """Keep how the night went; a new failure is brought before the managers."""
        self.ensure_one()
        message = error and self._get_night_failure(error)
        if message and message != self.followup_error:
            self._tell_night_failure(message)
        elif self.followup_error and not message:
            self.followup_error_activity_ids.filtered("active").unlink()
        if self.followup_left_since or (self.followup_error or None) != message:
            self.write({"followup_left_since": False, "followup_error": message})

    def _get_night_failure(self, error):
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("Follow-ups of %s could not be planned", self.name, exc_info=error)
        return self.env._(
            "Planning the follow-ups stopped with a technical error (%(error)s). What is planned "
            "stays as it is and the next night tries again; the server log has the details.",
            error=type(error).__name__,
        )

    def _tell_night_failure(self, message):
        """Bring a failure before those who can mend it; the next success closes it."""
        managers = self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref(MANAGER).ids),
                ("company_ids", "in", self.ids),
                ("share", "=", False),
            ],
            order="id",
            limit=TOLD_MANAGERS,
        )
        self.followup_error_activity_ids.filtered("active").unlink()
        told = self.env["mail.activity"]
        for user in managers:
            partner = self.partner_id.with_context(
                lang=user.lang, tz=user.tz, mail_activity_quick_update=True
            )
            told |= partner.activity_schedule(
                TO_DO_TYPE,
                summary=partner.env._("Follow-ups of %(name)s were not planned", name=self.name),
                note=plaintext2html(message),
                user_id=user.id,
            )
        self.followup_error_activity_ids = [Command.set(told.ids)]
