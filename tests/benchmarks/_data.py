"""A company's customers and sales orders, made in SQL, of any size.

Customers with an account manager each, every tenth with a contact who places half of the
orders; orders evenly over three years in the order of their dates, as life enters them; few
customers buy much and many little (activity ∝ 1 ⁄ √rank, so some seven in ten bought in the
last twelve months), lognormal amounts around 100; 3 % in a foreign currency, 3 % quotations,
2 % cancelled. Grading by revenue reads the order's own untaxed amount; lines, which the status
alone reads, are made where they are asked for.
"""

from odoo.fields import Command
from odoo.tools import SQL

#: where the sizes of the data are remembered; a database without it is not a benchmark's
MARK = "customer_care.benchmark"
DAYS = 3 * 365
SELLERS = 5
ORDER_PREFIX = "BENCH"
LOADED = ("res_partner", "sale_order", "sale_order_line")
CATEGORIES, PRODUCTS = 6, 30


class ForeignDatabase(Exception):
    """The database holds orders that no benchmark made."""


def loaded_sizes(env):
    """Return (customers, orders, lines an order) of the data in this database, None if none.

    :raise ForeignDatabase: somebody else's orders are in it
    """
    mark = env["ir.config_parameter"].sudo().get_param(MARK)
    if mark:
        customers, orders, *lines = map(int, mark.split("/"))
        return customers, orders, lines[0] if lines else 0
    env.cr.execute("SELECT EXISTS (SELECT 1 FROM sale_order)")
    if env.cr.fetchone()[0]:
        raise ForeignDatabase(
            f"The database {env.cr.dbname} holds sales orders that no benchmark made: "
            "give a name of a database of its own."
        )
    return None


def load(env, customers, orders, lines=0):
    """Fill the database; commits.

    :param customers: number of commercial partners that may buy
    :param orders: number of orders of all states
    :param lines: number of lines of each order
    """
    sellers = _create_sellers(env)
    products = _create_products(env) if lines else []
    env.flush_all()
    restore = [statement for table in LOADED for statement in _strip(env.cr, table)]
    first = _insert_partners(env, customers, sellers)
    _insert_orders(env, customers, orders, first)
    if lines:
        _insert_lines(env, lines, products)
    for statement in restore:
        env.cr.execute(statement)
    env["ir.config_parameter"].sudo().set_param(MARK, f"{customers}/{orders}/{lines}")
    env.cr.commit()
    env.invalidate_all()


def _create_sellers(env):
    users = env["res.users"].with_context(no_reset_password=True)
    for number in range(1, SELLERS + 1):
        users |= users.create(
            {
                "name": f"Seller {number}",
                "login": f"benchmark_seller_{number}",
                "group_ids": [Command.link(env.ref("sales_team.group_sale_salesman").id)],
            }
        )
    return users


def _create_products(env):
    categories = env["product.category"].create(
        [{"name": f"Category {number}"} for number in range(CATEGORIES)]
    )
    return env["product.product"].create(
        [
            {
                "name": f"Product {number}",
                "type": "consu",
                "categ_id": categories[number % CATEGORIES].id,
                "taxes_id": [Command.clear()],
            }
            for number in range(PRODUCTS)
        ]
    )


def _insert_lines(env, lines, products):
    """Give every order lines of a few of its customer's favourites; they add up to it.

    Favourites lie around a product of the customer's own and wander on with the months, so
    that now and then a category falls silent or an assortment shrinks.
    """
    env.cr.execute(
        SQL(
            """
            INSERT INTO sale_order_line (
                order_id, name, product_id, product_uom_id, product_uom_qty, price_unit,
                price_subtotal, price_total, customer_lead, sequence, state, company_id,
                order_partner_id, currency_id, create_uid, write_uid, create_date, write_date)
            SELECT doc.id, 'Product', (%(products)s)[1 + place %% %(count)s], %(unit)s, 1,
                   amount, amount, amount, 0, 10, doc.state, doc.company_id, doc.partner_id,
                   doc.currency_id, 1, 1, doc.date_order, doc.date_order
              FROM sale_order doc
        CROSS JOIN generate_series(1, %(lines)s) number
        CROSS JOIN LATERAL (
                    SELECT (doc.partner_id * 7
                            + FLOOR(EXTRACT(EPOCH FROM doc.date_order) / 15552000)
                            + FLOOR(6 * RANDOM() ^ 2))::int AS place,
                           ROUND(doc.amount_untaxed / %(lines)s, 2) AS amount
                   ) line
            """,
            products=products.ids,
            count=len(products),
            unit=products[:1].uom_id.id,
            lines=lines,
        )
    )


