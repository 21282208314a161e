from odoo import api, models
from odoo.exceptions import UserError


class MailMessage(models.Model):
    """What proves that a customer was answered stays: corrected perhaps, never empty or gone."""

    _inherit = "mail.message"

    def write(self, vals):
        result = super().write(vals)
        if "body" in vals or "attachment_ids" in vals:
            # also as superuser: what is emptied on the screen is emptied as such
            cases = self.sudo().filtered(lambda message: message.model == "complaint.case")
            cases._filter_empty()._check_not_proof()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_proof(self):
        # a case that is deleted takes its messages with it, as superuser
        if not self.env.su:
            self._check_not_proof()

    def _check_not_proof(self):
        """Refuse to go on where one of these messages proves an answer to a customer."""
        messages = self.sudo().filtered(lambda message: message.model == "complaint.case")
        if not messages:
            return
        # sudo: whether there is a proof, whosever case it is
        Clock, Case = self.env["complaint.sla.clock"].sudo(), self.env["complaint.case"].sudo()
        proven = Clock.search([("proof_message_id", "in", messages.ids)], limit=1).case_id
        proven = proven or Case.search([("communicated_message_id", "in", messages.ids)], limit=1)
        if proven:
            raise UserError(
                self.env._(
                    "This message proves that the customer of %(case)s was answered: correct it, "
                    "or write another one, but do not delete or empty it.",
                    case=proven.display_name,
                )
            )
