def post_init_hook(env):
    """Give each company its numbers, a team and the shipped promises."""
    env["res.company"].search([])._create_complaint_defaults()
