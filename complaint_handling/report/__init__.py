from . import complaint_rate_report, complaint_report, complaint_waiting_report
