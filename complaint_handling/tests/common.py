from datetime import datetime

from freezegun import freeze_time
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.customer_followup.tests.common import FollowupCase

AGENT = "complaint_handling.complaint_handling_group_agent"
MANAGER = "complaint_handling.complaint_handling_group_manager"
#: A Wednesday morning.
NOW = "2024-07-03 08:00:00"


class ComplaintCase(FollowupCase):
    """A company that went live, a team of two agents and a leader, a key customer.

    Working hours are the company's: Monday to Friday, 8–12 and 13–17, UTC.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Case = cls.env["complaint.case"]
        cls.Clock = cls.env["complaint.sla.clock"]
        cls.Policy = cls.env["complaint.sla.policy"]
        cls.Team = cls.env["complaint.team"]
        cls.head = cls.make_agent(MANAGER, name="Head")
        cls.chief = cls.make_agent(name="Chief", care_manager_id=cls.head.id)
        cls.mia = cls.make_agent(name="Mia", care_manager_id=cls.chief.id)
        cls.ben = cls.make_agent(name="Ben", care_manager_id=cls.chief.id)
        cls.team = cls.Team.search([("company_id", "=", cls.company.id)])
        cls.team.write(
            {
                "leader_id": cls.chief.id,
                "member_ids": [Command.create({"user_id": u.id}) for u in (cls.mia, cls.ben)],
            }
        )
        cls.policy = cls.Policy.search([("company_id", "=", cls.company.id)], limit=1)
        cls.customer = cls.make_customer("Acme", email="info@acme.example")
        cls.person = cls.env["res.partner"].create(
            {"name": "Ada", "parent_id": cls.customer.id, "email": "ada@acme.example"}
        )

    @classmethod
    def make_agent(cls, groups=AGENT, companies=None, **vals):
        """Create a user of complaint handling; ``groups`` by xmlid, separated by commas."""
        companies = companies or cls.company
        number = next(cls.numbers)
        return new_test_user(
            cls.env,
            login=f"complaint_{number}",
            groups=groups,
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            **{"name": f"Agent {number}", "tz": "UTC", **vals},
        )

    @classmethod
    def make_team(cls, name=None, members=(), **vals):
        return cls.Team.create(
            {
                "name": name or f"Team {next(cls.numbers)}",
                "company_id": cls.company.id,
                "member_ids": [Command.create({"user_id": user.id}) for user in members],
                **vals,
            }
        )

    @classmethod
    def make_case(cls, received=NOW, **vals):
        """Create a case of Ada of Acme, received at a moment."""
        values = {
            "name": f"Broken lantern {next(cls.numbers)}",
            "company_id": cls.company.id,
            "partner_id": cls.customer.id,
            "contact_id": cls.person.id,
            "channel": "phone",
            **vals,
        }
        if received:
            values["date_received"] = received
        return cls.Case.create(values)

    @classmethod
    def make_policy(cls, targets, levels=(), **vals):
        """Create a promise that is tried before the shipped ones.

        :param targets: ``[(kind, amount, unit, time)]``
        :param levels: values of the steps of the ladder
        """
        return cls.Policy.create(
            {
                "name": f"Promise {next(cls.numbers)}",
                "company_id": cls.company.id,
                "sequence": 1,
                "target_ids": [
                    Command.create(
                        dict(zip(("kind", "amount", "unit", "time"), target, strict=True))
                    )
                    for target in targets
                ],
                "level_ids": [Command.create(level) for level in levels],
                **vals,
            }
        )

    # ------------------------------------------------------------
    # Time and what people do
    # ------------------------------------------------------------

    def at(self, moment):
        """Go to a moment (UTC); time stands still there."""
        if not getattr(self, "frozen", None):
            frozen = freeze_time(moment)
            self.frozen = frozen.start()
            self.addCleanup(frozen.stop)
        self.frozen.move_to(moment)

    def solve(self, case):
        """Solve a case as its agent does, with a message to the customer."""
        case = case.with_user(self.mia)
        wizard = case.env["complaint.resolve"].create(
            {
                "case_id": case.id,
                "body": "<p>We send a new one.</p>",
                "remedy_granted": "A new lantern",
            }
        )
        with self.mails_may_leave():
            wizard.action_confirm()

    def answer(self, case):
        """Let Mia send a message to the customer."""
        case = case.with_user(self.mia)
        with self.mails_may_leave():
            return case.message_post(
                body="We look into it.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

    def customer_writes(self, case, moment=None):
        """Let Ada answer by mail."""
        with self.mails_may_leave():
            return (
                case.with_user(self.env.ref("base.public_user"))
                .sudo()
                .message_post(
                    body="It is still broken.",
                    author_id=self.person.id,
                    message_type="email",
                    subtype_xmlid="mail.mt_comment",
                    **({"date": moment} if moment else {}),
                )
            )

    def clock(self, case, kind, run=None):
        """Return the newest clock of a kind of a case."""
        clocks = case.clock_ids.filtered(
            lambda clock: clock.kind == kind and (not run or clock.run == run)
        )
        return clocks.sorted("id")[-1:]

    def assertMoment(self, moment, text):
        self.assertEqual(moment, datetime.fromisoformat(text))
