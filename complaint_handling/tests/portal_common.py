from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user

from .common import ComplaintCase


class PortalCase(HttpCase, ComplaintCase):
    """Ada and her colleague Bea of Acme, and Cyd of another customer, with portal logins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.make_person("Bea", cls.customer)
        cls.stranger = cls.make_person("Cyd", cls.make_customer("Zenith"))
        cls.ada = cls.make_login(cls.person)
        cls.bea = cls.make_login(cls.colleague)
        cls.cyd = cls.make_login(cls.stranger)
        cls.case = cls.make_case(received=None, name="Lantern sparks")

    @classmethod
    def make_person(cls, name, customer):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": customer.id,
                "email": f"{name.lower()}@{customer.name.lower()}.example",
                "lang": "en_US",
                "tz": "UTC",
            }
        )

    @classmethod
    def make_login(cls, partner, companies=None):
        """Give a contact a login to the portal; the password is the login."""
        companies = companies or cls.company
        login = f"portal_{partner.name.lower()}_{next(cls.numbers)}"
        # Odoo itself writes to people about their login
        with cls.mails_may_leave():
            return new_test_user(
                cls.env,
                login=login,
                password=login,
                groups="base.group_portal",
                partner_id=partner.id,
                name=partner.name,
                email=partner.email,
                company_id=companies[0].id,
                company_ids=[Command.set(companies.ids)],
            )

    def get_waiting_reason(self):
        return self.env["complaint.pause.reason"].search([("waits_for", "=", "customer")], limit=1)

    def write_internally(self, case, body, **kwargs):
        """Post a message as the system, with the mails it sends."""
        with self.mails_may_leave():
            return case.message_post(body=body, message_type="comment", **kwargs)

    # ------------------------------------------------------------
    # In the browser
    # ------------------------------------------------------------

    def go_as(self, user):
        """Log in, or out with None."""
        self.authenticate(user and user.login, user and user.login)

    def get(self, path, **kwargs):
        return self.url_open(path, **kwargs)

    def post(self, path, files=None, **values):
        """Send a form as the page does."""
        if not getattr(self, "session", None):
            self.go_as(None)
        values.setdefault("csrf_token", Request.csrf_token(self))
        response = self.url_open(path, data=values, files=files)
        self.env.invalidate_all()
        return response

    def words_of(self, case):
        """Return what the customer said in a case, oldest first."""
        return [
            str(message.body.striptags())
            for message in case._get_customer_messages()
            if message.author_id in self.person | self.colleague or not message.author_id
        ]
