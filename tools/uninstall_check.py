"""Run by the virtualenv's Python: uninstall our addons and look for what they left behind.

uninstall_check.py CONFIG DATABASE ADDON...
"""

import sys

import odoo
from odoo.modules.registry import Registry

CONFIG, DATABASE, *MODULES = sys.argv[1:]
LEFTOVERS = {
    "tables": "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    " AND table_name ~ '^(customer_(tier|standing|sales_history|rfm|setup)|followup_|complaint_)'",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND column_name ~ '^(tier_|care_|followup_|complaint_)'",
    "records": "SELECT module || '.' || name FROM ir_model_data WHERE module = ANY(%s)",
    "actions": "SELECT cron_name FROM ir_cron WHERE cron_name LIKE 'Customer Care:%%'",
    "menus": "SELECT name ->> 'en_US' FROM ir_ui_menu WHERE name ->> 'en_US' = 'Customer Care'",
    "rules": "SELECT name FROM ir_rule WHERE name LIKE 'Customer Care:%%'",
}


def count_others(env):
    """Count orders and partners that are not our demo data, which goes with its addon."""
    query = """
        SELECT COUNT(*) FROM {table} record
         WHERE NOT EXISTS (SELECT 1 FROM ir_model_data data
                            WHERE data.model = %s AND data.res_id = record.id
                              AND data.module = ANY(%s))
    """
    counts = []
    for model in ("sale.order", "res.partner"):
        env.cr.execute(query.format(table=env[model]._table), (model, MODULES))
        counts += env.cr.fetchone()
    return counts


def main(env):
    """Uninstall, then compare what belongs to others with what it was before."""
    before = count_others(env)
    modules = env["ir.module.module"].search([("name", "in", MODULES), ("state", "=", "installed")])
    modules.button_immediate_uninstall()
    after = count_others(env)
    left = [f"orders and partners: {before} before, {after} after"] if before != after else []
    for kind, query in LEFTOVERS.items():
        env.cr.execute(query, (MODULES,) if "ANY" in query else ())
        left += [f"{kind}: {row[0]}" for row in env.cr.fetchall()]
    if left:
        raise SystemExit("The uninstallation left behind " + "; ".join(left))
    print("uninstalled, nothing of ours is left")


if __name__ == "__main__":
    odoo.tools.config.parse_config(["-c", CONFIG, "-d", DATABASE, "--no-http"], setup_logging=True)
    with Registry(DATABASE).cursor() as cr:
        main(odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {}))
