from . import (
    complaint_case,
    complaint_case_clock,
    complaint_case_message,
    complaint_case_workflow,
    complaint_category,
    complaint_cause,
    complaint_escalation,
    complaint_escalation_level,
    complaint_notice,
    complaint_pause_reason,
    complaint_reject_reason,
    complaint_sla_clock,
    complaint_sla_interval,
    complaint_sla_policy,
    complaint_sla_policy_shipped,
    complaint_sla_target,
    complaint_stage,
    complaint_team,
    complaint_team_member,
    res_company,
)

# other departments, verification, compensation, waiting for the customer
from . import (
    complaint_case_task,
    complaint_escalation_level_task,
    complaint_sla_clock_task,
    complaint_task,
    complaint_task_activity,
    mail_activity,
    res_users_task,
)
