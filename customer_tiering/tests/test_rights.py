"""Who sees what, with no right more than the role needs."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import AS_OF, TieringCase

#: the screens of the addon log a refused access as information
RULE_LOG = "odoo.addons.base.models.ir_rule"
ACCESS_LOG = "odoo.addons.base.models.ir_model"


class RightsCase(TieringCase):
    """Leader → anna, ben; nobody above clara. Each has one customer with one order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", [("Gold", 100), ("Rest", None)]))
        cls.leader = cls.make_user("team")
        cls.anna = cls.make_user("own", care_manager_id=cls.leader.id)
        cls.ben = cls.make_user("own", care_manager_id=cls.anna.id)
        cls.clara = cls.make_user("own")
        cls.seller = cls.make_user("own")
        cls.all_reader = cls.make_user("all")
        cls.manager = cls.make_user("manager")
        cls.employee = cls.make_user(None)
        cls.other_company = cls.make_company("Other")
        cls.foreigner = cls.make_user("manager", cls.other_company)
        cls.customers = {
            name: cls.make_partner(name, user_id=user.id)
            for name, user in (
                ("of leader", cls.leader),
                ("of anna", cls.anna),
                ("of ben", cls.ben),
                ("of clara", cls.clara),
            )
        }
        cls.customers["of nobody"] = cls.make_partner("of nobody")
        cls.orders = {
            name: cls.make_order(partner, 100, user_id=cls.seller.id)
            for name, partner in cls.customers.items()
        }
        cls.scheme.evaluate(AS_OF)
        cls.everybody = sorted(cls.customers)

    def as_user(self, model, user):
        """Return a model as this user works with it, in all his companies."""
        companies = user.company_ids.ids
        return self.env[model].with_user(user).with_context(allowed_company_ids=companies)

    def seen(self, user, model, field_name="partner_id"):
        """Return the names of the customers whose rows of a model a user finds."""
        records = self.as_user(model, user).search([])
        ours = {partner.id: name for name, partner in self.customers.items()}
        found = records.sudo().mapped(field_name).ids
        return sorted(ours[partner_id] for partner_id in found if partner_id in ours)


