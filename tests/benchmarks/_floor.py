"""The floor: the same visible effect as an evaluation, in SQL written by hand for one case.

What a specialist would write for this one scheme (Amount, revenue of sales orders, rolling
window of twelve months, one company) and nothing else: no options, no batches, no rules to
read; orders are sorted once for figures and rhythm alike. Before the first decision day
stability keeps nobody from the level he earns, so there is nothing to decide here. The
tables filled have the columns, defaults, indexes, constraints and foreign keys of the real
ones, and :func:`differences` proves that the rows are the same.
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
    "grace_count",
    "user_id",
    "customer_status",
    "status_code",
    "status_values",
    "value_at_stake",
    "expected_next_date",
)
TEMPORARY = ("figure", "rhythm", "line", "partial", "graded")
#: the sorts of all orders; PostgreSQL's default of 4 MB works on disk
SORT_MEMORY = "64MB"


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
    cr.execute(_drop_sql())
    cr.execute(SQL("SET LOCAL work_mem = %s", SORT_MEMORY))
    for name, query in (
        ("figure", _figures_sql(scheme, as_of)),
        ("rhythm", _rhythm_sql(as_of)),
        ("line", _lines_sql(scheme, as_of)),
        ("partial", _partial_sql(scheme, as_of)),
        ("graded", _graded_sql(scheme, as_of)),
    ):
        table = SQL.identifier(f"bench_{name}")
        cr.execute(SQL("CREATE TEMPORARY TABLE %s AS %s", table, query))
        cr.execute(SQL("ANALYZE %s", table))
    cr.execute(SQL("SET LOCAL work_mem TO DEFAULT"))
    written = 0
    for statement in (
        _history_sql(env, scheme, as_of),
        _update_sql(),
        _insert_sql(env, scheme, as_of),
    ):
        cr.execute(statement)
        written += cr.rowcount
    cr.execute(_drop_sql())
    return written


def _drop_sql():
    names = SQL(", ").join(SQL.identifier(f"bench_{name}") for name in TEMPORARY)
    return SQL("DROP TABLE IF EXISTS %s", names)


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
    """One row per customer who ever bought: figures of the periods and his rhythm.

    ``recent`` keeps the gaps, newest first, of who made a long pause and came back lately.
    """
    first, previous_first, _previous_last = _bounds(scheme, as_of)
    return SQL(
        """
        SELECT partner_id,
               MIN(day) AS first_date,
               MAX(day) AS last_date,
               COUNT(*) AS orders,
               COUNT(*) FILTER (WHERE %(inside)s)::int AS document_count,
               COALESCE(SUM(amount) FILTER (WHERE %(inside)s), 0) AS amount,
               COALESCE(SUM(amount) FILTER (WHERE %(before)s), 0) AS amount_previous,
               COALESCE(SUM(amount) FILTER (
                   WHERE day > (newest - INTERVAL '1 year')::date), 0) AS amount_final,
               COUNT(gap) AS gaps,
               SUM(gap)::numeric AS gap_sum,
               SUM(gap::bigint * gap) AS gap_squares,
               (PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap))::numeric AS median,
               CASE WHEN MAX(gap) FILTER (WHERE day >= %(half_year_ago)s)
                         > LEAST(3 * MIN(gap), 364)
                    THEN ARRAY_AGG(gap) FILTER (WHERE gap > 0) END AS recent
          FROM (
                SELECT partner_id, day, amount,
                       FIRST_VALUE(day) OVER newest_first AS newest,
                       NULLIF(day - LEAD(day) OVER newest_first, 0) AS gap
                  FROM (
                        SELECT buyer.commercial_partner_id AS partner_id,
                               (doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                                   AS day,
                               ROUND(doc.amount_untaxed / doc.currency_rate, 2) AS amount
                          FROM sale_order doc
                          JOIN res_partner buyer ON buyer.id = doc.partner_id
                         WHERE doc.state = 'sale'
                           AND doc.company_id = %(company)s
                           AND doc.date_order < %(end)s
                       ) sold
                WINDOW newest_first AS (PARTITION BY partner_id ORDER BY day DESC)
               ) sold
      GROUP BY partner_id
        """,
        inside=SQL("day >= %s", first),
        before=SQL("day >= %s AND day < %s", previous_first, first),
        half_year_ago=date_utils.subtract(as_of, months=6),
        end=_utc(date_utils.add(as_of, days=1), scheme.tz),
        tz=scheme.tz,
        company=scheme.company_id.id,
    )


def _rhythm_sql(as_of):
    """What the rhythm alone says of each customer; NULL where it finds nothing wrong."""
    return SQL(
        """
        SELECT partner_id,
               CASE WHEN gaps >= 2 AND silence > 3 * median THEN 'lost_gap'
                    WHEN gaps < 2 AND last_date < %(year_ago)s THEN 'lost_year'
                    WHEN gaps >= 2 AND silence > 2 * median THEN 'dormant_gap'
                    WHEN amount < 0.6 * amount_previous THEN 'partial_amount'
               END AS code,
               CASE WHEN gaps >= 2 AND silence > 1.5 * median THEN 'risk_gap'
                    WHEN gaps >= 2 AND silence * gaps > gap_sum
                         AND (silence * gaps - gap_sum) ^ 2 * (gaps - 1)
                             > 4 * gaps * (gaps * gap_squares - gap_sum ^ 2)
                    THEN 'risk_deviation' END AS risk
          FROM (SELECT *, %(as_of)s::date - last_date AS silence FROM bench_figure) figure
        """,
        as_of=as_of,
        year_ago=date_utils.subtract(as_of, months=12),
    )


def _lines_sql(scheme, as_of):
    """Order lines of the last two periods, of customers whose rhythm does not say enough."""
    _first, previous_first, _previous_last = _bounds(scheme, as_of)
    return SQL(
        """
        SELECT buyer.commercial_partner_id AS partner_id, template.categ_id, line.product_id,
               (doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
               line.price_subtotal / doc.currency_rate::numeric AS amount
          FROM sale_order doc
          JOIN res_partner buyer ON buyer.id = doc.partner_id
          JOIN bench_rhythm rhythm ON rhythm.partner_id = buyer.commercial_partner_id
          JOIN sale_order_line line ON line.order_id = doc.id
          JOIN product_product product ON product.id = line.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id
         WHERE doc.state = 'sale'
           AND doc.company_id = %(company)s
           AND doc.date_order >= %(start)s
           AND doc.date_order < %(end)s
           AND rhythm.code IS NULL
        """,
        tz=scheme.tz,
        company=scheme.company_id.id,
        start=_utc(previous_first, scheme.tz),
        end=_utc(date_utils.add(as_of, days=1), scheme.tz),
    )


def _partial_sql(scheme, as_of):
    """Who fell silent in a main category, or buys much fewer products."""
    first, _previous_first, _previous_last = _bounds(scheme, as_of)
    return SQL(
        """
        WITH daily AS (
            SELECT partner_id, categ_id, day, SUM(amount) AS amount,
                   day - LAG(day) OVER (PARTITION BY partner_id, categ_id ORDER BY day) AS gap
              FROM bench_line
          GROUP BY partner_id, categ_id, day
        ), category AS (
            SELECT partner_id, categ_id, SUM(amount) AS amount, COUNT(gap) AS gaps,
                   MAX(day) AS last_date,
                   PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap) AS median,
                   GREATEST(SUM(amount) FILTER (WHERE day >= %(first)s),
                            SUM(amount) FILTER (WHERE day < %(first)s)) AS stake,
                   SUM(SUM(amount)) OVER (PARTITION BY partner_id) AS total
              FROM daily
          GROUP BY partner_id, categ_id
        ), product AS (
            SELECT partner_id, product_id,
                   COALESCE(SUM(amount) FILTER (WHERE day >= %(first)s), 0) AS now,
                   COALESCE(SUM(amount) FILTER (WHERE day < %(first)s), 0) AS before
              FROM bench_line
          GROUP BY partner_id, product_id
        )
        SELECT DISTINCT ON (partner_id) partner_id, code, stake, facts
          FROM (
                SELECT partner_id, 'partial_category' AS code, stake, 1 AS place, categ_id,
                       JSONB_BUILD_OBJECT(
                           'category_id', categ_id, 'share', ROUND(100 * amount / total),
                           'median', ROUND(median::numeric, 1), 'last_date', last_date) AS facts
                  FROM category
                 WHERE gaps >= 2
                   AND total > 0
                   AND 5 * amount >= total
                   AND %(as_of)s::date - last_date > 2 * median
             UNION ALL
                SELECT partner_id, 'partial_assortment',
                       SUM(before) FILTER (WHERE before > 0 AND now <= 0), 2, NULL,
                       JSONB_BUILD_OBJECT(
                           'products', COUNT(*) FILTER (WHERE now > 0),
                           'products_before', COUNT(*) FILTER (WHERE before > 0))
                  FROM product
              GROUP BY partner_id
                HAVING COUNT(*) FILTER (WHERE before > 0) >= 3
                   AND COUNT(*) FILTER (WHERE now > 0)
                       <= 0.6 * COUNT(*) FILTER (WHERE before > 0)
               ) found
      ORDER BY partner_id, place, stake DESC, categ_id
        """,
        first=first,
        as_of=as_of,
    )


def _utc(day, tz):
    """Return the instant a local day begins, as UTC without time zone."""
    start = datetime.combine(day, time.min, tzinfo=ZoneInfo(tz))
    return start.astimezone(timezone.utc).replace(tzinfo=None)


def _graded_sql(scheme, as_of):
    """Everybody who ever bought: scores and level of the period, segment, status."""
    _first, previous_first, _previous_last = _bounds(scheme, as_of)
    levels = SQL(" ").join(
        SQL("WHEN member.amount >= %s THEN %s", tier.min_amount, tier.id)
        for tier in scheme.tier_ids.sorted("sequence")
        if not tier.catch_all
    )
    rest = scheme.tier_ids.filtered("catch_all")
    return SQL(
        """
        WITH member AS (
            SELECT partner_id, amount,
                   RANK() OVER (ORDER BY last_date) - 1 AS older,
                   RANK() OVER (ORDER BY document_count) - 1 AS rarer,
                   RANK() OVER (ORDER BY amount) - 1 AS smaller,
                   COUNT(*) OVER () AS n
              FROM bench_figure
             WHERE document_count > 0
        ), score AS (
            SELECT partner_id, n,
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
        ), returned AS (%(returned)s)
        SELECT figure.partner_id, figure.first_date, figure.last_date, figure.document_count,
               figure.amount, figure.amount_previous, 0::numeric AS margin,
               0::numeric AS quantity, COALESCE(score.r_score, 0) AS r_score,
               COALESCE(score.f_score, 0) AS f_score, COALESCE(score.m_score, 0) AS m_score,
               segment.id AS rfm_segment, score.tier_id AS earned_tier_id, score.tier_id,
               0 AS grace_count, allowed.user_id, score.n,
               rule.status AS customer_status, rule.code AS status_code,
               CASE WHEN rule.code IN ('lost_gap', 'dormant_gap', 'risk_gap')
                         OR rule.code = 'active' AND figure.gaps >= 2
                    THEN JSONB_BUILD_OBJECT('median', ROUND(figure.median, 1))
                    WHEN rule.code = 'risk_deviation'
                    THEN JSONB_BUILD_OBJECT(
                        'median', ROUND(figure.median, 1),
                        'limit', FLOOR(figure.gap_sum / figure.gaps + 2 * SQRT(GREATEST(0,
                            figure.gap_squares - figure.gap_sum * figure.gap_sum / figure.gaps)
                            / (figure.gaps - 1))))
                    WHEN rule.code = 'partial_amount'
                    THEN JSONB_BUILD_OBJECT('amount', figure.amount,
                                            'baseline', figure.amount_previous, 'months', 12)
                    WHEN rule.status = 'partial' THEN partial.facts
                    WHEN rule.status = 'regained'
                    THEN JSONB_BUILD_OBJECT('date', returned.day, 'pause', returned.gap)
               END AS status_values,
               GREATEST(0, ROUND(
                   CASE WHEN rule.status IN ('lost', 'dormant', 'at_risk') THEN
                             CASE WHEN figure.last_date < %(previous_first)s
                                  THEN figure.amount_final
                                  ELSE GREATEST(figure.amount, figure.amount_previous) END
                        WHEN rule.code = 'partial_amount'
                        THEN figure.amount_previous - figure.amount
                        WHEN rule.status = 'partial' THEN partial.stake
                        ELSE 0 END, 2)) AS value_at_stake,
               CASE WHEN figure.gaps >= 2 AND rule.status <> 'lost'
                    THEN figure.last_date + ROUND(figure.median)::int END AS expected_next_date
          FROM bench_figure figure
          JOIN bench_rhythm rhythm ON rhythm.partner_id = figure.partner_id
          JOIN res_partner customer
            ON customer.id = figure.partner_id AND customer.tier_exempt IS NOT TRUE
     LEFT JOIN score ON score.partner_id = figure.partner_id
     LEFT JOIN segment ON segment.r = score.r_score
                      AND segment.fm = score.f_score + score.m_score
     LEFT JOIN res_company_users_rel allowed
            ON allowed.user_id = customer.user_id AND allowed.cid = %(company)s
     LEFT JOIN bench_partial partial ON partial.partner_id = figure.partner_id
     LEFT JOIN returned ON returned.partner_id = figure.partner_id
         CROSS JOIN LATERAL (
            SELECT code,
                   CASE WHEN code LIKE 'lost%%' THEN 'lost'
                        WHEN code LIKE 'partial%%' THEN 'partial'
                        WHEN code LIKE 'risk%%' THEN 'at_risk'
                        WHEN code = 'dormant_gap' THEN 'dormant'
                        ELSE code END AS status
              FROM (
                    SELECT COALESCE(
                        rhythm.code, partial.code, rhythm.risk,
                        CASE WHEN returned.day IS NOT NULL THEN 'regained'
                             WHEN figure.first_date >= %(as_of)s::date - 90 THEN 'new'
                             WHEN figure.orders = 1 THEN 'single'
                             ELSE 'active' END) AS code OFFSET 0
                   ) first_rule
         ) rule
      ORDER BY figure.partner_id
        """,
        levels=levels,
        rest=rest.id or None,
        returned=_returned_sql(as_of),
        previous_first=previous_first,
        company=scheme.company_id.id,
        as_of=as_of,
    )


def _returned_sql(as_of):
    """The latest pause of the last half year that was long enough to be called lost."""
    return SQL(
        """
        SELECT DISTINCT ON (partner_id) partner_id, pause.day, pause.gap
          FROM bench_figure figure
    CROSS JOIN LATERAL (
                SELECT list.gap, list.place,
                       figure.last_date
                           - (SUM(list.gap) OVER (ORDER BY list.place) - list.gap)::int AS day
                  FROM UNNEST(figure.recent) WITH ORDINALITY list (gap, place)
               ) pause
         WHERE figure.recent IS NOT NULL
           AND pause.day >= %(half_year_ago)s
           AND CASE WHEN CARDINALITY(figure.recent) - pause.place < 2
                    THEN pause.day - pause.gap < (pause.day - INTERVAL '1 year')::date
                    ELSE pause.gap > 3 * (
                        SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY earlier)
                          FROM UNNEST(figure.recent[pause.place + 1 :]) earlier) END
      ORDER BY partner_id, pause.day DESC
        """,
        half_year_ago=date_utils.subtract(as_of, months=6),
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
