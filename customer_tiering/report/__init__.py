from . import customer_tier_history, customer_tier_scheme

# isort: split
from . import customer_tier_migration_report, customer_value_report
