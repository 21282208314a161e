from odoo import models


class ComplaintSlaClock(models.Model):
    """What people read about a promise."""

    _inherit = "complaint.sla.clock"

    def _get_kind_name(self):
        """Return the name of the promise in the language of the reader."""
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _get_what_keeps_it(self):
        """Return one sentence that says what keeps this promise."""
        self.ensure_one()
        return {
            "first_response": self.env._(
                "It stops when somebody answers the customer, by a message or by phone."
            ),
            "update": self.env._("It stops when the customer hears how the matter stands."),
            "resolve": self.env._(
                "It stops when the case is solved and the customer is told the solution."
            ),
            "verify": self.env._("It stops when it is known whether the customer accepts."),
            "task": self.env._("It stops when the internal request is answered."),
        }[self.kind]
