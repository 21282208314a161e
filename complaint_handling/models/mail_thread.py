from xmlrpc.client import Binary

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .mail_reading import mend_charsets


class MailThread(models.AbstractModel):
    """Incoming mails about complaints are processed so that none is lost.

    Core marks a mail as handled even if it failed, and drops the twenty-first mail of a sender
    within two hours. Mails of other applications go core's way, untouched.

    Context keys:

    - ``complaint_mail``: the mail at hand concerns complaints
    - ``complaint_mail_again``: it failed once already
    """

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        """Process an incoming mail; if it concerns complaints, whatever fails becomes a case.

        The case of a failed mail is made in a transaction of its own, and no error is raised:
        neither the mail server's pipe nor the job that fetches mails would keep the mail.

        :raise AccessError: to who calls this without being a colleague or the mail gateway, and
            to a colleague whose mail would do what he may not
        """
        raw = message.data if isinstance(message, Binary) else message
        raw = raw.encode() if isinstance(raw, str) else bytes(raw)
        args = (model, raw, custom_values, save_original, strip_attachments, thread_id)
        Case = self.env["complaint.case"]
        if not Case._concerns_mail(model, raw):
            return super().message_process(*args)
        Case._check_mail_bringer()
        thread = self.with_context(complaint_mail=True)
        try:
            with self.env.cr.savepoint():
                return super(MailThread, thread).message_process(*args)
        except Exception as error:  # whatever it is, the customer's mail must not be lost
            if isinstance(error, AccessError) and not self.env.su:
                # a way around access rights would be worse than a mail that bounces
                raise
            # somebody else changed the same rows: that passes, but not in this transaction
            passes = isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
            if passes and not self.env.context.get("complaint_mail_again"):
                return thread._process_mail_again(args)
            return Case._keep_failed_mail(model, raw, error)

    def _process_mail_again(self, args):
        """Process a mail once more, in a transaction of its own."""
        with self.pool.cursor() as cr:
            thread = self.with_env(self.env(cr=cr)).with_context(complaint_mail_again=True)
            return thread.message_process(*args)

    @api.model
    def message_parse(self, message, save_original=False):
        if self.env.context.get("complaint_mail"):
            mend_charsets(message)
        return super().message_parse(message, save_original=save_original)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        return self.env["complaint.case"]._choose_mail_routes(message, message_dict, routes)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Core's guard may not drop mails about complaints of somebody we know.

        What keeps those from running in circles is in ``complaint.case``.
        """
        Case = self.env["complaint.case"]
        ours = [route for route in routes if route[0] == Case._name]
        if not ours or not Case._is_known_sender(message_dict):
            return super()._detect_loop_sender(message, message_dict, routes)
        others = [route for route in routes if route[0] != Case._name]
        if others and super()._detect_loop_sender(message, message_dict, others):
            routes[:] = ours  # the caller goes on with this very list
        return False
