#!/usr/bin/python3
"""memprof sites --cpu: where a program spends its time, by GDB servers (QEMU's, rp2040js's) and by a timer of the board.

usage: test-sites-cpu.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import signal
import unittest
from collections import Counter

import rig
from gdb_target import BUILDS, Target
from rig import FIRMWARE, Script, at_any_moment, memprof, start, wait_for

# Two loops of 700 and 300 turns, one of them in a generator.
SHARES = """\
def slow(n):
    for i in range(n):
        x = i * i
def steps(n):
    for i in range(n):
        yield i * i
def quick(n):
    for x in steps(n):
        pass
def work(n):
    while n:
        slow(1000)
        quick(200)
        n -= 1
        if n % 50 == 0: print('turn')
"""
LINES = {"slow": {1, 2, 3}, "steps": {4, 5, 6}, "quick": {7, 8, 9}, "work": set(range(10, 16))}
SEEN = r"(?m)<string>:\d+ (slow|quick|steps|work)$"


def of_functions(profile):
    sums = Counter()
    for site in profile["sites"]:
        sums[site["function"]] += site["us"]
    return sums


def held_to_the_program(test, profile):
    """What is so of every draw. How near shares are, scripts/sites-accuracy tells."""
    times = of_functions(profile)
    print(profile["samples"], "samples", dict(times))
    test.assertGreater(times["slow"], 0)
    test.assertGreater(times["steps"], 0)
    test.assertEqual(sum(site["samples"] for site in profile["sites"]), profile["samples"])
    for site in profile["sites"]:
        if site["function"] in LINES:
            test.assertIn(site["line"], LINES[site["function"]])


class ByProbe(unittest.TestCase):
    def busy(self, target):
        target.board.type("exec(%r)" % SHARES)
        target.board.press(b"work(-1)\r")
        target.board.wait(b"\nturn", target.board.mark(), seconds=60)

    def goes_on(self, target):
        target.board.wait(b"\nturn", target.board.mark(), seconds=60)

    def profile(self, target):
        """With some of both loops: a computer that is busy takes fewer."""
        for seconds in (4, 12, 60):
            p = memprof("sites", "--cpu", "--attach", "--json", "--for", "%ds" % seconds, "--interval", "10ms", *target.options(), target.uri,
                        seconds=seconds + 100, code=0)
            profile = json.loads(p.stdout)
            if {"slow", "steps"} <= set(of_functions(profile)):
                break
        return profile

    def test_lines_and_callers(self):
        for name in BUILDS:
            with self.subTest(name), Target(name) as target:
                self.busy(target)
                profile = self.profile(target)
                self.assertEqual((profile["how"], profile["unit"]), ("probe", "us"))
                held_to_the_program(self, profile)
                for site in profile["sites"]:
                    if site["function"] == "steps":
                        self.assertRegex(" ".join(site["stack"]), r":13 work \S+:8 quick \S+:[56] steps$")
                self.goes_on(target)

    def test_until_it_is_stopped(self):
        """At any moment, also between a request and its answer."""
        with Target("qemu") as target:
            self.busy(target)
            out = ""
            for seconds in (.5, .513, .529, .541, 2, 8, 30):
                if seconds > 1 and re.search(SEEN, out):
                    break
                p = start("sites", "--cpu", "--attach", *target.options(), target.uri)
                at_any_moment(seconds)
                p.send_signal(signal.SIGINT)
                out, err = p.communicate(timeout=30)
                self.assertEqual(p.returncode, 0, err)
                self.goes_on(target)
            self.assertRegex(out, SEEN)
            self.assertRegex(err, r"the target was halted for \d+ ms")

    def test_at_a_prompt(self):
        """No Python function runs."""
        with Target("qemu") as target:
            for seconds in (1, 10, 60):
                p = memprof("sites", "--cpu", "--attach", "--json", "--for", "%ds" % seconds, *target.options(), target.uri, code=0)
                profile = json.loads(p.stdout)
                if profile["samples"] > 10:
                    break
            self.assertGreater(profile["samples"], 10)
            self.assertEqual([(site["file"], site["stack"]) for site in profile["sites"]], [(None, [])])
            self.assertTrue(target.runs())

    def test_a_target_that_ends(self):
        """The samples are not lost."""
        for seconds in (2, 8, 30):
            with Target("qemu") as target:
                self.busy(target)
                p = start("sites", "--cpu", "--attach", *target.options(), target.uri)
                at_any_moment(seconds)
                target.board.process.kill()
                out, err = p.communicate(timeout=60)
                self.assertEqual(p.returncode, 3, err)
            if out:
                break
        self.assertRegex(out, SEEN)


class ByTimer(unittest.TestCase):
    def test_lines(self):
        with FIRMWARE.board("rp2") as board, Script(SHARES + "work(60)\n") as script:
            p = memprof("sites", "--cpu", "--json", "--interval", "20ms", script, board.path, seconds=300, code=0)
            self.assertEqual(board.type("6*7"), "42")
            self.assertNotIn("__memprof", board.type("dir()"))
        profile = json.loads(p.stdout)
        self.assertEqual((profile["how"], profile["unit"], profile["lost"]), ("timer", "us", 0))
        held_to_the_program(self, profile)
        self.assertEqual({site["file"] for site in profile["sites"]}, {os.path.basename(script)})

    def test_a_program_that_raises_or_is_stopped(self):
        with FIRMWARE.board("rp2") as board:
            with Script("def f():\n    for i in range(30000): pass\n    raise ValueError(1)\nf()\n") as script:
                p = memprof("sites", "--cpu", script, board.path, seconds=120, code=4)
                self.assertIn("ValueError: 1", p.stdout + p.stderr)
                self.assertRegex(p.stdout, r"(?m)\.py:2 f$")
            with Script("def f():\n    while True: pass\nprint('begins')\nf()\n") as script:
                p = memprof("sites", "--cpu", "--timeout", "2", script, board.path, seconds=120, code=4)
                self.assertRegex(p.stdout, r"(?m)\.py:2 f$")
                process = start("sites", "--cpu", script, board.path)
                rig.read_until(process, "begins")
                sampled = board.mark() + 4000
                wait_for(lambda: board.mark() > sampled, "samples")
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=60)
                self.assertRegex(out, r"(?m)\.py:2 f$")
            self.assertEqual(board.type("6*7"), "42")

    def test_without_a_timer(self):
        with Script("x = 1\n") as script:
            for name in ("unix", "qemu"):
                with self.subTest(name), FIRMWARE.board(name) as board:
                    p = memprof("sites", "--cpu", script, board.path, code=3)
                    self.assertEqual(p.stdout, "")
                    self.assertIn("its time cannot be sampled: its firmware has no machine.Timer", p.stderr)
                    self.assertEqual(board.type("6*7"), "42")
                    self.assertNotIn("__memprof", board.type("dir()"))


if __name__ == "__main__":
    rig.main()
