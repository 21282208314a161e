"""One walk over all models of ours: rights, company rules, indexes, screens, names.

Models and fields are found through the registry, so those of later addons are walked too.
Each check is a function that returns complaints, and has a planted case that it must find.
"""

import ast
from types import SimpleNamespace

from odoo.tests import TransactionCase, tagged

from tests.common import ADDONS

#: models of core on which every field of ours must say who may read it
GUARDED_MODELS = ("res.partner", "res.users", "sale.order")
#: what a report, which has rows but no records, shows instead of a form
REPORT_VIEWS = ("pivot", "graph", "list", "search")
#: fields that mixins of core bring along; they are indexed where core needs it
CORE_FIELDS = {"create_uid", "write_uid"}


def own_models(env):
    """Return our persistent, transient and abstract models, as {name: model}."""
    return {
        name: env[name] for name in sorted(env.registry) if env[name]._original_module in ADDONS
    }


def without_description(model):
    if model._description and model._description != model._name:
        return []
    return [f"{model._name} has no _description"]


def access_problems(model, rows):
    """Rows of ir.model.access of a model: at least one, none without a group."""
    if model._abstract:
        return []
    if not rows:
        return [f"{model._name} has no access row"]
    return [f"{row.name}: access row without a group" for row in rows if not row.group_id]


def company_rule_problems(model, rules):
    """A model with a company has a rule for everybody that looks at the company."""
    company = model._fields.get("company_id")
    if model._abstract or model._transient or not company or not company.store:
        return []
    for rule in rules:
        if rule.active and rule["global"] and rule.perm_read and "company_id" in rule.domain_force:
            return []
    return [f"{model._name} has a company but no company rule for everybody"]


def index_problems(model, leading_columns):
    """Every stored Many2one is the leading column of an index (W5)."""
    if model._abstract or model._transient or not model._auto:
        return []
    return [
        f"{model._name}.{name} has no index"
        for name, field in model._fields.items()
        if field.type == "many2one"
        and field.store
        and not field.company_dependent
        and field.column_type
        and name not in CORE_FIELDS
        and name not in leading_columns
    ]


def screen_problems(model_name, view_types, help_text, needed=("form", "list", "search")):
    """A model behind a menu has the views it needs and a hint when empty."""
    problems = [
        f"{model_name} has a menu but no {view_type} view"
        for view_type in needed
        if view_type not in view_types
    ]
    if not help_text:
        problems.append(f"{model_name} has a menu but no hint when the list is empty")
    return problems


def group_problems(model_name, fields):
    """Fields of ours on a model of core: everybody may read what names no group."""
    return [f"{model_name}.{field.name} has no groups" for field in fields if not field.groups]


