"""Nothing in our addons uses what Odoo 19 has removed or ignores, which no linter reports.

Much of it fails silently: `_sql_constraints` creates no constraint, `<act_window>` no action.
"""

import re
import unittest

from tests.common import ADDONS, ROOT

# (what to use instead, pattern, sample that must be found, sample that must not)
PYTHON = (
    ("models.Constraint, Index, UniqueIndex", r"\b_sql_constraints\b", "_sql_constraints = []", ""),
    ("_compute_display_name", r"\bname_get\b", "def name_get(self):", "filename_getter()"),
    ("_search_display_name", r"\b_name_search\b", "def _name_search(self):", "name_search()"),
    (
        "_read_group or formatted_read_group",
        r"(?<![_\w])read_group\b",
        "self.read_group([], [], [])",
        "self._read_group([]) or formatted_read_group()",
    ),
    (
        "odoo.fields.Domain",
        r"\bosv\b",
        "from odoo.osv import expression",
        "from odoo.fields import",
    ),
    (
        "Domain: &, |, ~",
        r"\bdomain\s*\+\s*\[|\]\s*\+\s*domain\b",
        "domain + [('a', '=', 1)]",
        "domain & Domain('a', '=', 1)",
    ),
    (
        "self.env.cr, .uid, .context",
        r"\.(_cr|_uid|_context)\b",
        "self._cr.execute()",
        "self.env.cr and with_context",
    ),
    (
        "self.env._(…)",
        r"from odoo import [^#\n]*(?<![\w.])_(?!\w)|(?<![\w.])_\(\s*[\"']",
        "from odoo import _, api",
        'self.env._("text")',
    ),
    (
        "check_access, has_access, _filtered_access",
        r"\bcheck_access_(rights|rule)\b",
        "self.check_access_rights('read')",
        "self.check_access('read')",
    ),
    ("_filtered_access", r"\b_filter_access_rules\w*", "records._filter_access_rules('read')", ""),
    (
        "action_archive, action_unarchive",
        r"\btoggle_active\b",
        "record.toggle_active()",
        "record.action_archive()",
    ),
    (
        "_has_cycle",
        r"\b_check_(m2m_)?recursion\b",
        "if not self._check_recursion():",
        "self._has_cycle()",
    ),
    ("aggregator", r"\bgroup_operator\b", "group_operator='sum'", "aggregator='sum'"),
    (
        "bypass_search_access",
        r"\bauto_join\b",
        "auto_join=True",
        "bypass_search_access=True",
    ),
    (
        "Command.set, .link, .create, …",
        r"\(\s*[0-6]\s*,\s*(0|False|_?\s*)\s*,\s*[\[{\w]|\(\s*5\s*,?\s*\)\s*\]|\(\s*4\s*,\s*\w+\.id\b",
        "(6, 0, ids)",
        "Command.set(ids)",
    ),
    ("group_ids", r"\bgroups_id\b", "'groups_id': []", "group_ids"),
    ("cron keeps no such field", r"\b(numbercall|doall)\b", "'numbercall': -1", ""),
    (
        "_commit_progress",
        r"\b_notify_progress\b",
        "cron._notify_progress(done=1)",
        "cron._commit_progress(1)",
    ),
    ('type="jsonrpc"', r"\btype\s*=\s*[\"']json[\"']", 'type="json"', 'type="jsonrpc"'),
    (
        "message_post_with_source",
        r"\bmessage_post_with_view\b",
        "record.message_post_with_view()",
        "record.message_post_with_source()",
    ),
    (
        "view_mode with list",
        r"view_mode[\"']?\s*[:=]\s*[\"'][^\"']*\btree\b",
        "'view_mode': 'tree,form'",
        "'view_mode': 'list,form'",
    ),
    (
        "@api.model_create_multi",
        r"def create\(self, (vals|values)\)",
        "def create(self, vals):",
        "def create(self, vals_list):",
    ),
    ("copy_data", r"def copy\(self\b", "def copy(self, default=None):", "def copy_data(self,"),
    ("fields.Datetime", r"\bfields\.datetime\b", "fields.datetime.now()", "fields.Datetime.now()"),
    ("no such decorator", r"\bapi\.(returns|multi|one)\b", "@api.returns('self')", "@api.model"),
    (
        "TransactionCase",
        r"\bSavepointCase\b",
        "from odoo.tests import SavepointCase",
        "TransactionCase",
    ),
)
XML = (
    ("<list>", r"<tree\b|>[\w,]*\btree\b[\w,]*</field>", "<tree>", "<list>"),
    (
        "invisible, readonly, required with an expression",
        r"<(?!filter|record)\w+[^>]*\s(attrs|states)\s*=",
        "<field name=\"a\" attrs=\"{'invisible': [('b', '=', 1)]}\"/>",
        '<field name="a" invisible="not b"/>',
    ),
    ('template "card"', r"kanban-box", '<t t-name="kanban-box">', '<t t-name="card">'),
    ("<chatter/>", r"\boe_chatter\b", '<div class="oe_chatter">', "<chatter/>"),
    (
        "<group> without attributes in a search view",
        r"<search\b(?:(?!</search>)[\s\S])*<group[^>]*\s(expand|string)\s*=",
        '<search><group expand="0" string="Group By"/></search>',
        '<search><group/></search><form><group string="A"/></form>',
    ),
    ("t-out", r"\bt-(esc|raw)\b", '<t t-esc="a"/>', '<t t-out="a"/>'),
    (
        "id",
        r"[\"'(\[ ]active_id\b",
        "context=\"{'default_partner_id': active_id}\"",
        "context=\"{'active_ids': 1, 'x': id}\"",
    ),
    (
        "<record>",
        r"<(act_window|report)\b",
        '<act_window id="a"/>',
        '<record id="a" model="ir.actions.act_window"/>',
    ),
    ("group_ids", r"name=\"groups_id\"", '<field name="groups_id"/>', '<field name="group_ids"/>'),
    (
        "user_ids of a group",
        r"model=\"res\.groups\"(?:(?!</record>)[\s\S])*name=\"users\"",
        '<record model="res.groups"><field name="users"/></record>',
        '<record model="res.groups"><field name="user_ids"/></record>',
    ),
    (
        "privilege_id of a group",
        r"model=\"res\.groups\"(?:(?!</record>)[\s\S])*name=\"category_id\"",
        '<record model="res.groups"><field name="category_id"/></record>',
        '<record model="res.groups"><field name="privilege_id"/></record>',
    ),
    (
        "cron keeps no such field",
        r"name=\"(numbercall|doall)\"",
        '<field name="numbercall">-1</field>',
        '<field name="interval_number">1</field>',
    ),
)
RULES = {".py": PYTHON, ".xml": XML}


