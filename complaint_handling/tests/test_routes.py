"""Every route of ours is attacked; routes are found by themselves, so none is forgotten.

Whoever adds a route tells in ``ATTACKS`` how to fill it in. All routes are tried with another
customer's case, a wrong token, no token, no login, GET where only POST is allowed, and POST
without the token against forged requests. None of these may show or change anything.
"""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCase

ADDONS = ("customer_tiering", "customer_followup", "complaint_handling")
SECRET = "Lantern sparks"
#: ``{route: (sample of its arguments, values a form sends)}``; {case} and {token} are Ada's.
#: A route in ``OPEN`` names no record of anybody: everybody may open it.
ATTACKS = {
    "/customer-care/opt-out/<int:partner_id>/<string:token>": (
        {"partner_id": "partner", "token": "opt_out"},
        {},
    ),
    "/my/complaints": ({}, {}),
    "/my/complaints/page/<int:page>": ({"page": "one"}, {}),
    "/my/complaints/<int:case_id>": ({"case_id": "case"}, {}),
    "/my/complaints/<int:case_id>/answer": ({"case_id": "case"}, {"text": "Attack"}),
    "/my/complaints/<int:case_id>/not-solved": ({"case_id": "case"}, {"reason": "Attack"}),
    "/my/complaints/<int:case_id>/rate": (
        {"case_id": "case"},
        {"outcome": "1", "handling": "1", "note": "Attack"},
    ),
    "/my/complaints/new": ({}, {}),
    "/my/complaints/new/submit": ({}, {"subject": "Attack", "text": "Attack"}),
    "/complaint/confirm/<int:case_id>/<string:token>": (
        {"case_id": "unconfirmed", "token": "confirm"},
        {},
    ),
    "/complaint/solved/<int:case_id>/<string:token>": (
        {"case_id": "case", "token": "verdict"},
        {"answer": "no", "note": "Attack"},
    ),
    "/complaint/rating/<int:case_id>/<string:token>": (
        {"case_id": "case", "token": "rating"},
        {"outcome": "1", "handling": "1", "note": "Attack"},
    ),
    "/complaint": ({}, {}),
    "/complaint/<int:company_id>": ({"company_id": "company"}, {}),
    "/complaint/submit": ({}, {"name": "A", "email": "a@a.example", "subject": "A", "text": "A"}),
    "/complaint/<int:company_id>/submit": (
        {"company_id": "company"},
        {"name": "A", "email": "a@a.example", "subject": "A", "text": "A"},
    ),
}
WRONG = "0" * 64


def find_routes(env):
    """Return ``{route: (endpoint's routing)}`` of the addons of this suite."""
    return {
        rule.rule: rule.endpoint.routing
        for rule in env["ir.http"].routing_map().iter_rules()
        if is_ours(rule.endpoint)
    }


def is_ours(endpoint):
    """Say whether a route was written in one of our addons, also where it extends core's."""
    original = getattr(endpoint.func, "__func__", endpoint.func)
    original = getattr(original, "original_endpoint", original)
    return original.__module__.startswith(tuple(f"odoo.addons.{addon}." for addon in ADDONS))


