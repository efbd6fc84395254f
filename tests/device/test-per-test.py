#!/usr/bin/python3
"""check --per-test, and test, against real MicroPython: test files and the functions of unittest in them, on the unix port (one
area, four areas, with the agent, 1.26), QEMU (Cortex-M3), which is reset between files, and a stock Raspberry Pi Pico under Node.

usage: test-per-test.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import signal
import xml.etree.ElementTree

import rig
from rig import FIRMWARE, Board, takes_signals, memprof, start

# What micropython-lib's unittest has too; this one is ours, as that is in no package of Debian.
UNITTEST = """
class SkipTest(Exception):
    pass

class TestCase:
    def assertEqual(self, a, b):
        assert a == b, "%r is not %r" % (a, b)

    def skipTest(self, why):
        raise SkipTest(why)

__test_result__ = None

class Result:
    _newFailures = 0

class TestSuite:
    def __init__(self):
        self.tests = []

    def addTest(self, test):
        self.tests.append(test)

    def run(self):
        for test in self.tests:
            if not isinstance(test, type):
                run_one(test.__name__, test)
                continue
            case = test()
            for name in dir(case):
                if name.startswith("test"):
                    run_one(name, getattr(case, name), getattr(case, "setUp", None))

failed = False

def run_one(name, test, set_up=None):
    global __test_result__, failed
    __test_result__ = Result()
    try:
        if set_up:
            set_up()
        test()
        failed = failed or __test_result__._newFailures > 0
        print(name, "ok")
    except SkipTest as e:
        print(name, "skipped")
    except Exception as e:
        failed = True
        print(name, "FAIL")

def main(module="__main__"):
    suite, module = TestSuite(), __import__(module)
    for name in dir(module):
        c = getattr(module, name)
        if isinstance(c, type) and issubclass(c, TestCase) or name.startswith("test") and callable(c):
            suite.addTest(c)
    suite.run()
    raise SystemExit(failed)
"""
FUNCTIONS = """
import gc, unittest
keep = []

class TestA(unittest.TestCase):
    def test_keeps(self):
        keep.append(bytearray(5000))

    def test_peak(self):
        b = bytearray(50000)

    def test_fails(self):
        self.assertEqual(1, 2)

    def test_skipped(self):
        self.skipTest("no sensor")

    def test_collects(self):
        for i in range(4):
            gc.collect()

    def test_in_part(self):
        unittest.__test_result__._newFailures += 1

def test_alone():
    global kept
    kept = bytearray(2000)
