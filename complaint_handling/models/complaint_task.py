from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import is_html_empty, plaintext2html

#: What who is asked writes himself; all else is the agents'.
ANSWER = {"answer", "answer_attachment_ids"}
#: Written by the methods only, whoever calls them.
KEPT = {"state", "date_asked", "date_answered", "answered_by_id", "activity_id", "date_remind"}


class ComplaintTask(models.Model):
    """A question to somebody of another department, to be answered inside the case's time.

    Who is asked needs no right to complaints: he sees the question, what the agent wrote to it,
    the subject and the customer's name. Its activity is in ``complaint_task_activity.py``.
    """

    _name = "complaint.task"
    _description = "Internal Request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_due, id"
    _mail_post_access = "read"
    _check_company_auto = True

    # what is asked
    name = fields.Char(string="Question", required=True, tracking=True)
    details = fields.Html()
    attachment_ids = fields.Many2many(
        "ir.attachment", "complaint_task_attachment_rel", string="Attachments", copy=False
    )
    case_id = fields.Many2one("complaint.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    # read by who is asked, who may not read the case
    case_number = fields.Char(related="case_id.number", string="Case Number")
    case_name = fields.Char(related="case_id.name", string="Subject")
    customer_name = fields.Char(related="case_id.partner_id.name", string="Customer")

    # who is asked, and until when
    user_id = fields.Many2one(
        "res.users",
        string="Asked",
        required=True,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    department = fields.Char(compute="_compute_department", store=True, readonly=False)
    asked_by_id = fields.Many2one(
        "res.users",
        string="Asked by",
        readonly=True,
        index="btree_not_null",
        default=lambda self: self.env.user,
        copy=False,
    )
    date_asked = fields.Datetime(
        string="Asked on", readonly=True, default=fields.Datetime.now, copy=False
    )
    date_due = fields.Datetime(string="Due by", required=True, tracking=True, copy=False)
    date_remind = fields.Datetime(readonly=True, copy=False, help="When he is reminded, once.")
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")

    # what came of it
    state = fields.Selection(
        [("open", "Open"), ("answered", "Answered"), ("cancelled", "Withdrawn")],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
    )
    answer = fields.Html(copy=False)
    answer_attachment_ids = fields.Many2many(
        "ir.attachment",
        "complaint_task_answer_attachment_rel",
        string="Attachments of the Answer",
        copy=False,
    )
    date_answered = fields.Datetime(string="Answered on", readonly=True, copy=False)
    answered_by_id = fields.Many2one(
        "res.users", string="Answered by", readonly=True, copy=False, index="btree_not_null"
    )
    is_mine = fields.Boolean(compute="_compute_is_mine", help="The user may answer it.")
    may_manage = fields.Boolean(compute="_compute_is_mine", help="The user may withdraw it.")

    _open_idx = models.Index("(case_id, date_due) WHERE state = 'open'")
    _mine_idx = models.Index("(user_id, date_due) WHERE state = 'open'")
    _remind_idx = models.Index("(date_remind) WHERE date_remind IS NOT NULL")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("user_id")
    def _compute_department(self):
        """With ``hr`` the department of who is asked; else what somebody wrote stays."""
        known = "employee_ids" in self.env["res.users"]._fields
        for task in self:
            # sudo: in which department a colleague works, nothing else of his file
            found = known and task.user_id.sudo().employee_ids.department_id[:1].name
            task.department = found or task.department

    @api.depends("state", "date_due")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for task in self:
            task.is_late = task.state == "open" and bool(task.date_due) and task.date_due < now

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "open") & Domain("date_due", "<", "now")
        return (late if True in value else Domain.FALSE) | (
            ~late if False in value else Domain.FALSE
        )

    @api.depends("user_id", "case_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for task in self:
            task.may_manage = task._may_manage()
            # sudo: who leads whom
            people = task.user_id | task.sudo().user_id.care_manager_id
            task.is_mine = task.may_manage or self.env.user in people

    def _may_manage(self):
        """Say whether the user works on the case; superuser code does."""
        return self.env.su or self.case_id.has_access("write")

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @api.constrains("user_id", "company_id")
    def _check_user_id(self):
        for task in self.filtered(lambda task: task.state == "open"):
            # sudo: which companies a colleague may enter
            user = task.user_id.sudo()
            if user.share or not user.active or task.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be asked: choose a colleague who may work in %(company)s.",
                        user=user.name,
                        company=task.company_id.sudo().name,
                    )
                )

    @api.constrains("date_due")
    def _check_date_due(self):
        now = fields.Datetime.now()
        for task in self.filtered(lambda task: task.state == "open" and task.date_due <= now):
            raise ValidationError(
                self.env._(
                    "“%(question)s” would be due in the past: choose a later moment.",
                    question=task.name,
                )
            )

    def _check_writer(self, vals):
        """Who is asked writes his answer and nothing else; how it stands, only the methods."""
        if self.env.su or not vals:
            return
        if KEPT & vals.keys():
            raise AccessError(
                self.env._(
                    "Use the buttons of the internal request: answer it, pass it on or withdraw it."
                )
            )
        foreign = self.filtered(lambda task: not task._may_manage())
        if foreign and vals.keys() - ANSWER:
            raise AccessError(
                self.env._(
                    "“%(question)s” was asked by %(user)s: you can answer it or pass it on, not "
                    "change it.",
                    question=foreign[0].name,
                    user=foreign[0].asked_by_id.name,
                )
            )
        if "case_id" in vals:
            raise AccessError(self.env._("An internal request stays with its case: ask anew."))
        if self.filtered(lambda task: task.state != "open"):
            raise UserError(
                self.env._("This internal request is over: ask anew where more is to be known.")
            )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            own = {"asked_by_id": self.env.uid, "date_asked": fields.Datetime.now()}
            rest = {name: None for name in (*KEPT, *ANSWER) if name not in own}
            vals_list = [
                {k: v for k, v in vals.items() if k not in rest} | own for vals in vals_list
            ]
        tasks = super().create(vals_list)
        tasks._check_cases()
        tasks._link_attachments()
        tasks._open_clocks()
        tasks._set_reminder()
        tasks._mirror()
        tasks.case_id._note_holder()
        return tasks

    def write(self, vals):
        self._check_writer(vals)
        before = {task: task.user_id for task in self}
        result = super().write(vals)
        if {"attachment_ids", "answer_attachment_ids"} & vals.keys():
            self._link_attachments()
        if "date_due" in vals:
            self._move_clocks()
            self._set_reminder()
        if {"date_due", "user_id", "name"} & vals.keys():
            self._mirror()
        moved = self.filtered(lambda task: task.user_id != before[task])
        if moved:
            # sudo: who passes a request on need not have the right to the case
            moved.sudo().case_id._note_holder()
        return result

    def unlink(self):
        self.sudo()._get_clocks()._cancel()
        cases = self.case_id
        result = super().unlink()
        cases._note_holder()
        return result

    def _check_cases(self):
        for case in self.case_id.filtered(lambda case: not case.is_open):
            raise UserError(
                self.env._(
                    "%(case)s is over: reopen it before you ask anybody.", case=case.display_name
                )
            )

    def _link_attachments(self):
        """Let who may read the request read its files.

        Files just uploaded become the request's; what belongs elsewhere stays there and is
        copied, as far as the user may read it.

        :raise AccessError: for files the user may not read
        """
        for task in self:
            place = {"res_model": self._name, "res_id": task.id}
            for name in ("attachment_ids", "answer_attachment_ids"):
                # sudo: below it is checked that the user may read what is linked
                files = task.sudo()[name]
                others = files.filtered(
                    lambda file, task=task: (file.res_model, file.res_id) != (self._name, task.id)
                )
                others.with_env(self.env).check_access("read")
                new = others.filtered(
                    lambda file: not file.res_id and file.create_uid == self.env.user
                )
                new.write(place)
                if foreign := others - new:
                    copies = foreign.copy({**place, "res_field": False, "access_token": False})
                    task.sudo()[name] = [Command.set((files - foreign | copies).ids)]

    # ------------------------------------------------------------
    # Acts
    # ------------------------------------------------------------

    def action_answer(self):
        """Give the answer that was written to the agent."""
        self._finish()
        return True

    def action_pass_on(self):
        """Open the dialog “not me, ask …”."""
        self.ensure_one()
        self._check_may_answer()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_pass_on_action"
        )
        action["context"] = {"default_task_id": self.id}
        return action

    def action_withdraw(self):
        """Take back questions that need no answer any more."""
        for task in self.filtered(lambda task: not task._may_manage()):
            raise AccessError(
                self.env._(
                    "“%(question)s”: only who works on the case can withdraw it. Pass it on where "
                    "you are the wrong person.",
                    question=task.name,
                )
            )
        self._withdraw(self.env._("%(user)s withdrew the question.", user=self.env.user.name))
        return True

    def _withdraw(self, reason):
        """Take back open questions and tell those who were asked.

        :param reason: sentence for the log of the request
        """
        # sudo: whoever ends the case ends what was asked for it
        tasks = self.sudo().filtered(lambda task: task.state == "open")
        tasks._get_clocks()._cancel()
        tasks.write({"state": "cancelled", "date_remind": False})
        tasks._mirror()
        for task in tasks:
            task._tell(task.user_id, reason)
        tasks.case_id._note_holder()

    def _check_may_answer(self):
        for task in self.filtered(lambda task: not task.is_mine):
            raise AccessError(
                self.env._(
                    "“%(question)s” was asked of %(user)s: only he, his leader or who works on "
                    "the case can answer it or pass it on.",
                    question=task.name,
                    user=task.user_id.name,
                )
            )

    def _check_answered(self, feedback=None):
        if feedback:
            return
        for task in self.filtered(lambda task: is_html_empty(task.answer)):
            raise UserError(
                self.env._(
                    "“%(question)s”: write the answer first, or pass the question on to who "
                    "knows it.",
                    question=task.name,
                )
            )

    def _finish(self, feedback=None, attachments=None):
        """Take the answers over: into the case, to its agent, and the clock stops.

        :param feedback: words of who marked the activity as done, where no answer was written
        :param attachments: ids of files that came with them
        """
        self._check_may_answer()
        self._check_answered(feedback)
        # they are posted as superuser below
        self.env["ir.attachment"].browse(attachments).check_access("read")
        for task in self.filtered(lambda task: task.state == "open"):
            if is_html_empty(task.answer):
                task.answer = plaintext2html(feedback)
            # sudo: who answers need not have the right to the case
            task.sudo()._take_answer(attachments or [])

    def _take_answer(self, attachment_ids):
        """Note the answer of the user of this environment."""
        now = fields.Datetime.now()
        self.write(
            {
                "state": "answered",
                "date_answered": now,
                "answered_by_id": self.env.uid,
                "date_remind": False,
            }
        )
        self._get_clocks()._meet(
            now, note=self.env._("Answered by %(user)s.", user=self.env.user.name)
        )
        self._mirror()
        self._post_answer([*self.answer_attachment_ids.ids, *attachment_ids])
        self.case_id._note_holder()

    def _pass_on(self, user, note=None):
        """Ask somebody else; the due moment stays.

        :param note: why, for the one who is asked now
        """
        self._check_may_answer()
        for task in self.filtered(lambda task: task.state == "open" and task.user_id != user):
            words = self.env._(
                "%(old)s passed the question on to %(new)s.",
                old=task.user_id.name,
                new=user.name,
            )
            # sudo: who is asked may not write requests; that it is his was checked
            task = task.sudo()
            task.user_id = user
            task._message_log(body=plaintext2html("\n".join(filter(None, [words, note]))))
            task._tell_agent(words)
