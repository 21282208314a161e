from odoo import api, models
from odoo.tools import consteq, hmac

#: What the token is for: one of another purpose does not fit.
SCOPE = "customer_followup-opt-out"


class ResPartner(models.Model):
    """The link with which a customer stops messages that leave by themselves."""

    _inherit = "res.partner"

    def _get_opt_out_token(self):
        self.ensure_one()
        return hmac(self.env(su=True), SCOPE, self.id)

    def _get_opt_out_url(self):
        """Return the link that stands below each message to this customer."""
        self.ensure_one()
        return f"{self.get_base_url()}/customer-care/opt-out/{self.id}/{self._get_opt_out_token()}"

    @api.model
    def _find_by_opt_out_token(self, partner_id, token):
        """Return the customer of a link (sudo), or none where the token is not his."""
        # sudo: whoever has the link of his mail needs no login
        partner = self.sudo().browse(partner_id).exists()
        if partner and consteq(partner._get_opt_out_token(), token):
            return partner
        return self.browse()

    def _opt_out(self):
        """Put address and number on Odoo's blacklists, which every mailing respects."""
        self.ensure_one()
        if "phone.blacklist" in self.env and self.phone_sanitized:
            self.env["phone.blacklist"]._add(
                [self.phone_sanitized],
                message=self.env._("Asked for by the link in a message of Customer Care."),
            )
        if self.email_normalized:
            self.env["mail.blacklist"]._add(
                self.email_normalized,
                message=self.env._("Asked for by the link in a message of Customer Care."),
            )
