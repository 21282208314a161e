"""The committed translation files against a fresh export of every term."""

import io
import re

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

from tests.common import ADDONS, ROOT


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """`make i18n` was run after the last change of a term, and nothing is left untranslated."""

    def _fresh_terms(self, addon):
        buffer = io.BytesIO()
        trans_export(None, [addon], buffer, "po", self.env)
        return {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}

    def test_template_holds_every_term(self):
        for addon in ADDONS:
            with self.subTest(addon=addon):
                template = ROOT / addon / "i18n" / f"{addon}.pot"
                self.assertTrue(template.exists(), "run `make i18n`")
                committed = {entry.msgid for entry in polib.pofile(str(template))}
                self.assertEqual(committed, self._fresh_terms(addon), "run `make i18n`")

    def test_chinese_is_complete(self):
        for addon in ADDONS:
            with self.subTest(addon=addon):
                path = ROOT / addon / "i18n" / "zh_CN.po"
                self.assertTrue(path.exists(), "run `make i18n` and translate")
                catalogue = polib.pofile(str(path))
                translated = {entry.msgid for entry in catalogue.translated_entries()}
                self.assertEqual(self._fresh_terms(addon) - translated, set())

    def test_placeholders_survive_translation(self):
        for path in sorted(ROOT.glob("*/i18n/zh_CN.po")):
            for entry in polib.pofile(str(path)):
                with self.subTest(file=path, term=entry.msgid):
                    self.assertEqual(_placeholders(entry.msgid), _placeholders(entry.msgstr))


def _placeholders(text):
    """Return the named and positional places to be filled in."""
    return sorted(re.findall(r"%\(\w+\)[sdfr]|%[sd]|\$\{\w+\}", text))
