#!/usr/bin/python3
"""memprof sites on stock firmware, by sentinels: in the unix port, under QEMU and on the emulated Pico.

usage: test-sites.py MEMPROF FIRMWARE_FOLDER [TEST...]
"""
import contextlib
import json
import os
import re
import signal
import unittest
from collections import Counter

import rig
from rig import FIRMWARE, Script, at_any_moment, killed, memprof, start

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
TURNS = {"unix": 3000, "unix-split": 3000, "qemu": 600, "rp2": 300}
STEP = {"unix": 65536, "unix-split": 65536, "qemu": 8192, "rp2": 8192}
# Words that look like the addresses of one block in eight keep it, and then keep it no longer.
KEPT_TOO_LONG = """\
import array
N = 4096
low = (id([]) & ~63) - 128 * N
hold = array.array('L', bytes(8 * N))
def work(n):
    for i in range(n):
        x = [i] * 6
        y = bytes(200)
def fill(n):
    for i in range(N):
        hold[i] = (low + 256 * i) * n
for turn in range(20):
    fill(turn % 2)
    work(200)
fill(0)
"""
# All that it keeps is made at its beginning.
EARLY = """\
import time
table = [i * 1.5 for i in range(2000)]
for i in range(150): time.sleep(.01)
"""
# What it keeps leaves no room for a line at the prompt: its objects are as small as the holes between them.
FULL = """\
def source(n):
    for i in range(n):
        yield [i, i + 1, i + 2, i + 3]
def scale(src):
    for x in src:
        yield [v * 2.5 for v in x]
seen = []
def dedupe(src):
    for x in src:
        t = tuple(x)
        seen.append(t)
        yield t
total = 0
for t in dedupe(scale(source(1200))):
    total += t[0]
"""
# It raises MemoryError when no block is free.
TO_THE_BRIM = """\
head = None
def push(i):
    global head
    head = (head, i)
def scratch():
    return bytearray(40)
def work():
    i = 0
    while True:
        push(i)
        scratch()
        i += 1
work()
"""
FOREVER = "def work():\n    while True:\n        for i in range(100): bytearray(500)\nprint('begins')\nwork()\n"


def of_lines(profile, what):
    sums = Counter()
    for site in profile["sites"]:
        sums[(site["function"], site["line"])] += site[what]
    return sums


def profile_of(text, uri, *options):
    with Script(text) as script:
        return json.loads(memprof("sites", "--json", *options, script, uri, seconds=300, code=0).stdout)


