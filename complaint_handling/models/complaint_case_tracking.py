from odoo import models

#: Where logs wait in the data of the commit, as core keeps tracked values there.
WAITING = "mail.tracking.logs.complaint.case"


class ComplaintCase(models.Model):
    """Moving many cases logs what changed in one go; core inserts message by message."""

    _inherit = "complaint.case"

    def _message_track(self, fields_iter, initial_values_dict):
        waiting = self.env.cr.precommit.data.setdefault(WAITING, [])
        try:
            tracking = super()._message_track(fields_iter, initial_values_dict)
        finally:
            del self.env.cr.precommit.data[WAITING]
        self._log_changes(waiting)
        return tracking

    def _message_log_batch(self, bodies, author_id=None, tracking_value_ids=False, **kwargs):
        waiting = self.env.cr.precommit.data.get(WAITING)
        if waiting is None or not tracking_value_ids:
            return super()._message_log_batch(
                bodies, author_id=author_id, tracking_value_ids=tracking_value_ids, **kwargs
            )
        waiting.append((self, author_id, bodies, tracking_value_ids))
        return self.env["mail.message"]

    def _log_changes(self, logs):
        """Write logs of changed fields: the messages of an author at once, then all values.

        :param logs: list of (case, author's id, ``{case id: body}``, commands of values)
        """
        values = []
        for author_id in {author_id for _case, author_id, _bodies, _commands in logs}:
            own = [log for log in logs if log[1] == author_id]
            cases = self.browse([case.id for case, *_rest in own])
            bodies = {key: body for log in own for key, body in log[2].items()}
            messages = cases._message_log_batch(bodies, author_id=author_id)
            values += [
                {**command[2], "mail_message_id": message.id}
                for message, log in zip(messages, own, strict=True)
                for command in log[3]
            ]
        # sudo: as core does; values of tracked fields belong to no user
        self.env["mail.tracking.value"].sudo().create(values)
