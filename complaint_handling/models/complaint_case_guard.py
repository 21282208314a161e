"""What nobody types in: dates, runs and marks that figures and customers rely on."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from .kinds import KEPT, MANAGER


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    def _check_kept(self, vals):
        """Refuse what is not typed in, by whatever way it comes.

        :raise AccessError: for dates and marks of the methods
        :raise UserError: for the company, and for an agent who changes when a case came in
        """
        if not self.env.su and KEPT & vals.keys():
            raise AccessError(
                self.env._(
                    "Dates, promises and verification of a case are noted by themselves: use its "
                    "buttons (%(fields)s).",
                    fields=", ".join(sorted(KEPT & vals.keys())),
                )
            )
        if "company_id" in vals and any(case.company_id.id != vals["company_id"] for case in self):
            raise UserError(
                self.env._(
                    "A case stays in its company, which has given its number and its promises: "
                    "reject it and enter it in the other company."
                )
            )
        if "date_received" in vals:
            self._check_received(vals)

    def _check_received(self, vals):
        moment = fields.Datetime.to_datetime(vals["date_received"])
        moved = self.filtered(lambda case: case.date_received != moment)
        if moved and not (self.env.su or self.env.user.has_group(MANAGER)):
            raise UserError(
                self.env._(
                    "Promises run from when a case came in: ask a complaint manager to correct it."
                )
            )

    def _move_start(self, before):
        """Let promises run from the corrected moment a case came in, and log it.

        :param before: ``{case: moment it had}``
        """
        for case, old in before.items():
            if case.date_received == old:
                continue
            clocks = case._get_open_clocks().filtered(
                lambda clock, old=old: clock.run == 1 and clock.date_start == old
            )
            clocks._start_at(case.date_received)
            case._message_log(
                body=self.env._(
                    "Received on %(new)s instead of %(old)s.",
                    new=format_datetime(self.env, case.date_received),
                    old=format_datetime(self.env, old),
                )
            )
