"""The floor: the same visible effect as an evaluation, in SQL written by hand for one case.

What a specialist would write for this one scheme (Amount, revenue of sales orders, rolling
window, one company) and nothing else: no options, no batches, no lines to read. It fills
tables with the columns, defaults, indexes, constraints and foreign keys of the real ones,
and :func:`differences` proves that the rows are the same.
"""

import json
from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from odoo.tools import SQL, date_utils

STANDING, HISTORY = "bench_floor_standing", "bench_floor_history"
TWINS = {STANDING: "customer_standing", HISTORY: "customer_tier_history"}
#: what a floor row shares with the real one; keys and time stamps differ by nature
NOT_COMPARED = ("id", "create_date", "write_date")
FIGURES = (
    "first_date",
    "last_date",
    "document_count",
    "amount",
    "amount_previous",
    "margin",
    "quantity",
    "r_score",
    "f_score",
    "m_score",
    "rfm_segment",
    "earned_tier_id",
    "tier_id",
    "user_id",
)


def create_tables(cr):
    """Make the floor's empty tables as copies of the real ones, foreign keys included."""
    for twin, table in TWINS.items():
        cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(twin)))
        cr.execute(
            SQL(
                "CREATE TABLE %s (LIKE %s INCLUDING ALL)",
                SQL.identifier(twin),
                SQL.identifier(table),
            )
        )
        cr.execute(
            """
            SELECT format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s',
                          %s, conname, pg_get_constraintdef(oid))
              FROM pg_constraint
             WHERE conrelid = %s::regclass AND contype = 'f'
            """,
            [twin, table],
        )
        for (statement,) in cr.fetchall():
            cr.execute(statement)


def drop_tables(cr):
    for twin in TWINS:
        cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(twin)))


def empty_tables(cr):
    for twin in TWINS:
        cr.execute(SQL("TRUNCATE %s", SQL.identifier(twin)))


def run(env, scheme, as_of):
    """Bring the floor's tables up to date: the first run fills them, a repeat finds nothing.

    :return: number of rows written
    """
    cr = env.cr
    cr.execute("DROP TABLE IF EXISTS bench_figure, bench_graded")
    cr.execute(_figures_sql(scheme, as_of))
    cr.execute("ANALYZE bench_figure")
    cr.execute(_graded_sql(scheme))
    cr.execute("ANALYZE bench_graded")
    written = 0
    for statement in (
        _history_sql(env, scheme, as_of),
        _update_sql(),
        _insert_sql(env, scheme, as_of),
    ):
        cr.execute(statement)
        written += cr.rowcount
    cr.execute("DROP TABLE bench_figure, bench_graded")
    return written


def differences(cr):
    """Count rows that only one of a real table and its twin has, and rows compared.

    :return: (rows compared, rows that differ)
    """
    compared = differing = 0
    for twin, table in TWINS.items():
        cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND table_schema = CURRENT_SCHEMA AND column_name <> ALL(%s)"
            " ORDER BY 1",
            [table, list(NOT_COMPARED)],
        )
        columns = SQL(", ").join(SQL.identifier(name) for (name,) in cr.fetchall())
        one = SQL("SELECT %s FROM %s", columns, SQL.identifier(table))
        other = SQL("SELECT %s FROM %s", columns, SQL.identifier(twin))
        cr.execute(
            SQL(
                "SELECT (SELECT COUNT(*) FROM %s),"
                " (SELECT COUNT(*) FROM ((%s EXCEPT %s) UNION ALL (%s EXCEPT %s)) different)",
                SQL.identifier(table),
                one,
                other,
                other,
                one,
            )
        )
        rows, different = cr.fetchone()
        compared += rows
        differing += different
    return compared, differing


def _bounds(scheme, as_of):
    """Return first day of the window, first and last of the previous one."""
    months = scheme.window_months
    previous_last = date_utils.subtract(as_of, months=months)
    previous_first = date_utils.subtract(as_of, months=2 * months)
    return (
        date_utils.add(previous_last, days=1),
        date_utils.add(previous_first, days=1),
        previous_last,
    )


