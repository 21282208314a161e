from . import complaint_answered, complaint_pause, complaint_reject, complaint_resolve

# other departments, verification, compensation
from . import (
    complaint_ask,
    complaint_close,
    complaint_pass_on,
    complaint_rating_correction,
    complaint_verdict,
)
