"""Line of command without an employee file."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import AS_OF, TieringCase


@tagged("post_install", "-at_install")
class TestLineOfCommand(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chief = cls.make_user("team")
        cls.leader = cls.make_user("team", care_manager_id=cls.chief.id)
        cls.seller = cls.make_user("own", care_manager_id=cls.leader.id)

    def test_path(self):
        self.assertEqual(self.chief.care_path, f"/{self.chief.id}/")
        self.assertEqual(
            self.seller.care_path, f"/{self.chief.id}/{self.leader.id}/{self.seller.id}/"
        )

    def test_path_follows_changes_above(self):
        top = self.make_user("team")
        self.chief.care_manager_id = top
        self.assertTrue(self.seller.care_path.startswith(f"/{top.id}/{self.chief.id}/"))
        self.leader.care_manager_id = False
        self.assertEqual(self.seller.care_path, f"/{self.leader.id}/{self.seller.id}/")

    def test_managers_nearest_first(self):
        self.assertEqual(self.seller._get_care_managers().ids, [self.leader.id, self.chief.id])
        self.assertFalse(self.chief._get_care_managers())

    def test_cycle_is_refused(self):
        with self.assertRaises(ValidationError):
            self.chief.care_manager_id = self.seller
        with self.assertRaises(ValidationError):
            self.chief.care_manager_id = self.chief

    def test_default_is_the_leader_of_the_sales_team(self):
        team = self.env["crm.team"].create({"name": "North", "user_id": self.leader.id})
        member = self.make_user("own")
        self.assertFalse(member.care_manager_id)
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": member.id})
        self.assertEqual(member.care_manager_id, self.leader)
        self.assertEqual(member.care_path, f"/{self.chief.id}/{self.leader.id}/{member.id}/")
        team.user_id = self.chief
        self.assertEqual(member.care_manager_id, self.chief)

    def test_leader_does_not_report_to_himself(self):
        team = self.env["crm.team"].create({"name": "North", "user_id": self.chief.id})
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": self.chief.id})
        self.assertFalse(self.chief.care_manager_id)

    def test_two_leaders_who_sell_in_each_others_team(self):
        first, second = self.make_user("team"), self.make_user("team")
        teams = self.env["crm.team"].create(
            [{"name": "North", "user_id": first.id}, {"name": "South", "user_id": second.id}]
        )
        members = self.env["crm.team.member"]
        members.create({"crm_team_id": teams[1].id, "user_id": first.id})
        members.create({"crm_team_id": teams[0].id, "user_id": second.id})
        self.env.flush_all()
        self.assertFalse((first | second)._has_cycle("care_manager_id"))
        self.assertTrue(first.care_path and second.care_path)

    def test_manager_set_by_hand_stays(self):
        team = self.env["crm.team"].create({"name": "North", "user_id": self.leader.id})
        member = self.make_user("own")
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": member.id})
        member.care_manager_id = self.chief
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(member.care_manager_id, self.chief)

    def test_is_seen_by_who_works_with_customers(self):
        employee = self.make_user(None)
        with self.assertRaises(AccessError):
            self.seller.with_user(employee).read(["care_manager_id"])
        self.assertEqual(self.seller.with_user(self.chief).care_manager_id, self.leader)

    def test_user_form(self):
        with Form(self.seller, view="base.view_users_form") as form:
            form.care_manager_id = self.chief
        self.assertEqual(self.seller.care_path, f"/{self.chief.id}/{self.seller.id}/")


@tagged("post_install", "-at_install")
class TestTeamRule(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", [("All", None)]))
        cls.chief = cls.make_user("team")
        cls.leader = cls.make_user("team", care_manager_id=cls.chief.id)
        cls.seller = cls.make_user("own", care_manager_id=cls.leader.id)
        partner = cls.make_partner("Ann", user_id=cls.seller.id)
        cls.make_order(partner, 1)
        cls.scheme.evaluate(AS_OF)

    def count(self, user):
        return self.Standing.with_user(user).search_count([("scheme_id", "=", self.scheme.id)])

    def test_along_the_whole_line(self):
        self.assertEqual([self.count(u) for u in (self.chief, self.leader, self.seller)], [1, 1, 1])

    def test_follows_a_change_at_once(self):
        other = self.make_user("team")
        self.assertEqual(self.count(other), 0)
        self.leader.care_manager_id = other
        self.assertEqual((self.count(other), self.count(self.chief)), (1, 0))
        self.seller.care_manager_id = self.chief
        counts = [self.count(user) for user in (other, self.leader, self.chief)]
        self.assertEqual(counts, [0, 0, 1])

    def test_similar_ids_are_not_mixed_up(self):
        """/1/ does not contain /12/: the path ends with a slash."""
        self.assertTrue(self.seller.care_path.endswith("/"))
        self.assertTrue(self.seller.care_path.startswith("/"))

    def test_leader_without_any_report_sees_own_customers_only(self):
        stranger = self.make_user("team")
        self.assertEqual(self.count(stranger), 0)