@tagged("post_install", "-at_install")
class TestRoutes(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_public_form = True
        cls.routes = find_routes(cls.env)
        cls.unconfirmed = cls.make_case(
            name=f"{SECRET} too",
            partner_id=False,
            contact_id=False,
            email_from="eve@new.example",
            is_unconfirmed=True,
        )

    def setUp(self):
        super().setUp()
        self.solve(self.case)
        self.case._portal_ensure_token()
        self.before = self.snapshot()

    # ------------------------------------------------------------
    # What is attacked
    # ------------------------------------------------------------

    def get_arguments(self, route, wrong=False):
        """Return the arguments of a route filled with Ada's, its tokens wrong if asked."""
        arguments = {}
        for name, kind in ATTACKS[route][0].items():
            arguments[name] = WRONG if wrong and name == "token" else self.get_sample(kind)
        return arguments

    def get_sample(self, kind):
        if kind == "opt_out":
            return self.person._get_opt_out_token()
        if kind == "confirm":
            return self.unconfirmed._get_page_token(kind)
        if kind in ("verdict", "rating"):
            return self.case._get_page_token(kind)
        return {
            "one": 1,
            "case": self.case.id,
            "unconfirmed": self.unconfirmed.id,
            "partner": self.person.id,
            "company": self.company.id,
        }[kind]

    def fill(self, route, **kwargs):
        path = route
        for name, value in self.get_arguments(route, **kwargs).items():
            for converter in ("int", "string"):
                path = path.replace(f"<{converter}:{name}>", str(value))
        self.assertNotIn("<", path)
        return path

    def methods(self, route):
        return set(self.routes[route]["methods"] or ("GET", "POST"))

    def has_token(self, route):
        return "token" in ATTACKS[route][0]

    def names_a_case(self, route):
        return "case_id" in ATTACKS[route][0]

    def snapshot(self):
        """Return everything an attack could change."""
        self.env.flush_all()
        self.env.invalidate_all()
        cases = self.Case.search([("company_id", "=", self.company.id)], order="id")
        names = [
            name
            for name, field in cases._fields.items()
            if field.store and field.column_type and name != "write_date"
        ]
        return (
            cases.read(names, load=None),
            self.env["mail.message"].search_count([("model", "=", "complaint.case")]),
            self.env["ir.attachment"].search_count([("res_model", "=", "complaint.case")]),
            self.env["mail.blacklist"].search_count([]),
            self.env["rating.rating"].search_count([]),
            self.env["mail.mail"].search_count([]),
        )

    def check(self, response, route, attack):
        """Insist that an attack saw nothing and changed nothing."""
        self.assertNotIn(SECRET, response.text, f"{attack}: {route} shows it")
        self.assertEqual(self.snapshot(), self.before, f"{attack}: {route} changed something")

    # ------------------------------------------------------------
    # Attacks
    # ------------------------------------------------------------

    def test_each_route_of_ours_is_known_here(self):
        self.assertEqual(
            set(self.routes), set(ATTACKS), "Say in ATTACKS how a new route is filled in"
        )

    def test_routes_are_found(self):
        """The search itself must be able to find: core's routes are none of ours."""
        self.assertIn("/my/complaints", self.routes)
        self.assertNotIn("/my/home", self.routes)
        for routing in self.routes.values():
            self.assertEqual(routing["type"], "http")
            self.assertTrue(routing.get("csrf", True))
            self.assertIn(routing["auth"], ("user", "public"))
            self.assertTrue(routing["methods"], "say whether it reads or writes")

    @mute_logger("odoo.http")
    def test_get_where_only_post_is_allowed(self):
        self.go_as(self.ada)
        for route in self.routes:
            if "GET" not in self.methods(route):
                response = self.get(self.fill(route))
                self.assertEqual(response.status_code, 405, route)
                self.check(response, route, "GET for POST")

    def test_get_changes_nothing_for_its_own_customer(self):
        """Mail programs follow links."""
        self.go_as(self.ada)
        for route in self.routes:
            if "GET" in self.methods(route):
                values = "&".join(f"{key}={value}" for key, value in ATTACKS[route][1].items())
                self.get(f"{self.fill(route)}?{values}")
                self.assertEqual(self.snapshot(), self.before, route)

    @mute_logger("odoo.http")
    def test_post_without_csrf_token(self):
        self.go_as(self.ada)
        for route in self.routes:
            if "POST" in self.methods(route):
                values = {**ATTACKS[route][1], "csrf_token": ""}
                for forged in ("", "x" * 40):
                    response = self.post(self.fill(route), **{**values, "csrf_token": forged})
                    self.assertEqual(response.status_code, 400, route)
                    self.check(response, route, "no CSRF token")

    def attack(self, attack, routes, query="", **kwargs):
        for route in routes:
            path = self.fill(route, **kwargs) + query
            responses = []
            if "GET" in self.methods(route):
                responses.append(self.get(path))
            if "POST" in self.methods(route):
                responses.append(self.post(path, **ATTACKS[route][1]))
            for response in responses:
                self.assertIn(response.status_code, (200, 403, 404), f"{attack}: {path}")
                if response.status_code == 200:
                    self.assertIn("/web/login", response.url, f"{attack}: {path}")
                self.check(response, route, attack)

    @mute_logger("odoo.http")
    def test_another_customer(self):
        guarded = [
            route for route in self.routes if self.names_a_case(route) and not self.has_token(route)
        ]
        self.assertTrue(guarded)
        for user in (self.cyd, self.bea):
            self.go_as(user)
            for query in ("", "?access_token=", f"?access_token={WRONG}"):
                self.attack("another customer", guarded, query)

    @mute_logger("odoo.http")
    def test_lists_of_another_customer_show_nothing(self):
        self.go_as(self.cyd)
        for route in self.routes:
            if not ATTACKS[route][0] and "GET" in self.methods(route):
                self.check(self.get(self.fill(route)), route, "list of another customer")

    @mute_logger("odoo.http")
    def test_no_login(self):
        self.go_as(None)
        guarded = [
            route
            for route, routing in self.routes.items()
            if routing["auth"] == "user" or self.names_a_case(route) and not self.has_token(route)
        ]
        for query in ("", f"?access_token={WRONG}"):
            self.attack("no login", guarded, query)

    @mute_logger("odoo.http")
    def test_wrong_token(self):
        guarded = [route for route in self.routes if self.has_token(route)]
        self.assertTrue(guarded)
        for user in (None, self.cyd):
            self.go_as(user)
            self.attack("wrong token", guarded, wrong=True)

    @mute_logger("odoo.http")
    def test_token_of_another_page_or_record(self):
        """Each token opens one page of one record."""
        self.go_as(None)
        other = self.make_case()
        self.before = self.snapshot()
        foreign = [
            self.person._get_opt_out_token(),
            self.case.access_token,
            *(each._get_page_token(page) for each in other for page in ("verdict", "rating")),
            *(self.case._get_page_token(page) for page in ("verdict", "rating", "confirm")),
        ]
        for route in self.routes:
            if not self.has_token(route):
                continue
            right = self.get_sample(ATTACKS[route][0]["token"])
            for token in foreign:
                path = self.fill(route).replace(right, token)
                if token != right and path != self.fill(route):
                    response = self.get(path)
                    self.assertEqual(response.status_code, 404, path)
                    self.check(response, route, "foreign token")

    def test_the_right_customer_gets_in(self):
        """What is refused above is refused for the attack, not because nothing works."""
        self.go_as(self.ada)
        for route in self.routes:
            if self.names_a_case(route) and "GET" in self.methods(route):
                self.assertEqual(self.get(self.fill(route)).status_code, 200, route)
        self.assertIn(SECRET, self.get(f"/my/complaints/{self.case.id}").text)
