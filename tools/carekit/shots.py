"""`make shots`: pictures of the running demo, by language and role, into ``.care/shots/``."""

import os
import shutil
import subprocess

from . import browser, demo, server
from .console import CareError, say
from .paths import CARE, ROOT, shown
from .process import run

FOLDER = ROOT / "tools" / "shots"
NODE = CARE / "node"
TARGET = CARE / "shots"


def shots(arguments):
    """Take all screenshots, or those whose name contains one of the arguments."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise CareError("The screenshots need Node.js with npm, which are not installed here.")
    chromium = browser.ensure()
    browser.ensure_chinese_font()
    _ensure_playwright()
    demo.demo()
    port = server.current(demo.NAME)["port"]
    TARGET.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        **browser.environment(),
        "SHOTS_URL": f"http://127.0.0.1:{port}",
        "SHOTS_CHROMIUM": chromium,
        "SHOTS_FOLDER": str(TARGET),
        "SHOTS_MODULES": str(NODE),
    }
    command = ["node", str(FOLDER / "shots.mjs"), *arguments]
    if subprocess.run(command, env=environment, cwd=CARE).returncode:
        raise CareError("Not all screenshots could be taken.")
    say(f"the pictures are in {shown(TARGET)}")


def _ensure_playwright():
    """Install playwright-core, which brings no browser of its own, as tools/shots pins it."""
    NODE.mkdir(exist_ok=True)
    wanted = (FOLDER / "package.json").read_text()
    stamp = NODE / "complete"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("installing playwright-core")
    stamp.unlink(missing_ok=True)
    (NODE / "package.json").write_text(wanted)
    run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"],
        "installing playwright-core",
        "npm.log",
        timeout=300,
        cwd=NODE,
    )
    stamp.write_text(wanted)
