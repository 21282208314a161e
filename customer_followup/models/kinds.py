"""Words that several models of follow-ups share."""

#: Ways to be in touch with a customer.
KINDS = [
    ("call", "Call"),
    ("visit", "Visit"),
    ("mail", "Mail"),
    ("sms", "SMS"),
    ("post", "Post"),
    ("wechat", "WeChat"),
]
#: Units of an interval.
UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")]
#: What a contact is for.
PURPOSES = [
    ("relationship", "Relationship"),
    ("business", "New business"),
    ("order", "Order"),
    ("service", "Service"),
    ("complaint", "Complaint"),
    ("collection", "Collection"),
    ("research", "Market research"),
    ("other", "Other"),
]
#: Server code that makes or moves activities and events stays silent.
QUIET = {
    "mail_activity_quick_update": True,
    "no_mail_to_attendees": True,
    "dont_notify": True,
    "skip_attendee_notification": True,
    "skip_contact_description": True,
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
}
