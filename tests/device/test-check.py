#!/usr/bin/python3
"""check against real MicroPython: a board that is asked, a program that is run, what its imports cost.

usage: test-check.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import shutil
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig  # noqa: E402
from rig import FIRMWARE, Board, await_handler, memprof, start, wait_for  # noqa: E402

GROWS = """\
kept = []
print("memprof: after boot")
for i in range(40):
    kept.append(bytearray(1000))
print("memprof: loaded")
kept = None
"""
RAISES = "x = bytearray(5000)\nprint('memprof: before it')\nraise ValueError('no')\n"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="check")
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def budget(self, *entries):
        return self.file("budget.json", json.dumps({"schema": "memprof.budget/1", "budgets": entries}))

    def check(self, entries, *inputs, **more):
        p = memprof("check", self.budget(*entries), *inputs, "--json", **more)
        self.err = p.stderr
        return p.returncode, json.loads(p.stdout)["checks"]


class Live(Case):
    def test_a_board_at_its_prompt(self):
        for name in ("qemu", "unix"):
            with self.subTest(name):
                total = json.loads(memprof("snap", "--json", FIRMWARE.exec_uri(name)).stdout)["dumps"][0]["pools"][0]["total"]
                code, rows = self.check([{"heap": "gc", "max_used": "50%"}, {"heap": "gc", "min_largest_free": total + 1},
                                         {"heap": "gc", "fits": {"bytes": "4K", "times": 2}}],
                                        "--live", FIRMWARE.exec_uri(name))
                self.assertEqual((code, [r["status"] for r in rows]), (1, ["pass", "fail", "pass"]), self.err)
                self.assertEqual(rows[0]["capacity"], total)

    def test_what_globals_hold(self):
        program = "Dev = type('Dev', (), {})\nlog = [bytearray(100) for i in range(20)]\ndevs = [Dev() for i in range(5)]\n"
        entries = [{"global": "log", "max_retained": 2000, "max_objects": 100}, {"class": "Dev", "max_objects": 5},
                   {"module": "__main__", "max_retained": "64K"}, {"global": "lgo", "max_retained": 10}]
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                for line in program.splitlines():
                    board.type(line)
                code, rows = self.check(entries, "--live", board.path)
                self.assertEqual((code, [r["status"] for r in rows]), (2, ["fail", "pass", "pass", "pass", "error"]), self.err)
                self.assertIn("there are log", rows[4]["message"])
                code, rows = self.check(entries, "--live", FIRMWARE.exec_uri(name), "--run", self.file("program.py", program))
                self.assertEqual((code, [r["status"] for r in rows]), (2, ["fail", "pass", "pass", "pass", "error"]), self.err)
                memory = os.path.join(self.folder, "before.mem")
                self.assertEqual(memprof("snap", "--memory", memory, board.path).returncode, 0)
                board.type("log.append(bytearray(5000))")
                code, rows = self.check([{"global": "log", "max_growth": "5K"}, {"global": "log", "max_growth": 5000},
                                         {"class": "*", "max_objects_growth": 0}],
                                        "--live", board.path, "--baseline", memory)
                self.assertEqual((code, [r["status"] for r in rows]), (1, ["pass", "fail", "pass"]), self.err)

    def test_a_board_that_is_not_there(self):
        code, rows = self.check([{"heap": "gc", "max_used": "50%"}], "--live", "/dev/ttyNOWHERE")
        self.assertEqual((code, rows[0]["status"]), (3, "error"))
        code, rows = self.check([{"heap": "gc", "max_used": "50%"}], "--live", "exec:true")
        self.assertEqual((code, rows[0]["status"]), (3, "error"))


    def test_a_board_that_is_not_asked_to_its_end(self):
        """A log beside it does not stand for it."""
        log, budget = os.path.join(self.folder, "log"), self.budget({"heap": "gc", "max_used": "1M"})
        self.assertEqual(memprof("snap", "--save", log, FIRMWARE.exec_uri("unix")).returncode, 0)
        p = start("check", budget, "--json", "--dump", log, "--live", "exec:sleep 100")
        await_handler(p)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=30)
        self.assertEqual((p.returncode, json.loads(out)["checks"][0]["status"]), (3, "error"), err)


class Run(Case):
    def test_marks(self):
        script = self.file("grows.py", GROWS)
        entries = [{"heap": "gc", "at": "mark:after boot", "max_used": "20K"},
                   {"heap": "gc", "at": "mark:loaded", "max_used": "20K"},
                   {"heap": "gc", "at": "max", "max_used": "20K"},
                   {"heap": "gc", "at": "last", "max_used": "20K"}]
        for name in ("qemu", "unix"):
            with self.subTest(name):
                code, rows = self.check(entries, "--run", script, "--live", FIRMWARE.exec_uri(name))
                self.assertEqual((code, [r["status"] for r in rows]), (1, ["pass", "fail", "fail", "pass"]), self.err)
                self.assertGreater(rows[1]["value"], 40000)
                self.assertGreaterEqual(rows[2]["value"], rows[1]["value"])

    def test_a_saved_run_has_its_marks(self):
        script, saved = self.file("grows.py", GROWS), os.path.join(self.folder, "run.log")
        entry = {"heap": "gc", "at": "mark:loaded", "max_used": 1}
        code, live = self.check([entry], "--run", script, "--live", FIRMWARE.exec_uri("unix"), "--save", saved)
        self.assertEqual(code, 1)
        code, rows = self.check([entry], "--dump", saved)
        self.assertEqual((code, rows[0]["value"]), (1, live[0]["value"]))

    def test_a_script_that_raises_is_4_whatever_its_heap(self):
        script = self.file("raises.py", RAISES)
        for limit, status in (("1M", "pass"), (1, "fail")):
            code, rows = self.check([{"heap": "gc", "at": "mark:before it", "max_used": limit}], "--run", script,
                                    "--live", FIRMWARE.exec_uri("unix"))
            self.assertEqual((code, rows[0]["status"]), (4, status), self.err)
            self.assertIn("ValueError: no", self.err)

    def test_why_the_run_failed(self):
        script, log = self.file("raises.py", RAISES), os.path.join(self.folder, "none.map")
        inputs = ("--run", script, "--live", FIRMWARE.exec_uri("unix"), "--json")
        budget = self.budget({"heap": "gc", "max_used": "90%"})
        p = memprof("check", budget, "--map", log, *inputs)
        self.assertEqual((p.returncode, json.loads(p.stdout)["trouble"]), (4, script + " raised ValueError: no"), p.stderr)
        p = memprof("check", budget, "--save", "/dev/full", "--force", "--run", self.file("ok.py", "x = 1\n"), *inputs[2:])
        self.assertEqual(p.returncode, 2, p.stderr)
        self.assertIn("could be saved", json.loads(p.stdout)["trouble"])

    def test_a_script_that_does_not_end(self):
        script = self.file("forever.py", "while True:\n    pass\n")
        code, rows = self.check([{"heap": "gc", "max_used": "1M"}], "--run", script, "--timeout", "1",
                                "--live", FIRMWARE.exec_uri("unix"))
        self.assertEqual((code, rows[0]["status"]), (4, "error"), self.err)

    def test_stopped_by_hand_nothing_passes(self):
        here = os.path.join(self.folder, "here")
        script = self.file("forever.py", "open(%r, 'w').close()\nwhile True:\n    pass\n" % here)
        p = start("check", self.budget({"heap": "gc", "max_used": "1M"}), "--run", script, "--json",
                  "--live", FIRMWARE.exec_uri("unix"))
        wait_for(lambda: os.path.exists(here), "the program")
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=30)
        self.assertEqual(p.returncode, 2, err)
        self.assertEqual(json.loads(out)["checks"][0]["status"], "error")

    def test_a_process_that_ends_leaves_no_heap(self):
        entries = [{"heap": "gc", "max_used": "90%"}, {"heap": "gc", "at": "max", "max_used": "90%"}]
        for end, wanted in (("import sys\nsys.exit(0)\n", 2), ("import sys\nsys.exit(3)\n", 4)):
            script = self.file("ends.py", "x = bytearray(5000)\n" + end)
            code, rows = self.check(entries, "--run", script, "--live", FIRMWARE.exec_uri("unix"))
            self.assertEqual((code, [r["status"] for r in rows]), (wanted, ["error", "error"]), self.err)
            self.assertIn("left no heap", json.dumps(rows[0]))

    def test_a_board_that_goes_in_the_middle(self):
        script = self.file("forever.py", "print('here')\nwhile True:\n    pass\n")
        pid = os.path.join(self.folder, "pid")
        board = self.file("board", "#!/bin/sh\necho $$ >%s\nexec %s\n" % (pid, FIRMWARE.exec_uri("unix")[len("exec:"):]))
        os.chmod(board, 0o755)
        p = start("check", self.budget({"heap": "gc", "max_used": "1M"}), "--run", script, "--json", "--live", "exec:" + board,
                  "--timeout", "30")
        self.assertIn("here", p.stderr.readline())
        with open(pid) as file:
            os.kill(int(file.read()), signal.SIGKILL)
        out, err = p.communicate(timeout=30)
        self.assertEqual((p.returncode, json.loads(out)["checks"][0]["status"]), (3, "error"), err)

    def test_no_script_no_board(self):
        code, rows = self.check([{"heap": "gc", "max_used": "1M"}], "--run", "none.py", "--live", FIRMWARE.exec_uri("unix"))
        self.assertEqual((code, rows[0]["status"]), (2, "error"))
        script = self.file("grows.py", GROWS)
        code, rows = self.check([{"heap": "gc", "max_used": "1M"}], "--run", script, "--live", "exec:false")
        self.assertEqual((code, rows[0]["status"]), (3, "error"))

    def test_growth_against_an_older_run(self):
        script, saved = self.file("grows.py", GROWS), os.path.join(self.folder, "old.log")
        p = memprof("run", "--save", saved, script, FIRMWARE.exec_uri("unix"))
        self.assertEqual(p.returncode, 0, p.stderr)
        larger = self.file("larger.py", GROWS.replace("1000", "2000"))
        entries = [{"heap": "gc", "at": "mark:loaded", "max_growth": "10K"},
                   {"heap": "gc", "at": "mark:after boot", "max_growth": "1K"}]
        code, rows = self.check(entries, "--run", larger, "--live", FIRMWARE.exec_uri("unix"), "--baseline", saved)
        self.assertEqual((code, [r["status"] for r in rows]), (1, ["fail", "pass"]), self.err)


class Imports(Case):
    def imports(self):
        self.file("small.py", "x = 1\n")
        self.file("large.py", "import small\ntable = [" + "'%s'," * 40 % tuple("text%d" % i for i in range(40)) + "]\n")
        return self.file("app.py", "import sys\nsys.path.insert(0, %r)\nimport large\n" % self.folder)

    def test_a_program_and_its_imports(self):
        entries = [{"import": "large", "max_kept": 16}, {"import": "small", "max_kept": "8K"},
                   {"import": "nosuch", "max_kept": 1}]
        code, rows = self.check(entries, "--run", self.imports(), "--live", FIRMWARE.exec_uri("unix"))
        self.assertEqual((code, [r["status"] for r in rows]), (2, ["fail", "pass", "error"]), self.err)
        self.assertIn("small", [c["name"] for c in rows[0]["because"]])

    def test_growth_against_an_older_document(self):
        app, old = self.imports(), os.path.join(self.folder, "old.json")
        p = memprof("run", "--imports", "--json", "-o", old, app, FIRMWARE.exec_uri("unix"))
        self.assertEqual(p.returncode, 0, p.stderr)
        entries = [{"import": "large", "max_growth": "64"}]
        inputs = ("--run", app, "--live", FIRMWARE.exec_uri("unix"), "--baseline", old)
        code, rows = self.check(entries, *inputs)
        self.assertEqual((code, rows[0]["status"]), (0, "pass"), self.err)
        with open(os.path.join(self.folder, "large.py"), "a") as file:
            file.write("more = [%s]\n" % ",".join("'other%d'" % i for i in range(40)))
        code, rows = self.check(entries, *inputs)
        self.assertEqual((code, rows[0]["status"]), (1, "fail"), self.err)

    def test_init_measures_all_at_once(self):
        app, path = self.imports(), os.path.join(self.folder, "new.json")
        inputs = ("--run", app, "--live", FIRMWARE.exec_uri("unix"))
        p = memprof("check", "--init", path, *inputs)
        self.assertEqual(p.returncode, 0, p.stderr)
        subjects = {next(iter(e)): e for e in json.load(open(path))["budgets"]}
        self.assertIn("heap", subjects)
        self.assertEqual(subjects["import"]["import"], "large")
        p = memprof("check", path, *inputs)
        self.assertEqual(p.returncode, 0, p.stdout + p.stderr)


if __name__ == "__main__":
    rig.main()
