from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.fields import Command

from odoo.addons.customer_tiering.tests.common import TieringCase

NIGHT = "2024-07-01 02:00:00"


class FollowupCase(TieringCase):
    """A company that went live, a leader with two account managers, graded customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Touch = cls.env["followup.touch"]
        cls.company.go_live_date = "2024-01-01"
        cls.leader = cls.make_user("team", tz="UTC")
        cls.anna = cls.make_user("own", tz="UTC", care_manager_id=cls.leader.id)
        cls.tom = cls.make_user("own", tz="UTC", care_manager_id=cls.leader.id)
        cls.manager = cls.make_user("manager", tz="UTC")
        cls.cadences = cls.env["followup.cadence"].search([("company_id", "=", cls.company.id)])
        cls.key_cadence = cls.cadences.filtered(lambda cadence: cadence.service_class == "key")

    @classmethod
    def make_customer(cls, name=None, user=None, tier="KEY", **vals):
        """Create a customer who holds a level of a service class, without any document."""
        partner = cls.make_partner(name, user_id=(user or cls.anna).id, **vals)
        cls.hold_level(partner, tier)
        return partner

    @classmethod
    def hold_level(cls, partners, service_class="KEY"):
        """Let customers hold the best level of a service class, past the evaluation."""
        tier = cls.default_scheme.tier_ids.filtered(
            lambda tier: tier.service_class == service_class.lower()
        )[:1]
        for partner in partners:
            standing = cls.Standing.search(
                [("scheme_id", "=", cls.default_scheme.id), ("partner_id", "=", partner.id)]
            )
            if not standing:
                standing = cls.Standing.sudo().create(
                    {"scheme_id": cls.default_scheme.id, "partner_id": partner.id}
                )
            standing.sudo().write({"tier_id": tier.id, "customer_status": "active"})

    @classmethod
    def make_cadence(cls, lines, **vals):
        """Create a rhythm tried first from ``(kind, interval, unit[, further values])``."""
        return cls.env["followup.cadence"].create(
            {
                "name": f"Rhythm {next(cls.numbers)}",
                "company_id": cls.company.id,
                "sequence": 1,
                "line_ids": [
                    Command.create(
                        {
                            "kind": kind,
                            "interval": interval,
                            "interval_unit": unit,
                            **(more[0] if more else {}),
                        }
                    )
                    for kind, interval, unit, *more in lines
                ],
                **vals,
            }
        )

    @classmethod
    def make_touch(cls, partner, day="2024-07-03", **vals):
        """Create a follow-up planned by hand."""
        values = {
            "partner_id": partner.id,
            "company_id": cls.company.id,
            "user_id": cls.anna.id,
            "kind": "call",
            "date_planned": day,
            **vals,
        }
        return cls.Touch.create(values)

    def plan(self, day=NIGHT):
        """Run the night's work of the company as the job does."""
        with freeze_time(day), self.enter_registry_test_mode():
            self.Touch._run_night(self.company)
        self.env.invalidate_all()

    def nights(self, first, count):
        """Run so many nights in a row."""
        moment = datetime.fromisoformat(first)
        for number in range(count):
            self.plan(moment + timedelta(days=number))

    def touches_of(self, partner, **values):
        domain = [("partner_id", "=", partner.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.Touch.search(domain)

    def outcome(self, code):
        return self.env["followup.outcome"].search([("code", "=", code)])
