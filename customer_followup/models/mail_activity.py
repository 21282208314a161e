"""What users do to the activity of a follow-up moves the follow-up."""

from odoo import api, fields, models

from .kinds import QUIET

#: Fields of an activity that say something about the follow-up.
MOVING = {"date_deadline", "user_id", "active", "activity_type_id"}


class MailActivity(models.Model):
    _inherit = "mail.activity"

    touch_asks_outcome = fields.Boolean(
        compute="_compute_touch_asks_outcome",
        help="Marking it as done asks how the contact went: it is the one of a follow-up that the "
        "user may record.",
    )

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_touch_asks_outcome(self):
        touches = self.env["followup.touch"]
        mirrors = self.browse()
        if any(activity.res_model == touches._name for activity in self):
            # whoever has no right to follow-ups marks his activity as done like any other
            if touches.has_access("write"):
                mirrors = touches.search([("activity_id", "in", self.ids)]).activity_id
        for activity in self:
            activity.touch_asks_outcome = activity in mirrors

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), "touch_asks_outcome"]

    def _get_touches(self):
        """Return the follow-ups whose activities these are, unless they themselves write here."""
        touches = self.env["followup.touch"].sudo()
        if self.env.context.get("followup_sync"):
            return touches
        # sudo: who may change the activity moves the follow-up, as it moves core's own events
        mirrors = self.sudo().filtered(lambda activity: activity.res_model == touches._name)
        return touches.search([("activity_id", "in", mirrors.ids)]) if mirrors else touches

    def write(self, vals):
        touches = self._get_touches()
        moved = touches and MOVING & vals.keys()
        if not moved:
            return super().write(vals)
        # core would move the event in the time zone of the caller: the follow-up does it
        result = super(
            MailActivity,
            self.with_context(calendar_event_meeting_update=True, mail_activity_quick_update=True),
        ).write(vals)
        self._move_touches(touches, vals)
        return result

    def _move_touches(self, touches, vals):
        for touch in touches.filtered(lambda touch: touch.state == "planned"):
            activity = touch.activity_id
            if vals.get("active") is False:
                touch.write({"state": "cancelled"})
                continue
            change = {}
            if "date_deadline" in vals and activity.date_deadline != touch._local_day():
                change["date_planned"] = touch._moved_to(activity.date_deadline)
            if "user_id" in vals and activity.user_id and activity.user_id != touch.user_id:
                change["user_id"] = activity.user_id.id
            kind = activity.activity_type_id.touch_kind
            if "activity_type_id" in vals and kind and kind != touch.kind:
                change["kind"] = kind
            if change:
                touch.write(change)
            else:
                touch._mirror()

    def _action_done(self, feedback=False, attachment_ids=None):
        touches = self._get_touches()
        contacts = self._prepare_contact_vals(feedback)
        activities = self.with_context(followup_sync=True) if touches else self
        result = super(MailActivity, activities)._action_done(
            feedback=feedback, attachment_ids=attachment_ids
        )
        planned = touches.filtered(lambda touch: touch.state == "planned")
        planned._finish_from_activity(feedback)
        if contacts:
            # sudo: whoever did the activity was in touch with the customer
            self.env["followup.touch"].sudo().create(contacts)
        return result

    def _prepare_contact_vals(self, feedback):
        """Return done follow-ups for activities elsewhere whose type counts as a contact."""
        if self.env.context.get("followup_sync"):
            return []
        vals_list = []
        # sudo: the type says whether it counts; the customer is read from the document
        for activity in self.sudo().filtered("activity_type_id.touch_kind"):
            if activity.res_model in (False, "followup.touch"):
                continue
            partner = activity._get_customer()
            if not partner:
                continue
            kind = activity.activity_type_id.touch_kind
            outcome = self.env["followup.outcome"]._get_default(kind)
            vals_list.append(
                {
                    "partner_id": partner.id,
                    "company_id": activity._get_contact_company().id,
                    "kind": kind,
                    "user_id": (activity.user_id or self.env.user).id,
                    "state": "done",
                    "origin": "activity",
                    "outcome_id": outcome.id,
                    "result": feedback or activity.summary,
                    "purpose": "other",
                }
            )
        return vals_list

    def _get_customer(self):
        """Return the customer of the document an activity stands on, if it has one."""
        document = self.env[self.res_model].sudo().browse(self.res_id).exists()
        if not document or not hasattr(document, "_mail_get_partners"):
            return self.env["res.partner"]
        if document._name == "res.partner":
            partner = document
        else:
            partner = document._mail_get_partners()[document.id][:1]
        customer = partner.commercial_partner_id
        if customer.user_ids.filtered(lambda user: not user.share) or customer.ref_company_ids:
            return self.env["res.partner"]  # a colleague or one of our own companies
        return partner

    def _get_contact_company(self):
        document = self.env[self.res_model].sudo().browse(self.res_id)
        company = document.company_id if "company_id" in document._fields else False
        return (company or self.env.company).root_id

    def unlink(self):
        touches = self._get_touches()
        # a clean-up by the system is no decision of a user: the follow-up stays
        dropped = touches if not self.env.su else touches.browse()
        result = super().unlink()
        planned = dropped.filtered(lambda touch: touch.state == "planned")
        if planned:
            # archive, do not delete: core's unlink_w_meeting deletes the event afterwards
            quiet = {**QUIET, "followup_sync": True}
            planned.event_id.with_context(**quiet).write({"active": False})
            planned.with_context(followup_sync=True).write({"state": "cancelled"})
        return result
