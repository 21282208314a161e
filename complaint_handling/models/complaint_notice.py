from odoo import api, fields, models
from odoo.tools import SQL


class ComplaintNotice(models.Model):
    """What the system wrote to a customer about a case, so that it never does so twice."""

    _name = "complaint.notice"
    _description = "Automatic Message"
    _order = "id desc"

    case_id = fields.Many2one("complaint.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    template_id = fields.Many2one(
        "mail.template", required=True, index=True, ondelete="cascade", string="Message"
    )
    key = fields.Char(required=True)

    _once_idx = models.UniqueIndex("(case_id, template_id, key)")

    @api.model
    def _claim(self, cases, template, key):
        """Note that a message is sent about cases; return those it was not sent about before.

        The unique index decides, so two who send at the same time do not both send.
        """
        if not cases:
            return cases
        cases.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO complaint_notice
                       (case_id, company_id, template_id, key, create_uid, create_date,
                        write_uid, write_date)
                SELECT complaint_case.id, company_id, %(template)s, %(key)s,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM complaint_case
                 WHERE complaint_case.id = ANY(%(cases)s)
                    ON CONFLICT DO NOTHING
             RETURNING case_id
                """,
                template=template.id,
                key=key,
                uid=self.env.uid,
                cases=cases.ids,
            )
        )
        return cases.browse(case_id for (case_id,) in rows)
