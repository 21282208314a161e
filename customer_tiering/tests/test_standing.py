"""What a standing shows: rank, needs, recency, why, and the documents behind every figure."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .common import AS_OF, TieringCase

LEVELS = (("Gold", 100), ("Silver", 50), ("Rest", None))


def plain(text):
    """Return text without hard spaces and line breaks."""
    return " ".join(str(text).replace("\xa0", " ").replace("&nbsp;", " ").split())


class StandingCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", LEVELS))
        cls.partners = cls.make_partners("Ann", "Bob", "Cid", "Dan")
        cls.ann, cls.bob, cls.cid, cls.dan = cls.partners

    def grade(self, scheme=None, **amounts):
        for name, amount in amounts.items():
            self.make_order(getattr(self, name), amount)
        scheme = scheme or self.scheme
        self.evaluate(scheme)
        return [self.standing_of(scheme, partner) for partner in self.partners]


@tagged("post_install", "-at_install")
class TestPosition(StandingCase):
    def test_rank_and_percentile(self):
        standings = self.grade(ann=40, bob=20, cid=20, dan=-1)
        self.assertEqual([standing.rank for standing in standings], [1, 2, 2, 4])
        self.assertEqual([s.percentile for s in standings], [25, 50, 50, 100])

    def test_rank_in_any_selection(self):
        """The rank counts everybody, whatever the list shows."""
        standings = self.grade(ann=40, bob=20, cid=20, dan=-1)
        self.env.invalidate_all()
        self.assertEqual(standings[3].rank, 4)
        self.env.invalidate_all()
        self.assertEqual((standings[2] | standings[0]).mapped("rank"), [2, 1])

    def test_rank_by_the_measure(self):
        scheme = self.make_scheme("amount", [("A", 1)], measure="quantity")
        standings = self.grade(scheme, ann=40, bob=20, cid=20, dan=-1)
        self.assertEqual([standing.rank for standing in standings], [1, 1, 1, 1])

    def test_who_is_no_member_has_no_rank(self):
        standing = self.grade(ann=40)[0]
        self.evaluate(self.scheme, "2026-06-30")
        self.assertEqual((standing.rank, standing.percentile), (0, 0))

    def test_ranks_of_two_schemes_in_one_list(self):
        other = self.make_scheme("amount", [("A", 30)])
        self.grade(ann=40, bob=20)
        self.evaluate(other)
        standings = self.Standing.search([("partner_id", "=", self.bob.id)])
        self.assertEqual(standings.mapped("rank"), [2, 2])

    def test_rank_for_who_sees_own_customers_only(self):
        user = self.make_user("own")
        self.dan.user_id = user
        standings = self.grade(ann=40, bob=20, cid=20, dan=-1)
        self.assertEqual(standings[3].with_user(user).rank, 4)


@tagged("post_install", "-at_install")
class TestNeeds(StandingCase):
    def needs(self, standings):
        return [(standing.amount_to_next, standing.amount_to_keep) for standing in standings]

    def test_amount(self):
        standings = self.grade(ann=130, bob=60, cid=1, dan=-5)
        self.assertEqual(self.needs(standings), [(0, 0), (40, 0), (49, 0), (55, 0)])

    def test_keep_after_a_fall_to_come(self):
        """Below the line of the level held: what is missing to keep it."""
        standing = self.grade(ann=130)[0]
        self.env.cr.execute("UPDATE customer_standing SET amount = 90 WHERE id = %s", [standing.id])
        self.env.invalidate_all()
        self.assertEqual((standing.amount_to_next, standing.amount_to_keep), (0, 10))

    def test_pyramid_and_abc_use_todays_lines(self):
        pyramid = self.make_scheme("pyramid", [("A", 25), ("B", 75)])
        abc = self.make_scheme("abc", [("A", 50), ("B", 50)])
        self.assertEqual(
            self.needs(self.grade(pyramid, ann=60, bob=30, cid=6, dan=4)),
            [(0, 0), (30, 0), (54, 0), (56, 0)],
        )
        self.assertEqual(pyramid.tier_ids.mapped("line_value"), [60, 4])
        self.assertEqual(self.needs(self.grade(abc))[1], (30, 0))

    def test_none_for_scores_and_levels_by_hand(self):
        rfm = self.make_scheme("rfm", [("A", 15), ("B", 0)])
        self.assertEqual(set(self.needs(self.grade(rfm, ann=1, bob=2, cid=3, dan=4))), {(0, 0)})
        manual = self.make_scheme("manual", [("A", 0), ("B", 0)])
        standing = self.Standing.create(
            {"scheme_id": manual.id, "partner_id": self.ann.id, "tier_id": manual.tier_ids[1].id}
        )
        self.assertEqual(self.needs(standing), [(0, 0)])

    def test_without_level_the_last_one_is_next(self):
        scheme = self.make_scheme("amount", [("Gold", 100), ("Silver", 50)])
        self.assertEqual(self.needs(self.grade(scheme, ann=20))[0], (30, 0))

    def test_reaching_what_is_needed_makes_the_level(self):
        for method, levels in (
            ("amount", [("Gold", 100), ("Silver", 50)]),
            ("pyramid", [("Gold", 25), ("Silver", 75)]),
        ):
            scheme = self.make_scheme(method, levels)
            standing = self.grade(scheme, ann=300, bob=60, cid=20, dan=10)[1]
            better = scheme.tier_ids[0]
            self.assertNotEqual(standing.tier_id, better)
            order = self.make_order(self.bob, standing.amount_to_next)
            self.evaluate(scheme)
            self.assertEqual(standing.tier_id, better)
            order.state = "cancel"
            self.env["sale.order"].search([("company_id", "=", self.company.id)]).state = "cancel"


@tagged("post_install", "-at_install")
class TestRecency(StandingCase):
    """W7: days are computed on reading; nothing stored goes stale."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_order(cls.ann, 1, "2024-06-30")
        cls.make_order(cls.bob, 1, "2024-06-20")
        cls.make_order(cls.cid, 1, "2024-04-01")
        cls.scheme.evaluate(AS_OF)

    def days(self, today):
        self.env.invalidate_all()
        with freeze_time(f"{today} 12:00:00"):
            return {
                standing.partner_id.name: standing.recency_days
                for standing in self.Standing.search([("scheme_id", "=", self.scheme.id)])
            }

    def found(self, today, operator, value):
        with freeze_time(f"{today} 12:00:00"):
            standings = self.Standing.search(
                [("scheme_id", "=", self.scheme.id), ("recency_days", operator, value)]
            )
        return sorted(standings.mapped("partner_id.name"))

    def test_days_go_on_without_any_run(self):
        self.assertEqual(self.days("2024-06-30"), {"Ann": 0, "Bob": 10, "Cid": 90})
        self.assertEqual(self.days("2024-09-28"), {"Ann": 90, "Bob": 100, "Cid": 180})

    def test_searches_agree_with_what_is_shown(self):
        operators = {
            "=": lambda a, b: a == b,
            "!=": lambda a, b: a != b,
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
        }
        for today in ("2024-06-30", "2024-09-28"):
            days = self.days(today)
            for value in (0, 1, 10, 89, 90, 91, 100):
                for operator, compare in operators.items():
                    with self.subTest(today=today, operator=operator, value=value):
                        self.assertEqual(
                            self.found(today, operator, value),
                            sorted(name for name, number in days.items() if compare(number, value)),
                        )

    def test_lists_of_days(self):
        self.assertEqual(self.found("2024-06-30", "in", [10, 90]), ["Bob", "Cid"])
        self.assertEqual(self.found("2024-06-30", "not in", [10, 90]), ["Ann"])

    def test_day_of_the_reader(self):
        with freeze_time("2024-06-30 20:00:00"):
            self.env.invalidate_all()
            standing = self.standing_of(self.scheme, self.ann)
            self.assertEqual(standing.with_context(tz="Asia/Shanghai").recency_days, 1)
            self.assertEqual(standing.with_context(tz="UTC").recency_days, 0)


