from odoo.tools import SQL


def post_init_hook(env):
    """Give each company its numbers, a team and the shipped promises."""
    env["res.company"].search([])._create_complaint_defaults()


def uninstall_hook(env):
    """Take the cases along, which hold on to the stages, reasons and causes they use.

    By SQL: a hundred thousand cases, and what hangs on them follows by the foreign keys.
    """
    env.flush_all()
    # what was granted holds on to its case
    env.cr.execute(SQL("DELETE FROM complaint_compensation"))
    env.cr.execute(SQL("DELETE FROM complaint_case"))
    env["ir.sequence"].search([("code", "=", "complaint.case")]).unlink()
    env.invalidate_all(flush=False)
