from odoo.fields import Domain
from odoo.tools import SQL


def post_init_hook(env):
    """Give each company its numbers, a team and the shipped promises."""
    env["res.company"].search([])._create_complaint_defaults()


def uninstall_hook(env):
    """Take the cases along, which hold on to the stages, reasons and causes they use.

    By SQL: a hundred thousand cases, and what hangs on them follows by the foreign keys.
    """
    _cancel_calls(env)
    env.flush_all()
    # what was granted holds on to its case
    env.cr.execute(SQL("DELETE FROM complaint_compensation"))
    env.cr.execute(SQL("DELETE FROM complaint_case"))
    # the company's own branches hold on to the shipped trees
    env.cr.execute(SQL("UPDATE complaint_category SET parent_id = NULL"))
    env.cr.execute(SQL("UPDATE complaint_cause SET parent_id = NULL"))
    sequences = env["ir.sequence"].with_context(active_test=False)
    sequences.search([("code", "=", "complaint.case")]).unlink()
    env.invalidate_all(flush=False)


def _cancel_calls(env):
    """Call off follow-ups about a case: their words would lead nowhere."""
    cases = env["complaint.case"]._search([("courtesy_touch_id", "!=", False)])
    calls = env["complaint.verification"]._search([("touch_id", "!=", False)])
    about = Domain("id", "in", cases.subselect("courtesy_touch_id")) | Domain(
        "id", "in", calls.subselect("touch_id")
    )
    touches = env["followup.touch"].with_context(complaint_sync=True)
    touches.search(Domain("state", "=", "planned") & about).write({"state": "cancelled"})
