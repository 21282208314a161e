"""Words that several models of complaints share."""

KINDS = [
    ("complaint", "Complaint"),
    ("request", "Request"),
    ("suggestion", "Suggestion"),
    ("praise", "Praise"),
]
#: From the mildest to the worst; the order counts.
SEVERITIES = [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Critical")]
#: Cases that hold up a fall of the level and come before all others.
SEVERE = ("high", "critical")
CHANNELS = [
    ("mail", "Mail"),
    ("portal", "Customer portal"),
    ("form", "Public form"),
    ("phone", "Phone"),
    ("visit", "Visit"),
    ("chat", "Chat"),
    ("other", "Other"),
]
#: What a customer wants first of all.
REMEDIES = [
    ("relief", "Relief"),
    ("respect", "Respect"),
    ("compensation", "Compensation"),
    ("other", "Other"),
]
SERVICE_CLASSES = [("key", "Key"), ("standard", "Standard"), ("basic", "Basic")]
#: Who comes first; without a level one is served as basic.
CLASS_RANK = {"key": 0, "standard": 1, "basic": 2, False: 2}
STAGE_KINDS = [
    ("new", "New"),
    ("accepted", "Accepted"),
    ("progress", "In Progress"),
    ("resolved", "Resolved"),
    ("closed", "Closed"),
    ("rejected", "Rejected"),
]
#: Stages in which somebody still has to do something about the matter itself.
WORKING = ("new", "accepted", "progress")
ENDED = ("closed", "rejected")
TARGETS = [
    ("first_response", "First Response"),
    ("update", "Update"),
    ("resolve", "Solve"),
    ("verify", "Verify"),
]
CLOCKS = [*TARGETS, ("task", "Internal Request")]
CLOCK_STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("met", "Met"),
    ("breached", "Breached"),
    ("cancelled", "Cancelled"),
]
AGENT = "complaint_handling.complaint_handling_group_agent"
MANAGER = "complaint_handling.complaint_handling_group_manager"
#: Fields of a case that only its methods write, which do so as superuser.
KEPT = {
    "communicated_message_id",
    "courtesy_touch_id",
    "date_accepted",
    "date_closed",
    "date_communicated",
    "date_due",
    "date_first_response",
    "date_last_answer",
    "date_last_customer",
    "date_paused",
    "date_resolved",
    "due_kind",
    "held_by",
    "held_by_id",
    "held_since",
    "is_open",
    "is_unconfirmed",
    "mail_failure",
    "merged_into_id",
    "number",
    "pause_reason_id",
    "previous_case_id",
    "reopen_count",
    "run",
    "service_class",
    "sla_state",
    "stage_kind",
    "tier_id",
    "touch_id",
    "verification_id",
    "verification_state",
    "work_rank",
}
