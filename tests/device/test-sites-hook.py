#!/usr/bin/python3
"""memprof sites on firmware whose agent samples allocations: under QEMU (Cortex-M3), on the emulated Pico and in the unix port.

usage: test-sites-hook.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import re
import sys
import termios
import unittest
from collections import Counter

import wire
from rig import FIRMWARE, Board, Script, at_any_moment, takes_signals, killed, memprof, start, stop

BUILDS = ("qemu-agent-pools", "rp2-agent-pools", "unix-agent-pools")
# Each object of bytes has one of 4 words before it.
PROGRAM = """\
kept = []
def leaf(n):
    return bytearray(n)
def work(n, w):
    for i in range(n):
        leaf(700 - w)
        bytearray(200 - w)
        if i %% 50 == 0:
            kept.append(bytearray(2000 - w))
work(1500, %d)
print('done', len(kept))
"""
LEAF, SMALL, KEPT = ("leaf", 3), ("work", 7), ("work", 9)
BYTES = {LEAF: 1500 * 700, SMALL: 1500 * 200, KEPT: 30 * 2000}
FOREVER = "def work():\n    while True:\n        bytearray(500)\nprint('begins')\nwork()\n"


def board(name):
    b = Board(FIRMWARE.command(name), wake=b"\r" if name.startswith("rp2") else b"")
    if name.startswith("qemu"):
        settings = termios.tcgetattr(b.board)
        settings[1] &= ~termios.OPOST   # QEMU turns it on: \n would become \r\n in frames too
        termios.tcsetattr(b.board, termios.TCSANOW, settings)
    return b


def unix(name="unix-agent-pools", heap="1M"):
    return FIRMWARE.exec_uri(name, heap=heap)


def of_lines(profile, what):
    sums = Counter()
    for site in profile["sites"]:
        sums[(site["function"], site["line"])] += site[what]
    return sums


class SitesHook(unittest.TestCase):
    def check_profile(self, profile, script, step):
        self.assertEqual((profile["how"], profile["step_bytes"], profile["lost"]), ("hook", step, 0))
        total = of_lines(profile, "bytes")
        print({line: "%.1f %%" % (100 * n / sum(total.values())) for line, n in total.items()}, profile["samples"], "samples")
        self.assertAlmostEqual(sum(total.values()) / sum(BYTES.values()), 1, delta=0.12)
        for line, n in BYTES.items():
            self.assertAlmostEqual(total[line] / sum(total.values()), n / sum(BYTES.values()), delta=0.06)
        self.assertGreater(profile["collections"], 0)
        alive = of_lines(profile, "alive_bytes")
        self.assertGreater(alive[KEPT], 0.95 * total[KEPT])
        self.assertLess(alive[LEAF] + alive[SMALL], 0.02 * sum(total.values()))
        counts = of_lines(profile, "count")
        self.assertAlmostEqual(counts[LEAF] / 3000, 1, delta=0.4)  # its bytes, and the object before them
        self.assertEqual(sum(size["count"] for size in profile["sizes"]), sum(counts.values()))
        self.assertEqual({frame["file"] for frame in profile["frames"]}, {os.path.basename(script)})
        chains = {tuple(site["stack"]) for site in profile["sites"] if (site["function"], site["line"]) == LEAF}
        name = os.path.basename(script)
        self.assertEqual(chains, {("%s:10 <module>" % name, "%s:6 work" % name, "%s:3 leaf" % name)})

    def test_shares_and_what_is_alive(self):
        for name in BUILDS:
            with self.subTest(name), board(name) as b, Script(PROGRAM % (32 if name.startswith("unix") else 16)) as script:
                for step in (1024, 512):    # the second one is not disturbed by what the first one has left
                    p = memprof("sites", "--json", "--step", str(step), script, b.path, seconds=120, code=0)
                    self.assertIn("done 30", p.stderr)
                    self.check_profile(json.loads(p.stdout), script, step)

    def test_it_is_off_afterwards(self):
        for name in ("qemu-agent-pools", "rp2-agent-pools"):
            with self.subTest(name), board(name) as b, Script(PROGRAM % 16) as script:
                memprof("sites", "--step", "64", script, b.path, code=0)
                at = b.mark()
                b.press(b"import memprof; memprof.start(0); x = [bytearray(9) for _ in range(300)]; memprof.poll(); memprof.stop(); print('the', 'end')\r")
                b.wait(b"the end", at, 20)
                self.assertEqual(wire.receive(bytes(b.heard[at:])).sites, [])

    def test_a_program_that_raises(self):
        text = "def f():\n    x = [bytearray(100) for _ in range(500)]\n    raise ValueError(1)\nf()\n"
        with Script(text) as script:
            p = memprof("sites", "--json", "--step", "256", script, unix(), code=4)
            self.assertIn("ValueError: 1", p.stderr)
            profile = json.loads(p.stdout)
            self.assertGreater(profile["samples"], 100)
            self.assertIn("<listcomp>", {site["function"] for site in profile["sites"]})

    def test_a_heap_that_is_full(self):
        """It raises MemoryError with no block left: the agent has kept room for the prompt."""
        text = ("head = None\n"
                "def push(i):\n"
                "    global head\n"
                "    head = (head, i)\n"
                "def work():\n"
                "    i = 0\n"
                "    while True:\n"
                "        push(i)\n"
                "        i += 1\n"
                "work()\n")
        for name in ("qemu-agent-pools", "unix-agent-pools"):
            with self.subTest(name), board(name) as b, Script(text) as script:
                where = unix(heap="128K") if name.startswith("unix") else b.path
                p = memprof("sites", "--json", "--step", "512", script, where, seconds=120, code=4)
                self.assertIn("MemoryError", p.stderr)
                self.assertNotIn("warning", p.stderr)
                profile = json.loads(p.stdout)
                alive = of_lines(profile, "alive_bytes")
                self.assertGreater(alive[("push", 4)], 0.9 * sum(alive.values()))
                self.assertIn(("head", "push", 4, True), {(k["holder"], k["function"], k["line"], k["leak"]) for k in profile["kept"]})

    def test_errors_that_the_program_catches(self):
        """A large request that fails does not take the room for the prompt."""
        text = ("def large():\n"
                "    try:\n"
                "        bytearray(100000000)\n"
                "    except MemoryError:\n"
                "        print('none so large')\n"
                "def work():\n"
                "    while True:\n"
                "        keep.append((1, 2, len(keep)))\n"
                "large()\n"
                "keep = []\n"
                "try:\n"
                "    work()\n"
                "except MemoryError:\n"
                "    pass\n")
        for heap in ("64K", "128K"):
            with self.subTest(heap), Script(text) as script:
                p = memprof("sites", "--json", "--step", "512", script, unix(heap=heap), code=0)
                self.assertIn("none so large", p.stderr)
                alive = of_lines(json.loads(p.stdout), "alive_bytes")
                self.assertGreater(alive[("work", 8)], .9 * sum(alive.values()))

    def test_a_program_that_is_stopped(self):
        with Script(FOREVER) as script:
            p = memprof("sites", "--json", "--timeout", "1", script, unix(), code=4)
            self.assertIn("longer than --timeout", p.stderr)
            self.assertIn(("work", 3), of_lines(json.loads(p.stdout), "bytes"))
            for seconds in (1, 4, 16, 64):      # until a sample has come
                with killed(start("sites", "--json", script, unix())) as process:
                    takes_signals(process)
                    at_any_moment(seconds)
                    code, out, err = stop(process)
                self.assertEqual(code, 0, err)
                lines = of_lines(json.loads(out), "bytes")
                if lines:
                    break
            self.assertIn(("work", 3), lines)

    def test_which_carrier(self):
        with Script(PROGRAM % 32) as script:
            for build, arguments, how in (("unix-agent-pools", (), "hook"), ("unix-agent-pools", ("--carrier", "hook"), "hook"),
                                          ("unix-agent-pools", ("--carrier", "sentinel"), "sentinel"),
                                          ("unix-agent", (), "sentinel"), ("unix", (), "sentinel"),
                                          ("unix-agent-pools", ("--step", "1M"), "sentinel")):
                with self.subTest((build, arguments)):
                    p = memprof("sites", "--json", *arguments, script, unix(build), code=0)
                    self.assertEqual(json.loads(p.stdout)["how"], how)
            for build, arguments, words in (("unix", ("--carrier", "hook"), "the firmware has no agent with MEMPROF_SITES=1"),
                                            ("unix-agent-pools", ("--carrier", "hook", "--step", "1M"), "--step is above 524288"),
                                            ("unix", ("--step", "16"), "without its agent, --step is 64 at least")):
                with self.subTest((build, arguments)):
                    p = memprof("sites", *arguments, script, unix(build), code=3)
                    self.assertEqual(p.stdout, "")
                    self.assertIn(words, p.stderr)

    def test_the_report_has_the_carrier(self):
        with Script(PROGRAM % 32) as script:
            p = memprof("sites", "-q", script, unix(), code=0)
            self.assertRegex(p.stdout, r"by a hook in the allocator")
            self.assertTrue(re.search(r"^Requests$", p.stdout, re.M))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
