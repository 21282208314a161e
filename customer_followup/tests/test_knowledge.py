"""What is known of customers is read by those who look after them, and by nobody else."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import FollowupCase

SECRETS = (
    "care_role",
    "care_interests",
    "personality_id",
    "personality_hint",
    "care_birthday",
    "care_hour_from",
)
ALL_FIELDS = (
    *SECRETS,
    "care_profile_ids",
    "care_answer_ids",
    "care_completeness",
    "care_person_map",
    "care_missing",
    "care_is_known",
    "care_contact_warning",
    "care_do_not_contact",
    "receivable",
    "overdue_amount",
    "overdue_days",
    "responsiveness",
    "silent_since",
    "silence_advice",
    "promise_ids",
    "touch_ids",
)


class KnowledgeCase(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quiet = cls.env.ref("customer_followup.followup_personality_silent")
        cls.plans = cls.env.ref("customer_followup.followup_question_plans")
        cls.loyalty = cls.env.ref("customer_followup.followup_question_loyalty")
        cls.customer = cls.make_partner("Harbour Mill", user_id=cls.anna.id)
        cls.boss = cls.make_partner(
            "Ida Boss",
            is_company=False,
            parent_id=cls.customer.id,
            care_role="decides",
            care_interests="Sailing",
            personality_id=cls.quiet.id,
            care_birthday="1970-05-01",
            care_hour_from=9,
            care_hour_to=11,
        )
        cls.answer = cls.env["followup.answer"].create(
            {
                "partner_id": cls.boss.id,
                "question_id": cls.plans.id,
                "value_text": "Sells in two years",
            }
        )
        # the account managers of these tests may write partners as salespeople do
        writers = cls.anna | cls.tom | cls.leader
        writers.write({"group_ids": [Command.link(cls.env.ref("base.group_partner_manager").id)]})
        cls.env.flush_all()

    def read_as(self, user, *names, partner=None):
        self.env.invalidate_all()
        values = (partner or self.boss).with_user(user).read(names or SECRETS)[0]
        return {name: values[name] for name in names or SECRETS}


@tagged("post_install", "-at_install")
class TestWhoMayKnow(KnowledgeCase):
    def test_account_manager_deputy_and_leaders_read(self):
        deputy = self.make_user("own")
        self.anna.deputy_id = deputy
        above = self.make_user("team")
        self.leader.care_manager_id = above
        for user in (self.anna, deputy, self.leader, above, self.make_user("all")):
            with self.subTest(user=user.login):
                values = self.read_as(user)
                self.assertEqual(values["care_role"], "decides")
                self.assertEqual(values["care_interests"], "Sailing")
                self.assertEqual(values["care_hour_from"], 9)
                self.assertTrue(self.boss.with_user(user).care_answer_ids)

    def test_other_account_managers_read_nothing(self):
        other_leader = self.make_user("team")
        for user in (self.tom, other_leader):
            with self.subTest(user=user.login):
                self.assertFalse(any(self.read_as(user).values()))
                values = self.read_as(
                    user, "care_answer_ids", "care_completeness", "care_missing", "care_is_known"
                )
                self.assertFalse(any(values.values()))
                self.assertFalse(
                    self.read_as(user, "care_person_map", partner=self.customer)["care_person_map"]
                )

    def test_a_new_account_manager_takes_over_at_once(self):
        self.customer.user_id = self.tom
        self.env.flush_all()
        self.assertEqual(self.read_as(self.tom)["care_role"], "decides")
        self.assertTrue(self.boss.with_user(self.tom).care_answer_ids)
        self.assertFalse(self.read_as(self.anna)["care_role"])

    def test_knowledge_follows_a_person_to_another_company(self):
        theirs = self.make_partner("Valley Mill", user_id=self.tom.id)
        self.boss.parent_id = theirs
        self.env.flush_all()
        self.assertFalse(self.read_as(self.anna)["care_role"])
        self.assertEqual(self.read_as(self.tom)["care_role"], "decides")

    def test_searching_does_not_leak(self):
        for domain in (
            [("care_role", "=", "decides")],
            [("care_role", "!=", False)],
            [("care_interests", "ilike", "sail")],
            [("personality_id.name", "ilike", "silent")],
            [("personality_hint", "!=", False)],
            [("care_birthday", ">", "1960-01-01")],
            [("care_answer_ids.value_text", "ilike", "sells")],
            [("care_profile_ids.care_role", "=", "decides")],
            [("care_completeness", ">", 0)],
        ):
            with self.subTest(domain=domain):
                domain = [("id", "=", self.boss.id), *domain]
                partners = self.env["res.partner"]
                self.assertEqual(partners.with_user(self.anna).search(domain), self.boss)
                self.assertFalse(partners.with_user(self.tom).search(domain))

    def test_blank_is_found_as_it_is_read(self):
        partners = self.env["res.partner"]
        domain = [("id", "in", (self.boss | self.customer).ids), ("care_role", "=", False)]
        self.assertEqual(partners.with_user(self.anna).search(domain), self.customer)
        self.assertEqual(partners.with_user(self.tom).search(domain), self.boss | self.customer)

    def test_it_can_neither_be_grouped_nor_sorted_by(self):
        partners = self.env["res.partner"].with_user(self.tom)
        with self.assertRaises(ValueError):
            partners._read_group([], ["care_role"], ["__count"])
        with self.assertRaises(ValueError):
            partners.search([], order="care_role")

    def test_rows_of_others_cannot_be_read(self):
        for record in (self.boss.care_profile_ids, self.answer):
            record = record.with_user(self.tom)
            with self.assertRaises(AccessError):
                record.read()
            self.assertFalse(record.search([("partner_id", "=", self.boss.id)]))

    def test_another_company_reads_nothing(self):
        company = self.make_company("Second")
        (self.customer | self.boss).write({"company_id": self.company.id})
        user = self.make_user("all", companies=self.company | company)
        self.env.flush_all()
        profiles = self.env["followup.profile"].with_user(user)
        domain = [("partner_id", "=", self.boss.id)]
        here = profiles.with_context(allowed_company_ids=self.company.ids)
        there = profiles.with_context(allowed_company_ids=company.ids)
        self.assertTrue(here.search(domain))
        self.assertFalse(there.search(domain))

    def test_portal_user_reads_nothing_of_himself(self):
        quiet = self.env(context={**self.env.context, "no_reset_password": True})
        portal = new_test_user(quiet, "care_portal", groups="base.group_portal")
        portal.partner_id.care_role = "uses"
        self.env.flush_all()
        partner = portal.partner_id.with_user(portal)
        for name in ALL_FIELDS:
            with self.subTest(field=name), mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError):
                    partner.read([name])
                with self.assertRaises(AccessError):
                    partner.search_count([(name, "!=", False)])
        for model in ("followup.profile", "followup.answer", "followup.knowledge.export"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search_count([])

    def test_every_field_of_ours_is_guarded(self):
        for name, field in self.env["res.partner"]._fields.items():
            if field._modules and set(field._modules) == {"customer_followup"}:
                self.assertTrue(field.groups, name)


@tagged("post_install", "-at_install")
class TestNoting(KnowledgeCase):
    def test_the_form_notes_what_is_known(self):
        person = self.make_partner("Uwe User", is_company=False, parent_id=self.customer.id)
        with Form(person.with_user(self.anna)) as form:
            form.care_role = "uses"
            form.care_hot_button = "clarity"
        self.assertEqual(person.care_profile_ids.care_role, "uses")
        self.assertEqual(person.care_profile_ids.care_hot_button, "clarity")
        with Form(person.with_user(self.anna)) as form:
            form.care_role = False
        self.assertFalse(person.care_profile_ids.care_role)
        self.assertEqual(person.care_profile_ids.care_hot_button, "clarity")

    def test_a_write_changes_only_what_it_names(self):
        self.boss.with_user(self.anna).write({"care_role": "shapes", "care_wechat": "ida70"})
        profile = self.boss.care_profile_ids
        self.assertEqual(
            (profile.care_role, profile.care_wechat, profile.care_interests, profile.care_hour_to),
            ("shapes", "ida70", "Sailing", 11),
        )

    def test_nothing_is_stored_where_nothing_is_known(self):
        person = self.make_partner("Nobody", is_company=False, care_role=False)
        self.assertFalse(person.care_profile_ids)

    def test_others_cannot_note_anything(self):
        stranger = self.make_partner("Stranger", is_company=False, parent_id=self.customer.id)
        for person in (self.boss, stranger):
            with self.assertRaisesRegex(AccessError, "account manager"):
                person.with_user(self.tom).care_role = "uses"
        with self.assertRaises(AccessError):
            self.env["followup.answer"].with_user(self.tom).create(
                {"partner_id": stranger.id, "question_id": self.plans.id, "value_text": "x"}
            )
        self.assertEqual(self.boss.care_role, "decides")

    def test_who_noted_it_is_not_taken_from_the_client(self):
        answer = (
            self.env["followup.answer"]
            .with_user(self.anna)
            .create(
                {
                    "partner_id": self.boss.id,
                    "question_id": self.plans.id,
                    "value_text": "x",
                    "author_id": self.tom.id,
                }
            )
        )
        self.assertEqual(answer.author_id, self.anna)
        answer.with_user(self.leader).write({"value_text": "y", "author_id": self.tom.id})
        self.assertEqual(answer.author_id, self.leader)

    def test_answers_by_kind(self):
        habit = self.env.ref("customer_followup.followup_question_option_inertia")
        values = {"partner_id": self.customer.id, "question_id": self.loyalty.id}
        answer = self.env["followup.answer"].create({**values, "option_id": habit.id})
        self.assertEqual(answer.value, "Habit")
        founded = self.env.ref("customer_followup.followup_question_founded")
        answer = self.env["followup.answer"].create(
            {**values, "question_id": founded.id, "value_date": "1999-12-31"}
        )
        self.assertIn("1999", answer.value)

    def test_completeness_counts_fields_and_answers(self):
        persons = self.env["followup.question"].search_count([("for_person", "=", True)])
        # role, interests, personality, birthday, hours and one answer of ten fields and questions
        self.assertEqual(self.boss.care_completeness, 100 * 6 // (10 + persons))
        companies = self.env["followup.question"].search_count([("for_company", "=", True)])
        self.assertEqual(self.customer.care_completeness, 100 * 1 // (5 + companies))
        self.assertNotIn(self.plans.name, self.boss.care_missing)
        before = self.boss.care_completeness
        self.boss.care_wechat = "ida"
        self.assertGreater(self.boss.care_completeness, before)

    def test_incomplete_finds_own_customers_only(self):
        domain = [
            ("care_is_known", "=", True),
            ("care_completeness", "<", 100),
            ("id", "in", (self.boss | self.customer).ids),
        ]
        partners = self.env["res.partner"]
        self.assertEqual(partners.with_user(self.anna).search(domain), self.boss | self.customer)
        self.assertFalse(partners.with_user(self.tom).search(domain))

    def test_open_questions_are_listed_once(self):
        boss = self.boss.with_user(self.anna)
        boss.action_list_questions()
        count = len(self.boss.care_answer_ids)
        boss.action_list_questions()
        self.assertEqual(len(self.boss.care_answer_ids), count)
        self.assertEqual(len(self.boss.care_answer_ids.question_id), count)
        with self.assertRaises(AccessError):
            self.boss.with_user(self.tom).action_list_questions()

    def test_person_map_shows_blanks(self):
        self.make_partner("Late", is_company=False, parent_id=self.customer.id)
        columns = self.customer.with_user(self.anna).care_person_map
        self.assertEqual(
            [(column["role"], len(column["persons"])) for column in columns],
            [
                ("decides", 1),
                ("shapes", 0),
                ("implements", 0),
                ("uses", 0),
                ("gatekeeper", 0),
                ("", 1),
            ],
        )
        self.assertEqual(columns[0]["persons"][0]["name"], "Ida Boss")
        self.assertFalse(self.boss.care_person_map)

    def test_warnings_respect_the_blacklist(self):
        self.customer.email = "mill@example.com"
        self.assertFalse(self.customer.care_contact_warning)
        self.env["mail.blacklist"]._add("mill@example.com")
        self.env.invalidate_all()
        self.assertIn("mill@example.com", self.customer.with_user(self.anna).care_contact_warning)
        self.customer.care_do_not_contact = True
        self.assertIn("Do not contact", self.boss.with_user(self.anna).care_contact_warning)


@tagged("post_install", "-at_install")
class TestExport(KnowledgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = cls.anna | cls.manager | cls.make_user("all")
        cls.everything = users[2]
        users.write({"group_ids": [Command.link(cls.env.ref("base.group_allow_export").id)]})

    def logged(self):
        return self.env["followup.knowledge.export"].search([])

    def test_only_managers_export_and_leave_a_trace(self):
        paths = ["name", "care_role", "care_answer_ids/value"]
        for user in (self.anna, self.everything):
            with self.assertRaisesRegex(AccessError, "managers only.*care_role"):
                self.boss.with_user(user).export_data(paths)
        self.assertFalse(self.logged())
        rows = self.boss.with_user(self.manager).export_data(paths)["datas"]
        self.assertEqual(rows[0][:2], ["Ida Boss", "Decides"])
        log = self.logged()
        self.assertEqual((log.user_id, log.record_count), (self.manager, 1))
        self.assertEqual(log.field_names, "care_role, care_answer_ids/value")
        self.assertEqual(log.model_id.model, "res.partner")

    def test_no_way_around_through_other_models(self):
        touch = self.make_touch(self.customer, contact_id=self.boss.id)
        for records, path in (
            (touch, "contact_id/care_interests"),
            (self.boss.care_profile_ids, "care_interests"),
            (self.boss.care_profile_ids, ".id"),
            (self.answer, "value_text"),
            (self.customer, "child_ids/care_profile_ids/care_role"),
            (self.anna, "care_role"),
            (self.anna, "partner_id/care_role"),
        ):
            with self.subTest(model=records._name, path=path), self.assertRaises(AccessError):
                records.with_user(self.anna).export_data([path])

    def test_other_exports_are_free(self):
        rows = self.boss.with_user(self.anna).export_data(["name", "parent_id/name", "id"])
        self.assertEqual(rows["datas"][0][:2], ["Ida Boss", "Harbour Mill"])
        self.assertFalse(self.logged())

    def test_nobody_changes_the_log(self):
        self.boss.with_user(self.manager).export_data(["care_role"])
        log = self.logged().with_user(self.manager)
        for act in (lambda: log.unlink(), lambda: log.write({"record_count": 0})):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(AccessError):
            self.logged().with_user(self.everything).read(["user_id"])


@tagged("post_install", "-at_install")
class TestMoneyOwed(KnowledgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"].create(
            [
                {
                    "name": name,
                    "code": f"CARE{number}",
                    "account_type": kind,
                    "company_ids": [Command.set(cls.company.ids)],
                }
                for number, (name, kind) in enumerate(
                    [("Owed", "asset_receivable"), ("Sold", "income")]
                )
            ]
        )
        cls.owed, cls.sold = accounts
        cls.journal = cls.env["account.journal"].create(
            {"name": "Care", "code": "CARE", "type": "general", "company_id": cls.company.id}
        )

    @classmethod
    def make_debt(cls, partner, amount, due, post=True):
        move = cls.env["account.move"].create(
            {
                "journal_id": cls.journal.id,
                "date": due,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": cls.owed.id,
                            "partner_id": partner.id,
                            "balance": amount,
                            "date_maturity": due,
                        }
                    ),
                    Command.create({"account_id": cls.sold.id, "balance": -amount}),
                ],
            }
        )
        if post:
            move.action_post()
        return move

    def test_totals_of_customer_and_contacts(self):
        today = self.env.cr.now().date()
        self.make_debt(self.customer, 100, today.replace(year=today.year - 1))
        self.make_debt(self.boss, 30, today.replace(year=today.year + 1, day=1))
        self.make_debt(self.customer, 500, today, post=False)
        self.make_debt(self.customer, 7, today)
        names = ("receivable", "overdue_amount", "overdue_days")
        for partner in (self.customer, self.boss):
            values = self.read_as(self.anna, *names, partner=partner)
            self.assertEqual((values["receivable"], values["overdue_amount"]), (137, 100))
            self.assertIn(values["overdue_days"], (365, 366))

    def test_only_who_looks_after_the_customer_reads_them(self):
        self.make_debt(self.customer, 100, "2024-01-01")
        for user, expected in (
            (self.anna, 100),
            (self.leader, 100),
            (self.make_user("all"), 100),
            (self.tom, 0),
        ):
            with self.subTest(user=user.login):
                values = self.read_as(user, "receivable", "overdue_days", partner=self.customer)
                self.assertEqual(values["receivable"], expected)
                self.assertEqual(bool(values["overdue_days"]), bool(expected))

    def test_each_company_for_itself(self):
        self.make_debt(self.customer, 100, "2024-01-01")
        other = self.make_company("Second")
        user = self.make_user("all", companies=self.company | other)
        there = self.customer.with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertEqual(there.receivable, 0)
        here = self.customer.with_user(user).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(here.receivable, 100)

    def test_one_query_for_many(self):
        customers = (
            self.env["res.partner"]
            .create([{"name": f"Many {number}", "user_id": self.anna.id} for number in range(20)])
            .with_user(self.anna)
        )
        customers[0].mapped("receivable")
        self.env.invalidate_all()
        customers.fetch(["commercial_partner_id"])
        with self.assertQueryCount(12):
            customers.mapped("receivable")


@tagged("post_install", "-at_install")
class TestPersonMapTour(HttpCase):
    def test_add_a_person_in_a_blank_role(self):
        user = new_test_user(
            self.env,
            "care_map",
            groups="sales_team.group_sale_salesman,base.group_partner_manager",
            lang="en_US",
        )
        company, boss = self.env["res.partner"].create(
            [
                {"name": "Harbour Mill", "is_company": True, "user_id": user.id},
                {"name": "Ida Boss"},
            ]
        )
        boss.write({"parent_id": company.id, "care_role": "decides"})
        self.start_tour(
            f"/odoo/res.partner/{company.id}", "customer_followup_person_map", login="care_map"
        )
        person = company.child_ids - boss
        self.assertEqual((person.name, person.care_role), ("Otto Foreman", "implements"))
