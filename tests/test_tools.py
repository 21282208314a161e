"""The parts of tools/ that decide something without starting anything."""

import os
import socket
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from tests.common import ADDONS, ROOT

sys.path.insert(0, str(ROOT / "tools"))

from carekit import (  # noqa: E402
    addons,
    database,
    odoo_source,
    po_merge,
    process,
    server,
    state,
    testing,
)
from carekit.console import CareError  # noqa: E402


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)


class TestOdooSource(TemporaryFolder):
    def _release(self, text):
        package = self.folder / "odoo"
        package.mkdir(exist_ok=True)
        (package / "release.py").write_text(text)

    def test_series_is_read_without_importing(self):
        for text, series in (
            ("version_info = (19, 0, 0, FINAL, 0, '')", "19.0"),
            ("version_info = (18, 0, 0, FINAL, 0, '')", "18.0"),
            ("version_info = ('saas~18', 3, 0, FINAL, 0, '')", "saas~18.3"),
            ("nothing", None),
        ):
            with self.subTest(text=text):
                self._release(text)
                self.assertEqual(odoo_source.release_of(self.folder), series)

    def test_odoo_home_may_be_the_checkout_or_the_package(self):
        self._release("version_info = (19, 0, 0, FINAL, 0, '')")
        for home in (self.folder, self.folder / "odoo"):
            with mock.patch.dict(os.environ, ODOO_HOME=str(home)):
                self.assertEqual(odoo_source.ensure(), self.folder.resolve())

    def test_odoo_home_of_another_release_is_refused_in_one_sentence(self):
        self._release("version_info = (18, 0, 0, FINAL, 0, '')")
        with mock.patch.dict(os.environ, ODOO_HOME=str(self.folder)):
            with self.assertRaisesRegex(CareError, "is Odoo 18.0, but 19.0 is needed"):
                odoo_source.ensure()

    def test_odoo_home_without_odoo_is_refused_in_one_sentence(self):
        with mock.patch.dict(os.environ, ODOO_HOME=str(self.folder)):
            with self.assertRaisesRegex(CareError, "holds no Odoo"):
                odoo_source.ensure()

    def test_failure_names_all_four_ways(self):
        refused = mock.Mock(side_effect=CareError("refused."))
        with (
            mock.patch.dict(os.environ),
            mock.patch.object(state, "get", return_value=None),
            mock.patch.multiple(
                odoo_source, _importable=refused, _from_debian=refused, _from_git=refused
            ),
        ):
            os.environ.pop("ODOO_HOME", None)
            with self.assertRaises(CareError) as caught:
                odoo_source.ensure()
        for way in ("ODOO_HOME", "this Python", "odoo-19", "branch 19.0"):
            self.assertIn(way, str(caught.exception))


class TestAddons(unittest.TestCase):
    def test_each_addon_after_those_it_needs(self):
        names = addons.names()
        self.assertEqual(sorted(names), ADDONS)
        for name in names:
            needed = addons._manifest(ROOT / name / "__manifest__.py")["depends"]
            for other in set(needed) & set(names):
                self.assertLess(names.index(other), names.index(name))

    def test_foundations_are_odoo_s_own(self):
        self.assertFalse(set(addons.foundations()) & set(ADDONS))
        self.assertIn("sale_margin", addons.foundations())


