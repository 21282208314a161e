"""The level on the customer: read, searched, grouped, sorted, exported, exempted."""

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged

from .common import AS_OF, TieringCase

LEVELS = (("Gold", 100), ("Silver", 50), ("Rest", None))


class PartnerCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", LEVELS))
        cls.gold, cls.silver, cls.rest = cls.scheme.tier_ids
        cls.ann, cls.bob, cls.cid, cls.dan, cls.eve = cls.make_partners(
            "Ann", "Bob", "Cid", "Dan", "Eve"
        )
        cls.contact = cls.make_partner("Contact of Ann", parent_id=cls.ann.id, is_company=False)
        cls.make_orders([(cls.ann, 120), (cls.bob, 60), (cls.cid, 1)])
        cls.make_order(cls.dan, 10, "2023-07-01")
        cls.scheme.evaluate(AS_OF)
        # Dan's standing stays, without a level
        cls.scheme.evaluate("2024-07-01")
        cls.ours = cls.env["res.partner"].union(
            cls.ann, cls.bob, cls.cid, cls.dan, cls.eve, cls.contact
        )


@tagged("post_install", "-at_install")
class TestLevel(PartnerCase):
    def test_read(self):
        self.assertEqual(self.ours.mapped("tier_id"), self.gold | self.silver | self.rest)
        self.assertEqual(self.contact.tier_id, self.gold)
        self.assertFalse(self.dan.tier_id)
        self.assertTrue(self.dan.standing_id)
        self.assertFalse(self.eve.tier_id or self.eve.standing_id)
        self.assertEqual(self.contact.standing_id.partner_id, self.ann)
        self.assertEqual(self.contact.tier_amount, 120)
        self.assertEqual((self.bob.tier_amount_to_next, self.bob.tier_amount_to_keep), (40, 0))

    def test_new_record(self):
        self.assertFalse(self.env["res.partner"].new({"name": "Fred"}).tier_id)
        with Form(self.env["res.partner"]) as form:
            form.name = "Fred"
            self.assertFalse(form.tier_id)

    def test_contact_moves_to_another_company(self):
        self.contact.parent_id = self.bob
        self.assertEqual(self.contact.tier_id, self.silver)

    def test_follows_the_evaluation_at_once(self):
        self.assertEqual(self.cid.tier_id, self.rest)
        self.make_order(self.cid, 500)
        self.evaluate(self.scheme, "2024-07-01")
        self.assertEqual(self.cid.tier_id, self.gold)
        self.assertEqual(self.cid.standing_id.amount, 501)

    def test_follows_the_operative_scheme_at_once(self):
        self.assertEqual(self.ann.tier_id, self.gold)
        other = self.make_scheme("amount", [("Everybody", None)])
        with freeze_time("2024-07-01 12:00:00"):
            other.action_make_operative()
        self.assertEqual(self.ann.tier_id, other.tier_ids)


