"""Data and shortcuts of the behaviour tests; nothing here relies on demo data."""

import json
from datetime import date, datetime, time, timedelta
from itertools import count

from odoo.fields import Command
from odoo.tests import TransactionCase, freeze_time, new_test_user

#: Day most tests grade: the rolling year is 1 July 2023 to 30 June 2024.
AS_OF = date(2024, 6, 30)
GROUP = "customer_tiering.customer_tiering_group_%s"
#: Every fall takes effect at the next decision, and every day decides.
NO_STABILITY = {
    "decision": "daily",
    "grace_decisions": 1,
    "min_stay_days": 0,
    "max_steps_down": 0,
    "hysteresis": 0,
}
QUIET = {
    "lang": "en_US",
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}


class TieringCase(TransactionCase):
    """A company of its own, whose time zone is UTC, with a product and no taxes."""

    #: copied by :meth:`insert_orders`; made where it is needed, gone with its test
    order_template = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # To freeze the time, all modules are searched for clocks, which takes as long as a small
        # evaluation; not so while it is frozen. So it is, but goes on like the time outside.
        cls.startClassPatcher(freeze_time(tick=True))
        cls.numbers = count(1)
        # names are written in English; without the language a translation overwrites them
        cls.env["res.lang"]._activate_lang("en_US")
        cls.eur = cls.env.ref("base.EUR")
        cls.usd = cls.env.ref("base.USD")
        (cls.eur | cls.usd).active = True
        cls.company = cls.make_company("Lantern Trading")
        cls.env = cls.env(
            context={**cls.env.context, **QUIET, "allowed_company_ids": cls.company.ids}
        )
        cls.Scheme = cls.env["customer.tier.scheme"]
        cls.Standing = cls.env["customer.standing"]
        cls.History = cls.env["customer.tier.history"]
        cls.default_scheme = cls.Scheme.search(
            [("company_id", "=", cls.company.id), ("operative", "=", True)]
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Lantern",
                "type": "consu",
                "taxes_id": [Command.clear()],
                "list_price": 1,
            }
        )

    # ------------------------------------------------------------
    # Companies, users, customers
    # ------------------------------------------------------------

    @classmethod
    def make_company(cls, name, **vals):
        # the working calendar of a new company takes the time zone of who creates it
        companies = cls.env["res.company"].with_context(tz="UTC")
        return companies.create(
            {"name": f"{name} {next(cls.numbers)}", "currency_id": cls.eur.id, **vals}
        ).with_env(cls.env)

    @classmethod
    def make_user(cls, rung, companies=None, **vals):
        """Create an internal user on one rung of the ladder; ``rung`` None = on none."""
        companies = companies or cls.company
        groups = GROUP % rung if rung else "base.group_user"
        return new_test_user(
            cls.env,
            login=f"care_{rung or 'employee'}_{next(cls.numbers)}",
            groups=groups,
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            **vals,
        )

    @classmethod
    def make_partner(cls, name=None, **vals):
        return cls.env["res.partner"].create(
            {"name": name or f"Customer {next(cls.numbers)}", "is_company": True, **vals}
        )

    @classmethod
    def make_partners(cls, *names):
        return [cls.make_partner(name) for name in names]

    # ------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------

    @classmethod
    def as_moment(cls, day):
        """Return a moment in UTC; noon where only a day is given."""
        if isinstance(day, str):
            day = datetime.fromisoformat(day)
            return day if day.time() != time.min else day.replace(hour=12)
        return day if isinstance(day, datetime) else datetime.combine(day, time(12))

    @classmethod
    def make_order(cls, partner, amount, day=AS_OF, state="sale", lines=None, **vals):
        """Create an order of one line through the ORM and date it."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "order_line": lines
                or [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **vals,
            }
        )
        order.write({"state": state, "date_order": cls.as_moment(day)})
        return order

    @classmethod
    def make_orders(cls, rows):
        """Create orders from ``(partner, amount[, day])``."""
        return [cls.make_order(*row) for row in rows]

    @classmethod
    def insert_orders(cls, rows):
        """Insert confirmed orders past the ORM: ``(partner id, amount, moment)`` each.

        A thousand orders in a blink, and the engine has to find them anyway.
        """
        if not cls.order_template or not cls.order_template.exists():
            partner = cls.make_partner("Template of orders")
            cls.order_template = cls.make_order(partner, 1, state="cancel")
        cls.env.flush_all()
        values = [
            {"partner": partner_id, "amount": amount, "moment": str(cls.as_moment(day))}
            for partner_id, amount, day in rows
        ]
        cls.env.cr.execute(
            """
            INSERT INTO sale_order
            SELECT row.*
              FROM sale_order template
        CROSS JOIN (SELECT nextval('sale_order_id_seq') AS id, row.*
                      FROM jsonb_to_recordset(%s)
                           AS row (partner int, amount numeric, moment timestamp)) new
        CROSS JOIN LATERAL jsonb_populate_record(template, jsonb_build_object(
                       'id', new.id, 'name', 'SQL' || new.id, 'state', 'sale',
                       'partner_id', new.partner, 'date_order', new.moment,
                       'amount_untaxed', new.amount, 'amount_total', new.amount)) row
             WHERE template.id = %s
         RETURNING id
            """,
            [json.dumps(values), cls.order_template.id],
        )
        return [order_id for (order_id,) in cls.env.cr.fetchall()]

    @classmethod
    def make_books(cls, company=None):
        """Give a company what an invoice needs, without a chart of accounts."""
        company = company or cls.company
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        accounts = env["account.account"]
        income, receivable, payable = accounts.create(
            [
                {"name": "Income", "code": "400000", "account_type": "income"},
                {
                    "name": "Receivable",
                    "code": "110000",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                },
                {
                    "name": "Payable",
                    "code": "210000",
                    "account_type": "liability_payable",
                    "reconcile": True,
                },
            ]
        )
        journals = env["account.journal"].create(
            [
                {
                    "name": kind,
                    "code": kind[:3].upper(),
                    "type": kind,
                    "default_account_id": income.id,
                    "company_id": company.id,
                }
                for kind in ("sale", "purchase")
            ]
        )
        defaults = env["ir.default"]
        for kind, account in (("receivable", receivable), ("payable", payable)):
            defaults.set(
                "res.partner", f"property_account_{kind}_id", account.id, company_id=company.id
            )
        return journals

    @classmethod
    def make_invoice(cls, partner, amount, day=AS_OF, move_type="out_invoice", post=True, **vals):
        """Create an invoice, receipt or refund of one product line and post it."""
        lines = vals.pop("lines", None) or [
            Command.create(
                {
                    "product_id": cls.product.id,
                    "quantity": 1,
                    "price_unit": amount,
                    "tax_ids": [Command.clear()],
                }
            )
        ]
        move = cls.env["account.move"].create(
            {
                "partner_id": partner.id,
                "move_type": move_type,
                "invoice_date": day,
                "invoice_line_ids": lines,
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def set_rate(cls, day, rate, company=None):
        """Say how many US dollars one euro is worth from a day on."""
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.usd.id,
                "company_id": (company or cls.company).id,
                "name": day,
                "rate": rate,
            }
        )

    # ------------------------------------------------------------
    # Schemes and their results
    # ------------------------------------------------------------

    @classmethod
    def make_scheme(cls, method, levels, **vals):
        """Create a scheme from ``(name, number)`` per level.

        The number is the amount (None = takes the rest), the share, or the points.
        """
        field_name = {"amount": "min_amount", "rfm": "min_score"}.get(method, "share")
        tiers = []
        for position, (name, number) in enumerate(levels, start=1):
            tier = {"name": name, "code": name.upper(), "sequence": 10 * position}
            if method == "amount" and number is None:
                tier["catch_all"] = True
            elif method != "manual":
                tier[field_name] = number
            tiers.append(Command.create(tier))
        return cls.env["customer.tier.scheme"].create(
            {
                **NO_STABILITY,
                "name": f"Test {method}",
                "company_id": cls.company.id,
                "tz": "UTC",
                "method": method,
                "tier_ids": tiers,
                **vals,
            }
        )

    @classmethod
    def make_operative(cls, scheme):
        schemes = cls.Scheme.search(
            [("company_id", "=", scheme.company_id.id), ("operative", "=", True)]
        )
        schemes.operative = False
        cls.env.flush_all()
        scheme.operative = True
        return scheme

    def rows_of(self, scheme, as_of=AS_OF):
        """Return ``{customer's name: row}`` as :meth:`evaluate_rows` reads them."""
        names = self.env["res.partner"].with_context(active_test=False)
        return {names.browse(row["partner_id"]).name: row for row in scheme.evaluate_rows(as_of)}

    def amounts_of(self, scheme, as_of=AS_OF):
        return {name: row["amount"] for name, row in self.rows_of(scheme, as_of).items()}

    def earned_in(self, scheme, as_of=AS_OF):
        """Return ``{customer's name: name of the earned level}``, without writing."""
        tiers = self.env["customer.tier"]
        return {
            name: tiers.browse(row["earned_tier_id"] or []).name
            for name, row in self.rows_of(scheme, as_of).items()
        }

    def standing_of(self, scheme, partner):
        scheme.flush_recordset()
        return self.Standing.search(
            [("scheme_id", "=", scheme.id), ("partner_id", "=", partner.id)]
        )

    def levels_in(self, scheme):
        """Return ``{customer's name: name of the level he holds}`` of the stored standings."""
        standings = self.Standing.search([("scheme_id", "=", scheme.id)])
        return {standing.partner_id.name: standing.tier_id.name for standing in standings}

    def history_of(self, scheme, partner):
        """Return the history of one customer, oldest first."""
        return self.History.search(
            [("scheme_id", "=", scheme.id), ("partner_id", "=", partner.id)], order="id"
        )

    def evaluate(self, scheme, as_of=AS_OF, **kwargs):
        """Evaluate and insist that nothing failed; only the day itself is still to decide."""
        if scheme.last_evaluated:
            day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
            scheme.decided_until = day - timedelta(days=1)
            done = [("scheme_id", "=", scheme.id), ("decided_on", ">=", day)]
            self.Standing.search(done).decided_on = False
        result = scheme.evaluate(as_of, **kwargs)
        self.assertEqual(result["failed"], {})
        return result

    # ------------------------------------------------------------
    # Nights and decisions
    # ------------------------------------------------------------

    def night(self, *schemes, day):
        """Evaluate as the nightly job does, early on a day: due decisions first."""
        with freeze_time(day if ":" in str(day) else f"{day} 01:00:00"):
            for scheme in schemes:
                result = scheme.evaluate()
                self.assertEqual(result["failed"], {})
        return result

    def buy(self, partner, amount, day):
        """Confirm an order past the ORM."""
        self.insert_orders([(partner.id, amount, day)])

    def held_by(self, scheme, partner):
        """Return the name of the level a customer holds, "" for none."""
        return self.standing_of(scheme, partner).tier_id.name or ""

    def live(self, scheme, lives, start=date(2024, 1, 1)):
        """Let customers buy in the middle of each month; the job runs on each first.

        :param scheme: decides monthly, over a window of one month
        :param lives: ``{customer: [amount of the first month, …]}``, 0 = buys nothing
        :return: ``{customer: [name of the level after each month]}``; the first is a baseline
        """
        levels = {partner: [] for partner in lives}
        first = start
        for amounts in zip(*lives.values(), strict=True):
            bought = zip(lives, amounts, strict=True)
            self.insert_orders(
                [
                    (partner.id, amount, first.replace(day=15))
                    for partner, amount in bought
                    if amount
                ]
            )
            first = (first + timedelta(days=31)).replace(day=1)
            self.night(scheme, day=first)
            for partner in lives:
                levels[partner].append(self.held_by(scheme, partner))
        return levels

    def told(self, scheme, partner):
        """Return the history of a customer as ``(date, trigger, from, to)``, oldest first."""
        return [
            (str(row.date), row.trigger, row.from_tier_id.name or "", row.to_tier_id.name or "")
            for row in self.history_of(scheme, partner)
        ]


class StabilityCase(TieringCase):
    """Levels by amount over one month, so that each decision looks at its own month."""

    LEVELS = (("Gold", 1000), ("Silver", 100), ("Bronze", 10))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.bob, cls.cid, cls.dan = cls.make_partners("Ann", "Bob", "Cid", "Dan")

    @classmethod
    def make_monthly(cls, method="amount", levels=LEVELS, **vals):
        """Create a scheme that decides monthly over one month, with no other protection."""
        return cls.make_scheme(
            method, levels, **{"decision": "monthly", "window_months": 1, **vals}
        )
