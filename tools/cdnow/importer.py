"""Bring CDNOW purchases into Odoo as what they are: confirmed sales orders with their dates.

Everything goes through the ORM, as an import of old orders from another shop would: one
order per purchase, one line of the product CD, untaxed, confirmed, then re-dated (confirming
always sets today). Orders keep their number of the data set.

The import can be stopped at any time and started again: what is there is skipped.
"""

from decimal import Decimal

from odoo.fields import Command

BATCH = 500
#: an import writes no "order created" notes and nobody follows
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
}
PRODUCT_CODE = "CDNOW-CD"


class ImportMismatch(Exception):
    """Odoo's figures differ from the file's; the message says where."""


def customer_ref(customer):
    """Return the reference of a customer of the data set (also the import's memory)."""
    return f"CDNOW-{customer}"


def order_name(purchase):
    """Return the order's number, unique in the data set (also the import's memory)."""
    return f"CD{purchase.number:05d}"


def import_purchases(env, purchases, commit=lambda: None, progress=lambda done, total: None):
    """Create the customers and orders that are not there yet, in batches.

    :param env: Odoo environment whose company sells the CDs; its currency must be USD
    :param purchases: list of dataset.Purchase
    :param commit: called after each batch
    :param progress: called with (done, total) after each batch; one unit is one order
    :return: (partners created, orders created)
    :raise ImportMismatch: other currency, or the company holds the other CDNOW file's orders
    """
    env = env(context={**env.context, **QUIET})
    if env.company.currency_id.name != "USD":
        raise ImportMismatch(
            f"The company {env.company.name} keeps its books in {env.company.currency_id.name}; "
            "CDNOW's amounts are US dollars."
        )
    there = _read_orders(env)
    _check_same_file(there, purchases)
    partners, new_partners = _import_customers(env, purchases, commit)
    product = _get_product(env)
    todo = [purchase for purchase in purchases if order_name(purchase) not in there]
    todo.sort(key=lambda purchase: purchase.date)  # so that a batch has few different dates
    done = len(purchases) - len(todo)
    for start in range(0, len(todo), BATCH):
        batch = todo[start : start + BATCH]
        _import_orders(env, batch, partners, product)
        commit()
        env.invalidate_all()
        done += len(batch)
        progress(done, len(purchases))
    return new_partners, len(todo)


def check_amounts(env, purchases):
    """Compare every order with its row: customer, day, amount and number of CDs.

    :return: number of orders that agree
    :raise ImportMismatch: naming the first that does not
    """
    orders = _read_orders(env)
    for purchase in purchases:
        found = orders.get(order_name(purchase))
        if found != _expected(purchase):
            raise ImportMismatch(
                f"Order {order_name(purchase)} is {found}, the file says {_expected(purchase)}."
            )
    return len(purchases)


def get_customers(env):
    """Return {customer of the data set: id of its partner}."""
    rows = env["res.partner"].search_read([("ref", "=like", "CDNOW-%")], ["ref"], load=None)
    return {row["ref"].removeprefix("CDNOW-"): row["id"] for row in rows}


def _expected(purchase):
    """Return what :func:`_read_orders` must find for a purchase."""
    return (
        customer_ref(purchase.customer),
        purchase.date,
        purchase.amount,
        purchase.quantity,
        "sale",
    )


def _check_same_file(there, purchases):
    """Refuse to mix the master and the sample: customers would have orders twice."""
    by_name = {order_name(purchase): purchase for purchase in purchases}
    if any(
        name not in by_name or row[:2] != _expected(by_name[name])[:2]
        for name, row in there.items()
    ):
        raise ImportMismatch(
            "This database holds the orders of the other CDNOW file (sample or master): "
            "take a database of another name, or drop this one."
        )


def _import_customers(env, purchases, commit):
    customers = get_customers(env)
    missing = sorted({purchase.customer for purchase in purchases} - customers.keys())
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        env["res.partner"].create(
            [
                {
                    "name": f"CDNOW customer {customer}",
                    "ref": customer_ref(customer),
                    "customer_rank": 1,
                }
                for customer in batch
            ]
        )
        commit()
    return get_customers(env), len(missing)


def _get_product(env):
    product = env["product.product"].search([("default_code", "=", PRODUCT_CODE)], limit=1)
    return product or env["product.product"].create(
        {
            "name": "CD",
            "default_code": PRODUCT_CODE,
            "type": "consu",
            "list_price": 15,
            "taxes_id": [Command.clear()],
            "invoice_policy": "order",
        }
    )


def _import_orders(env, purchases, partners, product):
    """Create, confirm and date one batch of orders."""
    orders = env["sale.order"].create(
        [_prepare_order(purchase, partners, product) for purchase in purchases]
    )
    orders.action_confirm()
    by_day = {}
    for order, purchase in zip(orders, purchases, strict=True):
        by_day.setdefault(purchase.date, []).append(order.id)
    for day, order_ids in by_day.items():
        # noon UTC is the same day in every time zone of the shop's country
        env["sale.order"].browse(order_ids).write({"date_order": f"{day} 12:00:00"})
    env.flush_all()


def _prepare_order(purchase, partners, product):
    # Odoo keeps a unit price with all its digits and rounds the line, so the line's amount is
    # the file's to the cent; check_amounts() verifies it for every order.
    quantity = purchase.quantity or 1
    return {
        "name": order_name(purchase),
        "partner_id": partners[purchase.customer],
        "client_order_ref": f"CDNOW row {purchase.number}",
        "date_order": f"{purchase.date} 12:00:00",
        "order_line": [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "price_unit": float(purchase.amount / quantity),
                    "tax_ids": [Command.clear()],
                    "analytic_distribution": False,
                }
            )
        ],
    }


def _read_orders(env):
    """Return {order number: (customer's ref, day, amount, CDs, state)} of imported orders.

    Read in SQL because 70,000 records through the ORM take a minute; days are UTC days.
    """
    env.flush_all()
    env.cr.execute(
        """
        SELECT o.name, p.ref, o.date_order::date, o.amount_untaxed, o.state,
               (SELECT sum(l.product_uom_qty) FROM sale_order_line l WHERE l.order_id = o.id)
          FROM sale_order o
          JOIN res_partner p ON p.id = o.partner_id
         WHERE o.company_id = %s AND o.client_order_ref LIKE 'CDNOW row %%'
        """,
        [env.company.id],
    )
    return {
        name: (ref, day, Decimal(str(amount)), int(quantity), state)
        for name, ref, day, amount, state, quantity in env.cr.fetchall()
    }
