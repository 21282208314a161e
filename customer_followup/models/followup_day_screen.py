"""What My Day shows, as plain data."""

from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .route import DAY_START

#: Customers offered for what was typed.
FOUND_LIMIT = 8
#: A shorter number would find half of all customers.
MIN_DIGITS = 4


class FollowupDay(models.Model):
    _inherit = "followup.day"

    @api.model
    def get_my_day(self, date=None, user_id=None):
        """Return everything My Day shows of a person's day, read with the caller's rights.

        :param date: day (date or text) by that person's clock; None = today there
        :param user_id: whose day; None = the caller's
        :return: dict

            * ``id`` (False where the day is not stored), ``date``, ``is_today``, ``previous``
              and ``next`` (days), ``user`` and ``is_mine``
            * ``capacity``: ``available`` and ``planned`` (minutes), ``percent`` (None where
              there is no working time), ``is_over``
            * ``visits`` in the order of the map, ``calls`` (and messages) in order of
              importance, ``done``, ``off_plan``: lists of stops, see
              :meth:`FollowupTouch._prepare_stops`; of today what is overdue is among them,
              ``carried_over`` says how much that is
            * ``promises`` due that day, of today the overdue ones as well
            * ``outcomes``, ``kinds`` to choose from; ``can_quote``
        :raise AccessError: for who has no customers to care for, and for days of people who
            do not report to the caller
        """
        day = self._open_day(date, user_id)
        is_today = day.date == self._get_today(day.user_id)
        found = day._get_touches()[day]
        touches = self.env["followup.touch"]
        still_open = touches.union(*found["open"])
        visits = still_open.filtered(lambda touch: touch.kind == "visit")
        done = touches.union(*found["done"]).sorted("date_done")
        off_plan = done.filtered(lambda touch: touch._is_off_plan())
        tried = touches.union(*found["tried"])
        visits = visits._sort_visits(*day._get_departure(done, is_today))
        calls = (still_open - visits)._sort_calls()
        # one pass, so that the number of stops does not count
        stops = {
            stop["id"]: stop for stop in touches.concat(visits, calls, done, tried)._prepare_stops()
        }
        kinds = touches._fields["kind"]._description_selection(self.env)
        return {
            "id": day.id or False,
            "date": day.date,
            "is_today": is_today,
            "previous": day.date - timedelta(days=1),
            "next": day.date + timedelta(days=1),
            "user": {"id": day.user_id.id, "name": day.user_id.name},
            "is_mine": day.user_id == self.env.user,
            "capacity": day._prepare_capacity(still_open | done),
            "visits": [stops[touch.id] for touch in visits],
            "calls": [stops[touch.id] for touch in calls],
            "done": [stops[touch.id] for touch in done - off_plan | tried],
            "off_plan": [stops[touch.id] for touch in off_plan],
            "carried_over": len(still_open.filtered("is_overdue")),
            "promises": day._prepare_promises(is_today),
            "outcomes": self.env["followup.outcome"]._prepare_choices(),
            "kinds": kinds,
            "can_quote": self.env["sale.order"].has_access("create"),
        }

    def _get_departure(self, done, is_today):
        """Return when and where the way through the open visits begins.

        Today now, at the last customer visited; else in the morning, wherever.
        """
        begin, origin = DAY_START, None
        if is_today:
            now = pytz.utc.localize(fields.Datetime.now()).astimezone(self._get_tz(self.user_id))
            begin = max(begin, now.hour * 60 + now.minute)
            for touch in done.filtered(lambda touch: touch.kind == "visit"):
                place = touch._get_address()
                if place.partner_latitude or place.partner_longitude:
                    origin = (place.partner_latitude, place.partner_longitude)
        return begin, origin

    def _prepare_capacity(self, touches):
        available = self.minutes_available
        planned = sum(touch._get_minutes() for touch in touches)
        return {
            "available": available,
            "planned": planned,
            "percent": round(100 * planned / available) if available else None,
            "is_over": planned > available,
        }

    def _prepare_promises(self, is_today):
        """Return the promises due on the day, of today the overdue ones as well."""
        promises = self.env["followup.promise"].search(
            [
                ("user_id", "=", self.user_id.id),
                ("company_id", "child_of", self.company_id.id),
                ("state", "=", "open"),
                ("date_due", "<=" if is_today else "=", self.date),
            ]
        )
        return promises._prepare_lines(self.date)

    # ------------------------------------------------------------
    # Off plan
    # ------------------------------------------------------------

    @api.model
    def search_customers(self, text):
        """Find the customer or contact somebody was in touch with, by name or phone number.

        :param text: part of a name, or of a number however it is written
        :return: list of dicts ``id``, ``name``, ``details``; the caller's own customers first
        """
        self.check_access("read")
        text = (text or "").strip()
        if not text:
            return []
        partners = self.env["res.partner"]
        domain = Domain("display_name", "ilike", text)
        digits = "".join(filter(str.isdigit, text))
        if len(digits) >= MIN_DIGITS:
            # a whole number begins with 0 or 00 here, with + there
            domain |= self._domain_of_number(digits.lstrip("0") if len(digits) > 6 else digits)
        own = Domain("commercial_partner_id.user_id", "=", self.env.uid)
        found = partners.search(domain & own, limit=FOUND_LIMIT)
        if len(found) < FOUND_LIMIT:
            found |= partners.search(domain & ~own, limit=FOUND_LIMIT - len(found))
        return [
            {
                "id": partner.id,
                "name": partner.display_name,
                "details": " · ".join(filter(None, [partner.phone, partner.city])),
            }
            for partner in found
        ]

    @api.model
    def _domain_of_number(self, digits):
        """Return the partners whose phone number has these digits in a row."""

        def to_sql(model, alias, query):
            return SQL(
                r"regexp_replace(%s, '\D', '', 'g') LIKE %s",
                model._field_to_sql(alias, "phone", query),
                f"%{digits}%",
            )

        return Domain.custom(to_sql=to_sql)
