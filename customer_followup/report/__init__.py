from . import followup_coverage_report