@tagged("post_install", "-at_install")
class TestModelsWalk(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = own_models(cls.env)
        cls.installed = set(
            cls.env["ir.module.module"]
            .search([("state", "=", "installed"), ("name", "in", ADDONS)])
            .mapped("name")
        )

    def assertClean(self, problems):
        self.assertFalse(problems, "\n".join(["", *problems]))

    def rows_of(self, model_name, of_model):
        return self.env[of_model].search([("model_id.model", "=", model_name)])

    def leading_columns(self, table):
        """Return the first column of every valid index of a table, partial ones included."""
        self.env.cr.execute(
            """
            SELECT a.attname
              FROM pg_index i
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
             WHERE i.indrelid = %s::regclass AND i.indisvalid
            """,
            [table],
        )
        return {name for (name,) in self.env.cr.fetchall()}

    def menu_actions(self):
        """Return the window actions of our models that a menu opens."""
        menus = self.env["ir.ui.menu"].with_context(active_test=False).search([])
        actions = {
            menu.action for menu in menus if menu.action and menu.action._name.endswith("window")
        }
        return [action for action in actions if action.res_model in self.models]

    def test_there_is_something_to_walk(self):
        self.assertIn("customer_tiering", self.installed)
        self.assertIn("customer.standing", self.models)
        self.assertNotIn("res.partner", self.models)

    def test_description(self):
        self.assertClean([p for model in self.models.values() for p in without_description(model)])

    def test_access_rows(self):
        self.assertClean(
            [
                problem
                for name, model in self.models.items()
                for problem in access_problems(model, self.rows_of(name, "ir.model.access"))
            ]
        )

    def test_company_rules(self):
        """W17."""
        self.assertClean(
            [
                problem
                for name, model in self.models.items()
                for problem in company_rule_problems(model, self.rows_of(name, "ir.rule"))
            ]
        )

    def test_company_fields_are_checked_for_something(self):
        with_company = [
            name
            for name, model in self.models.items()
            if "company_id" in model._fields and not model._transient and not model._abstract
        ]
        self.assertIn("customer.standing", with_company)

    def test_indexes(self):
        """W5."""
        self.assertClean(
            [
                problem
                for model in self.models.values()
                if not (model._abstract or model._transient) and model._auto
                for problem in index_problems(model, self.leading_columns(model._table))
            ]
        )

    def test_screens(self):
        problems = []
        actions = self.menu_actions()
        self.assertIn("customer.standing", {action.res_model for action in actions})
        views = self.env["ir.ui.view"]
        for action in actions:
            if self.models[action.res_model]._transient:
                continue
            found = set(views.search([("model", "=", action.res_model)]).mapped("type"))
            # rows of a report are no records: they open the record they were made of
            needed = {} if self.models[action.res_model]._auto else {"needed": REPORT_VIEWS}
            problems += screen_problems(action.res_model, found, action.help, **needed)
        self.assertClean(sorted(problems))

    def test_every_screen_can_be_read(self):
        """Views of ours compile for the administrator; view modes have their view."""
        for action in self.menu_actions():
            modes = [mode for mode in action.view_mode.split(",") if mode != "activity"]
            views = self.env[action.res_model].get_views([(False, mode) for mode in modes])
            self.assertEqual(set(views["views"]), set(modes))

    def test_groups_on_fields_of_core_models(self):
        problems = []
        for name in GUARDED_MODELS:
            fields = [
                field
                for field in self.env[name]._fields.values()
                if set(field._modules or ()) and set(field._modules) <= set(ADDONS)
            ]
            problems += group_problems(name, fields)
        self.assertClean(problems)
        self.assertTrue({"tier_id", "standing_id"} <= self.env["res.partner"]._fields.keys())

    def test_fields_on_other_core_models_are_known(self):
        """Not guarded by rule, yet whoever adds one has to look here and think."""
        # settings, whether an activity asks how it went, answers prepared for complaints, and
        # figures of a digest (computed for who has rights to complaints): no secrets of a customer
        known = {
            "digest.digest",
            "mail.activity",
            "mail.activity.type",
            "mail.template",
            "res.company",
            "res.config.settings",
        }
        found = {
            name
            for name in self.env.registry
            if name not in self.models and name not in GUARDED_MODELS
            for field in self.env[name]._fields.values()
            if field._modules and set(field._modules) <= set(ADDONS) and not field.groups
        }
        self.assertLessEqual(found, known)

    def test_rules_name_existing_fields(self):
        """A rule that cannot be evaluated closes the whole model."""
        user = self.env.ref("base.user_admin")
        for name, model in self.models.items():
            if not (model._abstract or model._transient) and model.with_user(user).has_access(
                "read"
            ):
                self.env[name].with_user(user).search([], limit=1)


@tagged("post_install", "-at_install")
class TestTheWalkCanFail(TransactionCase):
    """Each check finds a case that is wrong on purpose."""

    def model(self, **attributes):
        defaults = {
            "_name": "planted.model",
            "_description": "Planted",
            "_abstract": False,
            "_transient": False,
            "_auto": True,
            "_fields": {},
        }
        return SimpleNamespace(**{**defaults, **attributes})

    def field(self, **attributes):
        defaults = {
            "name": "planted",
            "type": "many2one",
            "store": True,
            "company_dependent": False,
            "column_type": ("int4", "int4"),
            "groups": None,
        }
        return SimpleNamespace(**{**defaults, **attributes})

    class Rule(dict):
        __getattr__ = dict.__getitem__

    def test_description(self):
        self.assertTrue(without_description(self.model(_description=None)))
        self.assertTrue(without_description(self.model(_description="planted.model")))
        self.assertFalse(without_description(self.model()))

    def test_access(self):
        self.assertTrue(access_problems(self.model(), []))
        row = SimpleNamespace(name="row", group_id=None)
        self.assertTrue(access_problems(self.model(), [row]))
        row.group_id = 1
        self.assertFalse(access_problems(self.model(), [row]))

    def test_access_row_of_a_real_model_without_group(self):
        access = self.env["ir.model.access"].search([("model_id.model", "=", "customer.standing")])
        access[0].group_id = False
        self.assertTrue(access_problems(self.env["customer.standing"], access))
        access.unlink()
        self.assertTrue(access_problems(self.env["customer.standing"], access.exists()))

    def test_company_rule(self):
        model = self.model(_fields={"company_id": self.field()})
        good = {
            "active": True,
            "global": True,
            "perm_read": True,
            "domain_force": "[('company_id', 'in', company_ids)]",
        }
        self.assertFalse(company_rule_problems(model, [self.Rule(good)]))
        self.assertTrue(company_rule_problems(model, []))
        for change in (
            {"active": False},
            {"global": False},
            {"perm_read": False},
            {"domain_force": "[(1, '=', 1)]"},
        ):
            self.assertTrue(company_rule_problems(model, [self.Rule({**good, **change})]))

    def test_company_rule_of_a_real_model_switched_off(self):
        rules = self.env["ir.rule"].search([("model_id.model", "=", "customer.standing")])
        model = self.env["customer.standing"]
        self.assertFalse(company_rule_problems(model, rules))
        rules.filtered("global").active = False
        self.assertTrue(company_rule_problems(model, rules))

    def test_index(self):
        model = self.model(_fields={"partner_id": self.field(), "name": self.field(type="char")})
        self.assertTrue(index_problems(model, set()))
        self.assertFalse(index_problems(model, {"partner_id"}))

    def test_index_of_a_real_model_dropped(self):
        walk = TestModelsWalk.leading_columns
        model = self.env["customer.standing"]
        self.assertFalse(index_problems(model, walk(self, model._table)))
        self.env.cr.execute("DROP INDEX customer_standing__user_id_index")
        self.assertEqual(
            index_problems(model, walk(self, model._table)),
            ["customer.standing.user_id has no index"],
        )

    def test_screens(self):
        self.assertTrue(screen_problems("planted", {"form", "list"}, "<p>hint</p>"))
        self.assertTrue(screen_problems("planted", {"form", "list", "search"}, False))
        self.assertFalse(screen_problems("planted", {"form", "list", "search"}, "<p>hint</p>"))

    def test_groups(self):
        self.assertTrue(group_problems("res.partner", [self.field()]))
        self.assertFalse(group_problems("res.partner", [self.field(groups="base.group_user")]))

    def test_domains_of_rules_are_python(self):
        rules = self.env["ir.rule"].search([("model_id.model", "=like", "customer.%")])
        self.assertTrue(rules)
        for rule in rules:
            ast.parse(rule.domain_force.strip(), mode="eval")
