from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.fields import Command

from odoo.addons.customer_tiering.tests.common import TieringCase

from .mail_watch import MailWatch

NIGHT = "2024-07-01 02:00:00"


class FollowupCase(MailWatch, TieringCase):
    """A company that went live, a leader with two account managers, graded customers.

    No test may let a mail leave to a customer, but inside :meth:`mails_may_leave`.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.watch_mails()
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
        cls.env.flush_all()
        for partner in partners:
            cls.env.cr.execute(
                """
                INSERT INTO customer_standing (scheme_id, company_id, partner_id, user_id, tier_id,
                                               customer_status, amount, document_count)
                VALUES (%s, %s, %s, %s, %s, 'active', 0, 0)
                    ON CONFLICT (scheme_id, partner_id) DO UPDATE SET tier_id = excluded.tier_id
                """,
                [
                    cls.default_scheme.id,
                    cls.company.id,
                    partner.id,
                    partner.user_id.id or None,
                    tier.id,
                ],
            )
        cls.env.invalidate_all()

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
        crons = self.env.registry["ir.cron"]
        with freeze_time(day), patch.object(crons, "_commit_progress", lambda *_, **__: 3600):
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