@tagged("post_install", "-at_install")
class TestSearch(PartnerCase):
    def found(self, *domain):
        records = self.env["res.partner"].search([*domain, ("id", "in", self.ours.ids)])
        return sorted(records.mapped("name"))

    def check(self, expected, *domain):
        """Compare with the expected names, and with what filtering in memory finds."""
        self.assertEqual(self.found(*domain), expected, domain)
        in_memory = self.ours.filtered_domain(list(domain))
        self.assertEqual(sorted(in_memory.mapped("name")), expected, domain)

    GOLD = ["Ann", "Contact of Ann"]
    NONE = ["Dan", "Eve"]
    ALL = ["Ann", "Bob", "Cid", "Contact of Ann", "Dan", "Eve"]

    def test_equal(self):
        self.check(self.GOLD, ("tier_id", "=", self.gold.id))
        self.check(["Bob", "Cid", *self.NONE], ("tier_id", "!=", self.gold.id))

    def test_in(self):
        both = (self.gold | self.silver).ids
        self.check(["Ann", "Bob", "Contact of Ann"], ("tier_id", "in", both))
        self.check(["Cid", *self.NONE], ("tier_id", "not in", both))
        self.check([], ("tier_id", "in", []))
        self.check(self.ALL, ("tier_id", "not in", []))

    def test_empty(self):
        self.check(self.NONE, ("tier_id", "=", False))
        self.check(["Ann", "Bob", "Cid", "Contact of Ann"], ("tier_id", "!=", False))
        self.check(["Bob", *self.NONE], ("tier_id", "in", [False, self.silver.id]))
        self.check(["Ann", "Cid", "Contact of Ann"], ("tier_id", "not in", [False, self.silver.id]))

    def test_name(self):
        self.assertEqual(self.found(("tier_id", "ilike", "gol")), self.GOLD)
        self.assertEqual(self.found(("tier_id", "=", "Gold")), self.GOLD)
        self.assertEqual(self.found(("tier_id", "not ilike", "gol")), ["Bob", "Cid", *self.NONE])

    def test_path(self):
        self.check(self.GOLD, ("tier_id.code", "=", "GOLD"))
        self.check(["Ann", "Bob", "Contact of Ann"], ("tier_id.min_amount", ">=", 50))
        self.assertEqual(self.found(("tier_id.service_class", "=", "key")), [])
        self.gold.service_class = "key"
        self.check(self.GOLD, ("tier_id.service_class", "=", "key"))

    def test_negated(self):
        self.check(["Bob", "Cid", *self.NONE], "!", ("tier_id", "=", self.gold.id))

    def test_figures(self):
        self.check(["Ann", "Contact of Ann"], ("standing_id.amount", ">", 60))
        self.check(["Bob"], ("tier_amount", "=", 60))
        self.check(["Eve"], ("standing_id", "=", False))
        self.check([name for name in self.ALL if name != "Eve"], ("standing_id", "!=", False))

    def test_archived_customers(self):
        self.ann.active = False
        self.assertEqual(self.found(("tier_id", "=", self.gold.id)), ["Contact of Ann"])

    def test_other_schemes_do_not_count(self):
        other = self.make_scheme("amount", [("Everybody", None)])
        self.evaluate(other)
        self.assertEqual(self.found(("tier_id", "=", other.tier_ids.id)), [])

    def test_without_any_scheme(self):
        self.scheme.operative = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.ann.tier_id)
        self.assertEqual(self.found(("tier_id", "!=", False)), [])
        self.assertEqual(self.found(("tier_id", "=", False)), self.ALL)


@tagged("post_install", "-at_install")
class TestListOfCustomers(PartnerCase):
    def test_group(self):
        groups = self.env["res.partner"]._read_group(
            [("id", "in", self.ours.ids)], ["tier_id"], ["__count"]
        )
        counts = {tier.name: number for tier, number in groups}
        self.assertEqual(counts, {"Gold": 2, "Silver": 1, "Rest": 1, False: 2})

    def test_open_each_group(self):
        groups = self.env["res.partner"].formatted_read_group(
            [("id", "in", self.ours.ids)], ["tier_id"], ["__count"]
        )
        for group in groups:
            domain = [("id", "in", self.ours.ids), *group["__extra_domain"]]
            self.assertEqual(self.env["res.partner"].search_count(domain), group["__count"])

    def test_group_by_level_and_another_field(self):
        groups = self.env["res.partner"]._read_group(
            [("id", "in", self.ours.ids)], ["tier_id", "is_company"], ["__count"]
        )
        self.assertEqual(sum(number for *_key, number in groups), 6)

    def test_order(self):
        domain = [("id", "in", self.ours.ids)]
        names = self.env["res.partner"].search(domain, order="tier_id, name").mapped("name")
        self.assertEqual(names, ["Ann", "Contact of Ann", "Bob", "Cid", "Dan", "Eve"])
        names = self.env["res.partner"].search(domain, order="tier_id desc, name").mapped("name")
        self.assertEqual(names, ["Dan", "Eve", "Cid", "Bob", "Ann", "Contact of Ann"])

    def test_order_and_search_together(self):
        names = self.env["res.partner"].search(
            [("id", "in", self.ours.ids), ("tier_id", "!=", False)], order="tier_id, name", limit=3
        )
        self.assertEqual(names.mapped("name"), ["Ann", "Contact of Ann", "Bob"])

    def test_export(self):
        rows = self.ours.export_data(["name", "tier_id", "tier_id/code"])["datas"]
        self.assertEqual(rows[0], ["Ann", "Gold", "GOLD"])
        self.assertEqual(rows[5][1], "Gold")

    def test_fields_the_list_can_sort_by_do_sort(self):
        """The client offers what ``fields_get`` calls sortable and groupable."""
        partners = self.env["res.partner"].with_user(self.make_user("own"))
        names = [name for name in partners._fields if name.startswith(("tier_", "standing_"))]
        description = partners.fields_get(names, ["sortable", "groupable"])
        self.assertTrue(description["tier_id"]["sortable"])
        self.assertTrue(description["tier_id"]["groupable"])
        for name, attributes in description.items():
            if attributes.get("sortable"):
                partners.search([], order=name, limit=1)
            if attributes.get("groupable"):
                partners.formatted_read_group([("id", "=", 0)], [name], ["__count"])

    def test_action_why(self):
        action = self.contact.action_view_standing()
        self.assertEqual(action["res_id"], self.standing_of(self.scheme, self.ann).id)


