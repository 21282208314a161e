from . import followup_record