"""
HEAPS = ("unix", "unix-split", "unix-1.26", "unix-agent")


class Case(rig.InFolder):
    def setUp(self):
        super().setUp()
        self.file("lib/unittest.py", UNITTEST)
        self.env = dict(os.environ, MICROPYPATH=self.file("lib"))

    def memprof(self, *arguments, **more):
        return memprof(*arguments, seconds=120, env=self.env, cwd=self.folder, **more)

    def check(self, *arguments, source=None, code=0, files="t*.py"):
        self.p = self.memprof("check", *arguments, "--run", files, "--per-test", source or FIRMWARE.exec_uri("unix"), "--json", code=code)
        document = json.loads(self.p.stdout)
        self.rows = {row["name"].split("::")[-1]: row for row in document["tests"]}
        return document


class Functions(Case):
    def test_each_is_measured(self):
        self.file("t.py", FUNCTIONS)
        for name in HEAPS:
            with self.subTest(name):
                self.check(source=FIRMWARE.exec_uri(name), code=4)
                rows = self.rows
                outcomes = {k: r["outcome"] for k, r in rows.items()}
                self.assertEqual(outcomes, {
                    "t.py": "failed", "TestA.test_keeps": "passed", "TestA.test_peak": "passed", "TestA.test_fails": "failed",
                    "TestA.test_skipped": "skipped", "TestA.test_collects": "passed", "TestA.test_in_part": "failed",
                    "test_alone": "passed"})
                self.assertEqual(rows["t.py"]["message"], "2 of 7 tests failed")
                self.assertEqual(rows["TestA.test_fails"]["message"], "AssertionError: 1 is not 2")
                self.assertEqual(rows["TestA.test_skipped"]["message"], "no sensor")
                self.assertAlmostEqual(rows["TestA.test_keeps"]["kept"], 5056, delta=200)
                if name != "unix-split":  # there something that looks like an address keeps garbage of the test before it
                    self.assertAlmostEqual(rows["test_alone"]["kept"], 2048, delta=200)
                self.assertAlmostEqual(rows["TestA.test_peak"]["kept"], 0, delta=100)
                self.assertAlmostEqual(rows["TestA.test_peak"]["peak"], 50032, delta=400)
                self.assertFalse(rows["TestA.test_peak"]["peak_is_least"])
                counts = {k: r["collections"] for k, r in rows.items()}
                self.assertEqual(counts, {k: 4 if k in ("t.py", "TestA.test_collects") else 0 for k in rows})
                self.assertEqual(rows["TestA.test_peak"]["collecting_us"], 0)
                sizes = {s["to"]: s["requests"] for s in rows["TestA.test_peak"]["sizes"]}
                self.assertEqual({k: v for k, v in sizes.items() if k > 512}, {65536: 1})
                self.assertGreater(rows["t.py"]["peak"], 50000)

    def test_not_run_by_the_file_itself(self):
        """As for a runner that finds them; and main() that ends the process leaves a heap to be read."""
        for end in ("", "if __name__ == '__main__':\n    unittest.main()\n"):
            self.file("t.py", "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        pass\n" + end)
            self.check()
            self.assertEqual(list(self.rows), ["t.py", "T.test_a"])
            self.assertIsNotNone(self.rows["t.py"]["kept"])

    def test_a_class_that_inherits(self):
        self.file("t.py", "import unittest\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\n"
                  "class B(A):\n    def test_b(self):\n        pass\nunittest.main()\n")
        self.check()
        self.assertEqual(sorted(self.rows), ["A.test_a", "B.test_a", "B.test_b", "t.py"])

    def test_an_agent_alone(self):
        """The heap is too large for tables: collections of memprof's are in no figure."""
        self.file("t.py", "import gc, unittest\nclass A(unittest.TestCase):\n    def test_a(self):\n        gc.collect()\n"
                  + "".join("    def test_%d(self):\n        pass\n" % i for i in range(20)) + "unittest.main()\n")
        self.check(source=FIRMWARE.exec_uri("unix-agent", heap="40M"))
        rows = self.rows
        self.assertEqual({k: r["collections"] for k, r in rows.items()},
                         {k: 1 if k in ("t.py", "A.test_a") else 0 for k in rows})
        self.assertEqual(rows["t.py"]["collecting_us"], rows["A.test_a"]["collecting_us"])

    def test_what_is_not_counted_is_not_known(self):
        """The hook of collections gives up when the heap stays full."""
        self.file("t.py", "import gc, unittest\nkeep = []\nclass A(unittest.TestCase):\n    def test_1_full(self):\n"
                  "        try:\n            while True:\n                keep.append(bytearray(16))\n"
                  "        except MemoryError:\n            pass\n        for i in range(100):\n            gc.collect()\n"
                  "        keep.clear()\n    def test_2_after(self):\n        for i in range(7):\n            gc.collect()\n"
                  "unittest.main()\n")
        self.check()
        self.assertIn(self.rows["A.test_2_after"]["collections"], (7, None))
        self.assertTrue(self.rows["A.test_2_after"]["collections"] or self.rows["A.test_2_after"]["peak_is_least"])

    def test_tests_of_all_kinds(self):
        """Those that call others, static ones, objects, cases that are added one by one, functions alone."""
        self.file("t.py", "import unittest\nclass C:\n    def __call__(self):\n        pass\n"
                  "class A(unittest.TestCase):\n    def test_a(self):\n        pass\n"
                  "    def test_b(self):\n        self.test_a()\n"
                  "    @staticmethod\n    def test_static():\n        pass\n"
                  "    @classmethod\n    def test_class(cls):\n        assert cls is A\n    test_object = C()\n"
                  "class B(A):\n    def test_b(self):\n        super().test_b()\ndef test_f():\n    assert False\n")
        self.check(code=4)
        self.assertEqual({k for k, r in self.rows.items() if r["outcome"] != "passed"}, {"t.py", "test_f"}, self.rows)
        self.assertEqual(len(self.rows), 12)
        self.file("t.py", "import unittest\nclass A(unittest.TestCase):\n    def test_a(self):\n        assert 0\n"
                  "s = unittest.TestSuite()\ns.addTest(A())\n")
        with open(self.file("t.py"), "a") as file:
            file.write("for t in s.tests:\n    run = getattr(t, 'test_a')\n    try:\n        run()\n    except AssertionError:\n"
                       "        pass\n")
        self.check(code=4)
        self.assertEqual(self.rows["A.test_a"]["outcome"], "failed")

    def test_none_in_it(self):
        self.file("t.py", "import unittest\nclass A(unittest.TestCase):\n    def tets_a(self):\n        pass\nunittest.main()\n")
        self.check()
        self.assertIn("t.py: note: no test functions were found in it", self.p.stderr)

    def test_what_leaves_unittest(self):
        self.file("t.py", "import unittest, sys\nclass A(unittest.TestCase):\n    def test_a(self):\n        sys.exit(3)\n"
                  "    def test_b(self):\n        pass\nunittest.main()\n")
        self.check(code=4)
        self.assertEqual(self.rows["A.test_a"]["message"], "SystemExit: 3")

    def test_what_fails_outside_of_tests(self):
        """In setUp, of which no function tells: only unittest's exit does."""
        self.file("t.py", "import unittest\nclass A(unittest.TestCase):\n    def setUp(self):\n        raise OSError(5)\n"
                  "    def test_a(self):\n        pass\nunittest.main()\n")
        self.check(code=4)
        self.assertEqual((self.rows["t.py"]["outcome"], self.rows["t.py"]["message"]),
                         ("failed", "unittest reported failures"))

    def test_no_unittest_there(self):
        os.remove(self.file("lib/unittest.py"))
        self.file("t.py", FUNCTIONS)
        self.check(code=4)
        self.assertIn("ImportError", self.rows["t.py"]["message"])
        self.file("t.py", "unittest = 1\n")
        self.check()
        self.assertEqual(self.rows["t.py"]["outcome"], "passed")

    def test_another_unittest(self):
        self.file("lib/unittest.py", "x = 1\n")
        self.file("t.py", "import unittest\n")
        self.check()
        self.assertRegex(self.p.stderr, "test functions are not measured.*AttributeError")

    def test_threshold(self):
        self.file("t.py", "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        for i in range(100):\n"
                  "            bytearray(1000)\nunittest.main()\n")
        self.check()
        self.assertGreater(self.rows["T.test_a"]["peak"], 100000)
        self.check("--gc-threshold", "1M")
        self.assertGreater(self.rows["T.test_a"]["peak"], 100000)
        self.check("--gc-threshold", "10K")
        self.assertLess(self.rows["T.test_a"]["peak"], 20000)
        self.assertGreater(self.rows["T.test_a"]["collections"], 5)


