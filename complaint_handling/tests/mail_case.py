from contextlib import contextmanager
from itertools import count

from . import mails
from .common import NOW, ComplaintCase


class MailCase(ComplaintCase):
    """Two companies with mail addresses; Ada of Acme is known in both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.message_numbers = count(1)
        # sudo: mails come in as by the gateway
        cls.Gateway = cls.env["mail.thread"].with_user(cls.env.ref("base.user_root"))
        cls.Message = cls.env["mail.message"]
        cls.Refusal = cls.env["complaint.mail.refusal"]
        cls.domain = cls.give_domain(cls.company, "lantern.example")
        cls.spares = cls.make_team("Spares")
        cls.give_address(cls.team, "complaints")
        cls.give_address(cls.spares, "spares")
        cls.second = cls.make_company("Torch Trading")
        cls.give_domain(cls.second, "torch.example")
        cls.second_team = cls.Team.search([("company_id", "=", cls.second.id)])
        cls.give_address(cls.second_team, "help")
        cls.person.name = "Ada Lovelace"

    @classmethod
    def give_domain(cls, company, name):
        domain = cls.env["mail.alias.domain"].create(
            {
                "name": name,
                "bounce_alias": "bounce",
                "catchall_alias": "catchall",
                "company_ids": company.ids,
            }
        )
        company.alias_domain_id = domain
        return domain

    @classmethod
    def give_address(cls, team, name):
        team.write({"alias_name": name, "alias_domain_id": team.company_id.alias_domain_id.id})

    def setUp(self):
        super().setUp()
        self.at(NOW)

    def receive(self, mail, model=None):
        """Let a mail arrive and return the cases that did not exist before."""
        last = self.Case.search([], order="id desc", limit=1).id or 0
        self.Gateway.message_process(model, mail)
        self.env.invalidate_all()
        # superuser: record rules hide nothing, whatever company it is in
        cases = self.Case.search([("id", ">", last)], order="id")
        companies = self.company | cases.company_id
        return cases.with_context(allowed_company_ids=companies.ids)

    def open_case(self, **headers):
        """Return the case that a mail of Ada opens."""
        case = self.receive(mails.raw(**{"Message_ID": self.new_id(), **headers}))
        case.ensure_one()
        return case

    def new_id(self):
        return f"<{next(self.message_numbers)}@test.example>"

    def reply(self, case, maker=mails.raw, **headers):
        """Let somebody answer the newest message of a case; Ada if nobody else is named."""
        with self.mails_may_leave():
            answer = self.answer(case)
        return self.receive(
            maker(
                **{
                    "Message_ID": self.new_id(),
                    "Subject": f"Re: {case.name}",
                    "In_Reply_To": answer.message_id,
                    "References": answer.message_id,
                    **headers,
                }
            )
        )

    def last_message(self, case):
        return self.Message.search(
            [("model", "=", "complaint.case"), ("res_id", "=", case.id)], order="id desc", limit=1
        )

    @contextmanager
    def no_new_partner(self):
        before = self.env["res.partner"].search_count([])
        yield
        self.assertEqual(self.env["res.partner"].search_count([]), before)
