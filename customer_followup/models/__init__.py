# the follow-up first: mirror, outcome, plan and night extend it
from . import followup_touch

# isort: split
from . import (
    calendar_event,
    followup_cadence,
    followup_cadence_line,
    followup_cadence_override,
    followup_outcome,
    followup_promise,
    followup_touch_mirror,
    followup_touch_night,
    followup_touch_outcome,
    followup_touch_plan,
    followup_touch_window,
    mail_activity,
    mail_activity_type,
    res_company,
    res_company_night,
    res_partner,
    res_users,
)