class Files(Case):
    def test_outcomes(self):
        self.file("t1.py", "a = bytearray(3000)\n")
        self.file("t2.py", "print('SKIP')\nraise SystemExit\n")
        self.file("t3.py", "raise ValueError('no')\n")
        self.file("t4.py", "import sys\nsys.exit(3)\n")
        self.file("t5.py", "while True:\n    pass\n")
        for name in ("unix", "qemu"):
            with self.subTest(name):
                d = self.check("--timeout", "2", source=FIRMWARE.exec_uri(name), code=4)
                rows = [(r["outcome"], r["message"]) for r in d["tests"]]
                ended = {"unix": ("failed", "its process ended with an error"), "qemu": ("cut", "SystemExit ended it: whether it passed is not known")}[name]
                self.assertEqual(rows, [("passed", None), ("skipped", "SKIP"), ("failed", "ValueError: no"), ended,
                                        ("cut", "stopped by --timeout")])
                self.assertAlmostEqual(d["tests"][0]["kept"], 3040, delta=800)

    def test_a_board_is_reset_before_each(self):
        self.file("t1.py", "here = 1\nassert 'seen' not in globals()\n")
        self.file("t2.py", "assert 'here' not in globals()\nseen = 1\n")
        with Board(FIRMWARE.command("qemu")) as board:
            board.type("seen = 1")
            self.check(source=board.path)
        self.assertEqual([r["outcome"] for r in self.rows.values()], ["passed", "passed"])

    def test_nothing_stays_on_a_board(self):
        self.file("t.py", "# no unittest\n")
        left = self.file("left.py", "print('left', [n for n in globals() if 'memprof' in n])\n")
        with Board(FIRMWARE.command("qemu")) as board:
            self.check(source=board.path)
            p = memprof("run", "--no-samples", left, board.path)
        self.assertIn("left []", p.stdout)

    def test_a_threshold_that_is_not_reached(self):
        self.file("t.py", "x = 1\n")
        rows = []
        for more in ((), ("--gc-threshold", "200K")):
            self.check(*more)
            rows.append([self.rows["t.py"][k] for k in ("kept", "peak", "collections")])
        self.assertEqual(rows[0], rows[1])

    def test_boards(self):
        self.file("t.py", "x = [bytearray(100) for i in range(30)]\n")
        for name in ("rp2", "wasm"):
            with self.subTest(name):
                self.check(source=FIRMWARE.exec_uri(name))
                self.assertAlmostEqual(self.rows["t.py"]["kept"], 30 * 144, delta=1000)

    def test_the_board_is_gone(self):
        for i in range(3):
            self.file("t%d.py" % i, "pass\n")
        d = self.check(source="exec:true", code=3)
        self.assertIn("could not be run", d["trouble"])
        self.assertIn("2 more test files were not run", self.p.stderr)

    def test_a_process_that_crashes_is_a_failed_test(self):
        self.file("t1.py", "import uctypes\nuctypes.bytearray_at(8, 8)[0] = 1\n")
        self.file("t2.py", "pass\n")
        self.check(code=4)
        self.assertEqual([r["outcome"] for r in self.rows.values()], ["failed", "passed"])

    def test_one_that_cannot_be_run(self):
        self.file("t1.py", "x = '\x01'\n")
        self.file("t2.py", "pass\n")
        self.check(code=4)
        self.assertEqual([r["outcome"] for r in self.rows.values()], ["cut", "passed"])

    def test_stopped_by_hand(self):
        for i in range(3):
            self.file("t%d.py" % i, "print('here')\nwhile True:\n    pass\n")
        p = start("test", "t0.py", "t1.py", FIRMWARE.exec_uri("unix"), "-o", "json:out.json", cwd=self.folder)
        while "here" not in p.stderr.readline():
            pass
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=30)
        d = json.loads(self.read("out.json"))
        self.assertEqual([(t["name"], t["outcome"]) for t in d["tests"]], [("t0.py", "cut")])
        self.assertEqual((p.returncode, d["passed"]), (4, False))

    def test_stopped_while_it_opens(self):
        self.file("t.py", "pass\n")
        p = start("test", "t.py", "exec:sleep 100", "-o", "json:out.json", cwd=self.folder)
        takes_signals(p)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=30)
        self.assertNotEqual(p.returncode, 0)
        self.assertFalse(json.loads(self.read("out.json"))["passed"])

    def test_names(self):
        self.file("sub/t[1].py", "pass\n")
        self.check(files="sub/t[1].py")
        self.assertEqual(list(self.rows), ["sub/t[1].py"])
        p = self.memprof("test", "sub/t[1].py", "sub/t*.py", FIRMWARE.exec_uri("unix"), "--json")
        self.assertEqual(len(json.loads(p.stdout)["tests"]), 1)
        for files, why in (("no*.py", "no such file"), ("sub", "is a folder")):
            self.check(files=files, code=2)
            self.assertIn(why, self.p.stderr)