def _strip(cr, table):
    """Drop indexes and foreign keys of a table for a quick load.

    :return: list of SQL that brings them back
    """
    cr.execute(
        """
        SELECT format('DROP INDEX %%I', class.relname), pg_get_indexdef(class.oid)
          FROM pg_index
          JOIN pg_class class ON class.oid = indexrelid
         WHERE indrelid = %(table)s::regclass AND NOT indisunique
        UNION ALL
        SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', %(table)s, conname),
               format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s',
                      %(table)s, conname, pg_get_constraintdef(oid))
          FROM pg_constraint
         WHERE conrelid = %(table)s::regclass AND contype = 'f'
        """,
        {"table": table},
    )
    pairs = cr.fetchall()
    for drop, _restore in pairs:
        cr.execute(drop)
    return [restore for _drop, restore in pairs]


def _insert_partners(env, customers, sellers):
    """Insert customers and contacts with ids in a row.

    :return: id of the first customer; customer k has the id first + k, the contact of
        customer k (k divisible by 10) the id first + customers + k ⁄ 10
    """
    contacts = (customers + 9) // 10
    first = _reserve_ids(env.cr, "res_partner", customers + contacts)
    env.cr.execute(
        SQL(
            """
            INSERT INTO res_partner (
                id, name, complete_name, ref, parent_id, commercial_partner_id, user_id, type,
                is_company, active, partner_share, autopost_bills, customer_rank, lang,
                create_uid, write_uid, create_date, write_date)
            SELECT %(first)s + k,
                   CASE WHEN k < %(customers)s THEN 'Customer ' || k
                        ELSE 'Contact of ' || 10 * (k - %(customers)s) END,
                   CASE WHEN k < %(customers)s THEN 'Customer ' || k
                        ELSE 'Customer ' || 10 * (k - %(customers)s) || ', Contact' END,
                   %(prefix)s || k,
                   CASE WHEN k >= %(customers)s THEN %(first)s + 10 * (k - %(customers)s) END,
                   CASE WHEN k < %(customers)s THEN %(first)s + k
                        ELSE %(first)s + 10 * (k - %(customers)s) END,
                   (%(sellers)s)[1 + k %% %(seller_count)s],
                   'contact', k < %(customers)s, TRUE, TRUE, 'ask', 1, 'en_US',
                   1, 1, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
              FROM generate_series(0, %(total)s - 1) k
            """,
            first=first,
            customers=customers,
            total=customers + contacts,
            prefix=ORDER_PREFIX,
            sellers=sellers.ids,
            seller_count=len(sellers),
        )
    )
    return first


def _insert_orders(env, customers, orders, first):
    first_order = _reserve_ids(env.cr, "sale_order", orders)
    env.cr.execute("SELECT setseed(0.42)")
    env.cr.execute(
        SQL(
            """
            INSERT INTO sale_order (
                id, name, company_id, partner_id, partner_invoice_id, partner_shipping_id,
                state, date_order, currency_id, currency_rate, amount_untaxed, amount_tax,
                amount_total, invoice_status, locked, client_order_ref,
                create_uid, write_uid, create_date, write_date)
            SELECT %(first_order)s + number, %(prefix)s || number, %(company)s,
                   buyer, buyer, buyer,
                   CASE WHEN dice < 0.03 THEN 'draft' WHEN dice < 0.05 THEN 'cancel'
                        ELSE 'sale' END,
                   day, CASE WHEN dice > 0.97 THEN %(foreign)s ELSE %(own)s END,
                   CASE WHEN dice > 0.97 THEN 1.25 ELSE 1 END,
                   amount, 0, amount, 'no', FALSE, %(prefix)s || number,
                   1, 1, day, day
              FROM (
                SELECT number, dice, day, amount,
                       CASE WHEN customer %% 10 = 0 AND second_dice < 0.5
                            THEN %(first)s + %(customers)s + customer / 10
                            ELSE %(first)s + customer END AS buyer
                  FROM (
                    SELECT number, RANDOM() AS dice, RANDOM() AS second_dice,
                           -- the busiest customers scattered over all ids
                           (FLOOR(%(customers)s * RANDOM() ^ 2)::bigint * 7919
                               %% %(customers)s)::int AS customer,
                           DATE_TRUNC('second', NOW() AT TIME ZONE 'UTC'
                               - (1 - number::float / %(orders)s) * %(days)s
                               * INTERVAL '1 day') AS day,
                           ROUND(EXP(4.6 + SQRT(-2 * LN(1 - RANDOM()))
                               * COS(2 * PI() * RANDOM()))::numeric, 2) AS amount
                      FROM generate_series(0, %(orders)s - 1) number
                  ) drawn
              ) placed
            """,
            first_order=first_order,
            prefix=ORDER_PREFIX,
            company=env.company.id,
            own=env.company.currency_id.id,
            foreign=env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", env.company.currency_id.id)], limit=1)
            .id,
            first=first,
            customers=customers,
            orders=orders,
            days=DAYS,
        )
    )