def _figures_sql(scheme, as_of):
    """One row per customer who ever bought.

    The ends of the periods are turned into UTC once, instead of every order into a local day.
    """
    first, previous_first, _previous_last = _bounds(scheme, as_of)
    return SQL(
        """
        CREATE TEMPORARY TABLE bench_figure AS
        SELECT buyer.commercial_partner_id AS partner_id,
               (MIN(doc.date_order) AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS first_date,
               (MAX(doc.date_order) AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS last_date,
               COUNT(*) FILTER (WHERE %(inside)s)::int AS document_count,
               COALESCE(SUM(%(amount)s) FILTER (WHERE %(inside)s), 0) AS amount,
               COALESCE(SUM(%(amount)s) FILTER (WHERE NOT %(inside)s
                   AND doc.date_order >= %(previous_start)s), 0) AS amount_previous
          FROM sale_order doc
          JOIN res_partner buyer ON buyer.id = doc.partner_id
         WHERE doc.state = 'sale'
           AND doc.company_id = %(company)s
           AND doc.date_order < %(end)s
      GROUP BY buyer.commercial_partner_id
        """,
        inside=SQL("doc.date_order >= %s", _utc(first, scheme.tz)),
        amount=SQL("ROUND(doc.amount_untaxed / doc.currency_rate, 2)"),
        previous_start=_utc(previous_first, scheme.tz),
        end=_utc(date_utils.add(as_of, days=1), scheme.tz),
        tz=scheme.tz,
        company=scheme.company_id.id,
    )


def _utc(day, tz):
    """Return the instant a local day begins, as UTC without time zone."""
    start = datetime.combine(day, time.min, tzinfo=ZoneInfo(tz))
    return start.astimezone(timezone.utc).replace(tzinfo=None)


def _graded_sql(scheme):
    """Members of the population with scores, segment, level and account manager."""
    levels = SQL(" ").join(
        SQL("WHEN member.amount >= %s THEN %s", tier.min_amount, tier.id)
        for tier in scheme.tier_ids.sorted("sequence")
        if not tier.catch_all
    )
    rest = scheme.tier_ids.filtered("catch_all")
    return SQL(
        """
        CREATE TEMPORARY TABLE bench_graded AS
        WITH member AS (
            SELECT *,
                   RANK() OVER (ORDER BY last_date) - 1 AS older,
                   RANK() OVER (ORDER BY document_count) - 1 AS rarer,
                   RANK() OVER (ORDER BY amount) - 1 AS smaller,
                   COUNT(*) OVER () AS n
              FROM bench_figure
             WHERE document_count > 0
        ), score AS (
            SELECT member.*,
                   LEAST(5, 1 + 5 * older / n)::int AS r_score,
                   LEAST(5, 1 + 5 * rarer / n)::int AS f_score,
                   LEAST(5, 1 + 5 * smaller / n)::int AS m_score,
                   CASE %(levels)s ELSE %(rest)s END AS tier_id
              FROM member
        ), segment AS (
            SELECT DISTINCT ON (r, fm) r, fm, segment.id
              FROM GENERATE_SERIES(1, 5) r
        CROSS JOIN GENERATE_SERIES(2, 10) fm
              JOIN customer_rfm_segment segment
                ON r BETWEEN r_min AND r_max AND fm / 2.0 BETWEEN fm_min AND fm_max
          ORDER BY r, fm, segment.sequence, segment.id
        )
        SELECT score.partner_id, score.first_date, score.last_date, score.document_count,
               score.amount, score.amount_previous, 0::numeric AS margin,
               0::numeric AS quantity, score.r_score, score.f_score, score.m_score,
               segment.id AS rfm_segment, score.tier_id AS earned_tier_id, score.tier_id,
               allowed.user_id, score.n
          FROM score
          JOIN res_partner customer
            ON customer.id = score.partner_id AND customer.tier_exempt IS NOT TRUE
     LEFT JOIN segment ON segment.r = score.r_score
                      AND segment.fm = score.f_score + score.m_score
     LEFT JOIN res_company_users_rel allowed
            ON allowed.user_id = customer.user_id AND allowed.cid = %(company)s
      ORDER BY score.partner_id
        """,
        levels=levels,
        rest=rest.id or None,
        company=scheme.company_id.id,
    )


