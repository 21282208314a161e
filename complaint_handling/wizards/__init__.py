from . import (
    complaint_answered,
    complaint_contact_link,
    complaint_merge,
    complaint_pause,
    complaint_reject,
    complaint_resolve,
)
