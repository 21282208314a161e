from odoo import models
from odoo.exceptions import UserError

from .kinds import MANAGER


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def action_send_complaint_sample(self):
        """Send a letter to the user himself, about the latest case; its links do nothing."""
        self.ensure_one()
        user = self.env.user
        if not user.has_group(MANAGER):
            raise UserError(self.env._("Ask a complaint manager: he reads the samples."))
        if not user.email:
            raise UserError(
                self.env._(
                    "Enter your own mail address in your preferences: the sample goes there."
                )
            )
        case = self.env["complaint.case"].search(
            [("company_id", "=", self.env.company.id)], order="id desc", limit=1
        )
        if not case:
            raise UserError(
                self.env._(
                    "There is no case yet that the sample could be about: enter one first, for "
                    "instance about yourself."
                )
            )
        self.with_context(complaint_sample=True).send_mail(
            case.id,
            email_values={
                "email_to": user.email_formatted,
                "recipient_ids": [],
                # not into the history of the case, where it would look as if it had been sent
                "model": False,
                "res_id": False,
            },
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("A sample is on its way to %s.", user.email),
            },
        }
