from . import followup_assign, followup_reassign, followup_record
