import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: So long somebody may still find that a refused mail was a person's.
KEPT_DAYS = 30


class ComplaintMailRefusal(models.Model):
    """A mail to a team that opened no case, because no person seems to have written it."""

    _name = "complaint.mail.refusal"
    _description = "Refused Mail"
    _order = "date desc, id desc"
    _rec_name = "subject"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    email_to = fields.Char(string="To", readonly=True)
    subject = fields.Char(readonly=True)
    message_id = fields.Char(index=True, readonly=True)
    reason = fields.Selection(
        [("robot", "Written by a program"), ("loop", "The same again and again")],
        required=True,
        readonly=True,
    )
    detail = fields.Char(
        string="Evidence", readonly=True, help="The line of the mail that says so."
    )
    mail = fields.Binary(attachment=True, readonly=True)
    mail_name = fields.Char(compute="_compute_mail_name")
    case_id = fields.Many2one(
        "complaint.case",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Somebody found that a person wrote it.",
    )

    def _compute_mail_name(self):
        self.mail_name = "mail.eml"

    @api.model
    def _keep(self, message, message_dict, company, reason, detail):
        """Keep a refused mail, once; the account that brings mails needs no rights for it."""
        # sudo: written by the gateway only
        refusals = self.sudo()
        message_id = message_dict["message_id"]
        if refusals.search_count([("message_id", "=", message_id)], limit=1):
            return refusals
        return refusals.create(
            {
                "company_id": company.id,
                "email_from": message_dict.get("email_from"),
                "email_to": message_dict.get("to"),
                "subject": message_dict.get("subject"),
                "message_id": message_id,
                "reason": reason,
                "detail": detail,
                "mail": _encode(message),
            }
        )

    def action_accept(self):
        """Make a case of a mail after all, as if it had been a person's from the start."""
        self.ensure_one()
        if not self.case_id:
            self.check_access("read")
            # sudo: the mail goes in as by the gateway; the user may see it, which is all it takes
            refusal = self.sudo().with_context(complaint_accept_mail=True)
            case_id = refusal.env["mail.thread"].message_process(
                "complaint.case",
                base64.b64decode(refusal.with_context(bin_size=False).mail),
                custom_values={"company_id": refusal.company_id.id},
            )
            if not case_id:
                raise UserError(
                    self.env._(
                        "This mail was taken in already: look for its subject among the cases."
                    )
                )
            refusal.case_id = case_id
        return self.case_id.get_formview_action()

    @api.autovacuum
    def _gc_refusals(self, limit=1000):
        """Delete refused mails nobody asked for."""
        until = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search([("date", "<", until)], limit=limit)
        old.unlink()
        return len(old), len(old) == limit


def _encode(message):
    """Return a mail as it is stored; its header lines stay as they came, broken ones too."""
    return base64.b64encode(message.as_bytes(policy=message.policy.clone(refold_source="none")))
