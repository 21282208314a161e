# the scheme first: documents, engine and evaluation extend it
from . import customer_tier_scheme

# isort: split
from . import (
    customer_data_check,
    customer_rfm_segment,
    customer_sales_history,
    customer_setup_step,
    customer_standing,
    customer_standing_stability,
    customer_tier,
    customer_tier_background,
    customer_tier_changes,
    customer_tier_decision,
    customer_tier_documents,
    customer_tier_engine,
    customer_tier_evaluation,
    customer_tier_history,
    customer_tier_news,
    customer_tier_review,
    customer_tier_revision,
    customer_tier_stability,
    ir_module_module,
    ir_rule,
    res_company,
    res_config_settings,
    res_partner,
    res_users,
)
