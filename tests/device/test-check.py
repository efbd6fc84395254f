#!/usr/bin/python3
"""check against real MicroPython: a board that is asked, a program that is run, what its imports cost.

usage: test-check.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import signal

import rig
from rig import FIRMWARE, Board, takes_signals, memprof, start, wait_for

GROWS = """\
kept = []
print("memprof: after boot")
for i in range(40):
    kept.append(bytearray(1000))
print("memprof: loaded")
kept = None
"""
RAISES = "x = bytearray(5000)\nprint('memprof: before it')\nraise ValueError('no')\n"


UNIX = ("--live", FIRMWARE.exec_uri("unix"))
SOME, HALF = [{"heap": "gc", "max_used": "1M"}], [{"heap": "gc", "max_used": "50%"}]


class Case(rig.InFolder):
    def check(self, code, statuses, entries, *inputs):
        """The rows of the document, which have these statuses."""
        p = memprof("check", self.budget(*entries), *inputs, "--json", code=code)
        self.err, rows = p.stderr, json.loads(p.stdout)["checks"]
        self.assertEqual(" ".join(row["status"] for row in rows), statuses, self.err)
        return rows

    def ended(self, p, code):
        """Nothing has passed."""
        out, err = p.communicate(timeout=30)
        self.assertEqual((p.returncode, json.loads(out)["checks"][0]["status"]), (code, "error"), err)


class Live(Case):
    def test_a_board_at_its_prompt(self):
        for name in ("qemu", "unix"):
            with self.subTest(name):
                total = json.loads(memprof("snap", "--json", FIRMWARE.exec_uri(name)).stdout)["dumps"][0]["pools"][0]["total"]
                rows = self.check(1, "pass fail pass", [*HALF, {"heap": "gc", "min_largest_free": total + 1},
                                                        {"heap": "gc", "fits": {"bytes": "4K", "times": 2}}],
                                  "--live", FIRMWARE.exec_uri(name))
                self.assertEqual(rows[0]["capacity"], total)

    def test_what_globals_hold(self):
        program = "Dev = type('Dev', (), {})\nlog = [bytearray(100) for i in range(20)]\ndevs = [Dev() for i in range(5)]\n"
        entries = [{"global": "log", "max_retained": 2000, "max_objects": 100}, {"class": "Dev", "max_objects": 5},
                   {"module": "__main__", "max_retained": "64K"}, {"global": "lgo", "max_retained": 10}]
        for name in ("qemu", "unix"):
            with self.subTest(name), Board(FIRMWARE.command(name)) as board:
                for line in program.splitlines():
                    board.type(line)
                rows = self.check(2, "fail pass pass pass error", entries, "--live", board.path)
                self.assertIn("there are log", rows[4]["message"])
                self.check(2, "fail pass pass pass error", entries, "--live", FIRMWARE.exec_uri(name),
                           "--run", self.file("program.py", program))
                memory = self.file("before.mem")
                memprof("snap", "--memory", memory, board.path, code=0)
                board.type("log.append(bytearray(5000))")
                self.check(1, "pass fail pass", [{"global": "log", "max_growth": "5K"}, {"global": "log", "max_growth": 5000},
                                                 {"class": "*", "max_objects_growth": 0}],
                           "--live", board.path, "--baseline", memory)

    def test_a_board_that_is_not_there(self):
        for source in ("/dev/ttyNOWHERE", "exec:true"):
            self.check(3, "error", HALF, "--live", source)

    def test_a_board_that_is_not_asked_to_its_end(self):
        """A log beside it does not stand for it."""
        log = self.file("log")
        memprof("snap", "--save", log, FIRMWARE.exec_uri("unix"), code=0)
        p = start("check", self.budget(*SOME), "--json", "--dump", log, "--live", "exec:sleep 100")
        takes_signals(p)
        p.send_signal(signal.SIGINT)
        self.assertEqual((p.communicate(timeout=30)[0], p.returncode), ("", -signal.SIGINT))


class Run(Case):
    def test_marks(self):
        script = self.file("grows.py", GROWS)
        entries = [{"heap": "gc", "at": at, "max_used": "20K"} for at in ("mark:after boot", "mark:loaded", "max", "last")]
        for name in ("qemu", "unix"):
            with self.subTest(name):
                rows = self.check(1, "pass fail fail pass", entries, "--run", script, "--live", FIRMWARE.exec_uri(name))
                self.assertGreater(rows[1]["value"], 40000)
                self.assertGreaterEqual(rows[2]["value"], rows[1]["value"])

    def test_a_saved_run_has_its_marks(self):
        saved, entries = self.file("run.log"), [{"heap": "gc", "at": "mark:loaded", "max_used": 1}]
        live, = self.check(1, "fail", entries, "--run", self.file("grows.py", GROWS), *UNIX, "--save", saved)
        row, = self.check(1, "fail", entries, "--dump", saved)
        self.assertEqual(row["value"], live["value"])

    def test_a_script_that_raises_is_4_whatever_its_heap(self):
        script = self.file("raises.py", RAISES)
        for limit, status in (("1M", "pass"), (1, "fail")):
            self.check(4, status, [{"heap": "gc", "at": "mark:before it", "max_used": limit}], "--run", script, *UNIX)
            self.assertIn("ValueError: no", self.err)

    def test_why_the_run_failed(self):
        script, budget = self.file("raises.py", RAISES), self.budget({"heap": "gc", "max_used": "90%"})
        p = memprof("check", budget, "--map", self.file("none.map"), "--run", script, *UNIX, "--json", code=4)
        self.assertEqual(json.loads(p.stdout)["trouble"], script + " raised ValueError: no")
        script = self.file("ok.py", "x = 1\n")
        p = memprof("check", budget, "--save", "/dev/full", "--force", "--run", script, *UNIX, "--json", code=2)
        self.assertIn("could be saved", json.loads(p.stdout)["trouble"])

    def test_a_script_that_does_not_end(self):
        script = self.file("forever.py", "while True:\n    pass\n")
        self.check(4, "error", SOME, "--run", script, "--timeout", "1", *UNIX)

    def test_stopped_by_hand_nothing_passes(self):
        here = self.file("here")
        script = self.file("forever.py", "open(%r, 'w').close()\nwhile True:\n    pass\n" % here)
        p = start("check", self.budget(*SOME), "--run", script, "--json", *UNIX)
        wait_for(lambda: os.path.exists(here), "the program")
        p.send_signal(signal.SIGINT)
        self.ended(p, 2)

    def test_a_process_that_ends_leaves_no_heap(self):
        entries = [{"heap": "gc", "max_used": "90%"}, {"heap": "gc", "at": "max", "max_used": "90%"}]
        for end, wanted in (("import sys\nsys.exit(0)\n", 2), ("import sys\nsys.exit(3)\n", 4)):
            script = self.file("ends.py", "x = bytearray(5000)\n" + end)
            rows = self.check(wanted, "error error", entries, "--run", script, *UNIX)
            self.assertIn("left no heap", json.dumps(rows[0]))

    def test_a_board_that_goes_in_the_middle(self):
        script = self.file("forever.py", "print('here')\nwhile True:\n    pass\n")
        pid = self.file("pid")
        board = self.file("board", "#!/bin/sh\necho $$ >%s\nexec %s\n" % (pid, FIRMWARE.exec_uri("unix")[len("exec:"):]))
        os.chmod(board, 0o755)
        p = start("check", self.budget(*SOME), "--run", script, "--json", "--live", "exec:" + board, "--timeout", "30")
        self.assertIn("here", p.stderr.readline())
        with open(pid) as file:
            os.kill(int(file.read()), signal.SIGKILL)
        self.ended(p, 3)

    def test_no_script_no_board(self):
        self.check(2, "error", SOME, "--run", "none.py", *UNIX)
        self.check(3, "error", SOME, "--run", self.file("grows.py", GROWS), "--live", "exec:false")

    def test_growth_against_an_older_run(self):
        saved = self.file("old.log")
        memprof("run", "--save", saved, self.file("grows.py", GROWS), FIRMWARE.exec_uri("unix"), code=0)
        larger = self.file("larger.py", GROWS.replace("1000", "2000"))
        entries = [{"heap": "gc", "at": "mark:loaded", "max_growth": "10K"},
                   {"heap": "gc", "at": "mark:after boot", "max_growth": "1K"}]
        self.check(1, "fail pass", entries, "--run", larger, *UNIX, "--baseline", saved)


class Imports(Case):
    def imports(self):
        self.file("small.py", "x = 1\n")
        self.file("large.py", "import small\ntable = [" + "'%s'," * 40 % tuple("text%d" % i for i in range(40)) + "]\n")
        return self.file("app.py", "import sys\nsys.path.insert(0, %r)\nimport large\n" % self.folder)

    def test_a_program_and_its_imports(self):
        entries = [{"import": "large", "max_kept": 16}, {"import": "small", "max_kept": "8K"},
                   {"import": "nosuch", "max_kept": 1}]
        rows = self.check(2, "fail pass error", entries, "--run", self.imports(), *UNIX)
        self.assertIn("small", [c["name"] for c in rows[0]["because"]])

    def test_growth_against_an_older_document(self):
        app, old = self.imports(), self.file("old.json")
        memprof("run", "--imports", "--json", "-o", old, app, FIRMWARE.exec_uri("unix"), code=0)
        entries, inputs = [{"import": "large", "max_growth": "64"}], ("--run", app, *UNIX, "--baseline", old)
        self.check(0, "pass", entries, *inputs)
        with open(self.file("large.py"), "a") as file:
            file.write("more = [%s]\n" % ",".join("'other%d'" % i for i in range(40)))
        self.check(1, "fail", entries, *inputs)

    def test_init_measures_all_at_once(self):
        app, path = self.imports(), self.file("new.json")
        memprof("check", "--init", path, "--run", app, *UNIX, code=0)
        with open(path) as file:
            subjects = {next(iter(e)): e for e in json.load(file)["budgets"]}
        self.assertIn("heap", subjects)
        self.assertEqual(subjects["import"]["import"], "large")
        memprof("check", path, "--run", app, *UNIX, code=0)


if __name__ == "__main__":
    rig.main()