class Limits(Case):
    def test_limits_and_a_baseline(self):
        text = FUNCTIONS.replace("    def test_fails", "    def not_fails").replace("    def test_in_part", "    def no")
        self.file("t.py", text)
        old = self.file("old.json")
        self.check("-o", "json:" + old, "-o", "json:-")
        self.file("t.py", text.replace("(5000)", "(9000)") + "def test_new():\n    pass\n")
        d = self.check(self.budget(
            {"test": "t.py::*", "max_kept": "8K", "max_peak": "64K", "max_collections": 4, "max_collecting_ms": 1000},
            {"test": "t.py", "max_growth": 100}, {"test": "t.py::TestA.test_skipped", "max_peak": 1},
            {"test": "*::test_new", "max_growth": 0}, {"test": "gone.py", "max_kept": 1}), "--baseline", old, code=2)
        self.assertEqual([r["status"] for r in d["checks"]],
                         ["fail", "pass", "pass", "pass", "fail", "skip", "skip", "error"], d["checks"])
        self.assertIn("TestA.test_keeps", d["checks"][0]["found"])
        self.assertAlmostEqual(d["checks"][4]["value"], 4000, delta=400)

    def test_init(self):
        self.file("t1.py", "a = bytearray(3000)\n")
        self.file("t2.py", "raise SystemExit\n")
        self.memprof("check", "--init", "made.json", "--run", "t*.py", "--per-test", FIRMWARE.exec_uri("unix"), code=0)
        entries = json.loads(self.read("made.json"))["budgets"]
        self.assertEqual([(e["test"], sorted(e)) for e in entries], [("t1.py", ["max_kept", "max_peak", "test"])])
        self.check("made.json")

    def test_init_of_tests_that_fail(self):
        self.file("t.py", "raise ValueError\n")
        p = self.memprof("check", "--init", "made.json", "--run", "t.py", "--per-test", FIRMWARE.exec_uri("unix"), code=4)
        self.assertFalse(os.path.exists(self.file("made.json")))
        self.assertIn("no budget was written", p.stderr)

    def test_without_a_baseline(self):
        self.file("t.py", "pass\n")
        budget = self.budget({"test": "t.py", "max_growth": 0})
        for more, code in (((), 2), (("--allow-missing",), 0), (("--allow-missing", "--baseline", "none.json"), 0)):
            self.memprof("test", "t.py", FIRMWARE.exec_uri("unix"), "--budget", budget, *more, code=code)

    def test_baselines_that_are_none(self):
        self.file("t.py", "pass\n")
        for text, why in (('{"schema": "memprof.check/1"}', "there are no tests in it"),
                          ('{"schema": "memprof.check/1", "tests": [{"name": "t.py"}]}', "has no 'outcome'")):
            self.check("--baseline", self.file("old.json", text), code=2)
            self.assertIn(why, self.p.stderr)

    def test_usage(self):
        self.file("t.py", "pass\n")
        for arguments, why in ((("--per-test", "exec:true"), "--per-test requires --run"),
                               (("--run", "a.py", "b.py", "--per-test", "exec:true"), "quote the pattern"),
                               (("--run", "a.py", "--per-test", "exec:true", "--live", "exec:true"), "exclude each other"),
                               (("b.json", "--run", "a.py", "--gc-threshold", "1K"), "--gc-threshold requires --per-test"),
                               (("--run", "t.py", "--per-test", "exec:true", "--gc-threshold", "x"), "takes a size"),
                               (("--run", "a.py", "--per-test", "exec:true", "--save", "s"), "exclude each other")):
            self.assertIn(why, self.memprof("check", *arguments, code=2).stderr)
        for arguments, why in (((), "argument is missing"), (("t.py", "--baseline", "x"), "--baseline requires --budget"), (("exec:true",), "requires a FILE.py"),
                               (["t.py"] * 70, "more than 64")):
            self.assertIn(why, self.memprof("test", *arguments, code=2).stderr)


