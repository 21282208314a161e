"""Activity and event of a follow-up.

The follow-up is the truth; :meth:`FollowupTouch._mirror` is the only code that writes its
activity and its event. What a user does to these moves the follow-up (``mail_activity.py``,
``calendar_event.py``). Context key ``followup_sync``: the write comes from here, do not answer it.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from .kinds import QUIET

#: Core's activity types; a used type of our own could not be uninstalled.
ACTIVITY_TYPES = {
    "call": "mail.mail_activity_data_call",
    "visit": "mail.mail_activity_data_meeting",
    "mail": "mail.mail_activity_data_email",
}
#: Follow-ups that one batch of the night mirrors.
BATCH = 1000


class FollowupTouch(models.Model):
    _inherit = "followup.touch"

    activity_id = fields.Many2one(
        "mail.activity",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The one that says what the follow-up says; other activities on it are left alone.",
    )

    def _mirror(self):
        """Make activity and event say what the follow-up says.

        With the right to the follow-up checked by whoever changed it: its mirrors belong to it,
        also where the user may not touch the calendar of somebody else.
        """
        # sudo: see above; silent, and in the time zone of who does it
        touches = self.sudo().exists().with_context(**QUIET, followup_sync=True, lang=None)
        activities = touches._get_activities()
        to_create, types = {}, self._get_activity_type_ids()
        dropped = touches.env["mail.activity"]
        for touch in touches:
            activity = activities.get(touch.id, self.env["mail.activity"])
            touch = touch.with_context(tz=touch._tz().zone, lang=touch.user_id.lang)
            touch._mirror_event()
            if not touch._shows_activity():
                if activity and touch.state == "done":
                    activity._action_done(feedback=touch.result)
                else:
                    dropped |= activity  # nobody has to do it any more
            elif activity:
                touch._move_activity(activity, types)
            else:
                to_create[touch] = touch._prepare_activity_vals(types)
        dropped.unlink()
        created = touches.env["mail.activity"].create(list(to_create.values()))
        # two at once would make two: writing it here lets the second one begin again
        for touch, activity in zip(to_create, created, strict=True):
            touch.activity_id = activity

    def _get_activities(self):
        """Return ``{follow-up's id: its open activity}``."""
        # sudo: they belong to the follow-up
        touches = self.sudo().with_context(**QUIET, followup_sync=True)
        return {touch.id: touch.activity_id for touch in touches.filtered("activity_id.active")}

    def _is_live(self):
        """Return whether somebody has it to do."""
        self.ensure_one()
        return self.state == "planned" and bool(self.user_id.active)

    def _shows_activity(self):
        """Return whether it is near enough to be an activity, in the responsible person's days."""
        self.ensure_one()
        if not self._is_live():
            return False
        ahead = timedelta(days=self.company_id.surface_days)
        return self._local_day() <= self._local_day(fields.Datetime.now()) + ahead

    # ------------------------------------------------------------
    # Activity
    # ------------------------------------------------------------

    def _prepare_activity_vals(self, types):
        return {
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "user_id": self.user_id.id,
            "activity_type_id": types[self.kind],
            "date_deadline": self._local_day(),
            "summary": self._get_mirror_name(),
            "calendar_event_id": self.event_id.filtered("active").id,
        }

    def _move_activity(self, activity, types):
        vals = self._prepare_activity_vals(types)
        del vals["res_model_id"], vals["res_id"]
        current = {
            name: activity[name].id if activity._fields[name].relational else activity[name]
            for name in vals
        }
        changed = {name: value for name, value in vals.items() if current[name] != (value or False)}
        if changed:
            # core would move the event once more, in the time zone of the caller
            activity.with_context(
                calendar_event_meeting_update=True, mail_activity_meeting_update=True
            ).write(changed)

    @api.model
    def _get_activity_type_ids(self):
        """Return ``{kind: id of core's activity type}``; deleted types fall back to any."""
        fallback = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        types = {}
        for kind, __ in self._fields["kind"].selection:
            found = self.env.ref(ACTIVITY_TYPES.get(kind, ""), raise_if_not_found=False)
            types[kind] = (found or fallback or self.env["mail.activity.type"]).id
        return types

    def _get_mirror_name(self):
        """Return the customer's name with what the contact is for."""
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        parts = [self.partner_id.name, purposes.get(self.purpose)]
        return " · ".join(part for part in parts if part)

    # ------------------------------------------------------------
    # Event
    # ------------------------------------------------------------

    def _mirror_event(self):
        """Keep one event for a visit that has an hour; the responsible is its only attendee."""
        if self.state == "done" or not (self.user_id.active or self.state != "planned"):
            return  # what was done stays in the calendar; of who left, until somebody takes it
        if self.state != "planned" or self.is_all_day or self.kind != "visit":
            # archived, not deleted: whoever archives or deletes it goes on with the record
            self.event_id.filtered("active").active = False
            return
        vals = {
            "start": self.date_planned,
            "stop": self.date_stop,
            "user_id": self.user_id.id,
            "name": self._get_mirror_name(),
            "allday": False,
        }
        attendees = [Command.link(self.user_id.partner_id.id)]
        if not self.event_id:
            events = self.env["calendar.event"].with_context(default_activity_ids=False)
            self.event_id = events.create(
                {**vals, "partner_ids": attendees, "activity_ids": [Command.clear()]}
            )
            return
        event = self.event_id
        changed = {
            name: value
            for name, value in vals.items()
            if (event[name].id if name == "user_id" else event[name]) != value
        }
        if "user_id" in changed:
            changed["partner_ids"] = [Command.unlink(event.user_id.partner_id.id), *attendees]
        if not event.active:
            changed["active"] = True
        if changed:
            event.write(changed)

    def _remove_mirrors(self):
        """Take activities and events away with the follow-ups."""
        # sudo: they belong to the follow-up; the right to delete that is checked by unlink
        touches = self.sudo().with_context(**QUIET, followup_sync=True)
        touches.event_id.unlink()
        touches.activity_id.unlink()

    # ------------------------------------------------------------
    # Of all, at night
    # ------------------------------------------------------------

    @api.model
    def _get_unmirrored(self, companies, partner_ids=None, limit=BATCH):
        """Return follow-ups that should be an activity and are none, the earliest first.

        The moment is computed from the widest time zones; :meth:`_shows_activity` is exact.
        """
        self.flush_model()
        self.env["mail.activity"].flush_model(["active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT touch.id
                  FROM followup_touch touch
                  JOIN res_users responsible ON responsible.id = touch.user_id
                  JOIN res_partner person ON person.id = responsible.partner_id
                  JOIN res_company company ON company.id = touch.company_id
                 WHERE touch.state = 'planned'
                   AND responsible.active
                   AND touch.company_id IN %(companies)s
                   AND (touch.date_planned AT TIME ZONE 'UTC'
                        AT TIME ZONE coalesce(person.tz, 'UTC'))::date
                       <= (%(now)s AT TIME ZONE 'UTC'
                           AT TIME ZONE coalesce(person.tz, 'UTC'))::date + company.surface_days
                   AND NOT EXISTS (SELECT 1
                                     FROM mail_activity activity
                                    WHERE activity.id = touch.activity_id
                                      AND activity.active)
                   %(restricted)s
              ORDER BY touch.date_planned, touch.id
                 LIMIT %(limit)s
                """,
                companies=tuple(companies.ids) or (0,),
                now=fields.Datetime.now(),
                limit=limit,
                restricted=self._restrict_sql(partner_ids),
            )
        )
        return self.browse([touch_id for (touch_id,) in rows])

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Nobody follows a follow-up because it is his: he has the activity."""
        if self.env.context.get("followup_sync"):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)

    # ------------------------------------------------------------
    # Invitation
    # ------------------------------------------------------------

    def action_send_invitation(self):
        """Invite the contact person to the meeting by mail: only because the user asks for it."""
        self.ensure_one()
        self.check_access("write")
        guest = self.contact_id or self.partner_id
        if not self.event_id:
            raise UserError(
                self.env._(
                    "Only a planned visit with an hour has a meeting to invite to: choose the hour "
                    "first."
                )
            )
        if (guest | self.partner_id).filtered("care_do_not_contact"):
            raise UserError(
                self.env._(
                    "%(name)s wants no messages from us: agree on the visit by other means.",
                    name=guest.display_name,
                )
            )
        if not guest.email:
            raise UserError(
                self.env._(
                    "%(name)s has no mail address: add it to the contact before you send the "
                    "invitation.",
                    name=guest.display_name,
                )
            )
        # sudo: the event belongs to the follow-up, whose right the caller has
        event = self.event_id.sudo().with_context(followup_sync=True)
        event.write({"partner_ids": [Command.link(guest.id)]})
        attendee = event.attendee_ids.filtered(lambda attendee: attendee.partner_id == guest)
        attendee.with_context(followup_invite=True)._send_invitation_emails()
        self.is_appointment = True
