from . import (
    complaint_answered,
    complaint_ask,
    complaint_document_choice,
    complaint_document_choice_line,
    complaint_log,
    complaint_pass_on,
    complaint_pause,
    complaint_reject,
    complaint_resolve,
    complaint_who_is_told,
    complaint_who_is_told_line,
)
