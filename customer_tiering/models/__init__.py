# the scheme and its words first: documents, engine, evaluation and matrix extend them
from . import customer_tier_scheme

# isort: split
from . import customer_tier_policy

# isort: split
from . import (
    customer_assessment,
    customer_assessment_answer,
    customer_assessment_approval,
    customer_assessment_criterion,
    customer_data_check,
    customer_hold,
    customer_leaving,
    customer_leaving_reason,
    customer_rfm_segment,
    customer_sales_history,
    customer_setup_step,
    customer_standing,
    customer_standing_matrix,
    customer_standing_stability,
    customer_standing_status,
    customer_tier,
    customer_tier_background,
    customer_tier_changes,
    customer_tier_decision,
    customer_tier_documents,
    customer_tier_engine,
    customer_tier_evaluation,
    customer_tier_grant,
    customer_tier_history,
    customer_tier_letters,
    customer_tier_matrix,
    customer_tier_news,
    customer_tier_partial,
    customer_tier_publish,
    customer_tier_review,
    customer_tier_revision,
    customer_tier_simulation,
    customer_tier_simulation_cell,
    customer_tier_simulation_result,
    customer_tier_stability,
    customer_tier_status,
    ir_module_module,
    ir_rule,
    res_company,
    res_company_working_time,
    res_config_settings,
    res_partner,
    res_partner_assessment,
    res_partner_status,
    res_users,
    res_users_absence,
    resource_calendar,
    resource_makeup_day,
)

# isort: split
# what levels give: extends the models above
from . import (
    customer_tier_benefit,
    customer_tier_grant_sync,
    customer_tier_scheme_benefit,
    res_partner_benefit,
    sale_order,
)
