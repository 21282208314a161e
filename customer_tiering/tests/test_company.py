"""Two companies, two currencies, two time zones: nothing of one touches the other."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import AS_OF, TieringCase

LEVELS = (("Gold", 100), ("Silver", 50), ("Rest", None))


class CompanyCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.make_company("Second", currency_id=cls.usd.id)
        cls.env.user.company_ids += cls.second
        cls.first_scheme = cls.make_operative(cls.make_scheme("amount", LEVELS))
        cls.second_scheme = cls.make_operative(
            cls.make_scheme("amount", LEVELS, company_id=cls.second.id)
        )
        cls.both = cls.first_scheme | cls.second_scheme
        cls.ann = cls.make_partner("Ann")
        cls.make_order(cls.ann, 120)
        cls.make_order(cls.ann, 60, company_id=cls.second.id)

    def rows_of_company(self, company):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT xmin::text, s.* FROM customer_standing s WHERE company_id = %s ORDER BY id",
                company.id,
            )
        )


@tagged("post_install", "-at_install")
class TestTwoCompanies(CompanyCase):
    def test_grade_the_same_customer_differently(self):
        self.both.evaluate(AS_OF)
        self.assertEqual(self.ann.with_company(self.company).tier_id.name, "Gold")
        self.assertEqual(self.ann.with_company(self.second).tier_id.name, "Silver")
        self.assertEqual(self.ann.with_company(self.company).standing_id.amount, 120)
        self.assertEqual(self.ann.with_company(self.second).standing_id.amount, 60)
        self.assertEqual(
            self.both.mapped("currency_id.name"), ["EUR", "USD"], "each in its own currency"
        )

    def test_search_by_level_is_by_company(self):
        self.both.evaluate(AS_OF)
        for company, name in ((self.company, "Gold"), (self.second, "Silver")):
            partners = self.env["res.partner"].with_company(company)
            for level in ("Gold", "Silver"):
                found = partners.search([("tier_id.name", "=", level), ("id", "=", self.ann.id)])
                self.assertEqual(bool(found), level == name)
            [(tier, _count)] = partners._read_group(
                [("id", "=", self.ann.id)], ["tier_id"], ["__count"]
            )
            self.assertEqual(tier.name, name)

    def test_a_run_leaves_the_other_company_alone(self):
        """W10."""
        self.both.evaluate(AS_OF)
        before = self.rows_of_company(self.second)
        self.assertEqual(len(before), 1)
        self.env["sale.order"].search([("partner_id", "=", self.ann.id)]).state = "cancel"
        self.evaluate(self.first_scheme, "2024-07-01")
        self.assertEqual(self.rows_of_company(self.second), before)
        self.assertEqual(self.second_scheme.last_evaluated, AS_OF)
        self.assertFalse(self.ann.with_company(self.company).tier_id)
        self.assertEqual(self.ann.with_company(self.second).tier_id.name, "Silver")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_user_of_one_sees_nothing_of_the_other(self):
        self.env["customer.sales.history"].create(
            [
                {"company_id": company.id, "partner_id": self.ann.id, "month": AS_OF}
                for company in self.company | self.second
            ]
        )
        self.both.evaluate(AS_OF)
        user = self.make_user("manager", self.second)
        for model in (
            "customer.tier.scheme",
            "customer.tier",
            "customer.tier.revision",
            "customer.standing",
            "customer.tier.history",
            "customer.sales.history",
        ):
            with self.subTest(model=model):
                mine = (
                    self.env[model]
                    .with_user(user)
                    .with_context(allowed_company_ids=self.second.ids)
                )
                found = mine.search([]).sudo()
                self.assertTrue(found)
                self.assertEqual(found.company_id, self.second)
                theirs = self.env[model].search([("company_id", "=", self.company.id)], limit=1)
                with self.assertRaises(AccessError):
                    mine.browse(theirs.id).read(["display_name"])

    def test_who_has_both_sees_what_he_selected(self):
        self.both.evaluate(AS_OF)
        user = self.make_user("manager", self.company | self.second)
        standings = self.env["customer.standing"].with_user(user)
        for companies in (self.company, self.second, self.company | self.second):
            found = standings.with_context(allowed_company_ids=companies.ids).search([])
            self.assertEqual(found.sudo().company_id, companies)

    def test_evaluate_of_a_user_grades_his_companies(self):
        user = self.make_user("manager", self.second)
        schemes = self.env["customer.tier.scheme"].with_user(user)
        schemes.with_context(allowed_company_ids=self.second.ids).evaluate(AS_OF)
        self.assertEqual(self.second_scheme.last_evaluated, AS_OF)
        self.assertFalse(self.first_scheme.last_evaluated)

    def test_account_manager_per_company(self):
        """The customer's salesperson, where he may enter the company."""
        user = self.make_user("own", self.company)
        self.ann.user_id = user
        self.both.evaluate(AS_OF)
        self.assertEqual(self.standing_of(self.first_scheme, self.ann).user_id, user)
        self.assertFalse(self.standing_of(self.second_scheme, self.ann).user_id)
        user.company_ids += self.second
        self.assertEqual(self.standing_of(self.second_scheme, self.ann).user_id, user)

    def test_day_ends_by_company(self):
        self.make_order(self.ann, 1, "2024-06-30 20:00:00", company_id=self.second.id)
        self.second_scheme.tz = "Asia/Shanghai"
        self.make_order(self.ann, 1, "2024-06-30 20:00:00")
        self.both.evaluate(AS_OF)
        self.assertEqual(self.standing_of(self.first_scheme, self.ann).document_count, 2)
        self.assertEqual(self.standing_of(self.second_scheme, self.ann).document_count, 1)

    def test_today_differs_by_company(self):
        self.second_scheme.tz = "Asia/Shanghai"
        with freeze_time("2024-06-30 20:00:00"):
            self.both.evaluate()
        self.assertEqual(self.both.mapped("last_evaluated"), [date(2024, 6, 30), date(2024, 7, 1)])

    def test_one_operative_scheme_per_company(self):
        with self.assertRaises(Exception) as raised, mute_logger("odoo.sql_db"):
            self.make_scheme("amount", LEVELS, operative=True)
            self.env.flush_all()
        self.assertIn("operative", str(raised.exception))

    def test_level_of_another_companys_scheme_is_refused(self):
        manual = self.make_scheme("manual", [("Friend", 0)])
        with self.assertRaises(UserError):
            self.Standing.create(
                {
                    "scheme_id": manual.id,
                    "partner_id": self.ann.id,
                    "tier_id": self.second_scheme.tier_ids[0].id,
                }
            )


