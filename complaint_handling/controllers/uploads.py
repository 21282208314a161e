"""Files a visitor sends along with a form."""

from odoo.exceptions import UserError
from odoo.http import request

MAX_FILES = 5
MAX_MEGABYTES = 10
#: The whole request, for the server to refuse at once.
MAX_REQUEST = (MAX_FILES * MAX_MEGABYTES + 1) * 1024 * 1024


def read_uploads(name="attachment"):
    """Return the files of the request as ``[(file name, bytes)]``.

    :raise UserError: if there are too many of them, or one is too large
    """
    files = [each for each in request.httprequest.files.getlist(name) if each.filename]
    if len(files) > MAX_FILES:
        raise UserError(
            request.env._(
                "At most %(count)s files can be sent at once: send the others in a second message.",
                count=MAX_FILES,
            )
        )
    uploads = []
    for each in files:
        content = each.read(MAX_MEGABYTES * 1024 * 1024 + 1)
        if len(content) > MAX_MEGABYTES * 1024 * 1024:
            raise UserError(
                request.env._(
                    "%(file)s is larger than %(size)s MB: please send a smaller one.",
                    file=each.filename,
                    size=MAX_MEGABYTES,
                )
            )
        uploads.append((each.filename, content))
    return uploads
