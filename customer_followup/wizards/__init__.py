from . import base_partner_merge, followup_record, followup_redirect
