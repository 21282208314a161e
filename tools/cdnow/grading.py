"""Grade the imported customers by each method, and say what came out."""

from odoo.fields import Command

#: Level name, service class and line of the schemes that are made for comparison; the line
#: is a share (pyramid, abc) or a sum of points (rfm).
COMPARISONS = {
    "pyramid": ("Pyramid 1/4/15/80", (("Top 1 %", "key", 1), ("Next 4 %", "key", 4),
                                      ("Next 15 %", "standard", 15), ("Base", "basic", 80))),
    "abc": ("ABC 80/15/5", (("A", "key", 80), ("B", "standard", 15), ("C", "basic", 5))),
    "rfm": ("RFM", (("13 points and more", "key", 13), ("10 to 12 points", "standard", 10),
                    ("7 to 9 points", "standard", 7), ("below 7 points", "basic", 3))),
}  # fmt: skip


def ensure_comparison_schemes(env, methods=tuple(COMPARISONS)):
    """Return the schemes that grade the same company by other methods; none is operative."""
    schemes = env["customer.tier.scheme"]
    for method in methods:
        name, levels = COMPARISONS[method]
        scheme = schemes.search(
            [
                ("company_id", "=", env.company.id),
                ("method", "=", method),
                ("name", "=", name),
            ],
            limit=1,
        )
        schemes |= scheme or schemes.create(
            {
                "name": name,
                "method": method,
                "company_id": env.company.id,
                "tier_ids": [
                    Command.create(
                        {
                            "name": level,
                            "code": f"{method.upper()}{position}",
                            "sequence": 10 * position,
                            "service_class": service_class,
                            "color": position,
                            "min_score" if method == "rfm" else "share": line,
                        }
                    )
                    for position, (level, service_class, line) in enumerate(levels, start=1)
                ],
            }
        )
    return schemes


def draw_proposed_lines(scheme, as_of):
    """Give the levels of an Amount scheme the lines the guided start would propose.

    Levels without a proposed line above the last one are removed; the last takes the rest.
    """
    lines = scheme._propose_lines(as_of)
    tiers = scheme.tier_ids.sorted("sequence")
    *upper, last = tiers
    commands = [
        Command.update(tier.id, {"min_amount": float(line)})
        for tier, line in zip(upper, lines, strict=False)
    ]
    commands += [Command.delete(tier.id) for tier in upper[len(lines) :]]
    commands.append(Command.update(last.id, {"min_amount": 0, "catch_all": True}))
    scheme.write({"tier_ids": commands})


def describe(scheme):
    """Return a table of the scheme's levels: customers and revenue held, with shares."""
    rows = scheme.env["customer.standing"]._read_group(
        [("scheme_id", "=", scheme.id), ("document_count", ">", 0)],
        ["tier_id"],
        ["__count", "amount:sum"],
    )
    found = {tier: (count, amount) for tier, count, amount in rows}
    tiers = scheme.tier_ids.sorted("sequence")
    named = [(f"{tier.name}{_line(scheme, tier)}", *found.get(tier, (0, 0))) for tier in tiers]
    if no_level := found.get(tiers.browse()):
        named.append(("no level", *no_level))
    return _table(f"{scheme.name} ({scheme.method})", named)


def describe_segments(scheme):
    """Return a table of the RFM segments of a scheme's customers."""
    rows = scheme.env["customer.standing"]._read_group(
        [("scheme_id", "=", scheme.id), ("document_count", ">", 0)],
        ["rfm_segment"],
        ["__count", "amount:sum"],
    )
    found = {segment: (count, amount) for segment, count, amount in rows}
    segments = scheme.env["customer.rfm.segment"].search([])
    named = [(segment.name, *found.get(segment, (0, 0))) for segment in segments]
    if no_segment := found.get(segments.browse()):
        named.append(("no segment", *no_segment))
    return _table("RFM segments", named)


def _line(scheme, tier):
    if scheme.method == "amount":
        return ", the rest" if tier.catch_all else f", from {tier.min_amount:,.0f}"
    return f", {tier.share:g} %" if scheme.method == "abc" else ""


def _table(title, rows):
    """Lay out rows of (name, customers, revenue) with their shares."""
    customers = sum(row[1] for row in rows) or 1
    revenue = float(sum(row[2] or 0 for row in rows)) or 1.0
    lines = [f"{title:34}{'customers':>10}{'share':>9}{'revenue':>15}{'share':>9}"]
    lines += [
        f"  {name:32}{count:>10,}{count / customers:>9.1%}"
        f"{float(amount or 0):>15,.2f}{float(amount or 0) / revenue:>9.1%}"
        for name, count, amount in rows
    ]
    return "\n".join(lines)
