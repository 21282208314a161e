from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import hmac
from odoo.tools.constants import GC_UNLINK_LIMIT

#: How often the public form is taken within an hour: from one address on the net (an office has
#: only one), and for one mail address, which gets a mail each time.
LIMITS = {"ip": 20, "email": 3}
PERIOD = timedelta(hours=1)


class ComplaintFormAttempt(models.Model):
    """Who used the public form lately, so that nobody floods us or somebody else's mailbox.

    Only fingerprints are kept, and these for a day.
    """

    _name = "complaint.form.attempt"
    _description = "Use of the Public Form"
    _log_access = False

    fingerprint = fields.Char(required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)

    _fingerprint_idx = models.Index("(fingerprint, date)")

    @api.model
    def _admit(self, ip, email):
        """Return whether the form may be taken once more, and note that it was.

        :param ip: address of the browser
        :param email: normalized mail address
        """
        fingerprints = {
            kind: hmac(self.env(su=True), "complaint_handling-form", (kind, value))
            for kind, value in (("ip", ip or ""), ("email", email))
        }
        now = fields.Datetime.now()
        # sudo: the visitor of the form is nobody in this database
        attempts = self.sudo()
        counts = dict(
            attempts._read_group(
                [("fingerprint", "in", list(fingerprints.values())), ("date", ">", now - PERIOD)],
                ["fingerprint"],
                ["__count"],
            )
        )
        if any(counts.get(fingerprints[kind], 0) >= limit for kind, limit in LIMITS.items()):
            return False
        attempts.create([{"fingerprint": value, "date": now} for value in fingerprints.values()])
        return True

    @api.autovacuum
    def _gc_attempts(self):
        domain = [("date", "<", fields.Datetime.now() - timedelta(days=1))]
        old = self.search(domain, limit=GC_UNLINK_LIMIT)
        old.unlink()
        return len(old), self.search_count(domain)
