def post_init_hook(env):
    """Grade with the shipped levels at once where they fit the company's figures.

    Where they do not, the guided start proposes lines from the company's own figures.
    """
    schemes = env["customer.tier.scheme"].search([("operative", "=", True)])
    ready = schemes.filtered(lambda scheme: not scheme._waits_for_start())
    ready.filtered(lambda scheme: scheme._count_documents()).evaluate()
