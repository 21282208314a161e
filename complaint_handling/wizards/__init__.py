from . import complaint_answered, complaint_pause, complaint_reject, complaint_resolve
