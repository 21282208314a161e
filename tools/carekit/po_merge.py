"""Merge a fresh template into a translation; run by the virtualenv's Python, which has polib.

Usage: ``python po_merge.py FRESH.pot TEMPLATE.pot TRANSLATION.po``
"""

import sys
from pathlib import Path

import polib

# these change with every export and say nothing
DATES = ("POT-Creation-Date", "PO-Revision-Date")


def merge(fresh_path, template_path, translation_path):
    """Write template and translation anew, only where a term changed.

    :return: (terms, untranslated, terms dropped from the translation)
    """
    fresh = polib.pofile(str(fresh_path))
    template_path.parent.mkdir(exist_ok=True)
    if not template_path.exists() or _terms(polib.pofile(str(template_path))) != _terms(fresh):
        template_path.write_bytes(fresh_path.read_bytes())
    old = polib.pofile(str(translation_path)) if translation_path.exists() else polib.POFile()
    known = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in old}
    merged = polib.POFile(wrapwidth=fresh.wrapwidth)
    merged.header = fresh.header
    merged.metadata = {**fresh.metadata, **{k: v for k, v in old.metadata.items() if v}}
    merged.metadata["Language"] = translation_path.stem
    for name in DATES:
        merged.metadata.setdefault(name, "")
    for entry in fresh:
        entry.msgstr = known.get((entry.msgctxt, entry.msgid), "")
        merged.append(entry)
    if not translation_path.exists() or _terms(old) != _terms(merged):
        merged.save(str(translation_path))
    dropped = len(known.keys() - {(entry.msgctxt, entry.msgid) for entry in fresh})
    return len(merged), len(merged.untranslated_entries()), dropped


def _terms(catalogue):
    """Return what counts in a catalogue: terms, translations and where they are used."""
    return [
        (entry.msgctxt, entry.msgid, entry.msgstr, entry.comment, sorted(entry.occurrences))
        for entry in catalogue
    ]


if __name__ == "__main__":
    paths = list(map(Path, sys.argv[1:4]))
    terms, untranslated, dropped = merge(*paths)
    print(f"{paths[1].stem}: {terms} terms, {untranslated} untranslated, {dropped} dropped")
