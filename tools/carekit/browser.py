"""Chromium for the tours and the screenshots.

Found where it is installed; else installed with apt-get as root, or as an ordinary user
unpacked privately from Debian's packages, with the libraries that the system lacks.
"""

import os
import shutil

from . import debian, state
from .console import CareError, say, warn
from .paths import CARE
from .process import output_of, run

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")  # as Odoo looks
PRIVATE = CARE / "chromium"
LINK = CARE / "bin" / "chromium"
FONTS = CARE / "share" / "fonts"


def ensure():
    """Return the path of a Chromium that starts.

    :raise CareError: where there is none and none can be installed
    """
    found = find()
    if found:
        return found
    say("installing Chromium")
    reasons = []
    for way in [_install_as_root] if os.getuid() == 0 else [_unpack_privately]:
        try:
            way()
        except CareError as error:
            reasons.append(str(error).rstrip("."))
        else:
            found = find()
            if found:
                return found
            reasons.append("it is installed, but not on PATH or unable to start")
    raise CareError(
        "The tours need Chromium, which is not installed here and cannot be installed: "
        f"{'; '.join(reasons)}."
    )


def find():
    """Return the first browser that runs, or None. A dead link or a stub does not count."""
    path = os.pathsep.join([str(LINK.parent), os.environ.get("PATH", "")])
    for name in NAMES:
        candidate = shutil.which(name, path=path)
        if candidate and output_of([candidate, "--version", "--no-sandbox"]) is not None:
            return candidate
    return None


def _install_as_root():
    """Use the system's package manager."""
    if shutil.which("apt-get") is None:
        raise CareError("apt-get is not here")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        log = f"apt-chromium-{step[0]}.log"
        run(["apt-get", *step], "apt-get", log, timeout=900, env=environment)


def _unpack_privately():
    """Download Chromium and the libraries missing here, and start it through a small script."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise CareError("apt-get is not here")
    part = PRIVATE.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    for package in debian.fetch_missing("chromium"):
        debian.unpack(package, part)
    debian.tidy()
    shutil.rmtree(PRIVATE, ignore_errors=True)
    part.rename(PRIVATE)
    folders = sorted({str(so.parent) for so in PRIVATE.glob("usr/lib/**/*.so*")})
    LINK.parent.mkdir(exist_ok=True)
    LINK.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH='{os.pathsep.join(folders)}'\n"
        f"exec '{PRIVATE}/usr/lib/chromium/chromium' \"$@\"\n"
    )
    LINK.chmod(0o755)


def ensure_chinese_font():
    """Unpack a font with Chinese letters where the system has none; screenshots need it."""
    listed = output_of(["fc-list", ":lang=zh-cn", "family"])
    if (listed and listed.strip()) or state.get("chinese-font"):
        return
    say("fetching a font with Chinese letters")
    part = CARE / "fonts.part"
    try:
        for package in debian.fetch_from_own_suite(["fonts-noto-cjk"]):
            debian.unpack(package, part)
    except CareError as error:
        warn(f"Chinese letters will be boxes in the pictures: {error}")
        return
    debian.tidy()
    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.parent.mkdir(exist_ok=True)
    (part / "usr/share/fonts").rename(FONTS)
    shutil.rmtree(part)
    state.put("chinese-font", True)


def environment():
    """Return what Chromium needs to see our fonts: fontconfig looks below XDG_DATA_HOME."""
    return {"XDG_DATA_HOME": str(FONTS.parent)} if FONTS.is_dir() else {}
