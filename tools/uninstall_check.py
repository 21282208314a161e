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


def read_properties(env):
    """Return the price list and payment terms of the customers that are not ours, as stored."""
    env.flush_all()
    env.cr.execute(
        """
        SELECT record.id, record.specific_property_product_pricelist,
               record.property_payment_term_id
          FROM res_partner record
         WHERE NOT EXISTS (SELECT 1 FROM ir_model_data data
                            WHERE data.model = 'res.partner' AND data.res_id = record.id
                              AND data.module = ANY(%s))
        """,
        (MODULES,),
    )
    return {row[0]: row[1:] for row in env.cr.fetchall()}


def give_privileges(env):
    """Let a level give something to two customers, one of whom had something of his own.

    :return: what :func:`read_properties` has to find after the uninstallation
    """
    company = env.ref("base.main_company")
    scheme = env["customer.tier.scheme"]._get_operative(company)
    scheme.tier_ids.write({"pricelist_id": False, "payment_term_id": False})
    customers = env["res.partner"].browse(list(read_properties(env))).filtered("is_company")[:2]
    terms = env["account.payment.term"].create(
        [{"name": name, "company_id": False} for name in ("Agreed before", "Given by the level")]
    )
    customers[0].property_payment_term_id = terms[0]
    expected = read_properties(env)
    tier = scheme.tier_ids[0]
    env.cr.execute(
        "INSERT INTO customer_standing (scheme_id, company_id, partner_id, tier_id)"
        " SELECT %s, %s, id, %s FROM UNNEST(%s) id"
        " ON CONFLICT (scheme_id, partner_id) DO UPDATE SET tier_id = EXCLUDED.tier_id",
        (scheme.id, company.id, tier.id, customers.ids),
    )
    env.invalidate_all()
    tier.payment_term_id = terms[1]
    if customers.property_payment_term_id != terms[1]:
        raise SystemExit("The level gave nothing, so there is nothing to give back")
    env.cr.commit()
    return expected


def main(env):
    """Uninstall, then compare what belongs to others with what it was before."""
    expected = give_privileges(env) if "customer_tiering" in MODULES else read_properties(env)
    before = count_others(env)
    modules = env["ir.module.module"].search([("name", "in", MODULES), ("state", "=", "installed")])
    modules.button_immediate_uninstall()
    after = count_others(env)
    left = [f"orders and partners: {before} before, {after} after"] if before != after else []
    properties = read_properties(env)
    left += [
        f"price list or payment terms of partner {partner_id}: {properties[partner_id]}"
        for partner_id, values in expected.items()
        if properties.get(partner_id, values) != values
    ]
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