class Sites(unittest.TestCase):
    def profile(self, name, text, *options, code=0, prompt=True):
        with FIRMWARE.board(name) as board, Script(text) as script:
            p = memprof("sites", "--json", *options, script, board.path, seconds=300, code=code)
            if prompt:
                self.assertEqual(board.type("6*7"), "42")
        return json.loads(p.stdout), p.stderr, os.path.basename(script)

    def test_shares_chains_and_what_is_alive(self):
        for name, n_turns in TURNS.items():
            with self.subTest(name):
                profile, err, script = self.profile(name, SHARES.replace("TURNS", str(n_turns)), "--step", str(STEP[name]))
                self.assertIn("done %d" % (n_turns // 20), err)
                self.assertEqual((profile["how"], profile["lost"]), ("sentinel", 0))
                self.assertGreaterEqual(profile["samples"], profile["bursts"])
                n_bytes, counts = of_lines(profile, "bytes"), of_lines(profile, "count")
                total = sum(n_bytes.values())
                print(name, profile["bursts"], "bursts", {line: "%.1f %%" % (100 * n / total) for line, n in n_bytes.items()})
                for line in LEAF, SMALL, LEAST:
                    self.assertGreater(n_bytes[line], 0)
                self.assertEqual(sum(of_lines(profile, "samples").values()), profile["samples"])
                alive = of_lines(profile, "alive_bytes")
                # An estimate, but no more than the heap has got: with the list, and 32 objects of the hook's own.
                block, word = (32, 8) if "unix" in name else (16, 4)
                n_kept = n_turns // 20 * (160 if "unix" in name else 112)
                self.assertLessEqual(alive[KEPT], n_kept + 4 * word * (n_turns // 20) + 32 * block)
                self.assertLessEqual(profile["temporary"], total)
                self.assertEqual(sum(size["count"] for size in profile["sizes"]), sum(counts.values()))
                self.assertEqual({tuple(site["stack"]) for site in profile["sites"] if (site["function"], site["line"]) == LEAF},
                                 {("%s:11 <module>" % script, "%s:6 work" % script, "%s:3 leaf" % script)})

    def test_each_stop_is_there(self):
        """A word of the stack may keep a sentinel: others are armed, in each of many bursts."""
        for _ in range(3):
            profile, _, _ = self.profile("unix", SHARES.replace("TURNS", "600"), "--step", "4096")
            n_bytes = of_lines(profile, "bytes")
            self.assertGreater(profile["bursts"], 1)
            self.assertLessEqual({function for function, _ in n_bytes}, {"leaf", "work", "<module>"})

    def test_what_is_made_at_the_beginning_is_no_leak(self):
        for carrier, name in (("sentinel", "unix"), ("hook", "unix-agent-pools")):
            with self.subTest(carrier):
                profile = profile_of(EARLY, FIRMWARE.exec_uri(name, heap="512k"), "--carrier", carrier, "--step", "1K")
                self.assertEqual([row["leak"] for row in profile["kept"] if row["holder"] == "table"], [False])

    def test_a_heap_that_is_full_of_holes(self):
        profile = profile_of(FULL, FIRMWARE.exec_uri("unix-agent-pools", heap="512k"), "--carrier", "hook", "--step", "512")
        self.assertEqual({row["holder"] for row in profile["kept"] if row["leak"]}, {"seen"})

    def test_a_heap_that_is_full(self):
        """What the hook itself allocates in a full heap, which collects too, is not the program's; nor does it stand still there."""
        for name in ("unix", "qemu"):
            with self.subTest(name), contextlib.ExitStack() as stack:
                script = stack.enter_context(Script(TO_THE_BRIM))
                where = FIRMWARE.exec_uri(name, heap="128K") if name == "unix" else stack.enter_context(FIRMWARE.board(name)).path
                p = memprof("sites", "--json", "--step", "4096" if name == "unix" else "32K", script, where, seconds=300, code=4)
                self.assertIn("MemoryError", p.stderr)
                profile = json.loads(p.stdout)
                n_bytes, alive = Counter(), Counter()    # by line: on a slow board, the samples may end before names are read
                for site in profile["sites"]:
                    n_bytes[site["line"]] += site["bytes"]
                    alive[site["line"]] += site["alive_bytes"]
                print(name, {line: "%.1f %%" % (100 * n / sum(n_bytes.values())) for line, n in n_bytes.items()})
                self.assertGreater(n_bytes[4], 0)
                self.assertGreater(alive[4], 0)
                self.assertIn((4, True), {(k["line"], k["leak"]) for k in profile["kept"]})
                if name == "unix":
                    self.assertIn("push", {site["function"] for site in profile["sites"]})

    def test_sentinels_that_are_kept_too_long(self):
        """A burst of 14 leaves out up to six. One that is freed late is no burst."""
        profile = profile_of(KEPT_TOO_LONG, FIRMWARE.exec_uri("unix", heap="1M"), "--carrier", "sentinel", "--step", "4K")
        print(profile["bursts"], "bursts,", profile["samples"], "samples")
        self.assertGreaterEqual(profile["samples"], 8 * profile["bursts"])

    def test_a_list_that_grows(self):
        """Where it is: which line did that is not known, and no other line gets its blocks."""
        text = ("def work():\n    log = []\n    for i in range(3000):\n        log.append(i)\n        str(i)\n"
                "work()\n")
        profile, _, _ = self.profile("unix", text, "--step", "2048")
        counts, n_bytes = of_lines(profile, "count"), of_lines(profile, "bytes")
        self.assertLess(n_bytes[("work", 5)] / counts[("work", 5)], 40)

    def test_a_split_heap(self):
        """Of the areas that nothing is in when it begins, too."""
        text = "keep = []\nfor i in range(150):\n    keep.append(bytearray(1000))\nfor i in range(3000):\n    bytearray(500)\n"
        sites = profile_of(text, FIRMWARE.exec_uri("unix-split"), "--step", "2048")["sites"]
        kept = sum(row["alive_bytes"] for row in sites if row["line"] == 3)
        self.assertTrue(0.75 < kept / (150 * 1024) < 1.1, kept)

    def test_what_outlives_a_collection_is_not_temporary(self):
        """Each object lives until 51 KB more are allocated, with less than that free; few of the collections have a burst."""
        text = ("hold = bytearray(20000)\nring = [None] * 200\ndef work(n):\n    for i in range(n):\n"
                "        ring[i % 200] = bytearray(200)\nwork(20000)\n")
        profile = profile_of(text, FIRMWARE.exec_uri("unix", heap="128K"), "--step", "64K")
        self.assertLess(profile["temporary"], .15 * sum(row["bytes"] for row in profile["sites"]))

    def test_a_program_that_ends_micropython(self):
        for number in (0, 7):
            with Script("import sys\nfor i in range(300): bytearray(100)\nsys.exit(%d)\n" % number) as script:
                p = memprof("sites", script, FIRMWARE.exec_uri("unix"), code=4)
                self.assertEqual(p.stdout, "")
                self.assertIn("sys.exit() does there: there is no profile", p.stderr)

    def test_programs_without_a_sample(self):
        """One that does nothing, and one that is no Python."""
        for text, code, says, says_not in (("", 0, "before the first sample", "raised"),
                                           ("def f(:\n", 4, "the program raised SyntaxError", "before the first sample")):
            with self.subTest(text), Script(text) as script:
                p = memprof("sites", script, FIRMWARE.exec_uri("unix"), code=code)
                self.assertIn(says, p.stdout)
                self.assertNotIn(says_not, p.stdout)

    def test_a_class(self):
        """What names it comes before its first line, which tracebacks call line 1; by either carrier."""
        text = "x = 1\n" * 3 + ("def make():\n    class Thing:\n        size = [1] * 4\n        def f(self):\n            pass\n"
                                "    return Thing\nfor i in range(600):\n    make()\n")
        for name, options, carrier in (("unix", ("--step", "512"), "sentinel"), ("unix-agent-pools", ("--step", "1"), "hook")):
            with self.subTest(name):
                profile, _, _ = self.profile(name, text, *options)
                self.assertEqual(profile["how"], carrier)
                n_bytes = of_lines(profile, "bytes")
                self.assertEqual({line for function, line in n_bytes if function == "Thing"}, {None, 6, 7})
                self.assertEqual({line for function, line in n_bytes if function == "make"}, {5})

    def test_a_program_that_raises(self):
        text = "def f():\n    for i in range(300): bytearray(100)\n    raise ValueError(1)\nf()\n"
        for name in ("unix", "qemu"):
            with self.subTest(name):
                profile, err, _ = self.profile(name, text, "--step", "2048", code=4)
                self.assertIn("ValueError: 1", err)
                self.assertEqual((profile["exception"], profile.get("stopped")), ("ValueError: 1", None))
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
                self.assertEqual((profile["stopped"], profile.get("exception")), (True, None))
                self.assertGreater(profile["samples"], 0)
        for seconds in (3, 12, 48):     # until one has come
            with FIRMWARE.board("rp2") as board, Script(FOREVER) as script, \
                    killed(start("sites", script, board.path)) as process:
                rig.read_until(process, "begins")
                at_any_moment(seconds)
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=60)
                self.assertEqual(board.type("6*7"), "42")
            if re.search(r"(?m)\.py:3 work$", out):
                break
        self.assertRegex(out, r"(?m)\.py:3 work$")

    def test_what_it_leaves(self):
        """Nothing but what the program itself leaves."""
        with FIRMWARE.board("qemu") as board, Script("kept = [bytearray(50) for i in range(40)]\n") as script:
            board.type("import gc; gc.threshold(12345); gc.collect(); kept = None")
            threshold = board.type("gc.threshold()")
            names = board.type("sorted(globals())")
            memprof("sites", script, board.path, code=0)
            self.assertEqual(board.type("gc.threshold()"), threshold)
            self.assertEqual(board.type("sorted(globals())"), names)

    def test_two_profiles(self):
        with Script(SHARES.replace("TURNS", "1000")) as before, Script(SHARES.replace("TURNS", "1000").replace("(200)", "(900)")) as after:
            saved = before + ".json"
            self.addCleanup(os.unlink, saved)
            uri = FIRMWARE.exec_uri("unix", heap="1M")
            memprof("sites", "-o", saved, before, uri, code=0)
            memprof("sites", "--json", "--since", saved, after, uri, code=0)

    def test_what_cannot_be_sampled(self):
        with Script("x = 1\n") as script:
            p = memprof("sites", script, FIRMWARE.exec_uri("unix-auto"), code=3)
            self.assertEqual(p.stdout, "")
            self.assertIn("its heap may grow by further areas", p.stderr)
            with FIRMWARE.board("unix") as board:   # it is not read as a file
                p = memprof("sites", board.path, code=2)
                self.assertEqual(p.stdout, "")
                self.assertIn("SCRIPT.py comes first", p.stderr)
                self.assertEqual(board.type("6*7"), "42")
            memprof("sites", script + ".missing.py", FIRMWARE.exec_uri("unix"), code=2)


if __name__ == "__main__":
    rig.main()
