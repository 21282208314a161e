#!/usr/bin/env python3
"""Set up, run and test the Customer Care addons: ``python3 tools/care.py VERB``.

Needs nothing but Python; every verb brings what it needs into ``.care/``. The Makefile
has one target per verb.
"""

import sys

MIN_PYTHON = (3, 10)  # what Odoo 19.0 asks for


def main():
    """Check Python before importing anything written in newer Python."""
    if sys.version_info < MIN_PYTHON:
        sys.exit(f"Python 3.10 or newer is needed, this is {sys.version.split()[0]}.")
    from carekit import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
