# the scheme first: documents, engine and evaluation extend it
from . import customer_tier_scheme

# isort: split
from . import (
    customer_data_check,
    customer_hold,
    customer_leaving,
    customer_leaving_reason,
    customer_rfm_segment,
    customer_sales_history,
    customer_setup_step,
    customer_standing,
    customer_standing_status,
    customer_tier,
    customer_tier_background,
    customer_tier_documents,
    customer_tier_engine,
    customer_tier_evaluation,
    customer_tier_history,
    customer_tier_revision,
    customer_tier_status,
    ir_module_module,
    ir_rule,
    res_company,
    res_config_settings,
    res_partner,
    res_partner_status,
    res_users,
)
