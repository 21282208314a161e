from datetime import datetime, time, timedelta

import pytz
from odoo.tools import SQL

#: Types of core whose done activities count as a contact.
TOUCH_KINDS = {
    "mail.mail_activity_data_call": "call",
    "mail.mail_activity_data_meeting": "visit",
    "mail.mail_activity_data_email": "mail",
}
#: When the night's planning begins, by the main company's clock: after the grading.
NIGHT = time(3, 30)


def post_init_hook(env):
    """Give each company its rhythms and start date, and let the night begin at night."""
    companies = env["res.company"].search([])
    env["followup.cadence"]._create_defaults(companies)
    for xmlid, kind in TOUCH_KINDS.items():
        activity_type = env.ref(xmlid, raise_if_not_found=False)
        if activity_type and not activity_type.touch_kind:
            activity_type.touch_kind = kind
    tz = pytz.timezone(env.company.resource_calendar_id.tz or "UTC")
    tomorrow = datetime.now(tz).date() + timedelta(days=1)
    moment = tz.localize(datetime.combine(tomorrow, NIGHT)).astimezone(pytz.utc)
    env.ref("customer_followup.ir_cron_plan").nextcall = moment.replace(tzinfo=None)


def uninstall_hook(env):
    """Take the activities and events of follow-ups along: they would lead nowhere."""
    touches = env["followup.touch"].sudo().search([("state", "=", "planned")])
    touches._remove_mirrors()
    # lines hold on to their message; by SQL, because saving one would ask for a sample again
    env.flush_all()
    env.cr.execute(SQL("UPDATE followup_cadence_line SET mail_template_id = NULL"))
    env["followup.cadence.line"].invalidate_model(["mail_template_id"])
