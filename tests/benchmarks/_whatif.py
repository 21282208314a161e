"""P4: other rules tried on everybody, then published, taken back and published again."""

import time

from odoo.tools import SQL

#: what a what-if must not touch; drafts and their levels and revisions are its own
LIVE = {
    "customer_standing": "TRUE",
    "customer_tier_history": "TRUE",
    "customer_tier_scheme": "live.is_draft IS NOT TRUE",
    "customer_tier": "live.scheme_id IN"
    " (SELECT id FROM customer_tier_scheme WHERE is_draft IS NOT TRUE)",
    "customer_tier_revision": "live.scheme_id IN"
    " (SELECT id FROM customer_tier_scheme WHERE is_draft IS NOT TRUE)",
    "customer_tier_decision": "TRUE",
    "customer_tier_grant": "TRUE",
}


def checksums(cr):
    """Return {table: (rows, checksum over every column)} of the live tables."""
    found = {}
    for table, condition in LIVE.items():
        cr.execute(
            SQL(
                "SELECT COUNT(*), SUM(HASHTEXTEXTENDED(live::text, 0)) FROM %s live WHERE %s",
                SQL.identifier(table),
                SQL(condition),
            )
        )
        found[table] = cr.fetchone()
    return found


def make(scheme):
    """Return a what-if with lines a third higher; a grading by amount."""
    simulation = scheme.env["customer.tier.simulation"].create(
        {"name": "Lines a third higher", "scheme_id": scheme.id, "apply": "at_once"}
    )
    for tier in simulation.tier_ids.filtered(lambda tier: not tier.catch_all):
        tier.min_amount = round(tier.min_amount * 4 / 3, 2)
    return simulation


def apply(scheme, change):
    """Change the rules and grade everybody, also where that is left to the scheduler.

    :param change: called without arguments; publishes or restores
    :return: (seconds, customers whose level changed)
    """
    env = scheme.env
    before = _count_history(env.cr)
    started = time.perf_counter()
    change()
    env.cr.commit()
    while scheme.evaluation_pending:
        env["customer.tier.scheme"]._cron_evaluate_requested()
        env.cr.commit()
        scheme.invalidate_recordset()
    seconds = time.perf_counter() - started
    return seconds, _count_history(env.cr) - before


def keep_levels(cr):
    """Remember the level of every customer."""
    cr.execute("DROP TABLE IF EXISTS bench_level")
    cr.execute(
        "CREATE TEMPORARY TABLE bench_level AS"
        " SELECT scheme_id, partner_id, tier_id, earned_tier_id FROM customer_standing"
    )
    cr.commit()


def count_other_levels(cr):
    """Return how many customers have another level than :func:`keep_levels` saw."""
    cr.execute(
        """
        SELECT COUNT(*)
          FROM bench_level old
     FULL JOIN customer_standing now USING (scheme_id, partner_id)
         WHERE (old.tier_id, old.earned_tier_id)
               IS DISTINCT FROM (now.tier_id, now.earned_tier_id)
        """
    )
    return cr.fetchone()[0]


def _count_history(cr):
    cr.execute("SELECT COUNT(*) FROM customer_tier_history")
    return cr.fetchone()[0]
