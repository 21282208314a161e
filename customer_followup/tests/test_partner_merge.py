"""Merging customers loses nothing of their follow-ups and of what is known of them."""

from freezegun import freeze_time
from odoo.fields import Command
from odoo.tests import tagged

from .common import FollowupCase


@tagged("post_install", "-at_install")
class TestMerge(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2024-07-01 02:00:00"))
        cls.kept = cls.make_customer("Kept")
        cls.gone = cls.make_customer("Gone", user=cls.tom)
        cls.line = cls.make_cadence([("call", 1, "month")]).line_ids

    def merge(self):
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [Command.set((self.kept | self.gone).ids)],
                "dst_partner_id": self.kept.id,
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertFalse(self.gone.exists())

    def planned(self, partner, day, **vals):
        return self.make_touch(
            partner,
            day,
            cadence_line_id=self.line.id,
            kind=self.line.kind,
            origin="cadence",
            **vals,
        )

    def test_one_open_follow_up_remains(self):
        late, early = self.planned(self.kept, "2024-07-10"), self.planned(self.gone, "2024-07-05")
        self.merge()
        self.assertEqual((late | early).partner_id, self.kept)
        self.assertEqual((early.state, late.state), ("planned", "cancelled"))
        self.assertEqual(late.satisfied_by_id, early)

    def test_both_appointments_stay(self):
        touches = self.planned(self.kept, "2024-07-10", is_appointment=True)
        touches |= self.planned(self.gone, "2024-07-05", is_appointment=True)
        self.merge()
        self.assertEqual(touches.mapped("state"), ["planned", "planned"])

    def test_the_remaining_customers_own_rhythm_holds(self):
        values = {"kind": "call", "company_id": self.company.id}
        rhythms = self.env["followup.cadence.override"].create(
            [
                {**values, "partner_id": self.kept.id, "interval": 2, "reason": "theirs"},
                {**values, "partner_id": self.gone.id, "interval": 3, "reason": "wanted less"},
                {**values, "partner_id": self.gone.id, "kind": "visit", "reason": "far away"},
            ]
        )
        self.merge()
        self.assertEqual(
            sorted(rhythms.exists().mapped(lambda row: (row.partner_id.id, row.reason))),
            [(self.kept.id, "far away"), (self.kept.id, "theirs")],
        )
        self.assertIn("wanted less", "".join(rhythms[0].message_ids.mapped("body")))

    def test_profiles_become_one_and_lose_nothing(self):
        self.kept.write({"care_interests": "Chess", "care_notes": "Old friend"})
        self.gone.write({"care_interests": "Tea", "care_wechat": "gone1", "care_role": "uses"})
        self.merge()
        profile = self.kept.care_profile_ids
        self.assertEqual(
            (profile.care_interests, profile.care_wechat, profile.care_role),
            ("Chess", "gone1", "uses"),
        )
        self.assertEqual(profile.care_notes, "Old friend\nInterests: Tea")
        self.assertEqual(profile.user_id, self.anna)

    def test_the_merged_ones_knowledge_gets_a_new_reader(self):
        self.gone.care_wechat = "gone1"
        question = self.env.ref("customer_followup.followup_question_plans")
        answer = self.env["followup.answer"].create(
            {"partner_id": self.gone.id, "question_id": question.id, "value_text": "Grow"}
        )
        self.merge()
        self.assertEqual(self.kept.care_wechat, "gone1")
        self.assertEqual((answer.partner_id, answer.user_id), (self.kept, self.anna))
        self.assertEqual(answer.customer_id, self.kept)
        self.assertEqual(self.kept.with_user(self.anna).care_wechat, "gone1")

    def test_promises_move(self):
        promise = self.env["followup.promise"].create(
            {"name": "x", "partner_id": self.gone.id, "date_due": "2024-07-05"}
        )
        self.merge()
        self.assertEqual(promise.partner_id, self.kept)