@tagged("post_install", "-at_install")
class TestExempt(PartnerCase):
    def exempt(self, partner, value=True, user=None):
        with freeze_time("2024-07-02 12:00:00"):
            partner.with_user(user or self.env.user).write({"tier_exempt": value})

    def test_acts_at_once(self):
        self.exempt(self.ann)
        self.assertFalse(self.ann.tier_id)
        standing = self.standing_of(self.scheme, self.ann)
        self.assertEqual((standing.amount, standing.document_count), (0, 0))
        row = self.history_of(self.scheme, self.ann)[-1]
        self.assertEqual((row.reason_code, row.trigger), ("exempt", "evaluation"))

    def test_and_back(self):
        self.exempt(self.ann)
        self.exempt(self.ann, False)
        self.assertEqual(self.ann.tier_id, self.gold)
        self.assertEqual(self.standing_of(self.scheme, self.ann).amount, 120)
        self.assertEqual(len(self.history_of(self.scheme, self.ann)), 3)

    def test_is_no_member_of_the_population(self):
        scheme = self.make_scheme("pyramid", [("A", 34), ("B", 66)])
        self.evaluate(scheme, "2024-07-01")
        # Dan bought before the window: he has a standing for his status, but no level
        levels = {"Ann": "A", "Bob": "A", "Cid": "B", "Dan": False}
        self.assertEqual(self.levels_in(scheme), levels)
        self.exempt(self.ann)
        self.evaluate(scheme, "2024-07-02")
        self.assertEqual(self.levels_in(scheme), {**levels, "Ann": False})
        self.assertEqual(self.earned_in(scheme, "2024-07-02"), {"Bob": "A", "Cid": "B"})

    def test_same_value_again_changes_nothing(self):
        self.exempt(self.ann)
        history = self.history_of(self.scheme, self.ann)
        self.exempt(self.ann)
        self.assertEqual(self.history_of(self.scheme, self.ann), history)

    def test_several_at_once(self):
        with freeze_time("2024-07-02 12:00:00"):
            (self.ann | self.bob | self.eve).write({"tier_exempt": True})
        self.assertFalse((self.ann | self.bob).tier_id)
        self.assertEqual(self.cid.tier_id, self.rest)

    def test_the_last_day_does_not_move(self):
        self.exempt(self.ann)
        self.assertEqual(str(self.scheme.last_evaluated), "2024-07-01")

    def test_in_every_company(self):
        company = self.make_company("Other")
        self.env.user.company_ids += company
        other = self.make_operative(self.make_scheme("amount", LEVELS, company_id=company.id))
        self.make_order(self.ann, 60, company_id=company.id)
        self.evaluate(other)
        self.exempt(self.ann)
        self.assertFalse(self.standing_of(other, self.ann).tier_id)

    def test_level_by_hand(self):
        manual = self.make_operative(self.make_scheme("manual", [("Friend", 0)]))
        self.Standing.create(
            {"scheme_id": manual.id, "partner_id": self.eve.id, "tier_id": manual.tier_ids.id}
        )
        self.assertEqual(self.eve.tier_id, manual.tier_ids)
        self.exempt(self.eve)
        self.assertFalse(self.eve.tier_id)
        self.assertEqual(self.history_of(manual, self.eve)[-1].reason, "Exempt from grading.")

    def test_leaders_and_above(self):
        for rung, allowed in ((None, False), ("own", False), ("team", True), ("all", True)):
            user = self.make_user(rung)
            user.group_ids += self.env.ref("base.group_partner_manager")
            if allowed:
                self.exempt(self.ann, user=user)
                self.assertFalse(self.ann.tier_id)
            else:
                with self.assertRaises(AccessError):
                    self.exempt(self.ann, user=user)
                with self.assertRaises(AccessError):
                    self.env["res.partner"].with_user(user).create(
                        {"name": "New", "tier_exempt": True}
                    )