def _reserve_ids(cr, table, count):
    """Take ids out of a table's sequence; return the first."""
    cr.execute(SQL("SELECT nextval(%s)", f"{table}_id_seq"))
    first = cr.fetchone()[0]
    cr.execute(SQL("SELECT setval(%s, %s)", f"{table}_id_seq", first + count))
    return first


class OneNight:
    """Changes to one customer in a hundred that one day brings; taken back on leaving.

    Of the touched customers six in ten get a new order today, three in ten have their
    latest order corrected, one in ten has it cancelled.
    """

    def __init__(self, env, scheme):
        self.cr, self.env, self.scheme = env.cr, env, scheme

    def __enter__(self):
        cr = self.cr
        cr.execute("SELECT to_regclass('bench_touched')")
        if cr.fetchone()[0]:
            self._undo()  # an earlier run was killed in the middle of its night
        cr.execute(
            SQL(
                """
                CREATE TABLE bench_touched AS
                SELECT DISTINCT ON (standing.partner_id) doc.id, doc.partner_id,
                       doc.amount_untaxed, doc.state, standing.partner_id / 100 %% 10 AS dice
                  FROM customer_standing standing
                  JOIN res_partner buyer ON buyer.commercial_partner_id = standing.partner_id
                  JOIN sale_order doc ON doc.partner_id = buyer.id AND doc.state = 'sale'
                 WHERE standing.scheme_id = %s
                   AND standing.document_count > 0
                   AND standing.partner_id %% 100 = 7
              ORDER BY standing.partner_id, doc.date_order DESC
                """,
                self.scheme.id,
            )
        )
        touched = cr.rowcount
        cr.execute(
            """
            UPDATE sale_order doc
               SET amount_untaxed = CASE WHEN dice < 9 THEN doc.amount_untaxed + 100
                                         ELSE doc.amount_untaxed END,
                   state = CASE WHEN dice < 9 THEN doc.state ELSE 'cancel' END
              FROM bench_touched touched
             WHERE touched.id = doc.id AND dice >= 6
            """
        )
        cr.execute(
            SQL(
                """
                INSERT INTO sale_order (
                    name, company_id, partner_id, partner_invoice_id, partner_shipping_id,
                    state, date_order, currency_id, currency_rate, amount_untaxed, amount_tax,
                    amount_total, invoice_status, locked, client_order_ref,
                    create_uid, write_uid, create_date, write_date)
                SELECT 'NIGHT' || id, %(company)s, partner_id, partner_id, partner_id,
                       'sale', NOW() AT TIME ZONE 'UTC', %(currency)s, 1, 150, 0,
                       150, 'no', FALSE, 'NIGHT', 1, 1,
                       NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
                  FROM bench_touched
                 WHERE dice < 6
                """,
                company=self.env.company.id,
                currency=self.env.company.currency_id.id,
            )
        )
        cr.commit()
        return touched

    def __exit__(self, *error):
        self.cr.rollback()
        self._undo()

    def _undo(self):
        cr = self.cr
        cr.execute("DELETE FROM sale_order WHERE client_order_ref = 'NIGHT'")
        cr.execute(
            """
            UPDATE sale_order doc
               SET amount_untaxed = touched.amount_untaxed, state = touched.state
              FROM bench_touched touched
             WHERE touched.id = doc.id AND dice >= 6
            """
        )
        cr.execute("DROP TABLE bench_touched")
        cr.commit()
