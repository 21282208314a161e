from . import followup_figures_guide, followup_record