@tagged("post_install", "-at_install")
class TestExplanation(StandingCase):
    def why(self, standing):
        return plain(standing.explanation)

    def test_figures_line_and_need(self):
        why = self.why(self.grade(ann=130, bob=60)[1])
        for part in ("60.00 €", "in 1 documents", "Silver: from 50.00 €", "40.00 € more", "Gold"):
            self.assertIn(part, why)

    def test_best_level_needs_nothing_more(self):
        self.assertNotIn("more in the period", self.why(self.grade(ann=130)[0]))

    def test_each_method(self):
        expected = {
            "pyramid": ([("A", 25), ("B", 75)], ["Rank 2", "50.0 %", "75 % of the customers"]),
            "abc": ([("A", 60), ("B", 40)], ["40 % of the value"]),
            "rfm": ([("A", 15), ("B", 0)], ["frequency 1", "points"]),
        }
        self.grade(ann=130, bob=60, cid=1, dan=1)
        for method, (levels, parts) in expected.items():
            scheme = self.make_scheme(method, levels)
            self.evaluate(scheme)
            why = self.why(self.standing_of(scheme, self.bob))
            for part in parts:
                self.assertIn(part, why, method)

    def test_quantity_has_no_currency(self):
        scheme = self.make_scheme("amount", [("A", 10), ("B", 1)], measure="quantity")
        why = self.why(self.grade(scheme, ann=130)[0])
        self.assertIn("9.00 more", why)
        self.assertNotIn("€", why.split("Level")[0])

    def test_without_level(self):
        scheme = self.make_scheme("amount", [("A", 200)])
        standing = self.grade(scheme, ann=130)[0]
        self.assertIn("below every line", self.why(standing))
        self.evaluate(scheme, "2026-06-30")
        self.assertIn("Nothing bought between", self.why(standing))

    def test_a_level_kept_for_now(self):
        """Nothing bought and still Gold: the figures and the level held do not contradict."""
        scheme = self.make_scheme("amount", [("Gold", 100)], decision="monthly", grace_decisions=3)
        standing = self.grade(scheme, ann=130)[0]
        self.assertNotIn("kept", self.why(standing))
        self.evaluate(scheme, "2024-07-31")
        self.evaluate(scheme, "2026-06-30")
        self.assertEqual((standing.tier_id.name, standing.earned_tier_id.name), ("Gold", False))
        self.assertIn("so no level by the figures.", self.why(standing))
        self.assertIn("Gold is kept for now: a level falls on decision days", self.why(standing))
        standing.hold_level("2099-12-31", "Contract")
        self.assertIn("Does not fall below Gold until 12/31/2099: Contract", self.why(standing))
        standing.lock_level(scheme.tier_ids, "2099-12-31", "Contract")
        why = self.why(standing)
        self.assertIn("Locked at Gold until 12/31/2099: Contract", why)
        self.assertNotIn("kept for now", why)
        self.assertNotIn("Does not fall", why)

    def test_a_rise_to_come(self):
        scheme = self.make_scheme("amount", [("Gold", 100)], decision="monthly", rise="decision")
        self.grade(scheme, bob=150)
        self.make_order(self.ann, 130)
        self.evaluate(scheme, "2024-07-10")
        standing = self.standing_of(scheme, self.ann)
        self.assertFalse(standing.tier_id)
        why = self.why(standing)
        self.assertIn("Gold: from 100.00 €.", why)
        self.assertIn("Rises to Gold on 07/31/2024.", why)
        self.assertNotIn("below every line", why)

    def test_kept_within_the_tolerance(self):
        scheme = self.make_scheme("amount", LEVELS, decision="monthly", hysteresis=20)
        standing = self.grade(scheme, ann=130)[0]
        self.insert_orders([(self.ann.id, -45, "2024-06-29")])
        self.evaluate(scheme, "2024-07-10")
        why = self.why(standing)
        self.assertIn("Silver: from 50.00 €.", why)
        self.assertIn("Gold is kept: the line for staying is reached.", why)

    def test_history_is_read_once(self):
        other = self.make_scheme("amount", LEVELS)
        self.grade(other, ann=130, bob=60)
        standings = self.Standing.concat(*self.grade())
        standings += self.standing_of(other, self.ann)
        calls = []
        model = type(self.env["customer.tier.history"])
        original = model.search
        self.patch(
            model,
            "search",
            lambda this, *args, **kwargs: calls.append(args) or original(this, *args, **kwargs),
        )
        for standing in standings:
            rows = standing.history_ids
            self.assertTrue(rows)
            self.assertEqual(
                (rows.scheme_id, rows.partner_id), (standing.scheme_id, standing.partner_id)
            )
        self.assertEqual(len(calls), 1)

    def test_exempt(self):
        standing = self.grade(ann=130)[0]
        self.ann.write({"tier_exempt": True, "tier_exempt_reason": "Our own shop"})
        self.assertIn("Exempt from grading: Our own shop", self.why(standing))

    def test_by_hand(self):
        manual = self.make_scheme("manual", [("A", 0), ("B", 0)])
        standing = self.Standing.create(
            {"scheme_id": manual.id, "partner_id": self.ann.id, "tier_id": manual.tier_ids[0].id}
        )
        self.assertIn("set by hand", self.why(standing))

    def test_names_are_escaped(self):
        self.scheme.tier_ids[0].name = "<b>Gold</b>"
        standing = self.grade(ann=130)[0]
        self.assertIn("&lt;b&gt;Gold", str(standing.explanation))
        self.assertNotIn("<b>Gold", str(standing.explanation))

    def test_for_the_account_manager(self):
        user = self.make_user("own")
        self.ann.user_id = user
        standing = self.grade(ann=130)[0]
        self.assertIn("130.00 €", self.why(standing.with_user(user)))

    def test_in_another_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        standing = self.grade(ann=130, bob=60)[1]
        why = self.why(standing.with_context(lang="zh_CN"))
        self.assertIn("60.00", why)
        self.assertNotIn("%(", why)


