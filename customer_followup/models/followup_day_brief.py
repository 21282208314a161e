"""The visit brief: what one has to know at the customer's door, on one page."""

from collections import defaultdict
from datetime import timedelta
from html import unescape

from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

#: Contacts, orders and people a page has room for.
CONTACTS, ORDERS, PEOPLE = 3, 5, 5
#: What was ordered longer ago and not delivered was forgotten to be closed.
DELIVERY_DAYS = 180
#: Birthdays so near are worth a word.
BIRTHDAY_DAYS = 30


class FollowupDay(models.Model):
    _inherit = "followup.day"

    @api.model
    def get_brief(self, touch_id):
        """Return the brief of one follow-up, see :meth:`get_briefs`."""
        return self.get_briefs([touch_id])[touch_id]

    @api.model
    def get_briefs(self, touch_ids):
        """Return what to know before these calls and visits, read with the caller's rights.

        What he may not read is left out. The number of queries does not depend on the number
        of follow-ups.

        :param touch_ids: ids of ``followup.touch``
        :return: ``{id: dict}`` with

            * ``level``, ``level_reason`` (sentences), ``status``, ``status_reason``
            * ``figures``: list of ``(label, text)``: value of this period and the one before,
              needed to keep and to reach a level, money owed
            * ``contacts``: the last three; ``promises``: the open ones; ``next_step`` agreed
            * ``quotations`` and ``deliveries``: open ones, as lists of orders
            * ``people``: whom one deals with and how, birthdays of the next 30 days marked
            * ``checklist``: lines of what to prepare; ``alerts``
        :raise AccessError: for follow-ups the caller may not read
        """
        touches = self._read_touches(touch_ids)
        today = fields.Date.context_today(self)
        alerts = touches._get_partner_alerts(touches.partner_id)
        people = self._read_people(touches, today)
        standings = self._read_standings(touches)
        contacts = self._read_last_contacts(touches)
        promises = self._read_open_promises(touches, today)
        quotations, deliveries = self._read_orders(touches, today)
        briefs = {}
        for touch in touches:
            customer = touch.partner_id
            standing = standings[customer.id]
            last = contacts[customer.id]
            briefs[touch.id] = {
                "id": touch.id,
                **self._prepare_level(customer, standing),
                "figures": self._prepare_figures(customer, standing),
                "contacts": last,
                "next_step": last[0]["next_step"] if last else "",
                "promises": promises[customer.id],
                "quotations": quotations[customer.id],
                "deliveries": deliveries[customer.id],
                "people": people[customer.id],
                "checklist": (touch.checklist or "").splitlines(),
                "alerts": touch._prepare_alerts(alerts.get(customer.id)),
            }
        return briefs

    @api.model
    def _read_touches(self, touch_ids):
        """Return these follow-ups, checked and read in one query."""
        touches = self.env["followup.touch"]
        touches.check_access("read")
        wanted = touches.browse(touch_ids)
        found = touches.search_fetch(
            [("id", "in", wanted.ids)],
            ["partner_id", "contact_id", "company_id", "user_id", "checklist"],
        )
        if found != wanted:
            wanted.check_access("read")
        return wanted

    # ------------------------------------------------------------
    # Level, status, money
    # ------------------------------------------------------------

    @api.model
    def _read_standings(self, touches):
        """Return ``{customer id: where he stands}``, nothing where the caller may not know."""
        scheme = self.env["customer.tier.scheme"]._get_operative(self.env.company)
        standings = self.env["customer.standing"]
        stored = [name for name, field in standings._fields.items() if field.column_type]
        standings = standings.search_fetch(
            [("scheme_id", "=", scheme.id), ("partner_id", "in", touches.partner_id.ids)],
            [name for name in stored if standings._fields[name].store],
        )
        # all levels at once; otherwise those held are read first, then the others
        standings.scheme_id.tier_ids.mapped("name")
        return defaultdict(
            standings.browse, {standing.partner_id.id: standing for standing in standings}
        )

    @api.model
    def _prepare_level(self, customer, standing):
        """Return level and status, each with its reason."""
        # where the figures are not for him, the words still are
        tier = standing.tier_id if standing else customer.tier_id
        status = standing.customer_status if standing else customer.customer_status
        sentences = standing._get_explanation()["sentences"] if standing else []
        statuses = customer._fields["customer_status"]._description_selection(self.env)
        return {
            "level": {"name": tier.name, "color": tier.color} if tier else False,
            "level_reason": [self._to_text(sentence) for sentence in sentences],
            "status": dict(statuses).get(status, ""),
            "status_reason": standing.status_reason or "",
        }

    @api.model
    def _to_text(self, sentence):
        """Return a sentence as plain text: dates and amounts come as HTML."""
        return unescape(sentence) if isinstance(sentence, Markup) else sentence

    @api.model
    def _prepare_figures(self, customer, standing):
        """Return ``[(label, text)]`` of the customer's value and of what he owes."""
        figures = []
        if standing:
            figures += [
                (self.env._("This period"), standing._format_value(standing.amount)),
                (self.env._("Period before"), standing._format_value(standing.amount_previous)),
            ]
        if standing.amount_to_keep:
            figures.append(
                (
                    self.env._("To keep %(level)s", level=standing.tier_id.name),
                    standing._format_value(standing.amount_to_keep),
                )
            )
        if standing.amount_to_next:
            figures.append(
                (
                    self.env._("To reach %(level)s", level=standing._get_next_tier().name),
                    standing._format_value(standing.amount_to_next),
                )
            )
        return figures + self._prepare_debts(customer)

    @api.model
    def _prepare_debts(self, customer):
        currency = customer.care_currency_id
        debts = []
        if customer.receivable:
            debts.append(
                (self.env._("Owes us"), format_amount(self.env, customer.receivable, currency))
            )
        if customer.overdue_amount:
            overdue = format_amount(self.env, customer.overdue_amount, currency)
            debts.append(
                (
                    self.env._("Overdue"),
                    self.env._(
                        "%(amount)s for %(days)s days", amount=overdue, days=customer.overdue_days
                    ),
                )
            )
        return debts

    # ------------------------------------------------------------
    # History
    # ------------------------------------------------------------

    @api.model
    def _read_last_contacts(self, touches):
        """Return ``{customer id: the last three contacts, the latest first}``."""
        done = touches._search(
            [
                ("partner_id", "in", touches.partner_id.ids),
                ("company_id", "in", touches.company_id.ids),
                ("state", "=", "done"),
            ]
        )
        last = SQL(
            """
            (SELECT id
               FROM (SELECT id,
                            row_number() OVER (PARTITION BY partner_id
                                               ORDER BY date_done DESC, id DESC) AS place
                       FROM followup_touch
                      WHERE id IN %(done)s) contact
              WHERE place <= %(limit)s)
            """,
            done=done.subselect(),
            limit=CONTACTS,
        )
        found = touches.search_fetch(
            [("id", "in", last)],
            ["partner_id", "date_done", "kind", "outcome_id", "result", "next_step", "user_id"],
            order="date_done DESC, id DESC",
        )
        kinds = dict(touches._fields["kind"]._description_selection(self.env))
        contacts = defaultdict(list)
        for contact in found:
            contacts[contact.partner_id.id].append(
                {
                    "id": contact.id,
                    "date": contact.date_done,
                    "kind": contact.kind,
                    "kind_name": kinds[contact.kind],
                    "outcome": contact.outcome_id.name or "",
                    "result": contact.result or "",
                    "next_step": contact.next_step or "",
                    "person": (contact.user_id - self.env.user).name or "",
                }
            )
        return contacts

    @api.model
    def _read_open_promises(self, touches, today):
        """Return ``{customer id: promises}``."""
        found = self.env["followup.promise"].search_fetch(
            [("partner_id", "in", touches.partner_id.ids), ("state", "=", "open")],
            ["name", "partner_id", "promised_by", "date_due"],
        )
        promises = defaultdict(list)
        for line in found._prepare_lines(today):
            promises[line["partner_id"]].append(line)
        return promises

    # ------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------

    @api.model
    def _read_orders(self, touches, today):
        """Return ``{customer id: orders}`` twice: quotations, and what is not delivered.

        Quotations are neither confirmed nor cancelled; orders count for half a year.
        """
        waiting = self._get_waiting_domain()
        orders = self.env["sale.order"].search_fetch(
            Domain("partner_id.commercial_partner_id", "in", touches.partner_id.ids)
            & Domain("company_id", "child_of", touches.company_id.ids)
            & (
                Domain("state", "in", ("draft", "sent"))
                | (
                    Domain("state", "=", "sale")
                    & Domain("date_order", ">=", today - timedelta(days=DELIVERY_DAYS))
                    & Domain("order_line", "any", waiting)
                )
            ),
            ["name", "state", "partner_id", "date_order", "amount_untaxed", "currency_id"],
            order="date_order DESC, id DESC",
        )
        ordered = orders.filtered(lambda order: order.state == "sale")
        parts = defaultdict(list)
        for line in self.env["sale.order.line"].search_fetch(
            Domain("order_id", "in", ordered.ids) & waiting,
            ["order_id", "name", "product_uom_qty", "qty_delivered"],
        ):
            quantity = line.product_uom_qty - line.qty_delivered
            parts[line.order_id.id].append(f"{quantity:g} × {(line.name or '').split(chr(10))[0]}")
        return self._prepare_orders(orders - ordered), self._prepare_orders(ordered, parts)

    @api.model
    def _get_waiting_domain(self):
        """Return the condition of order lines that are not wholly delivered."""

        def to_sql(model, alias, query):
            delivered, ordered = (
                model._field_to_sql(alias, name, query)
                for name in ("qty_delivered", "product_uom_qty")
            )
            return SQL("COALESCE(%s, 0) < %s", delivered, ordered)

        return (
            Domain("display_type", "=", False)
            & Domain("is_downpayment", "=", False)
            & Domain.custom(to_sql=to_sql)
        )

    @api.model
    def _prepare_orders(self, orders, parts=None):
        """Return ``{customer id: orders as plain data}``, a page's worth of each."""
        parts = parts or {}
        prepared = defaultdict(list)
        for order in orders:
            listed = prepared[order.partner_id.commercial_partner_id.id]
            if len(listed) < ORDERS:
                listed.append(
                    {
                        "id": order.id,
                        "name": order.name,
                        "date": order.date_order,
                        "amount": format_amount(self.env, order.amount_untaxed, order.currency_id),
                        "lines": parts.get(order.id, [])[:ORDERS],
                    }
                )
        return prepared

    # ------------------------------------------------------------
    # People
    # ------------------------------------------------------------

    @api.model
    def _read_people(self, touches, today):
        """Return ``{customer id: key persons}``: who decides first, whom one meets before all."""
        # the customers themselves are read along
        partners = self.env["res.partner"].search_fetch(
            [("commercial_partner_id", "in", touches.partner_id.ids)],
            [
                "name",
                "function",
                "phone",
                "email",
                "type",
                "is_company",
                "commercial_partner_id",
                "user_id",
                "tier_exempt",
            ],
        )
        found = partners.filtered(lambda person: not person.is_company and person.type == "contact")
        meets = touches.contact_id
        roles = [value for value, _label in found._fields["care_role"].selection]

        def rank(person):
            role = roles.index(person.care_role) if person.care_role else len(roles)
            return (person not in meets, role, person.name or "")

        people = defaultdict(list)
        for person in found.sorted(rank):
            listed = people[person.commercial_partner_id.id]
            if len(listed) < PEOPLE:
                listed.append(self._prepare_person(person, today))
        return people

    @api.model
    def _prepare_person(self, person, today):
        """Return one key person: who he is and how to deal with him."""
        words = {
            name: dict(person._fields[name]._description_selection(self.env)).get(person[name], "")
            for name in (
                "care_role",
                "care_influence",
                "care_closeness",
                "care_hot_button",
                "care_channel",
            )
        }
        return {
            "id": person.id,
            "name": person.name or "",
            "function": person.function or "",
            "role": words["care_role"],
            "influence": words["care_influence"],
            "closeness": words["care_closeness"],
            "hot_button": words["care_hot_button"],
            "channel": words["care_channel"],
            "hours": self._format_hours(person.care_hour_from, person.care_hour_to),
            "personality": person.personality_id.name or "",
            "hint": person.personality_id.hint or "",
            "interests": person.care_interests or "",
            "wechat": person.care_wechat or "",
            "phone": person.phone or "",
            "email": person.email or "",
            "birthday": self._get_near_birthday(person.care_birthday, today),
        }

    @api.model
    def _format_hours(self, first, last):
        if not first and not last:
            return ""
        touches = self.env["followup.touch"]
        return "–".join(touches._format_minutes(round(hour * 60)) for hour in (first, last))

    @api.model
    def _get_near_birthday(self, birthday, today):
        """Return the coming birthday as a date where it is near, else False.

        Who was born on 29 February celebrates on 1 March in other years.
        """
        if not birthday:
            return False
        for year in (today.year, today.year + 1):
            try:
                day = birthday.replace(year=year)
            except ValueError:
                day = birthday.replace(year=year, month=3, day=1)
            if today <= day <= today + timedelta(days=BIRTHDAY_DAYS):
                return day
        return False
