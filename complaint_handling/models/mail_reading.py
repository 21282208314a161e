"""Reading mails as they really come. Pure functions over bytes and headers, without database."""

import codecs
import email
import email.policy
import hashlib
import re
from datetime import timedelta
from difflib import SequenceMatcher
from email.header import decode_header, make_header
from email.utils import getaddresses

#: A mail's own date is believed if it lies so far back at most.
OLDEST = timedelta(days=7)
#: Subjects and texts are cut here; the whole mail is attached or in the message.
MAX_SUBJECT = 250
MAX_TEXT = 50_000
#: So similar subjects make two mails of a sender look like one matter.
ALIKE = 0.75

#: Chinese mail programs name the small character set and use the large one that contains it.
CHARSETS = dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936"), "gb18030")

#: Headers that only programs write which answer by themselves, whatever they contain.
ROBOT_HEADERS = (
    "X-Autoreply",
    "X-Auto-Reply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Autoreply-From",
    "X-Mail-Autoreply",
)
#: What Exchange lets its own out-of-office notices say. ``DR``, ``RN`` and ``NRN`` only ask for
#: no receipts, which people's mail programs do too.
SUPPRESSING = {"all", "oof", "autoreply"}
#: How the notices of mail programs begin that say it nowhere else (those of QQ and 163 do).
AUTOMATIC_SUBJECT = re.compile(
    r"\s*[\[【(]?("
    r"automatic reply|auto[ -]?reply|out of (the )?office( auto-?reply)?"
    r"|automatische antwort|abwesenheitsnotiz|réponse automatique|respuesta automática"
    r"|自动回复|自動回覆|自动答复"
    r")\s*[\])】]?\s*([:：]|$)",
    re.IGNORECASE,
)
PREFIX = re.compile(
    r"^\s*((re|aw|wg|fw|fwd|sv|vs|tr|rv|ant|antw|odp|回复|答复|转发|回覆|轉寄)\s*(\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
#: “From: Mary Miller <mary@example.com>” as mail programs write it above what they forward.
FORWARDED = re.compile(
    r"^[>\s*]*(?:from|von|de|da|van|发件人|寄件者)\s*\*?\s*[:：]\s*\*?\s*(?P<sender>[^\n]*@[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(\.[\w-]+)+")
MESSAGE_ID = re.compile(rb"<[^<>\s]+@[^<>\s]+>")


def find_robot(message):
    """Say by which header a mail shows that no person wrote it.

    What is safe to go by, and what is not:

    - ``Auto-Submitted`` other than ``no`` is the standard (RFC 3834), an empty ``Return-Path``
      the mark of every notice of a mail server (RFC 5321): safe.
    - ``Precedence: auto_reply``, and the headers autoresponders add: safe.
    - ``Precedence: bulk`` or ``junk`` is what older vacation programs set, and mass mailings.
      ``Precedence: list`` counts only without ``List-Id`` or ``List-Post``: many companies put
      a mailing list or a group before their address, and then each customer's mail bears it.
    - ``X-Auto-Response-Suppress`` counts where it asks for no automatic answers at all.
    - ``List-Unsubscribe``, ``List-Id``, ``Feedback-ID`` and the like are never a reason: mail
      services and footers of mailing lists add them to what people write.

    Some of it may still be a person's; therefore what is refused is kept for some weeks and
    becomes a case with one click.

    :param message: ``email.message.Message``
    :return: header and value as one string, or ``None`` for a person's mail
    """
    for name, is_robot in (
        ("Auto-Submitted", lambda value: value.split(";")[0].strip() not in ("", "no")),
        ("Return-Path", lambda value: re.sub(r"\s", "", value) == "<>"),
        ("X-Auto-Response-Suppress", lambda value: SUPPRESSING & set(re.split(r"[,\s]+", value))),
        ("Precedence", lambda value: _is_mass(message, value.strip())),
        *((name, lambda value: value.strip() not in ("", "no")) for name in ROBOT_HEADERS),
    ):
        for value in message.get_all(name, []):
            if is_robot(str(value).lower()):
                return f"{name}: {value}"
    subject = str(message.get("Subject") or "")
    if AUTOMATIC_SUBJECT.match(subject):
        return f"Subject: {subject[:MAX_SUBJECT]}"
    return None


def _is_mass(message, precedence):
    if precedence == "list":
        return not (message.get("List-Id") or message.get("List-Post"))
    return precedence in ("bulk", "junk", "auto_reply", "auto-reply")


def limit_date(date, arrival):
    """Return a mail's own date, not later than its arrival nor more than a week before it."""
    return max(min(date, arrival), arrival - OLDEST) if date else arrival


def clean_subject(subject):
    """Return a subject on one line, without “Re:” and “Fwd:”, of a length a list can show."""
    subject = " ".join(PREFIX.sub("", (subject or "").replace("\x00", "")).split())
    return subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…"


def find_forwarded_sender(text):
    """Return whose mail it was that somebody forwards, as “Name <address>”, or ``""``."""
    for line in FORWARDED.finditer(text or ""):
        address = ADDRESS.search(line["sender"])
        if address:
            name = line["sender"][: address.start()].replace("mailto:", "").strip(" \"'<[(*")
            return f"{name} <{address[0]}>" if name else address[0]
    return ""


def make_message_id(*parts):
    """Return a message-id for a mail that has none: the same mail gets the same again."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else str(part or "").encode(errors="replace"))
        digest.update(b"\0")
    return f"<{digest.hexdigest()[:40]}@without-message-id>"


# ------------------------------------------------------------
# Mails that break the rules
# ------------------------------------------------------------


def mend_charsets(message):
    """Give the texts of a mail a character set that exists, so that they can be read.

    An unknown one makes core give up the whole mail.
    """
    for part in message.walk():
        if part.get_content_maintype() != "text":
            continue
        name = str(part.get_param("charset") or "").strip("'\" ").lower()
        if not name:
            continue
        known = CHARSETS.get(name, name)
        try:
            codecs.lookup(known)
        except (LookupError, ValueError):
            known = _guess_charset(part.get_payload(decode=True) or b"")
        if known != name:
            part.set_param("charset", known)


def _guess_charset(content):
    for charset in ("utf-8", "gb18030"):
        try:
            content.decode(charset)
        except UnicodeDecodeError:
            continue
        return charset
    return "latin-1"


def get_head(raw):
    """Return the header lines of a mail as they came."""
    return re.split(rb"\r?\n\r?\n", raw.lstrip(), maxsplit=1)[0]


def read_in_part(raw):
    """Read what can be read of a mail that could not be processed; never raises.

    :param raw: the mail as bytes
    :return: dict with ``message_id``, ``subject``, ``email_from``, ``name``, ``date``, ``text``
        and ``references``; what cannot be read is empty
    """
    head = get_head(raw)
    found = {
        "message_id": "",
        "subject": "",
        "email_from": "",
        "name": "",
        "date": None,
        "text": "",
        "references": [each.decode(errors="replace") for each in MESSAGE_ID.findall(head)],
    }
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
    except Exception:  # a parser that gives up must not cost the mail
        return found
    for name, read in (
        ("message_id", lambda: str(message.get("Message-Id") or "").strip()),
        ("subject", lambda: _decode(message.get("Subject"))),
        ("date", lambda: email.utils.parsedate_to_datetime(str(message.get("Date")))),
        ("text", lambda: _find_text(message)[:MAX_TEXT]),
    ):
        found[name] = _try(read, found[name])
    senders = _try(lambda: getaddresses([_decode(message.get("From"))]), [])
    found["name"], found["email_from"] = next(
        (each for each in senders if "@" in each[1]), ("", "")
    )
    return found


def _try(read, default):
    try:
        value = read()
    except Exception:  # each piece for itself: one that is broken must not hide the others
        return default
    return value.replace("\x00", "") if isinstance(value, str) else value


def _decode(value):
    try:
        return str(make_header(decode_header(str(value or "")))).strip()
    except (LookupError, UnicodeError, ValueError):
        return str(value or "").strip()


def _find_text(message):
    """Return the first text of a mail, plain before HTML."""
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    parts.sort(key=lambda part: part.get_content_subtype() != "plain")
    for part in parts:
        content = part.get_payload(decode=True) or b""
        text = content.decode(_guess_charset(content), errors="replace")
        if part.get_content_subtype() == "html":
            text = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", text)
        if text.strip():
            return text.strip()
    return ""


# ------------------------------------------------------------
# Two subjects
# ------------------------------------------------------------


def are_alike(one, other):
    """Say whether two subjects are probably about the same matter."""
    one, other = (clean_subject(subject).casefold() for subject in (one, other))
    if not one or not other:
        return False
    return one == other or SequenceMatcher(None, one, other).ratio() >= ALIKE
