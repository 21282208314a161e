from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Ways of contact for which a message can leave by itself.
AUTOMATIC_KINDS = ("mail", "sms")
#: A change of these asks for a new sample.
SAMPLED_FIELDS = {"mail_template_id", "sms_body", "kind", "mode"}


class FollowupCadenceLine(models.Model):
    """The message of a line in the mode ``automatic``."""

    _inherit = "followup.cadence.line"

    mail_template_id = fields.Many2one(
        "mail.template",
        string="Message",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('model', '=', 'res.partner')]",
        help="What an automatic line sends. A link with which the customer can stop such "
        "messages is put below it by itself.",
    )
    sms_body = fields.Text(
        string="Text Message",
        translate=True,
        help="What an automatic text message says. {name} stands for the customer's name, "
        "{company} for yours. A link with which the customer can stop such messages is put "
        "below it by itself.",
    )
    sample_date = fields.Datetime(string="Sample sent", readonly=True, copy=False)
    is_on = fields.Boolean(
        string="Switched on",
        copy=False,
        help="Messages leave only where this is on, and automatic messages are in the settings.",
    )
    date_on = fields.Date(readonly=True, copy=False)

    @api.constrains("is_on", "sample_date", *SAMPLED_FIELDS)
    def _check_is_on(self):
        for line in self.filtered("is_on"):
            if line.mode != "automatic" or line.kind not in AUTOMATIC_KINDS:
                raise ValidationError(
                    self.env._(
                        "%(rhythm)s: only mails and text messages leave by themselves. Choose "
                        "one of these kinds and the mode “Automatic”, or do not switch the line "
                        "on.",
                        rhythm=line.cadence_id.name,
                    )
                )
            line._check_template()
            if not line.sample_date:
                raise ValidationError(
                    self.env._(
                        "%(rhythm)s: send yourself a sample and read it before you switch "
                        "the line on.",
                        rhythm=line.cadence_id.name,
                    )
                )

    def _check_template(self):
        self.ensure_one()
        if self.kind == "sms" and "sms.sms" not in self.env:
            raise UserError(
                self.env._(
                    "%(rhythm)s: text messages need Odoo's app “SMS gateway”. Install it first.",
                    rhythm=self.cadence_id.name,
                )
            )
        if not (self.sms_body if self.kind == "sms" else self.mail_template_id):
            raise UserError(
                self.env._("%(rhythm)s: choose the message first.", rhythm=self.cadence_id.name)
            )

    def write(self, vals):
        vals = dict(vals)
        if SAMPLED_FIELDS & vals.keys():
            vals["sample_date"] = False
            vals.setdefault("is_on", False)
        switched = (
            self.filtered(lambda line: not line.is_on) if vals.get("is_on") else self.browse()
        )
        result = super().write(vals)
        if switched:
            super(FollowupCadenceLine, switched).write({"date_on": fields.Date.context_today(self)})
        return result

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------

    def action_send_sample(self):
        """Send the message to the user himself; only then the line can be switched on."""
        self.ensure_one()
        self.check_access("write")
        self._check_template()
        user = self.env.user
        if self.kind == "sms":
            address = self._send_sms_sample(user)
        else:
            address = self._send_mail_sample(user)
        self.sample_date = fields.Datetime.now()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("A sample is on its way to %s.", address),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _send_mail_sample(self, user):
        if not user.email:
            raise UserError(
                self.env._(
                    "Enter your own mail address in your preferences: the sample goes there."
                )
            )
        self._queue_message(
            user.partner_id, user, {"email_to": user.email_formatted, "recipient_ids": []}
        )
        return user.email

    def _send_sms_sample(self, user):
        number = user.partner_id.phone
        if not number:
            raise UserError(
                self.env._(
                    "Enter your own phone number in your preferences: the sample goes there."
                )
            )
        self._queue_sms(user.partner_id, number)
        return number

    def _queue_sms(self, partner, number):
        """Put the text message to a customer into the queue of the SMS gateway.

        Names are put in as they are: nothing of the text is evaluated.

        :return: the text
        """
        self.ensure_one()
        env = self.with_context(lang=partner.lang).env
        body = self.with_env(env).sms_body or ""
        body = body.replace("{name}", partner.name or "")
        body = body.replace("{company}", self.company_id.name)
        stop = env._("No more of these: %s", partner._get_opt_out_url())
        # sudo: the queue is the machine's; the message was chosen by a manager
        self.env["sms.sms"].sudo().create(
            {"partner_id": partner.id, "number": number, "body": f"{body}\n{stop}"}
        )
        return body

    def _queue_message(self, partner, responsible, email_values=None):
        """Put the message to a customer into the mail queue.

        :param partner: customer
        :param responsible: user who signs and gets the answer; none = the company does
        :param email_values: further values of the mail
        :return: ``mail.mail`` (sudo)
        """
        self.ensure_one()
        company = self.company_id
        # sudo: address and name of the colleague who signs
        sender = responsible.sudo().filtered("email") or company.sudo()
        url = partner._get_opt_out_url()
        template = self.mail_template_id.with_company(company).with_context(
            sender_name=sender.name, company_name=company.name
        )
        # sudo: the queue is the machine's; the message was chosen by a manager
        mail_id = template.sudo().send_mail(
            partner.id,
            force_send=False,
            email_values={
                "email_from": sender.email_formatted,
                "reply_to": sender.email_formatted,
                "headers": repr({"List-Unsubscribe": f"<{url}>"}),
                **(email_values or {}),
            },
        )
        mail = self.env["mail.mail"].sudo().browse(mail_id)
        mail.body_html = mail.body_html + self._get_opt_out_footer(partner, url)
        return mail

    def _get_opt_out_footer(self, partner, url):
        """Return the line below each message, in the customer's language."""
        env = self.with_context(lang=partner.lang).env
        return Markup("<p style='font-size: 12px; color: #6c757d'>%s <a href='%s'>%s</a></p>") % (
            env._("You receive this message as a customer of %s.", self.company_id.name),
            url,
            env._("I do not want such messages"),
        )
