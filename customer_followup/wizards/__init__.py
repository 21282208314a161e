from . import (
    base_partner_merge,
    followup_figures_guide,
    followup_record,
    followup_redirect,
)