class Views(Case):
    def test_all_of_them(self):
        self.file("t.py", FUNCTIONS)
        p = self.memprof("test", "--bytes", "t.py", FIRMWARE.exec_uri("unix"), "--all", "-o", "text:-", "-o", "junit:o.xml",
                         "-o", "markdown:o.md", "-o", "html:o.html", "-o", "github:o.txt", code=4)
        self.assertRegex(p.stdout, r"\nt\.py +failed +\d")
        self.assertRegex(p.stdout, r"\n  TestA\.test_keeps  .* to 8192")
        self.assertTrue(p.stdout.startswith("4 of 7 tests passed, 2 failed, 1 skipped\n"))
        suite = xml.etree.ElementTree.fromstring(self.read("o.xml")).find("testsuite")
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors", "skipped")], ["8", "2", "0", "1"])
        cases = {(c.get("classname"), c.get("name")) for c in suite.findall("testcase")}
        self.assertIn(("t", "(file)"), cases)
        self.assertIn(("t.TestA", "test_peak"), cases)
        self.assertIn(("t", "test_alone"), cases)
        self.assertRegex(self.read("o.md"), r"\| t\.py::TestA\.test\\_fails \| failed: ")
        self.assertIn("<h2>Tests</h2>", self.read("o.html"))
        self.assertRegex(self.read("o.txt"), "::notice .*2 failed")
        self.assertRegex(self.read("o.txt"), r"(?m)^::error file=t\.py,title=t\.py%3A%3ATestA\.test_fails::TestA\.test_fails failed: AssertionError")


if __name__ == "__main__":
    rig.main()
