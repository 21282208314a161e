"""Run by the virtualenv's Python: uninstall our addons and look for what they left behind.

uninstall_check.py CONFIG DATABASE [--again] ADDON...

What depends on an addon goes with it. With --again, what stays has to go on working, and what
went is installed anew.
"""

import sys
from typing import NamedTuple

import odoo
from odoo.modules.registry import Registry

#: Where a record names a model by a word, so that no foreign key takes it along.
WORDS = (
    ("ir_act_window", "res_model"),
    ("ir_attachment", "res_model"),
    ("ir_model_data", "model"),
    ("ir_model_fields", "relation"),
    ("ir_sequence", "code"),
    ("ir_ui_view", "model"),
    ("mail_activity", "res_model"),
    ("mail_followers", "res_model"),
    ("mail_message", "model"),
    ("mail_template", "model"),
    ("rating_rating", "res_model"),
)
#: What is done at night where no complaints are handled any more.
NIGHT = ("customer_tiering.ir_cron_evaluate_schemes", "customer_followup.ir_cron_plan")
SCREENS = ("res.partner", "res.users", "sale.order", "followup.touch", "customer.standing")


class Owned(NamedTuple):
    """What is there because of some addons."""

    models: list
    tables: set
    columns: set
    records: dict


def find_owned(env, modules):
    """Return what the modules own: no other module has a name for it."""
    env.flush_all()
    env.cr.execute(
        """
        SELECT model, array_agg(res_id) FROM (
            SELECT model, res_id FROM ir_model_data GROUP BY model, res_id
            HAVING bool_and(module = ANY(%s))
        ) owned GROUP BY model
        """,
        (modules,),
    )
    records = dict(env.cr.fetchall())
    models = env["ir.model"].browse(records.get("ir.model", ())).mapped("model")
    tables = {env[model]._table for model in models if not env[model]._abstract}
    columns = set()
    for field in env["ir.model.fields"].browse(records.get("ir.model.fields", ())):
        tables |= {field.relation_table or ""} - {""}
        if field.store:
            columns.add((env[field.model]._table, field.name))
    return Owned(models, tables, columns, records)


def find_left(env, owned):
    """Return what is still there of what was owned, in words."""
    env.flush_all()
    cr = env.cr
    cr.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_name = ANY(%s)",
        (list(owned.tables),),
    )
    left = [f"table {name}" for (name,) in cr.fetchall()]
    cr.execute("SELECT table_name, column_name FROM information_schema.columns")
    left += [f"column {'.'.join(name)}" for name in owned.columns & set(cr.fetchall())]
    for model, ids in owned.records.items():
        if model in env:
            left += [f"record {record}" for record in env[model].browse(ids).exists()]
    for table, column in WORDS:
        cr.execute(f"SELECT count(*) FROM {table} WHERE {column} = ANY(%s)", (owned.models,))
        if count := cr.fetchone()[0]:
            left.append(f"{count} of {table}")
    return left


def count_others(env, owned):
    """Count orders and partners that are not our demo data, which goes with its addon."""
    return [
        env[model]
        .with_context(active_test=False)
        .search_count([("id", "not in", owned.records.get(model, []))])
        for model in ("sale.order", "res.partner")
    ]


def read_properties(env, owned):
    """Return the price list and payment terms of the customers that are not ours, as stored."""
    env.flush_all()
    env.cr.execute(
        """
        SELECT id, specific_property_product_pricelist, property_payment_term_id
          FROM res_partner WHERE id != ALL(%s)
        """,
        (owned.records.get("res.partner", []),),
    )
    return {row[0]: row[1:] for row in env.cr.fetchall()}