@tagged("post_install", "-at_install")
class TestNewCompany(CompanyCase):
    def test_gets_the_shipped_levels(self):
        company = self.make_company("New", currency_id=self.usd.id)
        scheme = self.Scheme.search([("company_id", "=", company.id)])
        self.assertEqual(len(scheme), 1)
        self.assertTrue(scheme.operative and scheme.is_default)
        self.assertEqual(
            (scheme.method, scheme.source, scheme.measure), ("amount", "sale", "revenue")
        )
        self.assertEqual((scheme.window_type, scheme.window_months), ("rolling", 12))
        self.assertEqual(
            [(t.name, t.min_amount, t.catch_all, t.service_class) for t in scheme.tier_ids],
            [
                ("Diamond", 200_000, False, "key"),
                ("Platinum", 100_000, False, "key"),
                ("Gold", 10_000, False, "standard"),
                ("Member", 5_000, False, "standard"),
                ("Ordinary", 0, True, "basic"),
            ],
        )
        self.assertEqual(scheme.revision_ids.number, 1)

    def test_time_zone_is_that_of_the_working_calendar(self):
        company = self.env["res.company"].with_context(tz="Asia/Shanghai").create({"name": "S"})
        scheme = self.Scheme.search([("company_id", "=", company.id)])
        self.assertEqual(scheme.tz, company.resource_calendar_id.tz)
        self.assertEqual(scheme.tz, "Asia/Shanghai")

    def test_installation_gives_every_company_one(self):
        self.env["customer.tier.scheme"].search([]).operative = False
        self.env["customer.tier.scheme"].search([]).unlink()
        self.env["res.company"]._create_default_tier_schemes()
        roots = (
            self.env["res.company"]
            .with_context(active_test=False)
            .search([("parent_id", "=", False)])
        )
        operative = self.Scheme.search([("operative", "=", True)])
        self.assertEqual(operative.company_id, roots)
        self.env["res.company"]._create_default_tier_schemes()
        self.assertEqual(self.Scheme.search([("operative", "=", True)]), operative)

    def test_who_may_create_companies_needs_no_right_of_ours(self):
        user = self.make_user(None)
        user.group_ids += self.env.ref("base.group_system")
        company = self.env["res.company"].with_user(user).create({"name": "By an administrator"})
        self.assertTrue(self.Scheme.search([("company_id", "=", company.id)]))


@tagged("post_install", "-at_install")
class TestBranch(CompanyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.make_company("Branch", parent_id=cls.company.id)
        cls.env.user.company_ids += cls.branch

    def test_has_no_scheme_and_inherits(self):
        self.assertFalse(self.Scheme.search([("company_id", "=", self.branch.id)]))
        self.assertEqual(self.Scheme._get_operative(self.branch), self.first_scheme)
        self.make_order(self.ann, 1000, company_id=self.branch.id)
        self.both.evaluate(AS_OF)
        ann = self.ann.with_company(self.branch)
        self.assertEqual((ann.tier_id.name, ann.standing_id.amount), ("Gold", 1120))

    def test_user_of_the_branch_sees_the_result(self):
        self.both.evaluate(AS_OF)
        user = self.make_user("all", self.branch)
        env_user = self.env["res.partner"].with_user(user)
        ann = env_user.with_context(allowed_company_ids=self.branch.ids).browse(self.ann.id)
        self.assertEqual(ann.tier_id.name, "Gold")
        self.assertEqual(ann.standing_id.amount, 120)

    def test_own_scheme_of_a_branch_counts_the_branch_only(self):
        scheme = self.make_operative(self.make_scheme("amount", LEVELS, company_id=self.branch.id))
        self.make_order(self.ann, 60, company_id=self.branch.id)
        (self.both | scheme).evaluate(AS_OF)
        self.assertEqual(self.ann.with_company(self.branch).tier_id.name, "Silver")
        self.assertEqual(self.ann.with_company(self.company).standing_id.amount, 180)

    def test_archived_scheme_leaves_the_operative_one(self):
        other = self.make_scheme("amount", LEVELS, active=False)
        self.assertNotEqual(self.Scheme._get_operative(self.branch), other)

    def test_imported_month_of_a_branch_counts(self):
        self.first_scheme.write({"history_until": "2024-05-31"})
        self.env["customer.sales.history"].create(
            {
                "company_id": self.branch.id,
                "partner_id": self.ann.id,
                "month": "2024-01-01",
                "amount": 7,
            }
        )
        self.assertEqual(self.amounts_of(self.first_scheme), {"Ann": 127})

    def test_company_of_a_level_is_that_of_its_scheme(self):
        tier = self.env["customer.tier"].create(
            {"name": "X", "code": "X", "scheme_id": self.make_scheme("manual", [("A", 0)]).id}
        )
        self.assertEqual(tier.company_id, self.company)
