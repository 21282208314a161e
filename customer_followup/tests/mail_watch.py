"""Nothing leaves to a customer unless a test says that it sends."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.tools.mail import email_normalize_all

#: What leaves the database, and how a row says to whom.
CHANNELS = ("mail.mail", "mail.notification", "sms.sms")


class MailWatch:
    """Mixin of test classes: watches outgoing mails, notifications and text messages.

    Each test fails that made one to anybody but a colleague, unless inside
    :meth:`mails_may_leave`.
    """

    @classmethod
    def watch_mails(cls):
        """Begin to watch; what :meth:`setUpClass` itself does counts, too."""
        cls.escaped, cls.allowed = [], []
        for model in CHANNELS:
            if model in cls.registry:
                cls.startClassPatcher(cls._watch(cls.registry[model]))
        cls.addClassCleanup(cls.check_mails)

    @classmethod
    def _watch(cls, model):
        original = model.create

        def create(records, vals_list):
            created = original(records, vals_list)
            for record in created.sudo():
                cls._note(record)
            return created

        return patch.object(model, "create", create)

    @classmethod
    def _note(cls, record):
        """Keep to whom outside a row leaves."""
        if record._name == "mail.notification":
            if record.notification_type == "inbox":
                return
            partners, addresses = record.res_partner_id, []
        elif record._name == "sms.sms":
            partners, addresses = record.partner_id, [record.number or ""]
        else:
            partners = record.recipient_ids | record.partner_ids
            addresses = email_normalize_all(f"{record.email_to or ''},{record.email_cc or ''}")
        outside = [partner.display_name for partner in partners if not cls._is_colleague(partner)]
        outside += [address for address in addresses if not cls._is_of_colleague(record, address)]
        if outside:
            kept = cls.allowed[-1] if cls.allowed else cls.escaped
            kept.append((record._name, ", ".join(outside)))

    @classmethod
    def _is_colleague(cls, partner):
        users = partner.with_context(active_test=False).user_ids
        return any(not user.share for user in users)

    @classmethod
    def _is_of_colleague(cls, record, address):
        partners = record.env["res.partner"].search([("email_normalized", "=", address)])
        return any(cls._is_colleague(partner) for partner in partners)

    @classmethod
    @contextmanager
    def mails_may_leave(cls):
        """Let what leaves meanwhile leave; gives ``[(model, to whom)]``."""
        cls.allowed.append([])
        try:
            yield cls.allowed[-1]
        finally:
            cls.allowed.pop()

    @classmethod
    def check_mails(cls):
        """Insist that nothing has left."""
        escaped, cls.escaped[:] = list(cls.escaped), []
        if escaped:
            raise AssertionError(f"left to somebody outside: {escaped}")

    def tearDown(self):
        try:
            self.check_mails()
        finally:
            super().tearDown()