def give_privileges(env, owned):
    """Let a level give something to two customers, one of whom had something of his own.

    :return: what :func:`read_properties` has to find after the uninstallation
    """
    company = env.ref("base.main_company")
    scheme = env["customer.tier.scheme"]._get_operative(company)
    scheme.tier_ids.write({"pricelist_id": False, "payment_term_id": False})
    customers = env["res.partner"].browse(list(read_properties(env, owned)))
    customers = customers.filtered("is_company")[:2]
    terms = env["account.payment.term"].create(
        [{"name": name, "company_id": False} for name in ("Agreed before", "Given by the level")]
    )
    customers[0].property_payment_term_id = terms[0]
    expected = read_properties(env, owned)
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
    return expected


def file_complaint(env):
    """Let a case leave its traces: a file, ratings, something to do, a call to make, an address."""
    admin = env.ref("base.user_admin")
    customer = env.ref("base.main_partner").copy({"name": "Complains before we leave"})
    case = env["complaint.case"].create(
        {"name": "Broken", "partner_id": customer.id, "channel": "phone", "user_id": admin.id}
    )
    case.with_user(admin).action_take()
    case.team_id.alias_name = "complaints"
    case.message_post(body="See the picture", attachments=[("picture.txt", b"broken")])
    case.activity_schedule("mail.mail_activity_data_todo", user_id=admin.id)
    case.rating_apply(2, token=case._rating_get_access_token(customer), feedback="Bad")
    for tree in ("complaint.category", "complaint.cause"):
        env[tree].create({"name": "Our own", "parent_id": env[tree].search([], limit=1).id})
    # somebody else than who has the case calls the customer
    colleague = env["res.users"].search([("share", "=", False), ("id", "!=", admin.id)], limit=1)
    verification = env["complaint.verification"].create(
        {"case_id": case.id, "method": "call", "user_id": colleague.id}
    )
    verification._plan_call()
    if verification.touch_id.state != "planned":
        raise SystemExit("No call was planned, so there is none to take along")


def find_calls(env):
    """Return follow-ups that lead to a case that is gone."""
    if "followup.touch" not in env:
        return []
    domain = [("purpose", "=", "complaint"), ("state", "=", "planned")]
    return [f"follow-up {touch.checklist}" for touch in env["followup.touch"].search(domain)]


def go_on(env):
    """Let what stays work: its night, and the screens that others had a part in."""
    for job in NIGHT:
        env.ref(job).method_direct_trigger()
    for model in SCREENS:
        env[model].get_views([(False, "list"), (False, "form"), (False, "search")])
    env["customer.standing"].search([]).mapped("status_reason")
    env["res.config.settings"].create({}).execute()


def main(env, names, again):
    """Uninstall, then compare what belongs to others with what it was before."""
    modules = env["ir.module.module"].search([("name", "in", names), ("state", "=", "installed")])
    modules |= modules.downstream_dependencies()
    gone = modules.mapped("name")
    if "complaint_handling" in gone:
        file_complaint(env)
    owned = find_owned(env, gone)
    read = give_privileges if "customer_tiering" in gone else read_properties
    expected = read(env, owned)
    env.cr.commit()
    before = count_others(env, owned)
    modules.button_immediate_uninstall()
    after = count_others(env, owned)
    left = [f"orders and partners: {before} before, {after} after"] if before != after else []
    properties = read_properties(env, owned)
    left += [
        f"price list or payment terms of partner {partner_id}: {properties[partner_id]}"
        for partner_id, values in expected.items()
        if properties.get(partner_id, values) != values
    ]
    left += find_left(env, owned) + find_calls(env)
    if left:
        raise SystemExit("The uninstallation left behind " + "; ".join(left))
    print(f"{', '.join(gone)} uninstalled, nothing is left of it")
    if again:
        go_on(env)
        env["ir.module.module"].search([("name", "in", gone)]).button_immediate_install()
        print(f"{', '.join(gone)} installed again")


if __name__ == "__main__":
    config, database, *arguments = sys.argv[1:]
    wanted = [name for name in arguments if name != "--again"]
    odoo.tools.config.parse_config(["-c", config, "-d", database, "--no-http"], setup_logging=True)
    with Registry(database).cursor() as cursor:
        environment = odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
        main(environment, wanted, "--again" in arguments)
