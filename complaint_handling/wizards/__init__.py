from . import (
    complaint_answered,
    complaint_intake,
    complaint_message_mixin,
    complaint_pause,
    complaint_reject,
    complaint_reply,
    complaint_resolve,
    complaint_transfer,
)