class TestProcess(unittest.TestCase):
    def test_a_stranger_s_process_is_not_ours(self):
        self.assertTrue(process.is_ours(os.getpid(), "py"))
        self.assertFalse(process.is_ours(os.getpid(), "/no/such/care_demo.conf"))

    def test_a_taken_port_is_passed_over(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assertGreater(server.free_port(port), port)


class TestDatabase(TemporaryFolder):
    def test_reason_is_one_line(self):
        text = 'psql: error: connection to server at "x" failed: refused\n\tIs it running?\n'
        reason = database._first_reason(text)
        self.assertEqual(reason, 'connection to server at "x" failed: refused')

    def test_filestore_is_copied_by_links(self):
        source, target = self.folder / "a", self.folder / "b"
        (source / "ab").mkdir(parents=True)
        (source / "ab" / "file").write_text("content")
        database._copy_filestore(source, target)
        self.assertTrue((target / "ab" / "file").samefile(source / "ab" / "file"))

    def test_each_server_has_files_of_its_own(self):
        servers = database.Server(True), database.Server(False, "a"), database.Server(False, "b")
        self.assertEqual(len({server.files for server in servers}), 3)

    def test_sockets_have_short_paths(self):
        self.assertLess(len(str(database.runtime_folder())), 60)


class TestReports(TemporaryFolder):
    HEAD = "2026-01-01 00:00:00,000 1 "

    def test_odoo_s_report_is_counted(self):
        text = f"{self.HEAD}INFO db odoo.tests.result: 0 failed, 0 error(s) of 7 tests when loading"
        result = testing.odoo_result("addons", text, 0, "log")
        self.assertEqual((result.passed, result.failed), (7, 0))

    def test_failures_are_counted_and_shown(self):
        text = (
            f"{self.HEAD}ERROR db odoo.addons.x.tests.test_a: FAIL: A.test_b\nTraceback:\n  here\n"
            f"{self.HEAD}INFO db other: line\n"
            f"{self.HEAD}ERROR db odoo.tests.result: 1 failed, 0 error(s) of 7 tests when loading\n"
        )
        result = testing.odoo_result("addons", text, 1, "log")
        self.assertEqual((result.passed, result.failed), (6, 1))
        self.assertIn("FAIL: A.test_b\nTraceback:\n  here", result.note)

    def test_no_report_is_a_failure(self):
        self.assertEqual(testing.odoo_result("addons", "", 0, "log").failed, 1)

    def test_a_tour_without_browser_is_a_failure(self):
        text = (
            f"{self.HEAD}INFO db x: skipped T.test_tour : Chrome executable not found\n"
            f"{self.HEAD}INFO db odoo.tests.result: 0 failed, 0 error(s) of 2 tests when loading\n"
        )
        result = testing.odoo_result("addons", text, 0, "log")
        self.assertEqual((result.passed, result.failed, result.skipped), (1, 1, 0))

    def _pytest(self, text, code):
        log = self.folder / "log"
        log.write_text(text)
        result = testing.pytest_result("root", code, log)
        return result.passed, result.failed, result.skipped

    def test_pytest_s_report_is_counted(self):
        line = "== 1 failed, 24 passed, 2 skipped, 5 errors, 42 subtests passed in 37.31s ==\n"
        self.assertEqual(self._pytest("tests\n" + line, 1), (24, 6, 2))
        self.assertEqual(self._pytest("== 3 passed, 1 deselected in 1.00s ==\n", 0), (3, 0, 0))

    def test_pytest_that_did_not_run_is_a_failure(self):
        self.assertEqual(self._pytest("ImportError\n", 4), (0, 1, 0))


class TestMerge(TemporaryFolder):
    POT = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'

    def test_translations_are_kept_and_new_terms_counted(self):
        fresh, template = self.folder / "fresh.pot", self.folder / "i18n" / "a.pot"
        translation = template.with_name("zh_CN.po")
        fresh.write_text(self.POT + '\nmsgid "Level"\nmsgstr ""\n')
        self.assertEqual(po_merge.merge(fresh, template, translation), (1, 1, 0))
        translation.write_text(translation.read_text().replace('msgstr ""\n', 'msgstr "级别"\n'))
        text = translation.read_text()
        text = text[: text.index('msgid "Level"')] + 'msgid "Level"\nmsgstr "级别"\n'
        translation.write_text(text)
        fresh.write_text(fresh.read_text() + '\nmsgid "Value"\nmsgstr ""\n')
        self.assertEqual(po_merge.merge(fresh, template, translation), (2, 1, 0))
        self.assertIn("级别", translation.read_text())

    def test_nothing_is_rewritten_without_a_change(self):
        fresh, template = self.folder / "fresh.pot", self.folder / "i18n" / "a.pot"
        fresh.write_text(self.POT + '\nmsgid "Level"\nmsgstr ""\n')
        translation = template.with_name("zh_CN.po")
        po_merge.merge(fresh, template, translation)
        before = template.stat().st_mtime_ns, translation.stat().st_mtime_ns
        po_merge.merge(fresh, template, translation)
        self.assertEqual((template.stat().st_mtime_ns, translation.stat().st_mtime_ns), before)
