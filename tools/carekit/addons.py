"""The addons of this checkout and when their code last changed."""

import ast
import hashlib

from .console import CareError
from .paths import ROOT

# installed beside our addons: the optional neighbours whose figures we use
NEIGHBOURS = ("sale_management", "sale_margin")


def names():
    """Return the addons of this checkout, each after those it depends on."""
    manifests = {path.parent.name: _manifest(path) for path in ROOT.glob("*/__manifest__.py")}
    if not manifests:
        raise CareError(f"There is no addon in {ROOT}: the checkout is not complete.")
    ordered = []

    def add(name):
        for needed in manifests[name].get("depends", ()):
            if needed in manifests and needed not in ordered:
                add(needed)
        if name not in ordered:
            ordered.append(name)

    for name in sorted(manifests):
        add(name)
    return ordered


def foundations():
    """Return the modules of Odoo that ours depend on, with the neighbours, sorted."""
    ours = names()
    needed = {d for name in ours for d in _manifest(ROOT / name / "__manifest__.py")["depends"]}
    return sorted(needed.difference(ours).union(NEIGHBOURS))


def _manifest(path):
    try:
        return ast.literal_eval(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise CareError(f"{path.relative_to(ROOT)} is not a manifest: {error}.") from None


def digest(name):
    """Return a hash over what an installed addon depends on: all files but its tests."""
    total = hashlib.sha256()
    folder = ROOT / name
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or "__pycache__" in inside.parts or inside.parts[0] == "tests":
            continue
        total.update(str(inside).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def digests():
    """Return {addon: hash} for all addons of this checkout."""
    return {name: digest(name) for name in names()}
