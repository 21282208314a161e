from . import customer_page, portal, public_form
