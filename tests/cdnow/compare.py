"""Put the addon's grading of the CDNOW customers beside the oracle's."""

from decimal import Decimal

from tests.cdnow import oracle

MEASURES = {"revenue": "amount", "margin": "margin", "quantity": "quantity"}
#: the data set counts CDs and knows no titles: one product in one category
PRODUCT = "CD"
#: compared always; the quantity only where a scheme measures it (it is not filled elsewhere)
FIGURES = (
    "document_count",
    "first_date",
    "last_date",
    "amount",
    "amount_previous",
    "r_score",
    "f_score",
    "m_score",
)


def oracle_documents(purchases):
    """Return the purchases as the oracle's documents (the data set knows no margin)."""
    return [
        oracle.Document(
            customer=purchase.customer,
            date=purchase.date,
            amount=purchase.amount,
            quantity=Decimal(purchase.quantity),
        )
        for purchase in purchases
    ]


def oracle_rules(scheme):
    """Read the settings of a scheme; levels are named by their record id."""
    segments = scheme.env["customer.rfm.segment"].search([], order="sequence, id")
    return oracle.Rules(
        method=scheme.method,
        measure=MEASURES[scheme.measure],
        window_type=scheme.window_type,
        window_months=scheme.window_months,
        weights=(scheme.weight_r, scheme.weight_f, scheme.weight_m),
        levels=tuple(
            oracle.Level(
                name=tier.id,
                min_amount=_decimal(tier.min_amount),
                catch_all=tier.catch_all,
                share=_decimal(tier.share),
                min_score=tier.min_score,
            )
            for tier in scheme.tier_ids.sorted(lambda tier: (tier.sequence, tier.id))
        ),
        segments=tuple(
            oracle.Segment(
                name=segment.id,
                r_min=_decimal(segment.r_min),
                r_max=_decimal(segment.r_max),
                fm_min=_decimal(segment.fm_min),
                fm_max=_decimal(segment.fm_max),
            )
            for segment in segments
        ),
    )


def compare_rows(scheme, as_of, documents, customers):
    """Compare ``evaluate_rows`` with the oracle for everybody.

    :param scheme: customer.tier.scheme record
    :param as_of: date
    :param documents: list of oracle.Document
    :param customers: {customer: partner id}
    :return: (number of customers compared, those rightly not graded included; list of
        sentences, one per customer that differs)
    """
    expected = oracle.evaluate(documents, as_of, oracle_rules(scheme))
    rows = {row["partner_id"]: row for row in scheme.evaluate_rows(as_of)}
    return _compare(expected, rows, customers, _figures(scheme), f"{scheme.name} at {as_of}")


def _figures(scheme):
    return (*FIGURES, "quantity") if scheme.measure == "quantity" else FIGURES


def compare_standings(scheme, as_of, documents, customers):
    """Compare the standings written by ``evaluate(as_of)`` with the oracle.

    Besides the members of the population: whoever has a standing and is no member must have
    zero figures and no level.
    """
    expected = oracle.evaluate(documents, as_of, oracle_rules(scheme))
    standings = scheme.env["customer.standing"].search([("scheme_id", "=", scheme.id)])
    names = [*FIGURES, "quantity", "partner_id", "rfm_segment", "earned_tier_id", "tier_id"]
    rows = {row["partner_id"]: row for row in standings.read(names, load=None)}
    members = {customers[customer] for customer in expected}
    title = f"Stored standing of {scheme.name} at {as_of}"
    differences = [
        f"{title}: partner {partner_id} is no member of the population but has {row}"
        for partner_id, row in rows.items()
        if partner_id not in members
        and any(row[name] for name in ("document_count", "amount", "quantity", "earned_tier_id"))
    ]
    differences += [
        f"{title}: partner {partner_id} holds level {row['tier_id']} but earns "
        f"{row['earned_tier_id']}"
        for partner_id, row in rows.items()
        if row["tier_id"] != row["earned_tier_id"]
    ]
    inside = {key: row for key, row in rows.items() if key in members}
    count, more = _compare(expected, inside, customers, _figures(scheme), title)
    return count, differences + more


def compare_statuses(found, as_of, purchases, customers):
    """Compare stored statuses with the addon's second, naive computation of them.

    :param found: {partner id: status}
    :param customers: {customer: partner id}
    :return: list of sentences, one per customer that differs
    """
    from odoo.addons.customer_tiering.models.status import STATUS_RULES
    from odoo.addons.customer_tiering.tests import status_oracle

    status_of_code = {code: status for code, status, _words in STATUS_RULES}
    of_customer = {}
    for purchase in purchases:
        lines = [(PRODUCT, str(purchase.amount))]
        of_customer.setdefault(purchase.customer, []).append((purchase.date, lines))
    differences = []
    for customer, partner_id in customers.items():
        result = status_oracle.status_of(of_customer[customer], {PRODUCT: 1}, as_of)
        expected = status_of_code[result[0]] if result else None
        if found.get(partner_id) != expected:
            differences.append(
                f"Status at {as_of}: customer {customer} is {found.get(partner_id)}, "
                f"the oracle says {expected}"
            )
    return differences


def _compare(expected, rows, customers, figures, title):
    """Compare the members of the population; whoever is none must be in neither.

    :param rows: {partner id: dict}
    :return: (customers compared, sentences)
    """
    differences = []
    for customer, result in expected.items():
        row = rows.get(customers[customer])
        if row is None:
            differences.append(f"{title}: customer {customer} is missing")
            continue
        wrong = _wrong_values(result, row, figures)
        if wrong:
            differences.append(f"{title}: customer {customer}: {', '.join(wrong)}")
    strangers = rows.keys() - {customers[customer] for customer in expected}
    differences += [f"{title}: partner {partner} does not belong" for partner in strangers]
    return len(customers), differences


def _wrong_values(result, row, figures):
    """Name each figure, score, segment or level that differs, with both values."""
    pairs = [(name, getattr(result, name), row[name]) for name in figures]
    pairs.append(("rfm_segment", result.rfm_segment, row["rfm_segment"] or None))
    pairs.append(("level", result.level, row["earned_tier_id"] or None))
    return [
        f"{name} is {found}, the oracle says {wanted}"
        for name, wanted, found in pairs
        if (_decimal(found) if isinstance(wanted, Decimal) else found) != wanted
    ]


def _decimal(value):
    """Return a number from the ORM or from SQL as the Decimal it is shown as."""
    return Decimal(str(value or 0))
