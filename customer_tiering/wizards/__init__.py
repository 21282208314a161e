from . import (
    base_partner_merge,
    base_partner_merge_assessment,
    customer_assessment_prepare,
    customer_assessment_return,
    customer_hold_start,
    customer_leaving_record,
    customer_standing_hold,
    customer_tier_publish,
    customer_tier_start,
    customer_tier_start_check,
    customer_tier_start_line,
    resource_holiday_load,
    resource_holiday_load_line,
)

# isort: split
# around the merge of our other rows
from . import base_partner_merge_grants
