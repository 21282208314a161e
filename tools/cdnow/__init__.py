"""The CDNOW data set as honest Odoo data, graded and compared."""
