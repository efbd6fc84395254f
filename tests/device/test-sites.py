#!/usr/bin/python3
"""memprof sites on stock firmware, by sentinels: in the unix port, under QEMU and on the emulated Pico.

usage: test-sites.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig  # noqa: E402
from rig import FIRMWARE, MEMPROF, Script, memprof  # noqa: E402

# Objects of 700, 200 and 100 bytes in turn, after the words before their bytes; one in fifty of the last line's is kept.
SHARES = """\
kept = []
def leaf(n):
    return bytearray(n)
def work(n):
    for i in range(n):
        leaf(700)
        bytearray(200)
        x = bytearray(100)
        if i % 20 == 0:
            kept.append(bytearray(90))
work(TURNS)
print('done', len(kept))
"""
LEAF, SMALL, LEAST, KEPT = ("leaf", 3), ("work", 7), ("work", 8), ("work", 10)
BLOCKS = (45, 14, 8), (23, 8, 5)    # with their objects; of 16 bytes, and of 32 on a computer of 64 bits
TURNS = {"unix": 3000, "unix-split": 3000, "qemu": 600, "rp2": 300}
STEP = {"unix": 65536, "unix-split": 65536, "qemu": 8192, "rp2": 8192}
FOREVER = "def work():\n    while True:\n        for i in range(100): bytearray(500)\nprint('begins')\nwork()\n"


def of_lines(profile, what):
    sums = Counter()
    for site in profile["sites"]:
        sums[(site["function"], site["line"])] += site[what]
    return sums


class Sites(unittest.TestCase):
    def profile(self, name, text, *options, code=0, prompt=True):
        with FIRMWARE.board(name) as board, Script(text) as script:
            p = memprof("sites", "--json", *options, script, board.path, seconds=300)
            self.assertEqual(p.returncode, code, p.stderr)
            if prompt:
                self.assertEqual(board.type("6*7"), "42")
        return json.loads(p.stdout), p.stderr, os.path.basename(script)

    def test_shares_chains_and_what_is_alive(self):
        for name, n_turns in TURNS.items():
            with self.subTest(name):
                profile, err, script = self.profile(name, SHARES.replace("TURNS", str(n_turns)), "--step", str(STEP[name]))
                self.assertIn("done %d" % (n_turns // 20), err)
                self.assertEqual((profile["how"], profile["lost"]), ("sentinel", 0))
                self.assertGreaterEqual(profile["bursts"], 12)
                self.assertGreater(profile["samples"], 7 * profile["bursts"])
                n_bytes, counts = of_lines(profile, "bytes"), of_lines(profile, "count")
                total = sum(n_bytes.values())
                print(name, profile["bursts"], "bursts", {line: "%.1f %%" % (100 * n / total) for line, n in n_bytes.items()})
                for line, n_blocks in zip((LEAF, SMALL, LEAST), BLOCKS["unix" in name]):
                    self.assertAlmostEqual(n_bytes[line] / total, n_blocks / sum(BLOCKS["unix" in name]), delta=.05)
                self.assertAlmostEqual(total / (1100 * n_turns), 1, delta=.35)
                self.assertAlmostEqual(counts[LEAF] / counts[SMALL], 1, delta=.3)
                alive = of_lines(profile, "alive_bytes")
                self.assertGreater(alive[KEPT], .9 * n_bytes[KEPT])
                self.assertLess(alive[LEAF] + alive[SMALL], .02 * total)
                self.assertGreater(profile["temporary"], .9 * total)
                self.assertEqual(sum(size["count"] for size in profile["sizes"]), sum(counts.values()))
                self.assertEqual({tuple(site["stack"]) for site in profile["sites"] if (site["function"], site["line"]) == LEAF},
                                 {("%s:11 <module>" % script, "%s:6 work" % script, "%s:3 leaf" % script)})

    def test_each_stop_is_there(self):
        """A word of the stack may keep a sentinel: others are armed, in each of many bursts."""
        for _ in range(3):
            profile, _, _ = self.profile("unix", SHARES.replace("TURNS", "600"), "--step", "4096")
            n_bytes = of_lines(profile, "bytes")
            self.assertGreater(profile["bursts"], 90)
            self.assertAlmostEqual(sum(n_bytes.values()) / 660000, 1, delta=.25)
            self.assertLessEqual({function for function, _ in n_bytes}, {"leaf", "work", "<module>"})

    def test_a_list_that_grows(self):
        """Where it is: which line did that is not known, and no other line gets its blocks."""
        text = ("def work():\n    log = []\n    for i in range(3000):\n        log.append(i)\n        str(i)\n"
                "work()\n")
        profile, _, _ = self.profile("unix", text, "--step", "2048")
        counts, n_bytes = of_lines(profile, "count"), of_lines(profile, "bytes")
        self.assertLess(n_bytes[("work", 5)] / counts[("work", 5)], 40)

    def test_a_program_that_raises(self):
        text = "def f():\n    for i in range(300): bytearray(100)\n    raise ValueError(1)\nf()\n"
        for name in ("unix", "qemu"):
            with self.subTest(name):
                profile, err, _ = self.profile(name, text, "--step", "2048", code=4)
                self.assertIn("ValueError: 1", err)
                self.assertGreater(of_lines(profile, "samples")[("f", 2)], 50)
        for n_turns in range(40, 45):   # in a burst: the next stops are in what reads memprof's helper
            _, err, _ = self.profile("qemu", text.replace("300", str(n_turns)), "--step", "64", code=4)
            self.assertIn("ValueError: 1", err)
            self.assertNotRegex(err, r": (error|warning): ")

    def test_a_program_that_is_stopped(self):
        for name in ("unix", "rp2"):
            with self.subTest(name):
                profile, err, _ = self.profile(name, FOREVER, "--timeout", "3", code=4, prompt=name != "unix")
                self.assertIn("longer than --timeout", err)
                self.assertGreater(profile["samples"], 0)
        with FIRMWARE.board("rp2") as board, Script(FOREVER) as script, \
                subprocess.Popen([MEMPROF, "sites", script, board.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True) as process:
            rig.read_until(process, "begins")
            time.sleep(3)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
            self.assertRegex(out, r"(?m)\.py:3 work$")
            self.assertEqual(board.type("6*7"), "42")

    def test_what_it_leaves(self):
        """Nothing but what the program itself leaves."""
        with FIRMWARE.board("qemu") as board, Script("kept = [bytearray(50) for i in range(40)]\n") as script:
            board.type("import gc; gc.threshold(12345); gc.collect(); kept = None")
            threshold = board.type("gc.threshold()")
            names = board.type("sorted(globals())")
            self.assertEqual(memprof("sites", script, board.path).returncode, 0)
            self.assertEqual(board.type("gc.threshold()"), threshold)
            self.assertEqual(board.type("sorted(globals())"), names)

    def test_two_profiles(self):
        with Script(SHARES.replace("TURNS", "1000")) as before, Script(SHARES.replace("TURNS", "1000").replace("(200)", "(900)")) as after:
            saved = before + ".json"
            self.addCleanup(os.unlink, saved)
            uri = FIRMWARE.exec_uri("unix", heap="1M")
            self.assertEqual(memprof("sites", "-o", saved, before, uri).returncode, 0)
            p = memprof("sites", "--json", "--since", saved, after, uri)
            self.assertEqual(p.returncode, 0, p.stderr)

    def test_what_cannot_be_sampled(self):
        with Script("x = 1\n") as script:
            p = memprof("sites", script, FIRMWARE.exec_uri("unix-auto"))
            self.assertEqual((p.returncode, p.stdout), (3, ""))
            self.assertIn("its heap may grow by further areas", p.stderr)
            with FIRMWARE.board("unix") as board:   # it is not read as a file
                p = memprof("sites", board.path, seconds=10)
                self.assertEqual((p.returncode, p.stdout), (2, ""))
                self.assertIn("SCRIPT.py comes first", p.stderr)
                self.assertEqual(board.type("6*7"), "42")
            p = memprof("sites", script + ".missing.py", FIRMWARE.exec_uri("unix"))
            self.assertEqual(p.returncode, 2)


if __name__ == "__main__":
    rig.main()