def offences(text, suffix):
    """Return [(line number, what to use instead)] for the text of one file."""
    code = _without_comments(text, suffix)
    return [
        (code.count("\n", 0, match.start()) + 1, instead)
        for instead, pattern, _bad, _good in RULES[suffix]
        for match in re.finditer(pattern, code)
    ]


def _without_comments(text, suffix):
    """Blank out comments, keeping line numbers: they may name what is banned."""
    pattern = r"#[^\n\"']*$" if suffix == ".py" else r"<!--[\s\S]*?-->"
    return re.sub(pattern, lambda m: "\n" * m[0].count("\n"), text, flags=re.MULTILINE)


class TestBannedApi(unittest.TestCase):
    def test_addons_are_free_of_it(self):
        found = []
        for addon in ADDONS:
            for path in sorted((ROOT / addon).rglob("*")):
                if path.suffix in RULES:
                    text = path.read_text(encoding="utf-8")
                    found += [
                        f"{path.relative_to(ROOT)}:{line}: use {instead}"
                        for line, instead in offences(text, path.suffix)
                    ]
        self.assertEqual(found, [])

    def test_every_rule_fires_on_its_sample_only(self):
        for suffix, rules in RULES.items():
            for instead, pattern, bad, good in rules:
                with self.subTest(instead=instead):
                    self.assertIn(instead, [use for _line, use in offences(bad, suffix)])
                    self.assertIsNone(re.search(pattern, good), good)

    def test_line_numbers_and_comments(self):
        self.assertEqual(offences("a\n# name_get\nx.name_get()\n", ".py")[0][0], 3)
        self.assertEqual(len(offences("<a/>\n<!-- <tree>\n -->\n<tree/>", ".xml")), 1)
        self.assertEqual(offences("<a/>\n<!-- <tree>\n -->\n<tree/>", ".xml")[0][0], 4)