@tagged("post_install", "-at_install")
class TestLadder(RightsCase):
    EXPECTED = (
        ("anna", ["of anna"]),
        ("ben", ["of ben"]),
        ("clara", ["of clara"]),
        ("leader", ["of anna", "of ben", "of leader"]),
        ("all_reader", None),
        ("manager", None),
        ("foreigner", []),
    )

    def check(self, model):
        for name, expected in self.EXPECTED:
            with self.subTest(user=name, model=model):
                user = getattr(self, name)
                self.assertEqual(
                    self.seen(user, model), self.everybody if expected is None else expected
                )

    def test_standings(self):
        self.check("customer.standing")

    def test_history(self):
        self.check("customer.tier.history")

    def test_imported_sales(self):
        self.env["customer.sales.history"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "month": AS_OF,
                    "amount": 1,
                }
                for partner in self.customers.values()
            ]
        )
        self.check("customer.sales.history")

    def test_orders_whoever_sold_them(self):
        self.check("sale.order")

    def test_seller_who_looks_after_nobody_sees_no_result(self):
        self.assertEqual(self.seen(self.seller, "customer.standing"), [])

    def test_employees_have_no_access_to_results(self):
        for model in ("customer.standing", "customer.tier.history", "customer.tier.scheme"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.employee).search([])

    def test_change_of_account_manager_follows_at_once(self):
        self.customers["of clara"].user_id = self.anna
        for model in ("customer.standing", "customer.tier.history", "sale.order"):
            with self.subTest(model=model):
                self.assertEqual(self.seen(self.anna, model), ["of anna", "of clara"])
                self.assertEqual(self.seen(self.clara, model), [])

    def test_account_manager_must_be_allowed_in_the_company(self):
        self.customers["of nobody"].user_id = self.foreigner
        standing = self.standing_of(self.scheme, self.customers["of nobody"])
        self.assertFalse(standing.user_id)
        self.foreigner.company_ids += self.company
        self.assertEqual(standing.user_id, self.foreigner)
        # the nightly run comes to the same answer
        self.evaluate(self.scheme)
        self.assertEqual(standing.user_id, self.foreigner)
        self.foreigner.company_ids -= self.company
        self.assertFalse(standing.user_id)

    def test_nightly_run_keeps_the_account_manager(self):
        before = {s.partner_id: s.user_id for s in self.Standing.search([])}
        self.make_order(self.customers["of anna"], 1)
        self.evaluate(self.scheme)
        self.assertEqual({s.partner_id: s.user_id for s in self.Standing.search([])}, before)

    def test_sales_groups_imply_the_ladder(self):
        for sales_group, group in (
            ("sales_team.group_sale_salesman", "own"),
            ("sales_team.group_sale_salesman_all_leads", "all"),
            ("sales_team.group_sale_manager", "manager"),
        ):
            user = new_test_user(
                self.env,
                login=f"seller_{group}",
                groups=sales_group,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            self.assertTrue(user.has_group(f"customer_tiering.customer_tiering_group_{group}"))
        self.assertFalse(user.has_group("base.group_system"))


@tagged("post_install", "-at_install")
class TestLevelOnPartner(RightsCase):
    def test_every_employee_sees_the_level(self):
        partner = self.customers["of anna"]
        for user in (self.employee, self.clara, self.manager):
            record = partner.with_user(user)
            self.assertEqual(record.tier_id.name, "Gold")
            self.assertEqual(record.read(["tier_id"])[0]["tier_id"][1], "Gold")
            found = record.search([("tier_id.code", "=", "GOLD"), ("id", "in", partner.ids)])
            self.assertEqual(found, record)

    def test_figures_are_for_who_sees_the_standing(self):
        partner = self.customers["of anna"]
        self.assertEqual(partner.with_user(self.anna).standing_id.amount, 100)
        self.assertEqual(partner.with_user(self.anna).tier_amount, 100)
        self.assertFalse(partner.with_user(self.clara).standing_id)
        self.assertEqual(partner.with_user(self.clara).tier_amount, 0)
        for name in ("standing_id", "tier_amount", "tier_exempt", "tier_amount_to_next"):
            with self.assertRaises(AccessError):
                partner.with_user(self.employee).read([name])

    def test_no_search_by_figures_one_may_not_see(self):
        partner = self.customers["of anna"]
        for condition in (("standing_id.amount", "=", 100), ("tier_amount", "=", 100)):
            domain = [condition, ("id", "=", partner.id)]
            self.assertFalse(self.env["res.partner"].with_user(self.clara).search(domain))
            self.assertTrue(self.env["res.partner"].with_user(self.anna).search(domain))

    @mute_logger(RULE_LOG, ACCESS_LOG)
    def test_portal_user_cannot_read_his_own_level(self):
        partner = self.customers["of anna"]
        user = new_test_user(
            self.env,
            login="care_portal",
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        own = self.env["res.partner"].with_user(user).browse(partner.id)
        self.assertEqual(own.read(["name"])[0]["name"], partner.name, "he may read himself")
        ours = [
            name
            for name, field in self.env["res.partner"]._fields.items()
            if field._module == "customer_tiering" or "customer_tiering" in (field._modules or ())
        ]
        self.assertIn("tier_id", ours)
        for name in ours:
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    own.read([name])
                self.assertNotIn(name, own.fields_get())
                for condition in ((name, "!=", False), (name, "=", False), (name, "=", 1)):
                    with self.assertRaises(AccessError):
                        own.search([condition])
                for call in (
                    lambda name=name: own.search([], order=name),
                    lambda name=name: own.formatted_read_group([], [name], ["__count"]),
                ):
                    # "ValueError": not even we could sort or group by it
                    with self.assertRaises(AccessError if name == "tier_id" else Exception):
                        call()
        with self.assertRaises(AccessError):
            own.search_count([("tier_id.code", "=", "GOLD"), ("id", "=", partner.id)])
        for model in ("customer.tier", "customer.standing", "customer.tier.history"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(user).search([])

    def test_user_of_another_company_sees_no_level(self):
        partners = self.as_user("res.partner", self.foreigner)
        partner = partners.browse(self.customers["of anna"].id)
        self.assertEqual(partner.name, "of anna")
        self.assertFalse(partner.tier_id or partner.standing_id or partner.tier_amount)
        self.assertFalse(partners.search([("tier_id.code", "=", "GOLD")]))
        self.assertFalse(partners.search([("tier_amount", ">", 1)]))


@tagged("post_install", "-at_install")
class TestWriting(RightsCase):
    def refused(self, user, call, *errors):
        for error in errors or (AccessError,):
            with self.assertRaises(error), mute_logger(RULE_LOG, ACCESS_LOG):
                call(user)

    def test_results_are_nobodys_to_write(self):
        standing = self.standing_of(self.scheme, self.customers["of anna"])
        by_hand = self.make_scheme("manual", [("Friend", 0)])
        manual = self.Standing.create(
            {
                "scheme_id": by_hand.id,
                "partner_id": self.customers["of anna"].id,
                "tier_id": by_hand.tier_ids.id,
            }
        )
        for user in (self.anna, self.leader, self.all_reader):
            row = manual.with_user(user)
            self.assertTrue(row.tier_id)
            self.refused(user, lambda u, row=row: row.write({"tier_id": False}))
            self.refused(user, lambda u, row=row: row.unlink())
            self.refused(
                user,
                lambda u: self.Standing.with_user(u).create(
                    {"scheme_id": self.scheme.id, "partner_id": self.customers["of ben"].id}
                ),
            )
        row = standing.with_user(self.manager)
        with self.assertRaises(UserError):
            row.write({"amount": 1_000_000})
        with self.assertRaises(UserError):
            row.write({"tier_id": False})
        self.refused(self.manager, lambda u: row.unlink())

    def test_rules_are_the_managers(self):
        records = (self.scheme, self.scheme.tier_ids[0])
        for user in (self.anna, self.leader, self.all_reader, self.foreigner):
            for record in records:
                self.refused(user, lambda u, r=record: r.with_user(u).write({"name": "Mine"}))
                self.refused(user, lambda u, r=record: r.with_user(u).unlink())
        self.scheme.with_user(self.manager).name = "Ours"
        self.scheme.tier_ids[0].with_user(self.manager).min_amount = 200

    def test_revisions_and_history_are_nobodys(self):
        for record in (self.scheme.revision_ids[0], self.History.search([], limit=1)):
            self.refused(self.manager, lambda u, r=record: r.with_user(u).unlink())
            with self.assertRaises(UserError if record._name.endswith("history") else AccessError):
                record.with_user(self.manager).write({"create_date": "2020-01-01"})

    def test_imported_sales_are_the_managers(self):
        vals = {
            "partner_id": self.customers["of anna"].id,
            "company_id": self.company.id,
            "month": AS_OF,
        }
        model = self.env["customer.sales.history"]
        for user in (self.anna, self.leader, self.all_reader):
            self.refused(user, lambda u: model.with_user(u).create(vals))
        row = model.with_user(self.manager).create(vals)
        self.refused(self.anna, lambda u: row.with_user(u).write({"amount": 5}))
        row.unlink()

    def test_guided_start_is_the_managers(self):
        for user in (self.anna, self.leader, self.all_reader, self.employee):
            self.refused(user, lambda u: self.env["customer.tier.start"].with_user(u).create({}))
            self.refused(
                user, lambda u: self.env["customer.data.check"].with_user(u)._get_partners("own")
            )

    def test_exempting_is_the_leaders(self):
        partner = self.customers["of anna"]
        self.anna.group_ids += self.env.ref("base.group_partner_manager")
        self.leader.group_ids += self.env.ref("base.group_partner_manager")
        self.refused(self.anna, lambda u: partner.with_user(u).write({"tier_exempt": True}))
        partner.with_user(self.leader).tier_exempt = True
        self.assertFalse(partner.tier_id)

    def test_engine_is_no_rpc_method(self):
        """Everything that writes without a check of its own is private."""
        for name in ("evaluate_all", "measure_figures", "apply_changes", "cron_evaluate"):
            self.assertFalse(hasattr(self.Scheme, name))
            self.assertTrue(hasattr(self.Scheme, f"_{name}"))


@tagged("post_install", "-at_install")
class TestDocuments(RightsCase):
    """Account managers read what their customers bought, whoever sold it, and change nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journals = cls.make_books()

    def test_opens_orders_of_colleagues(self):
        order = self.orders["of anna"]
        self.assertEqual(order.user_id, self.seller)
        record = order.with_user(self.anna)
        self.assertEqual(record.amount_untaxed, 100)
        self.assertEqual(record.order_line.mapped("price_unit"), [100])
        self.assertEqual(len(order.with_user(self.leader).order_line), 1)
        for user in (self.ben, self.clara):
            with self.assertRaises(AccessError), mute_logger(RULE_LOG):
                order.with_user(user).read(["amount_untaxed"])
            with self.assertRaises(AccessError), mute_logger(RULE_LOG):
                order.order_line.with_user(user).read(["price_unit"])

    def test_the_order_form_opens(self):
        """All fields of the screen, with no right but the own rung of the ladder."""
        order = self.orders["of anna"].with_user(self.anna)
        self.assertEqual(Form(order).partner_id, order.partner_id)
        self.assertEqual(order.amount_untaxed, 100)

    def test_changes_no_order(self):
        order = self.orders["of anna"].with_user(self.anna)
        for call in (
            lambda: order.write({"note": "mine"}),
            lambda: order.order_line.write({"price_unit": 1}),
            lambda: order.unlink(),
            lambda: order.create({"partner_id": self.customers["of anna"].id}),
            lambda: order.action_cancel(),
        ):
            with self.assertRaises(AccessError), mute_logger(RULE_LOG, ACCESS_LOG):
                call()

    def test_salesperson_changes_own_orders_only(self):
        """The added read rules must not open the colleague's order for writing."""
        self.anna.group_ids += self.env.ref("sales_team.group_sale_salesman")
        order = self.orders["of anna"].with_user(self.anna)
        self.assertTrue(order.amount_untaxed)
        with self.assertRaises(AccessError), mute_logger(RULE_LOG):
            order.write({"note": "mine"})
        with self.assertRaises(AccessError), mute_logger(RULE_LOG):
            order.order_line.write({"price_unit": 1})
        order.sudo().user_id = self.anna
        order.write({"note": "mine"})

    def test_posted_invoices_but_no_drafts_nor_vendor_bills(self):
        partner = self.customers["of anna"]
        posted = self.make_invoice(partner, 100, invoice_user_id=self.seller.id)
        refund = self.make_invoice(partner, 10, move_type="out_refund")
        draft = self.make_invoice(partner, 50, post=False)
        bill = self.make_invoice(partner, 70, move_type="in_invoice", date=AS_OF)
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "partner_id": partner.id,
                "journal_id": self.journals[0].id,
                "date": AS_OF,
            }
        )
        for user in (self.anna, self.leader, self.all_reader):
            with self.subTest(user=user.login):
                moves = self.env["account.move"].with_user(user)
                found = moves.search([("partner_id", "=", partner.id)])
                self.assertEqual(found, posted | refund)
                self.assertEqual(sum(found.mapped("amount_untaxed_signed")), 90)
                lines = moves.env["account.move.line"].search([("partner_id", "=", partner.id)])
                self.assertEqual(lines.move_id, found)
                for move in (draft, bill, entry):
                    with self.assertRaises(AccessError), mute_logger(RULE_LOG):
                        move.with_user(user).read(["amount_total"])
                for call in (
                    lambda user=user: posted.with_user(user).write({"ref": "mine"}),
                    lambda user=user: posted.with_user(user).button_draft(),
                    lambda user=user: posted.line_ids.with_user(user).write({"name": "mine"}),
                ):
                    with self.assertRaises(AccessError), mute_logger(RULE_LOG, ACCESS_LOG):
                        call()
        for user in (self.ben, self.clara, self.foreigner):
            found = self.as_user("account.move", user).search([])
            self.assertFalse(found.sudo() & (posted | refund | draft | bill))

    def test_the_invoice_form_opens(self):
        invoice = self.make_invoice(self.customers["of anna"], 100)
        form = Form(invoice.with_user(self.anna))
        self.assertEqual(len(form.invoice_line_ids), 1)

    def test_documents_action_for_who_sees_the_standing(self):
        standing = self.standing_of(self.scheme, self.customers["of anna"])
        action = standing.with_user(self.anna).action_view_documents()
        found = self.env["sale.order"].with_user(self.anna).search(action["domain"])
        self.assertEqual(found, self.orders["of anna"])
        with self.assertRaises(AccessError), mute_logger(RULE_LOG):
            standing.with_user(self.clara).action_view_documents()


@tagged("post_install", "-at_install")
class TestScreens(RightsCase):
    """Forms and lists open for the least privileged user who has their menu."""

    def test_standing_form(self):
        standing = self.standing_of(self.scheme, self.customers["of anna"])
        form = Form(standing.with_user(self.anna))
        self.assertEqual(form.amount, 100)

    def test_scheme_form(self):
        for user in (self.anna, self.manager):
            self.assertEqual(Form(self.scheme.with_user(user)).name, "Test amount")

    def test_history_form(self):
        row = self.history_of(self.scheme, self.customers["of anna"])
        self.assertEqual(row.with_user(self.anna).revision_id.number, 1)
        self.assertIn("Gold", row.with_user(self.anna).reason)

    def test_partner_form(self):
        partner = self.customers["of anna"]
        for user in (self.employee, self.anna, self.clara, self.manager):
            with self.subTest(user=user.login):
                self.assertEqual(Form(partner.with_user(user)).name, "of anna")

    def test_views_of_each_model(self):
        for user, models in (
            (self.anna, ("customer.standing", "customer.tier.history", "res.partner")),
            (
                self.manager,
                (
                    "customer.tier.scheme",
                    "customer.tier",
                    "customer.rfm.segment",
                    "customer.sales.history",
                    "customer.tier.revision",
                    "customer.setup.step",
                ),
            ),
        ):
            for model in models:
                views = (
                    self.env[model]
                    .with_user(user)
                    .get_views([(False, "list"), (False, "form"), (False, "search")])
                )
                self.assertEqual(len(views["views"]), 3)

    def test_settings_open_for_an_administrator_without_our_groups(self):
        admin = new_test_user(
            self.env,
            login="care_admin_only",
            groups="base.group_system",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        settings = self.env["res.config.settings"].with_user(admin).create({})
        self.assertTrue(settings.customer_tier_nightly)
        settings.execute()
        with self.assertRaises(AccessError):
            settings.customer_tier_nightly = False
