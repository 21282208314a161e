"""`make i18n`: export fresh translation templates and merge them into the translations."""

from pathlib import Path

from . import addons, odoo, testing, venv
from .console import say
from .paths import CARE, ROOT, shown
from .process import run


def i18n():
    """Refresh ``i18n/<addon>.pot`` and ``i18n/zh_CN.po`` of each addon.

    Translations are kept; what is new stands there untranslated, and is counted.
    """
    postgres = odoo.prepare("dev")
    say("installing the addons to export their terms")
    database = testing.installed(postgres)
    folder = CARE / "i18n"
    folder.mkdir(exist_ok=True)
    for name in addons.names():
        fresh = folder / f"{name}.pot"
        # --output, because the export truncates a file of ours before it has read it
        odoo.execute(
            postgres,
            database,
            ["i18n", "export", "-d", database, "-l", "pot", "-o", fresh, name],
            f"exporting the terms of {name}",
            f"i18n-{name}.log",
        )
        target = ROOT / name / "i18n"
        log = f"i18n-merge-{name}.log"
        merge = Path(__file__).with_name("po_merge.py")
        run(
            [venv.PYTHON, merge, fresh, target / f"{name}.pot", target / f"{odoo.LANGUAGES}.po"],
            f"merging the translations of {name}",
            log,
        )
        say((CARE / "logs" / log).read_text().strip().splitlines()[-1])
        say(f"  {shown(target)}")
