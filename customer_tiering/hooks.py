from datetime import datetime, time, timedelta

import pytz
from odoo.tools import SQL

#: Jobs of the night and their hour: grading, what it left to put right, the news.
NIGHTLY = {
    "ir_cron_evaluate_schemes": time(1, 30),
    "ir_cron_sync_grants": time(2, 30),
    "ir_cron_tell_news": time(6, 30),
}


def post_init_hook(env):
    """Let the night begin at night, and grade at once where the shipped levels fit.

    Where they do not, the guided start proposes lines from the company's own figures.
    """
    schemes = env["customer.tier.scheme"].search([("operative", "=", True)])
    _schedule_night(env, pytz.timezone(schemes[:1].tz or "UTC"))
    ready = schemes.filtered(
        lambda scheme: scheme._count_documents() and not scheme._waits_for_start()
    )
    # an empty recordset would mean all of them
    if ready:
        ready.evaluate()


def uninstall_hook(env):
    """Give every customer back what he had before his level gave him something else."""
    grants = env["customer.tier.grant"]
    grants._take_back(grants._get_companies())
    # with nothing to give, no deletion on the way out gives again, and price lists can go;
    # by SQL, because saving a level would make a revision and tell the manager
    env.flush_all()
    env.cr.execute(SQL("UPDATE customer_tier SET pricelist_id = NULL, payment_term_id = NULL"))
    env["customer.tier"].invalidate_model(["pricelist_id", "payment_term_id"])


def _schedule_night(env, tz):
    """Set the nightly jobs to their next hour by the main company's clock."""
    tomorrow = datetime.now(tz).date() + timedelta(days=1)
    for name, hour in NIGHTLY.items():
        moment = tz.localize(datetime.combine(tomorrow, hour))
        env.ref(f"customer_tiering.{name}").nextcall = moment.astimezone(pytz.utc).replace(
            tzinfo=None
        )