@tagged("post_install", "-at_install")
class TestDocumentsBehind(StandingCase):
    def documents(self, standing, previous=False):
        method = "action_view_documents_previous" if previous else "action_view_documents"
        action = getattr(standing, method)()
        return self.env[action["res_model"]].search(action["domain"]), action

    def test_exactly_what_was_counted(self):
        contact = self.make_partner("Contact", parent_id=self.ann.id, is_company=False)
        counted = self.env["sale.order"].union(
            self.make_order(self.ann, 1, "2023-07-01 00:00:00"),
            self.make_order(contact, 2, "2024-06-30 23:59:59"),
            self.make_order(self.ann, 4, "2024-01-01", user_id=self.make_user("own").id),
        )
        previous = self.make_order(self.ann, 8, "2023-06-30 23:59:59")
        self.make_order(self.ann, 16, "2024-07-01 00:00:00")
        self.make_order(self.ann, 32, "2024-01-01", state="draft")
        self.make_order(self.ann, 64, "2024-01-01", state="cancel")
        self.make_order(self.bob, 128, "2024-01-01")
        standing = self.grade()[0]
        found, action = self.documents(standing)
        self.assertEqual(found, counted)
        self.assertEqual(sum(found.mapped("amount_untaxed")), standing.amount)
        self.assertEqual(len(found), standing.document_count)
        self.assertFalse(action["context"]["create"])
        found, _action = self.documents(standing, previous=True)
        self.assertEqual(found, previous)
        self.assertEqual(standing.amount_previous, 8)

    def test_time_zone(self):
        self.scheme.tz = "America/New_York"
        inside = self.make_order(self.ann, 1, "2024-07-01 03:59:59")
        self.make_order(self.ann, 2, "2024-07-01 04:00:00")
        standing = self.grade()[0]
        self.assertEqual(self.documents(standing)[0], inside)
        self.assertEqual(standing.amount, 1)

    def test_invoices(self):
        self.make_books()
        self.scheme.source = "invoice"
        counted = self.env["account.move"].union(
            self.make_invoice(self.ann, 10, "2024-01-01"),
            self.make_invoice(self.ann, 3, "2024-06-30", "out_refund"),
            self.make_invoice(self.ann, 5, "2023-07-01", "out_receipt"),
        )
        self.make_invoice(self.ann, 10, "2024-07-01")
        self.make_invoice(self.ann, 10, "2024-01-01", post=False)
        standing = self.grade()[0]
        found, _action = self.documents(standing)
        self.assertEqual(found, counted)
        self.assertEqual(sum(found.mapped("amount_untaxed_signed")), standing.amount)

    def test_branches(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.env.user.company_ids += branch
        order = self.make_order(self.ann, 1, company_id=branch.id)
        standing = self.grade()[0]
        self.assertEqual(self.documents(standing)[0], order)

    def test_imported_months_are_opened_apart(self):
        self.scheme.history_until = "2024-03-31"
        self.make_order(self.ann, 1, "2024-03-31")
        after = self.make_order(self.ann, 2, "2024-04-01")
        month = self.env["customer.sales.history"].create(
            {
                "company_id": self.company.id,
                "partner_id": self.ann.id,
                "month": "2024-03-01",
                "amount": 4,
            }
        )
        standing = self.grade()[0]
        self.assertEqual(standing.amount, 6)
        self.assertEqual(self.documents(standing)[0], after)
        action = standing.action_view_imported()
        self.assertEqual(self.env["customer.sales.history"].search(action["domain"]), month)

    def test_day_of_the_last_evaluation(self):
        self.make_order(self.ann, 1)
        self.evaluate(self.scheme, date(2025, 1, 31))
        order = self.make_order(self.ann, 1, "2025-02-01")
        self.assertNotIn(order, self.documents(self.standing_of(self.scheme, self.ann))[0])
