"""Find and read the CDNOW purchase log that ships inside the ``lifetimes`` wheel.

The package itself is never imported (that would need pandas); only its text files are read.
CDNOW: customers of an internet CD shop whose first purchase was in January to March 1997,
followed through 30 June 1998.
"""

from collections import namedtuple
from datetime import date, datetime
from decimal import Decimal
from importlib import metadata
from pathlib import Path

MASTER = "CDNOW_master.txt"  # 23,570 customers, 69,659 purchases
SAMPLE = "CDNOW_sample.txt"  # 2,357 customers, 6,919 purchases

LAST_DAY = date(1998, 6, 30)
#: the two dates at which everything is compared
CHECK_DATES = (date(1997, 12, 31), LAST_DAY)

#: customer is the master file's five-digit id, quantity whole CDs, amount in US dollars;
#: number counts the file's purchases from 1 and is the purchase's only unique key (255
#: rows repeat another one in every column: two baskets of the same value on one day).
Purchase = namedtuple("Purchase", "number customer date quantity amount")


class DatasetMissing(Exception):
    """The file is not there; the message is one sentence for the user."""


def find_file(name, given=None):
    """Return the path of a CDNOW file.

    :param name: MASTER or SAMPLE
    :param given: path of the file itself, or of a folder that holds it; None = look into
        the installed ``lifetimes`` distribution
    :raise DatasetMissing: nothing there
    """
    if given:
        path = Path(given)
        path = path / name if path.is_dir() else path
        if not path.is_file():
            raise DatasetMissing(f"There is no {name} at {given}.")
        return path
    try:
        files = metadata.files("lifetimes") or []
    except metadata.PackageNotFoundError:
        files = []
    for entry in files:
        if entry.name == name and entry.locate().is_file():
            return Path(entry.locate())
    raise DatasetMissing(
        f"{name} is missing: it ships in the Python package lifetimes; install it with "
        "`pip install --no-deps lifetimes==0.11.3` or name the file with --lifetimes-file."
    )


def read_purchases(path):
    """Read every purchase of a file, in the file's order.

    The master file has a heading and the columns customer, date, CDs, dollars; the sample
    has no heading and the customer's number within the sample as a second column.

    :return: list of Purchase
    :raise DatasetMissing: the file has other columns than these
    """
    purchases = []
    for line in Path(path).read_text(encoding="ascii").splitlines():
        columns = line.split()
        if not columns or columns[0] == "customer_id":
            continue
        if len(columns) not in (4, 5):
            raise DatasetMissing(f"{path} is not a CDNOW purchase log: {line!r}")
        customer, (day, quantity, amount) = columns[0], columns[-3:]
        purchases.append(
            Purchase(
                number=len(purchases) + 1,
                customer=customer,
                date=datetime.strptime(day, "%Y%m%d").date(),
                quantity=int(quantity),
                amount=Decimal(amount),
            )
        )
    return purchases
