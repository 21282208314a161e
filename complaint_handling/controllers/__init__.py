from . import customer_page
from . import portal
from . import public_form
