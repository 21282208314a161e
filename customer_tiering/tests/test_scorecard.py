"""Letters, criteria and the matrix: what a scorecard says."""

from datetime import date
from fractions import Fraction
from itertools import product

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from odoo.addons.customer_tiering.models import scorecard

from .common import TieringCase

#: The 27 combinations written out by hand: one block per potential, one row per
#: possibility, one character per foundation; S G C P are the first letters of the levels.
EXPECTED = {
    "A": ("SGG", "PPP", "PPP"),
    "B": ("SGG", "CCP", "PPP"),
    "C": ("CCP", "CCP", "PPP"),
}
CODES = {"S": "STRONGHOLD", "G": "GOLDMINE", "C": "CHICKEN_RIB", "P": "PAUSE"}
DIMENSIONS = ("possibility", "foundation", "potential")


def expected_code(possibility, foundation, potential):
    place = {"A": 0, "B": 1, "C": 2}
    return CODES[EXPECTED[potential][place[possibility]][place[foundation]]]


class ScorecardCase(TieringCase):
    """A matrix beside the shipped levels; it is the third quarter of 2024."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Assessment = cls.env["customer.assessment"]
        cls.leader = cls.make_user("team")
        cls.anna = cls.make_user("own", care_manager_id=cls.leader.id)
        cls.ben = cls.make_user("own", care_manager_id=cls.leader.id)
        cls.manager = cls.make_user("manager")
        cls.matrix = cls.make_matrix()
        cls.partner = cls.make_partner("Acme", user_id=cls.anna.id)

    def setUp(self):
        super().setUp()
        clock = freeze_time("2024-08-15 12:00:00")
        clock.start()
        self.addCleanup(clock.stop)

    @classmethod
    def make_matrix(cls, company=None, **vals):
        company = company or cls.company
        return cls.Scheme.create(
            {
                "name": "Scorecard",
                "company_id": company.id,
                "tz": "UTC",
                "method": "matrix",
                "tier_ids": [
                    Command.create(level) for level in cls.Scheme._default_matrix_levels()
                ],
                **vals,
            }
        )

    @classmethod
    def judge(cls, partner, letters="", period="2024-07-01", state=None, **vals):
        """Create a scorecard from letters like "ABC", with a state set past the workflow."""
        letters = dict(zip(DIMENSIONS, letters, strict=False))
        if state:
            vals = {"state": state, "approve_date": f"{period} 12:00:00", **vals}
        row = cls.env["customer.assessment"].create(
            {"company_id": cls.company.id, "partner_id": partner.id, "period": period, **letters}
        )
        if vals:
            row.sudo().write(vals)
        return row

    def letters_of(self, row):
        return "".join(row[name] or "-" for name in DIMENSIONS)


@tagged("post_install", "-at_install")
class TestArithmetic(TransactionCase):
    def levels(self, *rows):
        return [
            {
                "name": name,
                "catch_all": letters is None,
                **{
                    f"{dimension}_letters": value
                    for dimension, value in zip(DIMENSIONS, letters or ("", "", ""), strict=True)
                },
            }
            for name, letters in rows
        ]

    def test_quarters(self):
        for month in range(1, 13):
            first = scorecard.quarter_start(date(2024, month, 28))
            self.assertEqual(first, date(2024, {0: 1, 1: 4, 2: 7, 3: 10}[(month - 1) // 3], 1))

    def test_letters_are_written_in_one_way(self):
        for text, expected in (
            ("ba", "AB"),
            ("C / a", "AC"),
            ("A、B", "AB"),
            ("A和C", "AC"),
            ("aab", "AB"),
            ("AD", "AD"),
            ("", ""),
            (False, ""),
        ):
            self.assertEqual(scorecard.normalize_letters(text), expected)

    def test_first_row_that_fits(self):
        cells = scorecard.matrix_cells(
            self.levels(("one", ("A", "ABC", "ABC")), ("two", ("AB", "A", "A")), ("rest", None))
        )
        self.assertEqual(cells[("A", "A", "A")], 0)
        self.assertEqual(cells[("B", "A", "A")], 1)
        self.assertEqual(cells[("B", "B", "A")], 2)
        self.assertEqual(len(cells), 27)

    def test_problems(self):
        def codes(*rows):
            return [code for code, _values in scorecard.matrix_problems(self.levels(*rows))]

        everything = ("ABC", "ABC", "ABC")
        self.assertEqual(codes(("all", everything)), [])
        self.assertEqual(codes(("all", None)), [])
        self.assertEqual(codes(("one", ("A", "", "A")), ("rest", None)), ["letters_wrong"])
        self.assertEqual(codes(("one", ("A", "AD", "A")), ("rest", None)), ["letters_wrong"])
        self.assertEqual(codes(("rest", None), ("one", everything)), ["catch_all_not_last"])
        self.assertEqual(codes(("one", ("A", "A", "A"))), ["cell_missing"])
        self.assertEqual(codes(("one", everything), ("rest", None)), ["never_reached"])
        self.assertEqual(
            codes(("one", ("AB", "A", "A")), ("two", ("B", "A", "A")), ("rest", None)),
            ["never_reached"],
        )

    def test_missing_cells_are_counted(self):
        [(_code, values)] = scorecard.matrix_problems(self.levels(("one", ("ABC", "ABC", "AB"))))
        self.assertEqual(
            values, {"possibility": "A", "foundation": "A", "potential": "C", "others": 8}
        )

    def test_mean_is_exact(self):
        self.assertIsNone(scorecard.mean_score([]))
        self.assertEqual(scorecard.mean_score([(3, 5), (2, 2), (1, 1)]), Fraction(20, 6))

    def test_letter_boundaries(self):
        for mean, letter in (
            (Fraction(5), "A"),
            (Fraction(4), "A"),
            (Fraction(399999, 100000), "B"),
            (Fraction(5, 2), "B"),
            (Fraction(249999, 100000), "C"),
            (Fraction(1), "C"),
        ):
            self.assertEqual(scorecard.letter_of(mean, 4.0, 2.5), letter, mean)
        # 3.3 is three and three tenths, not the float beside it
        self.assertEqual(scorecard.letter_of(Fraction(33, 10), 3.3, 2), "A")


@tagged("post_install", "-at_install")
class TestMatrix(ScorecardCase):
    def test_all_27_combinations(self):
        cells = self.matrix._get_cells()
        self.assertEqual(len(cells), 27)
        for cell in product("ABC", repeat=3):
            self.assertEqual(cells[cell].code, expected_code(*cell), cell)

    def test_all_27_as_graded_by_the_engine(self):
        expected = {}
        for cell in product("ABC", repeat=3):
            name = "".join(cell)
            self.judge(self.make_partner(name), cell, state="approved")
            expected[name] = expected_code(*cell)
        names = {tier.name: tier.code for tier in self.matrix.tier_ids}
        found = self.earned_in(self.matrix, date(2024, 8, 15))
        self.assertEqual({name: names[level] for name, level in found.items()}, expected)

    def test_category_of_a_row(self):
        row = self.judge(self.partner, "AAB")
        self.assertEqual(row.tier_id.code, "STRONGHOLD")
        row.foundation = "C"
        self.assertEqual(row.tier_id.code, "GOLDMINE")
        row.potential = False
        self.assertFalse(row.tier_id)

    def test_categories_follow_the_matrix(self):
        row = self.judge(self.partner, "BAA", state="approved")
        self.assertEqual(row.tier_id.code, "PAUSE")
        rib = self.matrix.tier_ids.filtered(lambda tier: tier.code == "CHICKEN_RIB")
        rib.potential_letters = "ABC"
        self.assertEqual(row.tier_id, rib)
        first = self.matrix.tier_ids[0]
        everything = dict.fromkeys(self.names(), "ABC")
        self.matrix.tier_ids = [
            *(Command.delete(tier.id) for tier in self.matrix.tier_ids - first),
            Command.update(first.id, everything),
        ]
        self.assertEqual(row.tier_id, first)

    def test_without_matrix_no_category(self):
        row = self.judge(self.partner, "AAA")
        self.assertTrue(row.tier_id)
        self.matrix.active = False
        self.assertFalse(row.tier_id)
        self.matrix.active = True
        self.assertTrue(row.tier_id)
        self.matrix.unlink()
        self.assertFalse(row.tier_id)

    def test_operative_matrix_goes_first(self):
        row = self.judge(self.partner, "AAA")
        other = self.make_matrix(sequence=99)
        self.assertEqual(row.tier_id.scheme_id, self.matrix)
        self.make_operative(other)
        self.assertEqual(row.tier_id.scheme_id, other)

    def test_branch_takes_the_matrix_above(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.assertEqual(self.Scheme._get_matrix(branch), self.matrix)
        own = self.make_matrix(branch)
        self.assertEqual(self.Scheme._get_matrix(branch), own)
        self.assertEqual(self.Scheme._get_matrix(self.company), self.matrix)

    def test_bad_matrix_is_refused_with_the_reason(self):
        first, last = self.matrix.tier_ids[0], self.matrix.tier_ids[-1]
        for tier, vals, sentence in (
            (first, {"potential_letters": "AX"}, "needs letters"),
            (last, {"catch_all": False, **dict.fromkeys(self.names(), "A")}, "No level takes"),
            (first, dict.fromkeys(self.names(), "ABC"), "No combination leads"),
            (first, {"catch_all": True}, "is not the last level"),
        ):
            with (
                self.subTest(sentence=sentence),
                self.assertRaisesRegex(ValidationError, sentence),
                self.env.cr.savepoint(),
            ):
                tier.write(vals)

    def names(self):
        return [f"{dimension}_letters" for dimension in DIMENSIONS]

    def test_letters_are_normalized_on_saving(self):
        self.matrix.tier_ids[0].potential_letters = "b, a"
        self.assertEqual(self.matrix.tier_ids[0].potential_letters, "AB")

    def test_a_new_row_is_a_new_revision(self):
        number = self.matrix.revision_count
        self.matrix.tier_ids[2].potential_letters = "ABC"
        self.matrix.invalidate_recordset()
        self.assertEqual(self.matrix.revision_count, number + 1)
        self.assertIn(
            "Chicken Rib: possibility A/B, foundation A/B, potential A/B/C",
            self.matrix.revision_ids[0].summary,
        )
        self.assertIn("Pause: takes the rest", self.matrix.revision_ids[0].summary)

    def test_form_starts_with_the_shipped_levels_and_shows_the_cells(self):
        schemes = self.Scheme.with_user(self.manager)
        with Form(schemes.with_context(default_company_id=self.company.id)) as form:
            form.name = "By letters"
            with form.tier_ids.new() as line:
                line.name = line.code = "X"
            form.tier_ids.remove(0)
            form.method = "matrix"
            self.assertEqual(str(form.matrix_html).count("Stronghold"), 2)
            self.assertEqual(str(form.matrix_html).count("Chicken Rib"), 6)
        scheme = form.record
        self.assertEqual(
            scheme.tier_ids.mapped("code"), ["STRONGHOLD", "GOLDMINE", "CHICKEN_RIB", "PAUSE"]
        )
        self.assertEqual(scheme.tier_ids.mapped("service_class"), ["key", "key", "basic", "basic"])

    def test_thresholds_must_fall(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.matrix.letter_b_from = 4.5
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestLetters(ScorecardCase):
    def test_begins_with_the_letters_before(self):
        self.judge(self.partner, "ABC", "2024-01-01", state="approved")
        self.judge(self.partner, "CCC", "2024-04-01")
        row = self.judge(self.partner)
        self.assertEqual(self.letters_of(row), "ABC", "a draft is not yet a judgement")
        self.assertFalse(row.changed)
        self.assertEqual(row.difference_count, 0)
        self.assertEqual(row.previous_tier_id.code, "CHICKEN_RIB")

    def test_given_letters_win(self):
        self.judge(self.partner, "ABC", "2024-01-01", state="approved")
        row = self.judge(self.partner, "C")
        self.assertEqual(self.letters_of(row), "CBC")
        self.assertTrue(row.changed)
        self.assertEqual(row.change_summary, "Possibility A → C")

    def test_first_scorecard_differs(self):
        row = self.judge(self.partner, "AAA")
        self.assertTrue(row.changed)
        self.assertFalse(row.potential_rises)
        self.assertEqual(row.change_summary, "First scorecard")

    def test_potential_rises(self):
        for before, now, rises in (
            ("C", "B", True),
            ("C", "A", True),
            ("B", "A", True),
            ("A", "A", False),
            ("A", "B", False),
            ("B", "C", False),
        ):
            with self.subTest(before=before, now=now):
                partner = self.make_partner()
                self.judge(partner, "AA" + before, "2024-04-01", state="approved")
                self.assertEqual(self.judge(partner, "AA" + now).potential_rises, rises)

    def test_compares_with_the_last_approved_one(self):
        row = self.judge(self.partner, "AAB")
        self.judge(self.partner, "AAC", "2023-10-01", state="approved")
        late = self.judge(self.partner, "AAB", "2024-04-01")
        row._refresh_following()
        late.sudo().write({"state": "approved"})
        late._refresh_following()
        self.assertEqual(row.previous_id, late)
        self.assertFalse(row.changed)

    def test_any_day_of_the_quarter(self):
        row = self.judge(self.partner, "AAA", "2024-09-30")
        self.assertEqual(row.period, date(2024, 7, 1))
        self.assertEqual(row.period_name, "Q3 2024")
        self.assertEqual(row.display_name, "Acme, Q3 2024")
        self.assertEqual(self.Assessment.new({}).period, date(2024, 7, 1))

    def test_one_row_per_customer_and_quarter(self):
        self.judge(self.partner, "AAA")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.judge(self.partner, "BBB", "2024-08-01")

    def test_contacts_are_judged_through_their_company(self):
        contact = self.make_partner("Contact", is_company=False, parent_id=self.partner.id)
        with self.assertRaisesRegex(ValidationError, "is a contact of Acme"):
            self.judge(contact, "AAA")

    def test_account_manager_follows_the_customer(self):
        row = self.judge(self.partner, "AAA")
        self.assertEqual(row.user_id, self.anna)
        self.partner.user_id = self.ben
        self.assertEqual(row.user_id, self.ben)


@tagged("post_install", "-at_install")
class TestCriteria(ScorecardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        criteria = cls.env["customer.assessment.criterion"]
        criteria.search([]).active = False
        cls.need, cls.access, cls.demand = criteria.create(
            [
                {"name": "Need", "dimension": "possibility", "weight": 3, "sequence": 1},
                {"name": "Access", "dimension": "possibility", "weight": 1, "sequence": 2},
                {"name": "Demand", "dimension": "potential", "weight": 1},
            ]
        )

    def open_row(self, letters="CCC", **kwargs):
        row = self.judge(self.partner, letters, **kwargs)
        row = row.with_user(self.anna)
        row.action_open()
        return row

    def answer(self, row, **scores):
        for answer in row._get_answers():
            if score := scores.get(answer.criterion_id.name.lower()):
                answer.score = score

    def test_shipped_criteria(self):
        shipped = self.env["customer.assessment.criterion"].with_context(active_test=False)
        counts = dict(shipped._read_group([], ["dimension"], ["__count"]))
        for dimension in DIMENSIONS:
            self.assertGreaterEqual(counts[dimension], 3)

    def test_opening_shows_them_and_changes_nothing(self):
        row = self.open_row("BCA")
        self.assertEqual(len(row.possibility_answer_ids), 2)
        self.assertEqual(len(row.potential_answer_ids), 1)
        self.assertEqual(self.letters_of(row), "BCA")
        row.action_open()
        self.assertEqual(len(row._get_answers()), 3)

    def test_not_opened_has_none(self):
        self.assertFalse(self.judge(self.partner, "AAA")._get_answers())

    def test_letter_follows_when_all_are_answered(self):
        row = self.open_row()
        self.answer(row, need="5")
        self.assertEqual(row.possibility, "C", "one is still unanswered")
        self.answer(row, access="1")
        self.assertEqual(row.possibility, "A", "(3·5 + 1) ⁄ 4 = 4")
        self.assertEqual(self.letters_of(row), "ACC", "the other dimensions stay")
        self.answer(row, need="4")
        self.assertEqual(row.possibility, "B", "3.25")
        self.answer(row, need="3", access="1")
        self.assertEqual(row.possibility, "B", "2.5")
        self.answer(row, need="2", access="3")
        self.assertEqual(row.possibility, "C", "2.25")

    def test_thresholds_of_the_scheme(self):
        self.matrix.write({"letter_a_from": 4.1, "letter_b_from": 4})
        row = self.open_row()
        self.answer(row, need="5", access="1")
        self.assertEqual(row.possibility, "B")

    def test_a_letter_set_afterwards_stays(self):
        row = self.open_row()
        self.answer(row, need="5", access="5")
        row.possibility = "C"
        self.answer(row, demand="5")
        self.assertEqual(self.letters_of(row), "CCA")
        self.assertEqual(row.possibility_hint, "5.00 of 5 would be A; set by hand")
        self.assertEqual(row.potential_hint, "5.00 of 5 is A")

    def test_form_shows_the_letter_at_once(self):
        row = self.open_row()
        with Form(row) as form:
            for index, score in ((0, "5"), (1, "4")):
                with form.possibility_answer_ids.edit(index) as line:
                    line.score = score
            self.assertEqual(form.possibility, "A")
            self.assertEqual(form.foundation, "C")
        self.assertEqual(row.possibility, "A")
        with Form(row) as form:
            with form.possibility_answer_ids.edit(0) as line:
                line.score = "1"
            self.assertEqual(form.possibility, "C")
            form.possibility = "B"
        self.assertEqual(row.possibility, "B", "what was set on the same screen wins")

    def test_last_answers_are_copied(self):
        before = self.judge(self.partner, "CCC", "2024-04-01")
        before.action_open()
        self.answer(before, need="4", demand="2")
        before.sudo().write({"state": "approved", "approve_date": "2024-04-10 12:00:00"})
        row = self.open_row("")
        scores = {answer.criterion_id: answer.score for answer in row._get_answers()}
        self.assertEqual(scores, {self.need: "4", self.access: "0", self.demand: "2"})

    def test_archived_criterion_does_not_count(self):
        row = self.open_row()
        self.access.active = False
        self.answer(row, need="5")
        self.assertEqual(row.possibility, "A")

    def test_answers_are_closed_with_their_scorecard(self):
        row = self.open_row()
        row.action_confirm()
        with self.assertRaisesRegex(UserError, "waits for approval"):
            row._get_answers()[0].score = "5"
        with self.assertRaisesRegex(UserError, "waits for approval"):
            row._get_answers().unlink()

    def test_weights_are_positive(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.need.weight = 0
            self.env.flush_all()

    def test_criteria_of_another_company_do_not_count(self):
        other = self.make_company("Other")
        criterion = self.env["customer.assessment.criterion"].create(
            {"name": "Foreign", "dimension": "foundation", "company_id": other.id}
        )
        row = self.open_row()
        self.assertFalse(row.foundation_answer_ids)
        with self.assertRaisesRegex(ValidationError, "not of the company"):
            self.env["customer.assessment.answer"].create(
                {"assessment_id": row.id, "criterion_id": criterion.id}
            )


@tagged("post_install", "-at_install")
class TestScorecardImport(ScorecardCase):
    def load(self, user, *rows):
        fields = ["partner_id", "period", *DIMENSIONS, "note"]
        model = self.Assessment.with_user(user).with_context(import_file=True)
        result = model.load(fields, [list(row) for row in rows])
        self.assertFalse(
            [message for message in result["messages"] if message["type"] != "info"], result
        )
        return self.Assessment.browse(result["ids"])

    def test_letters_by_file(self):
        other = self.make_partner("Beta", user_id=self.anna.id)
        known = self.judge(other, "CCC")
        rows = self.load(
            self.anna,
            ("Acme", "2024-08-20", "A", "B", "C", "new plant"),
            ("Beta", "2024-07-01", "B", "B", "B", ""),
        )
        self.assertEqual(rows.mapped("partner_id"), self.partner | other)
        self.assertEqual(rows[1], known, "what is there is taken over")
        self.assertEqual([self.letters_of(row) for row in rows], ["ABC", "BBB"])
        self.assertEqual(rows[0].note, "new plant")
        self.assertEqual(set(rows.mapped("state")), {"draft"})

    def test_approved_ones_are_not_overwritten(self):
        self.judge(self.partner, "CCC", state="approved")
        fields = ["partner_id", "period", *DIMENSIONS]
        model = self.Assessment.with_user(self.anna).with_context(import_file=True)
        result = model.load(fields, [["Acme", "2024-07-01", "A", "A", "A"]])
        self.assertFalse(result["ids"])
        self.assertIn("is approved", result["messages"][0]["message"])

    def test_template(self):
        [template] = self.Assessment.get_import_templates()
        self.assertTrue(template["template"].endswith("scorecard.csv"))

    def test_exported_rows_can_be_read_again(self):
        row = self.judge(self.partner, "ABC")
        data = row.export_data(["partner_id", "period", *DIMENSIONS])["datas"]
        self.assertEqual(data[0][0], "Acme")
        self.assertEqual(data[0][2:], ["A", "B", "C"])