def _update_sql():
    names = [SQL.identifier(name) for name in FIGURES]
    return SQL(
        """
        UPDATE bench_floor_standing standing
           SET %s, write_date = NOW() AT TIME ZONE 'UTC'
          FROM bench_graded graded
         WHERE graded.partner_id = standing.partner_id AND (%s)
        """,
        SQL(", ").join(SQL("%s = graded.%s", name, name) for name in names),
        SQL(" OR ").join(
            SQL("standing.%s IS DISTINCT FROM graded.%s", name, name) for name in names
        ),
    )


def _insert_sql(env, scheme, as_of):
    names = SQL(", ").join(SQL.identifier(name) for name in FIGURES)
    return SQL(
        """
        INSERT INTO bench_floor_standing (
            scheme_id, company_id, partner_id, tier_since, create_uid, write_uid,
            create_date, write_date, %(names)s)
        SELECT %(scheme)s, %(company)s, partner_id,
               CASE WHEN tier_id IS NOT NULL THEN %(as_of)s::date END, %(uid)s, %(uid)s,
               NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC', %(names)s
          FROM bench_graded graded
         WHERE NOT EXISTS (
                   SELECT 1 FROM bench_floor_standing there
                    WHERE there.scheme_id = %(scheme)s AND there.partner_id = graded.partner_id)
        """,
        names=names,
        scheme=scheme.id,
        company=scheme.company_id.id,
        as_of=as_of,
        uid=env.uid,
    )


def _history_sql(env, scheme, as_of):
    """One row per customer whose level differs from the one he holds, with its reason."""
    first, _previous_first, _previous_last = _bounds(scheme, as_of)
    rest = scheme.tier_ids.filtered("catch_all")
    lines = {str(tier.id): tier.min_amount for tier in scheme.tier_ids - rest}
    return SQL(
        """
        INSERT INTO bench_floor_history (
            partner_id, scheme_id, company_id, revision_id, from_tier_id, to_tier_id, date,
            trigger, reason_code, reason_values, create_uid, write_uid, create_date, write_date)
        SELECT graded.partner_id, %(scheme)s, %(company)s, %(revision)s, standing.tier_id,
               graded.tier_id, %(as_of)s::date, 'baseline',
               CASE WHEN graded.tier_id IS NULL THEN 'below'
                    WHEN graded.tier_id = %(rest)s THEN 'amount_rest' ELSE 'amount' END,
               JSONB_STRIP_NULLS(JSONB_BUILD_OBJECT(
                   'measure', 'revenue', 'value', graded.amount,
                   'line', (%(lines)s::jsonb -> graded.tier_id::text)::numeric,
                   'amount', graded.amount, 'document_count', graded.document_count,
                   'r', graded.r_score, 'f', graded.f_score, 'm', graded.m_score,
                   'points', graded.r_score + graded.f_score + graded.m_score,
                   'population', graded.n, 'date_from', %(first)s, 'date_to', %(as_of)s)),
               %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
          FROM bench_graded graded
     LEFT JOIN bench_floor_standing standing ON standing.partner_id = graded.partner_id
         WHERE standing.tier_id IS DISTINCT FROM graded.tier_id
        """,
        scheme=scheme.id,
        company=scheme.company_id.id,
        revision=scheme._get_revision().id,
        rest=rest.id or 0,
        lines=json.dumps(lines),
        first=str(first),
        as_of=str(as_of),
        uid=env.uid,
    )
