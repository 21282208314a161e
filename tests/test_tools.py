"""The parts of tools/ that decide something without starting anything."""

import os
import re
import socket
import sys
import tempfile
import threading
import time
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


class TestSideBySide(unittest.TestCase):
    def test_two_at_once_and_results_in_their_order(self):
        both = threading.Barrier(2, timeout=30)

        def meet(number):
            both.wait()
            return number, threading.current_thread().name

        jobs = [(name, lambda number=number: meet(number)) for number, name in enumerate("ab")]
        self.assertEqual(process.side_by_side(jobs, 2), [(0, "a"), (1, "b")])

    def test_one_worker_does_all(self):
        jobs = [(str(number), lambda number=number: number) for number in range(5)]
        self.assertEqual(process.side_by_side(jobs, 1), [0, 1, 2, 3, 4])

    def test_going_wrong_ends_what_the_others_started(self):
        def wrong():
            raise ZeroDivisionError

        ended, never = [], mock.Mock()

        def sleeping():
            try:
                process.run(["sleep", "600"], "sleeping", "test-sleep.log")
            except CareError as error:
                ended.append(str(error))

        started = time.monotonic()
        with self.assertRaises(ZeroDivisionError):
            jobs = [("a", wrong), ("b", sleeping), ("c", sleeping), ("d", never)]
            process.side_by_side(jobs, 2)
        self.assertLess(time.monotonic() - started, 60)
        self.assertIn("sleeping was interrupted.", ended)
        never.assert_not_called()
        self.assertFalse(process._interrupted.is_set(), "the next run begins anew")


class TestHalves(unittest.TestCase):
    """Whatever is a test of an addon belongs to exactly one half."""

    def files(self, tags):
        return re.findall(r"(?:^|,)(-?)(/[\w/]+\.py)", tags)

    def test_the_second_half_is_all_but_the_first(self):
        first, second = testing.halves()
        self.assertEqual([sign for sign, _file in self.files(first)], [""] * first.count("/tests/"))
        self.assertEqual(
            [("-", file) for _sign, file in self.files(first)],
            self.files(second),
        )
        for addon in ADDONS:
            self.assertIn(f"/{addon}", second.split(","))

    def test_neither_is_empty_and_tours_are_in_the_first(self):
        first = {file for _sign, file in self.files(testing.halves()[0])}
        found = {
            f"/{path.relative_to(ROOT).as_posix()}": path.read_text()
            for path in ROOT.glob("*/tests/test_*.py")
        }
        self.assertLess(first, found.keys())
        tours = {file for file, text in found.items() if "start_tour(" in text}
        self.assertTrue(tours)
        self.assertLessEqual(tours, first)

    def test_chosen_tests_are_not_divided(self):
        server = database.Server(True)
        self.assertEqual(len(testing._addons_jobs(server, "/customer_tiering:TestX")), 1)
        self.assertEqual(len(testing._addons_jobs(server, None)), 2)


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

    def test_parts_of_a_step_are_summed_up(self):
        parts = [
            testing.Result("root", 5, seconds=7),
            testing.Result("addons", 3, 1, 2, "one", 10),
            testing.Result("lint", seconds=1),
            testing.Result("addons", 4, 0, 1, "two", 20),
        ]
        with mock.patch("builtins.print") as printed:
            self.assertEqual(testing._sum_up(parts), 1)
        lines = [" ".join(call.args[0].split()) for call in printed.call_args_list if call.args]
        self.assertEqual(
            lines[:3],
            [
                "lint 1.0 s passed",
                "addons 30.0 s 7 passed, 1 failed, 3 skipped",
                "root 7.0 s 5 passed, 0 failed, 0 skipped",
            ],
        )
        self.assertEqual(lines[-1], "12 passed, 1 failed")

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
