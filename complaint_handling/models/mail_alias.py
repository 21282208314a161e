import sys

from odoo import models


class MailAlias(models.Model):
    """The sender of a complaint is not told that his mail was refused when it was kept."""

    _inherit = "mail.alias"

    def _alias_bounce_incoming_email(self, message, message_dict, set_invalid=True):
        # Core calls this while it handles the error of a failed mail, which our guard turns into
        # a case right afterwards; and, without an error, when the address refuses the sender.
        failed = sys.exc_info()[0] is not None
        if failed and self.env.context.get("complaint_mail"):
            # sudo: the account that brings mails need not have the right to change addresses
            self.sudo().alias_status = "invalid"
            return None
        return super()._alias_bounce_incoming_email(message, message_dict, set_invalid=set_invalid)
