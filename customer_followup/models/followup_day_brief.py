"""The visit brief: what one has to know at the customer's door, on one page."""

from collections import defaultdict
from datetime import timedelta
from html import unescape

from markupsafe import Markup
from odoo import api, models
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
        touches = self.env["followup.touch"].browse(touch_ids)
        touches.check_access("read")
        customers = touches.partner_id
        today = self._get_today(self.env.user)
        alerts = touches._get_partner_alerts(customers)
        contacts = self._read_last_contacts(touches)
        promises = self._read_open_promises(touches, today)
        quotations = self._read_quotations(touches)
        deliveries = self._read_deliveries(touches, today)
        people = self._read_people(touches, today)
        briefs = {}
        for touch in touches:
            customer = touch.partner_id
            last = contacts[customer.id]
            briefs[touch.id] = {
                "id": touch.id,
                **self._prepare_level(customer),
                "figures": self._prepare_figures(customer),
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

    # ------------------------------------------------------------
    # Level, status, money
    # ------------------------------------------------------------

    @api.model
    def _prepare_level(self, customer):
        """Return level and status, each with its reason."""
        tier, standing = customer.tier_id, customer.standing_id
        sentences = standing._get_explanation()["sentences"] if standing else []
        statuses = customer._fields["customer_status"]._description_selection(self.env)
        return {
            "level": {"name": tier.name, "color": tier.color} if tier else False,
            "level_reason": [self._to_text(sentence) for sentence in sentences],
            "status": dict(statuses).get(customer.customer_status, ""),
            "status_reason": customer.status_reason or "",
        }

    @api.model
    def _to_text(self, sentence):
        """Return a sentence as plain text: dates and amounts come as HTML."""
        return unescape(sentence) if isinstance(sentence, Markup) else sentence

    @api.model
    def _prepare_figures(self, customer):
        """Return ``[(label, text)]`` of the customer's value and of what he owes."""
        standing = customer.standing_id
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
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM (SELECT id, date_done,
                               row_number() OVER (PARTITION BY partner_id
                                                  ORDER BY date_done DESC, id DESC) AS place
                          FROM followup_touch
                         WHERE id IN %(done)s) contact
                 WHERE place <= %(limit)s
              ORDER BY date_done DESC, id DESC
                """,
                done=done.subselect(),
                limit=CONTACTS,
            )
        )
        kinds = dict(touches._fields["kind"]._description_selection(self.env))
        contacts = defaultdict(list)
        for contact in touches.browse([touch_id for (touch_id,) in rows]):
            contacts[contact.partner_id.id].append(
                {
                    "id": contact.id,
                    "date": contact.date_done,
                    "kind": contact.kind,
                    "kind_name": kinds[contact.kind],
                    "outcome": contact.outcome_id.name or "",
                    "result": contact.result or "",
                    "next_step": contact.next_step or "",
                    "person": contact.user_id.name or "",
                }
            )
        return contacts

    @api.model
    def _read_open_promises(self, touches, today):
        """Return ``{customer id: promises}``."""
        found = self.env["followup.promise"].search(
            [("partner_id", "in", touches.partner_id.ids), ("state", "=", "open")]
        )
        promises = defaultdict(list)
        for line in found._prepare_lines(today):
            promises[line["partner_id"]].append(line)
        return promises

    # ------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------

    @api.model
    def _get_order_domain(self, touches):
        return Domain("partner_id.commercial_partner_id", "in", touches.partner_id.ids) & Domain(
            "company_id", "child_of", touches.company_id.ids
        )

    @api.model
    def _read_quotations(self, touches):
        """Return ``{customer id: quotations that are neither confirmed nor cancelled}``."""
        orders = self.env["sale.order"].search(
            self._get_order_domain(touches) & Domain("state", "in", ("draft", "sent")),
            order="date_order desc, id desc",
        )
        return self._prepare_orders(orders)

    @api.model
    def _read_deliveries(self, touches, today):
        """Return ``{customer id: orders of the last half year with something to deliver}``."""
        lines = self.env["sale.order.line"]

        def to_sql(model, alias, query):
            delivered, ordered = (
                model._field_to_sql(alias, name, query)
                for name in ("qty_delivered", "product_uom_qty")
            )
            return SQL("COALESCE(%s, 0) < %s", delivered, ordered)

        undelivered = lines.search(
            Domain("display_type", "=", False)
            & Domain("is_downpayment", "=", False)
            & Domain.custom(to_sql=to_sql)
            & Domain(
                "order_id",
                "any",
                self._get_order_domain(touches)
                & Domain("state", "=", "sale")
                & Domain("date_order", ">=", today - timedelta(days=DELIVERY_DAYS)),
            )
        )
        parts = defaultdict(list)
        for line in undelivered:
            quantity = line.product_uom_qty - line.qty_delivered
            name = (line.name or "").splitlines()[:1]
            parts[line.order_id.id].append(f"{quantity:g} × {''.join(name)}")
        orders = undelivered.order_id.sorted("date_order", reverse=True)
        return self._prepare_orders(orders, parts)

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
        found = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", touches.partner_id.ids),
                ("is_company", "=", False),
                ("type", "=", "contact"),
            ]
        )
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
