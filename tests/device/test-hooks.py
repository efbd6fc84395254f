#!/usr/bin/python3
"""What memprof puts into a board is removed in every way out; and where that could not be, it says so, and what removes it.

usage: test-hooks.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import unittest

import rig
from rig import FIRMWARE, Script, memprof, start, stop

HOOKS = {
    "collections": ("run",),
    "imports": ("run", "--no-samples", "--imports"),
    "stops": ("sites", "--step", "2K"),
    "first allocation": ("sites", "--first-alloc", "f"),
}
ENDLESS = "def f():\n    pass\nprint('begun')\ni = 0\nwhile True:\n    i += 1\n    if i % 2000 == 0: print('lap', [i])\n"
RAISES = "def f():\n    pass\nx = [0]\nraise ValueError(1)\n"
RESETS = "def f():\n    pass\nimport sys\nsys.exit()\n"
# Names, the import hook's answer, the threshold.
STATE = ("(sorted(k for k in globals() if k.startswith('__memprof')), __import__('gc').threshold())",
         r"__import__('\x1e')")


def state(board):
    names, answer = (board.type(text) for text in STATE)
    return names, answer.split()[-1] if answer else answer, "ImportError" in answer


class Hooks(unittest.TestCase):
    def each(self, builds, program, do, names=HOOKS):
        """Its state is the same after do(board, command, script) as before."""
        with Script(program) as script:
            for build in builds:
                for name in names:
                    command = HOOKS[name]
                    with self.subTest(build, hook=name), FIRMWARE.board(build) as board:
                        before = state(board)
                        do(board, command, script)
                        self.assertEqual(state(board), before)

    def begin(self, board, command, script):
        p = start(*command, script, board.path)
        self.assertEqual(p.stdout.readline(), "begun\n")
        return p

    def check_removed(self, *command):
        self.assertNotIn("still installed", memprof(*command).stderr)

    def test_ctrl_c(self):
        self.each(("unix", "rp2"), ENDLESS, lambda board, command, script:
                  self.assertNotIn("still installed", stop(self.begin(board, command, script))[2]))

    def test_killed(self):
        """What it could not remove, the next one removes, and says so once; the name that programs call stays, and does nothing."""
        def kill(board, command, script):
            p = self.begin(board, command, script)
            p.kill()
            p.communicate()
            said = [memprof("snap", "--interrupt", board.path).stderr.count("had left its hook there: it is removed") for _ in range(2)]
            self.assertEqual(said, [1, 0])
            self.assertEqual(board.type("__memprof(6)"), "True")
            board.type("del __memprof")

        self.each(("unix", "rp2"), ENDLESS, kill, ("collections", "stops"))

    def test_timeout(self):
        self.each(("unix", "rp2"), ENDLESS, lambda board, command, script:
                  self.check_removed(*command, "--timeout", "1", script, board.path))

    def test_the_program_raises(self):
        self.each(("unix", "qemu"), RAISES, lambda board, command, script: self.check_removed(*command, script, board.path))

    def test_the_board_is_reset(self):
        self.each(("qemu",), RESETS, lambda board, command, script: self.check_removed(*command, script, board.path))

    def test_the_cable_is_unplugged(self):
        """The board runs on, with the hook in it: what is reported to remove it does."""
        def pull(board, command, script):
            p = self.begin(board, command, script)
            board.unplug()
            _, err = p.communicate(timeout=30)
            self.assertEqual(p.returncode, 3, err)
            self.assertRegex(err, r"still installed unless it lost its power, as the board could not be reached:"
                                  r" .*reset it \(Ctrl-D at its prompt, or memprof attach --reset\)")
            board.plug()
            self.assertEqual(memprof("snap", "-q", "--interrupt", board.path).returncode, 0)
            board.type("import builtins, gc")
            for line in err.splitlines():
                if "still installed" in line:
                    board.type(line.split("reached: ")[1].split(", or reset")[0])
        self.each(("rp2",), ENDLESS, pull)

    def test_a_program_that_does_not_stop(self):
        with Script(ENDLESS) as script:     # that board takes no Ctrl-C while a program runs
            for name, command in HOOKS.items():
                with self.subTest(name), FIRMWARE.board("qemu") as board:
                    p = memprof(*command, "--timeout", "1", script, board.path)
                    self.assertIn("still installed, as the board could not be reached", p.stderr)

    def test_the_report_has_it(self):
        for options, there in (((), "Still on the board"), (("--json",), '"left"')):
            with self.subTest(options), Script(ENDLESS) as script, FIRMWARE.board("unix") as board:
                p = start("run", "--no-samples", "--imports", *options, script, board.path)
                board.wait(b"begun")
                board.unplug()
                out, err = p.communicate(timeout=30)
                self.assertIn(there, out, err)
                if options:
                    self.assertIn({"name": "the import hook", "remove": "del builtins.__import__"},
                                  json.loads(out)["run"]["left"])


if __name__ == "__main__":
    rig.main()
