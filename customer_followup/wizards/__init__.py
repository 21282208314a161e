from . import (
    base_partner_merge,
    followup_assign,
    followup_figures_guide,
    followup_reassign,
    followup_record,
    followup_redirect,
)
