from datetime import datetime, time, timedelta

import pytz

NIGHT = time(1, 30)
MORNING = time(6, 30)


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


def _schedule_night(env, tz):
    """Let grading begin at half past one of the main company's clock, news come at half six."""
    tomorrow = datetime.now(tz).date() + timedelta(days=1)
    for xmlid, hour in (("ir_cron_evaluate_schemes", NIGHT), ("ir_cron_tell_news", MORNING)):
        moment = tz.localize(datetime.combine(tomorrow, hour))
        env.ref(f"customer_tiering.{xmlid}").nextcall = moment.astimezone(pytz.utc).replace(
            tzinfo=None
        )
