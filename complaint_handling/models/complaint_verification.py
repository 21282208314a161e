from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: Ratings up to this one say that the matter is not solved, whatever else was said.
LOW = 2
#: Written by the methods only.
KEPT = {"case_id", "run", "state", "solved_by_id", "date_done", "done_by_id", "date_event"}
KEPT |= {"attempt_count", "rating_outcome", "rating_handling", "before_refusal", "touch_id"}
KEPT |= {"method", "note", "date_asked", "date_due"}


class ComplaintVerification(models.Model):
    """Whether the customer accepts a solution: who asks him, how, and what he says.

    How it begins is in ``complaint_verification_plan.py``, the call in
    ``complaint_verification_call.py``, what is set right in ``complaint_verification_undo.py``.
    """

    _name = "complaint.verification"
    _description = "Verification Call"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_due, id"
    _mail_post_access = "read"
    _check_company_auto = True

    # of what
    case_id = fields.Many2one(
        "complaint.case", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="case_id.partner_id", store=True, index=True, string="Customer"
    )
    team_id = fields.Many2one(related="case_id.team_id", store=True, index=True)
    agent_id = fields.Many2one(related="case_id.user_id", string="Agent")
    severity = fields.Selection(related="case_id.severity")
    remedy_granted = fields.Text(related="case_id.remedy_granted")
    contact_name = fields.Char(compute="_compute_contact", string="Contact Person")
    phone = fields.Char(compute="_compute_contact")
    run = fields.Integer(readonly=True, default=1)

    # how
    method = fields.Selection(
        [
            ("call", "Call by another person"),
            ("mail", "Question by mail"),
            ("silence", "No objection within some days"),
        ],
        required=True,
        readonly=True,
        default="call",
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Caller",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Somebody else than who solved the case or has it now.",
    )
    solved_by_id = fields.Many2one(
        "res.users", string="Solved by", readonly=True, index="btree_not_null"
    )
    date_due = fields.Datetime(
        string="Due by",
        required=True,
        default=fields.Datetime.now,
        tracking=True,
        help="By when the customer is called; where nobody calls, until when he may object.",
    )
    date_asked = fields.Datetime(string="Asked on", readonly=True, copy=False)
    date_event = fields.Datetime(
        readonly=True, copy=False, help="When something happens without anybody's act."
    )
    attempt_count = fields.Integer(string="Attempts", readonly=True, copy=False)
    touch_id = fields.Many2one(
        "followup.touch",
        string="Follow-up",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")

    # what he says
    state = fields.Selection(
        [
            ("due", "Due"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("no_answer", "No answer"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="due",
        readonly=True,
        copy=False,
        tracking=True,
    )
    rating_outcome = fields.Integer(
        string="Rating of the Outcome", readonly=True, copy=False, aggregator=None
    )
    rating_handling = fields.Integer(
        string="Rating of the Handling", readonly=True, copy=False, aggregator=None
    )
    note = fields.Text(string="In the Customer's Words", readonly=True, copy=False)
    date_done = fields.Datetime(string="Done on", readonly=True, copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Done by", readonly=True, copy=False, index="btree_not_null"
    )
    before_refusal = fields.Json(
        readonly=True, copy=False, help="The case as it was, where a refusal reopened it."
    )

    _one_due_idx = models.UniqueIndex(
        "(case_id) WHERE state = 'due'", "This case is being verified already."
    )
    _due_idx = models.Index("(user_id, date_due) WHERE state = 'due'")
    _event_idx = models.Index("(date_event) WHERE date_event IS NOT NULL")
    _ratings_range = models.Constraint(
        "CHECK(rating_outcome BETWEEN 0 AND 5 AND rating_handling BETWEEN 0 AND 5)",
        "Ratings lie between 1 and 5; 0 means that there is none.",
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("case_id", "method")
    @api.depends_context("lang")
    def _compute_display_name(self):
        methods = dict(self._fields["method"]._description_selection(self.env))
        for verification in self:
            verification.display_name = self.env._(
                "%(case)s: %(method)s",
                case=verification.case_id.sudo().display_name or "",
                method=methods.get(verification.method, ""),
            )

    @api.depends("case_id")
    def _compute_contact(self):
        for verification in self:
            # sudo: who calls a customer needs his number
            case = verification.case_id.sudo()
            contact = case._get_contact() if case else case.contact_id
            verification.contact_name = contact.name or case.contact_name
            verification.phone = case.phone or contact.phone or case.partner_id.phone

    @api.depends("state", "date_due")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for verification in self:
            verification.is_late = bool(
                verification.state == "due"
                and verification.method == "call"
                and verification.date_due
                and verification.date_due < now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = (
            Domain("state", "=", "due")
            & Domain("method", "=", "call")
            & Domain("date_due", "<", "now")
        )
        return (late if True in value else Domain.FALSE) | (
            ~late if False in value else Domain.FALSE
        )

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @api.constrains("user_id", "solved_by_id", "company_id", "state")
    def _check_user_id(self):
        """Nobody asks whether his own solution is good."""
        for verification in self.filtered(lambda each: each.state == "due" and each.user_id):
            # sudo: which companies a colleague may enter
            user = verification.user_id.sudo()
            if user in verification.sudo()._get_concerned():
                raise ValidationError(
                    self.env._(
                        "%(user)s solved %(case)s or has it now: let somebody else call the "
                        "customer.",
                        user=user.name,
                        case=verification.case_id.display_name,
                    )
                )
            if verification.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s may not work in %(company)s: choose somebody who may.",
                        user=user.name,
                        company=verification.company_id.name,
                    )
                )

    def _get_concerned(self):
        """Return who does not judge the solution: who gave it, and whose case it is."""
        self.ensure_one()
        return self.solved_by_id | self.agent_id

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        verifications = super().create(vals_list)
        verifications._note_on_cases()
        return verifications

    def write(self, vals):
        if not self.env.su and KEPT & vals.keys():
            raise UserError(
                self.env._(
                    "Use “Record the Verdict”: what the customer said, and until when he is "
                    "asked, is not typed over."
                )
            )
        result = super().write(vals)
        if "state" in vals:
            self._note_on_cases()
        if {"user_id", "date_due"} & vals.keys():
            self._move_call()
        return result

    def _note_on_cases(self):
        """Let the cases say how their verification stands."""
        for verification in self:
            state = verification.state
            # sudo: the case follows, whoever gave the verdict
            verification.case_id.sudo().write(
                {
                    "verification_id": verification.id,
                    "verification_state": "not_needed" if state == "cancelled" else state,
                }
            )

    # ------------------------------------------------------------
    # Verdicts
    # ------------------------------------------------------------

    def _confirm(self, outcome=None, handling=None, note=None):
        """The customer accepts the solution: the case is closed.

        A low rating of the outcome counts as a refusal.

        :param outcome: rating 1 to 5 of the outcome, None where he gave none
        :param handling: rating 1 to 5 of the handling, None where he gave none
        :param note: his words
        """
        verifications = self._lock_open(("due", "no_answer"))
        if 0 < (outcome or 0) <= LOW:
            verifications._refuse(outcome, handling, note)
            return
        verifications._end("confirmed", outcome, handling, note)
        verifications.case_id._get_open_clocks("verify")._meet(note=note)
        verifications._close_cases()

    def _refuse(self, outcome=None, handling=None, note=None):
        """The customer does not accept: the case is taken up again one level up.

        Parameters as of :meth:`_confirm`.
        """
        for verification in self._lock_open(("due", "no_answer", "confirmed")):
            case = verification.case_id
            before = case._get_undo_values()
            verification._end("refused", outcome, handling, note)
            activity = case._reopen_one_level_up(note)
            verification.before_refusal = {**before, "activity_id": activity.id}
            # reopening forgets the verification of the run before; this one is still news
            case.verification_state = "refused"

    def _give_up(self):
        """The customer could not be reached, or did not answer: the case is closed so."""
        verifications = self._lock_open(("due",))
        verifications._end("no_answer")
        verifications._close_cases()

    def _cancel(self, reason=None):
        """Stop asking.

        :param reason: sentence for the log
        """
        self._lock_open(("due",))._end("cancelled", note=reason)

    def _close_cases(self):
        """Close the solved cases, nothing is left to be asked."""
        self.case_id.filtered(lambda case: case.stage_kind == "resolved")._close()

    def _lock_open(self, states):
        """Return those that still stand, as superuser and locked: two verdicts are one.

        The run of the case has to be the one that was solved.
        """
        # sudo: customers and callers have no right to close and reopen cases
        verifications = self.sudo()
        if verifications:
            verifications.lock_for_update()
        return verifications.filtered(
            lambda each: each.state in states and each.run == each.case_id.run
        )

    def _end(self, state, outcome=None, handling=None, note=None):
        """Note a verdict on the verifications and the ratings on their cases."""
        if not self:
            return
        ratings = {"rating_outcome": outcome, "rating_handling": handling}
        ratings = {name: value for name, value in ratings.items() if value}
        self.write(
            {
                "state": state,
                **ratings,
                **({"note": note} if note else {}),
                "date_done": fields.Datetime.now(),
                "done_by_id": self.env.uid,
                "date_event": False,
            }
        )
        for name, value in ratings.items():
            cases = self.case_id.filtered(lambda case, name=name, value=value: case[name] != value)
            cases.write({name: value})
        self._end_call()

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_verdict(self):
        """Open the dialog that records what the customer said."""
        self.ensure_one()
        return self._open_dialog("complaint_verdict_action")

    def action_correct(self):
        """Open the dialog in which a leader sets a rating right."""
        self.ensure_one()
        return self._open_dialog("complaint_rating_correction_action")

    def _open_dialog(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"complaint_handling.{name}")
        action["context"] = {"default_verification_id": self.id}
        return action
