"""What screens for people on the way need of a follow-up, as plain data."""

import base64
import binascii
from urllib.parse import quote

from markupsafe import Markup
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.mimetypes import guess_mimetype

from .call_order import Call, order_calls
from .route import Stop, order_stops

#: A photo from a telephone is a few megabytes.
PHOTO_LIMIT = 25 * 1024 * 1024
#: More calls than this are nobody's day.
CALL_LIMIT = 200
#: Maps by address; the usual ones cannot be reached from China.
MAPS = "https://www.google.com/maps/search/?api=1&query=%s"
MAPS_CHINA = "https://uri.amap.com/search?keyword=%s"


class FollowupTouch(models.Model):
    _inherit = "followup.touch"

    # ------------------------------------------------------------
    # Hook
    # ------------------------------------------------------------

    @api.model
    def _get_partner_alerts(self, partners):
        """Return what whoever talks to these customers must know first. Other addons extend it.

        :param partners: customers (commercial partners)
        :return: ``{partner id: [(severity, text, action)]}``, the most urgent first;
            ``severity`` is ``danger``, ``warning`` or ``info``, ``action`` the dictionary of
            an action that shows more, or False. Customers without alert may be left out.
        """
        return {}

    # ------------------------------------------------------------
    # One follow-up
    # ------------------------------------------------------------

    def _is_off_plan(self):
        """Return whether nobody had planned this contact."""
        return self.origin in ("unplanned", "activity")

    def _get_minutes(self):
        """Return the minutes it took, where these are not known or it is not done the planned."""
        return (self.state == "done" and self.minutes) or round(self.duration * 60)

    def _get_hour(self):
        """Return the minutes since midnight of its hour where the responsible is, or None."""
        if self.is_all_day:
            return None
        local = self._to_local(self.date_planned)
        return local.hour * 60 + local.minute

    # ------------------------------------------------------------
    # Order
    # ------------------------------------------------------------

    def _sort_visits(self, begin, origin=None):
        """Return visits in the order of the map, see :func:`order_stops`."""
        stops = []
        for touch in self:
            partner = touch._get_address()
            latitude, longitude = partner.partner_latitude, partner.partner_longitude
            stops.append(
                Stop(
                    key=touch.id,
                    place=(latitude, longitude) if latitude or longitude else None,
                    area=(partner.zip or "", partner.city or "", touch.partner_id.name or ""),
                    # what was left over has no hour any more
                    hour=None if touch.is_overdue else touch._get_hour(),
                    minutes=round(touch.duration * 60),
                )
            )
        return self.browse(order_stops(stops, begin, origin))

    def _sort_calls(self):
        """Return calls in order of importance, see :func:`order_calls`."""
        calls = []
        for touch in self:
            standing = touch.partner_id.standing_id
            tier = touch.partner_id.tier_id
            calls.append(
                Call(
                    key=touch.id,
                    due=touch.date_due,
                    is_overdue=touch.is_overdue,
                    service_class=tier.service_class,
                    level=tier.sequence if tier else None,
                    value_at_stake=standing.value_at_stake or 0.0,
                )
            )
        return self.browse(order_calls(calls))

    def _get_address(self):
        """Return the partner whose address is driven to."""
        contact = self.contact_id
        return contact if contact.street or contact.partner_latitude else self.partner_id

    # ------------------------------------------------------------
    # Plain data
    # ------------------------------------------------------------

    def _prepare_stops(self):
        """Return these follow-ups as plain data, in their order.

        :return: list of dictionaries; moments in UTC, ``hour`` (text) where the responsible is
        """
        alerts = self._get_partner_alerts(self.partner_id)
        names = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("kind", "purpose")
        }
        partners = self.env["res.partner"]
        statuses = dict(partners._fields["customer_status"]._description_selection(self.env))
        stops = []
        for touch in self:
            partner = touch.partner_id
            tier = partner.tier_id
            stops.append(
                {
                    **touch._prepare_contact(),
                    "id": touch.id,
                    "kind": touch.kind,
                    "kind_name": names["kind"][touch.kind],
                    "purpose": names["purpose"].get(touch.purpose, ""),
                    "date_planned": touch.date_planned,
                    "date_due": touch.date_due,
                    "hour": self._format_minutes(touch._get_hour()),
                    "minutes": touch._get_minutes(),
                    "is_appointment": touch.is_appointment,
                    "is_overdue": touch.is_overdue,
                    "is_started": bool(touch.date_started),
                    "state": touch.state,
                    "attempt_count": touch.attempt_count,
                    "outcome": touch.outcome_id.name or "",
                    "result": touch.result or "",
                    "next_step": touch.next_step or "",
                    "person": touch.user_id.name or "",
                    "level": {"name": tier.name, "color": tier.color} if tier else False,
                    "status": statuses.get(partner.customer_status, ""),
                    "alerts": self._prepare_alerts(alerts.get(partner.id)),
                }
            )
        return stops

    def _prepare_contact(self):
        """Return whom to see, and how to get there."""
        partner, contact, place = self.partner_id, self.contact_id, self._get_address()
        address = ", ".join(filter(None, [place.street, place.street2, place.zip, place.city]))
        maps = MAPS_CHINA if place.country_id.code == "CN" else MAPS
        return {
            "partner_id": partner.id,
            "name": partner.name or "",
            "contact": contact.name or "",
            "phone": contact.phone or partner.phone or "",
            "email": contact.email or partner.email or "",
            "address": address,
            "map_url": maps % quote(address) if address else "",
        }

    @api.model
    def _prepare_alerts(self, alerts):
        return [
            {"severity": severity, "text": text, "action": action or False}
            for severity, text, action in alerts or []
        ]

    @api.model
    def _format_minutes(self, minutes):
        return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"

    # ------------------------------------------------------------
    # Methods of the screens
    # ------------------------------------------------------------

    def add_photo(self, name, data):
        """Attach a photo taken at the customer's to the follow-up.

        :param name: name of the file
        :param data: the picture, base64
        :return: id of the attachment
        :raise UserError: where it is no picture, or too large
        """
        self.ensure_one()
        self.check_access("write")
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            content = b""
        # by its content, not by its name; a drawing (SVG) may hold a script
        mimetype = guess_mimetype(content)
        if not mimetype.startswith("image/") or "svg" in mimetype:
            raise UserError(self.env._("“%(name)s” is not a picture.", name=name))
        if len(content) > PHOTO_LIMIT:
            raise UserError(
                self.env._(
                    "“%(name)s” is larger than %(limit)s MB: take it with a lower resolution.",
                    name=name,
                    limit=PHOTO_LIMIT // 1024**2,
                )
            )
        message = self.with_context(mail_create_nosubscribe=True).message_post(
            body=Markup("<p>%s</p>") % self.env._("Photo"),
            attachments=[(name, content)],
            subtype_xmlid="mail.mt_note",
        )
        return message.attachment_ids.id

    def action_call_list(self):
        """Work through these follow-ups as a call list."""
        planned = self.filtered(lambda touch: touch.state == "planned")
        if not planned:
            raise UserError(
                self.env._(
                    "None of the chosen follow-ups is planned: choose at least one that is still "
                    "to do."
                )
            )
        action = self.env["ir.actions.actions"]._for_xml_id(
            "customer_followup.followup_touch_action_call_list"
        )
        action["context"] = {"followup_touch_ids": planned.ids}
        return action

    @api.model
    def get_call_list(self, scope="own", touch_ids=None):
        """Return the calls to make, one after the other.

        :param scope: ``own`` = the user's calls due today or before, ``all`` = those of
            everybody whose follow-ups he may see
        :param touch_ids: ids of follow-ups of any kind to work through instead
        :return: dict ``stops``: as :meth:`_prepare_stops`, in order of importance;
            ``outcomes`` and ``people``: whether there is somebody else's work to see
        """
        self.check_access("read")
        days = self.env["followup.day"]
        if touch_ids:
            domain = Domain("id", "in", touch_ids)
        else:
            day = days.new({"user_id": self.env.uid, "date": days._get_today(self.env.user)})
            domain = Domain("kind", "=", "call") & Domain("date_planned", "<", day._get_bounds()[1])
            if scope == "own":
                domain &= Domain("user_id", "=", self.env.uid)
        touches = self.search(domain & Domain("state", "=", "planned"), limit=CALL_LIMIT)
        return {
            "stops": touches._sort_calls()._prepare_stops(),
            "outcomes": self.env["followup.outcome"]._prepare_choices(),
            "sees_others": self.env.user.has_group("customer_tiering.customer_tiering_group_team"),
            "can_quote": self.env["sale.order"].has_access("create"),
        }
