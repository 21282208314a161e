"""Fetch Debian packages without touching the system: apt-get with a root of its own.

The address of the mirror is the machine's own, so proxies and local mirrors keep working.
"""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from .console import CareError, say, warn
from .paths import CARE, LOGS
from .process import output_of, run, telling_line

APT = CARE / "apt"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ODOO_SUITE, ODOO_PACKAGES = "sid", ("odoo-19",)
# Odoo's package has its fonts and jQuery as links into these. They come from a release whose
# Font Awesome is still of the 4.7 series that Odoo uses.
LINKED_SUITE = "trixie"
LINKED_PACKAGES = (
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Debian removes this file of Odoo's, and without it every page logs an error, so tours fail
SELFIE = "usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation"
SELFIE_NPM = "@mediapipe/selfie_segmentation@0.1.1675465747"


def unpack_odoo(folder):
    """Unpack Debian's odoo-19 and what it links to into `folder`."""
    for suite, packages in ((ODOO_SUITE, ODOO_PACKAGES), (LINKED_SUITE, LINKED_PACKAGES)):
        for package in fetch(packages, suite):
            unpack(package, folder)
    _add_selfie_segmentation(folder / SELFIE)


def tidy():
    """Remove what was downloaded; only the unpacked files are needed."""
    shutil.rmtree(APT, ignore_errors=True)


def fetch(packages, suite):
    """Download packages of a suite.

    :return: list of paths of the .deb files
    :raise CareError: with the reason of the last mirror tried
    """
    reason = "apt has no source of Debian packages"
    for mirror in mirrors():
        for trust in _ways_to_verify():
            try:
                return _fetch_from(mirror, trust, packages, suite)
            except CareError as error:
                reason = str(error)
                if not _is_about_signatures(reason):
                    break
                warn(f"Debian's signature cannot be verified here: {reason[:120]}")
    raise CareError(reason)


def mirrors():
    """Return the addresses of the package archives that this machine uses, main ones first."""
    listed = output_of(["apt-get", "indextargets", "--format", "$(REPO_URI)"]) or ""
    unique = list(dict.fromkeys(line.strip() for line in listed.splitlines() if line.strip()))
    return [uri for uri in unique if "security" not in uri]


def _ways_to_verify():
    """Return apt's source options: verified by Debian's keys, else, said aloud, unverified."""
    if KEYRING.exists():
        yield f"signed-by={KEYRING}"
    yield "trusted=yes"


def _is_about_signatures(reason):
    return any(sign in reason for sign in ("NO_PUBKEY", "EXPKEYSIG", "not signed", "verif"))


def _options(lists, source):
    """Return apt-get's options for a private root."""
    for sub in (lists / "partial", APT / "cache/archives/partial", APT / "deb"):
        sub.mkdir(parents=True, exist_ok=True)
    settings = {"Dir::Etc::sourcelist": source, "Dir::Etc::sourceparts": "-", **_common(lists)}
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]


def _common(lists):
    return {
        "Dir::State::lists": lists,
        "Dir::Cache": APT / "cache",
        "APT::Sandbox::User": "root",  # the only way for a private folder as root; no-op otherwise
        "Debug::NoLocking": 1,
        "Acquire::Retries": 2,
        "Acquire::http::Timeout": 30,
        "Acquire::https::Timeout": 30,
        "Acquire::Languages": "none",
    }


def _own_options():
    """Return apt-get's options for the machine's own sources with private lists."""
    lists = APT / "lists-own"
    for sub in (lists / "partial", APT / "cache/archives/partial"):
        sub.mkdir(parents=True, exist_ok=True)
    return [part for name, value in _common(lists).items() for part in ("-o", f"{name}={value}")]


def fetch_from_own_suite(packages):
    """Download packages of the machine's own release. Return the paths of the .deb files."""
    options = _own_options()
    _apt([*options, "update"], "apt-update-own.log")
    folder = APT / "deb" / "own"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _apt([*options, "download", *packages], "apt-download-own.log", cwd=folder)
    return sorted(folder.glob("*.deb"))


def fetch_missing(package):
    """Download a package of the machine's release with the dependencies not installed here."""
    options = _own_options()
    _apt([*options, "update"], "apt-update-own.log")
    _apt(
        [*options, "install", "-y", "--download-only", "--no-install-recommends", package],
        "apt-download-own.log",
    )
    found = sorted((APT / "cache/archives").glob("*.deb"))
    if not found:
        raise CareError(f"apt takes {package} for installed already")
    return found


def _fetch_from(mirror, trust, packages, suite):
    """Download packages from one mirror."""
    lists, source = APT / f"lists-{suite}", APT / f"{suite}.list"
    options = _options(lists, source)
    source.write_text(f"deb [{trust}] {mirror} {suite} main\n")
    _apt([*options, "update"], f"apt-update-{suite}.log")
    folder = APT / "deb" / suite
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _apt([*options, "download", *packages], f"apt-download-{suite}.log", cwd=folder)
    return sorted(folder.glob("*.deb"))


def _apt(arguments, log, **kwargs):
    """Run apt-get; its own error line becomes the reason. A failed update may exit with 0."""
    code = run(["apt-get", *arguments], "apt-get", log, check=False, timeout=900, **kwargs)
    text = (LOGS / log).read_text(errors="replace")
    errors = [line for line in text.splitlines() if line.startswith(("E:", "Err:", "W: GPG"))]
    if code or any(not line.startswith("Err:") for line in errors):
        told = [line for line in errors if line.startswith(("E:", "W:"))] or errors
        raise CareError(told[0] if told else telling_line(LOGS / log))
    failed = [line for line in text.splitlines() if line.startswith("W: Failed to fetch")]
    if failed:
        raise CareError("the package archive cannot be reached, is there a network?")


def unpack(package, folder):
    """Unpack one .deb file."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", b"") or b""
        raise CareError(f"{package.name} cannot be unpacked: {detail.decode().strip()}") from None


def _add_selfie_segmentation(folder):
    """Put the missing script in place: the real one by npm, else one that says nothing.

    It only blurs the background of video calls, which no part of this project uses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "selfie_segmentation.js"
    if target.exists():
        return
    try:
        target.write_bytes(_npm_file(SELFIE_NPM, "package/selfie_segmentation.js"))
    except (CareError, OSError, KeyError, tarfile.TarError):
        say("npm did not bring selfie_segmentation.js: a placeholder stands in")
        target.write_text("/* Placeholder: background blur of video calls is not available. */\n")


def _npm_file(package, member):
    """Return one file out of a package of the npm registry."""
    if shutil.which("npm") is None:
        raise CareError("npm is not here")
    with tempfile.TemporaryDirectory(dir=CARE) as folder:
        run(
            ["npm", "pack", package, "--silent", "--fetch-retries=1", "--fetch-timeout=30000"],
            "npm pack",
            "npm-pack.log",
            timeout=90,
            cwd=folder,
        )
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            return archive.extractfile(archive.getmember(member)).read()
