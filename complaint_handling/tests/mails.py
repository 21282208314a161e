"""A corpus of awkward mails, as bytes: what mail programs and servers really send.

Each builder takes header lines to add or replace; ``None`` leaves a header out.
"""

from base64 import b64encode

CRLF = b"\r\n"
HEADERS = {
    "Return-Path": "<ada@acme.example>",
    "From": "Ada Lovelace <ada@acme.example>",
    "To": "Complaints <complaints@lantern.example>",
    "Subject": "The lantern is broken",
    "Date": "Wed, 03 Jul 2024 09:30:00 +0200",
    "Message-ID": "<1@acme.example>",
    "MIME-Version": "1.0",
}
PNG = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    b"rkJggg=="
)


def raw(body=b"It does not light.", **headers):
    """Return a mail; underscores in names of headers stand for dashes."""
    lines = dict(HEADERS) | {name.replace("_", "-"): value for name, value in headers.items()}
    head = [
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode())
        for name, value in lines.items()
        if value is not None
    ]
    return CRLF.join([*head, b"", body, b""])


def parts(kind, *sections, boundary=b"=_cut", **headers):
    """Return a mail of several parts, given as ``(header lines, content)``."""
    content_type = f'multipart/{kind}; boundary="{boundary.decode()}"'
    return raw(_join(boundary, sections), **{"Content_Type": content_type, **headers})


def _join(boundary, sections):
    pieces = []
    for head, content in sections:
        pieces += [b"--" + boundary, head, b"", content]
    return CRLF.join([*pieces, b"--" + boundary + b"--", b""])


TEXT = b"Content-Type: text/plain; charset=utf-8"
HTML = b"Content-Type: text/html; charset=utf-8"


def attached(name, content, kind=b"application/octet-stream", more=b""):
    head = b"Content-Type: " + kind + b'; name="' + name + b'"' + CRLF
    head += b'Content-Disposition: attachment; filename="' + name + b'"' + CRLF
    return head + b"Content-Transfer-Encoding: base64" + more, b64encode(content)


# ------------------------------------------------------------
# From people
# ------------------------------------------------------------


def multipart(**headers):
    """Text, HTML with a picture in it, and a PDF."""
    alternative = _join(
        b"inner",
        [
            (TEXT, "The lantern ist kaputt – 坏了.".encode()),
            (HTML, '<p>The lantern is <b>broken</b> <img src="cid:pic1"> – 坏了.</p>'.encode()),
        ],
    )
    picture = (
        b'Content-Type: image/png; name="lantern.png"\r\nContent-ID: <pic1>\r\n'
        b'Content-Disposition: inline; filename="lantern.png"\r\n'
        b"Content-Transfer-Encoding: base64",
        PNG,
    )
    return parts(
        "mixed",
        (b'Content-Type: multipart/alternative; boundary="inner"', alternative),
        picture,
        attached(b"receipt.pdf", b"%PDF-1.4 nothing", b"application/pdf"),
        **headers,
    )


def winmail(**headers):
    """What Outlook sends in its own format: nothing but ``winmail.dat``."""
    tnef = b"\x78\x9f\x3e\x22" + bytes(range(256))
    return parts("mixed", attached(b"winmail.dat", tnef, b"application/ms-tnef"), **headers)


def nested(**headers):
    """Another mail, attached as a mail."""
    inner = raw(
        b"Our customer writes that nothing works.",
        From="Carl <carl@customer.example>",
        Subject="inside",
        Message_ID="<inner@customer.example>",
    )
    return parts(
        "mixed", (TEXT, b"See below."), (b"Content-Type: message/rfc822", inner), **headers
    )


def unknown_charset(**headers):
    """A text in GBK that claims a character set nobody knows."""
    return raw(
        "灯笼坏了，请换一个。".encode("gbk"),
        **{"Content_Type": "text/plain; charset=x-nobody-knows", **headers},
    )


def wrong_charset(**headers):
    """A text in Latin-1 that claims to be UTF-8."""
    return raw(
        "Die Laterne ist zerstört".encode("latin-1"),
        **{"Content_Type": "text/plain; charset=utf-8", **headers},
    )


def gb2312_header(**headers):
    """Chinese in encoded words, with characters the named set does not have."""
    word = b64encode("灯笼镕坏了".encode("gbk")).decode()
    return raw(
        "镕先生：灯笼坏了。".encode("gbk"),
        **{
            "Subject": f"=?gb2312?B?{word}?=",
            "Content_Type": "text/plain; charset=gb2312",
            **headers,
        },
    )


def undecodable(**headers):
    """Base64 that is none, a broken encoded word, raw bytes in headers, no end of the parts."""
    body = (
        b'--=_cut\r\nContent-Type: text/plain; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n%%%not base64\xff\xfe%%%\r\n"
    )
    return raw(
        body,
        **{
            "Subject": b"=?utf-8?B?%%%?= \xff\xfe broken",
            "Content_Type": 'multipart/mixed; boundary="=_cut"',
            **headers,
        },
    )


def scripted(**headers):
    """HTML only, with a script and a form."""
    return raw(
        b'<html><head><script>alert("x")</script></head><body onload="steal()">'
        b'<p>It is <a href="javascript:steal()">broken</a></p></body></html>',
        **{"Content_Type": "text/html; charset=utf-8", **headers},
    )


def many_attachments(count=30, **headers):
    files = [attached(b"photo%d.jpg" % number, b"jpg%d" % number) for number in range(count)]
    return parts("mixed", (TEXT, b"See the photos."), *files, **headers)


def invitation(**headers):
    """An invitation as Outlook sends it."""
    calendar = (
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Talk\r\n"
        b"DTSTART:20240705T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    return parts(
        "alternative",
        (TEXT, b"Let us talk about the lantern."),
        (b"Content-Type: text/calendar; charset=utf-8; method=REQUEST", calendar),
        **headers,
    )


def forwarded(original="Carl Jung <carl@customer.example>", **headers):
    """A colleague forwards what a customer wrote to him."""
    text = (
        "Please take care.\r\n\r\n---------- Forwarded message ---------\r\n"
        f"From: {original}\r\nDate: Tue, 2 Jul 2024\r\nSubject: lamp\r\n\r\nIt is broken."
    )
    return raw(text.encode(), **{"Content_Type": "text/plain; charset=utf-8", **headers})


# ------------------------------------------------------------
# From machines
# ------------------------------------------------------------


def out_of_office(**headers):
    """As Exchange answers."""
    return raw(
        b"I am back on Monday.",
        **{
            "Subject": "Automatic reply: your case",
            "Auto_Submitted": "auto-generated",
            "X_Auto_Response_Suppress": "All",
            "Return_Path": "<>",
            **headers,
        },
    )


def bounce(message_id, **headers):
    """As Postfix reports that a mail could not be delivered."""
    status = (
        b"Reporting-MTA: dns; mx.lantern.example\r\n\r\n"
        b"Final-Recipient: rfc822; ada@acme.example\r\nAction: failed\r\nStatus: 5.1.1"
    )
    original = raw(b"Our answer", Message_ID=message_id, From="complaints@lantern.example")
    return parts(
        "report; report-type=delivery-status",
        (TEXT, b"The mail could not be delivered."),
        (b"Content-Type: message/delivery-status", status),
        (b"Content-Type: message/rfc822", original),
        **{
            "From": "Mail Delivery System <MAILER-DAEMON@acme.example>",
            "Subject": "Undelivered Mail Returned to Sender",
            "Return_Path": "<>",
            "Auto_Submitted": "auto-replied",
            **headers,
        },
    )
